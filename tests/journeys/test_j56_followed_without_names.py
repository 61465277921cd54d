"""Two variants tried on people whom nobody follows one by one: links from the mails themselves are opened, the sums decide."""

import re
from email import message_from_string, policy

import pytest

from bocau.campaigns import Trial, Variant, results
from bocau.campaigns.states import By
from bocau.content import Source
from bocau.ledger.options import Options, Track
from tests.journeys.broker import Broker
from tests.journeys.campaigning import (
    HOUR,
    QUICK,
    SITE,
    account,
    addresses,
    an_hour_goes_by,
    browser,
    deadline,
    fill,
    installed,
    launched,
    look,
    outcomes,
    pace,
    plan,
    submissions,
    until_over,
)
from tests.journeys.conftest import Make

PEOPLE, SHARE = 300, 50
HTML = (
    "<p>Chào {{ name }}, <a href='https://congty.test/tin'>xem</a> <a href='{{ unsubscribe_url }}'>Hủy đăng ký</a></p>"
)
LINK = re.compile(rf"{SITE}(/[oc]/[\w./-]+)")
BROWSER = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Thunderbird/128"}
FAR = {"REMOTE_ADDR": "203.0.113.9"}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_sums_decide_and_no_person_stands_in_them(make_world: Make, broker: Broker, kind: str) -> None:
    world = installed(make_world, broker, kind, "--count", "--keep")
    pace(world, QUICK)
    fill(world, PEOPLE)
    world.start_celery()
    world.start_beat()
    two = (Variant("A", Source(subject="Một", html=HTML)), Variant("B", Source(subject="Hai", html=HTML)))
    options = Options(track=Track(mode="aggregate", opens=True, clicks=True))
    number = launched(world, plan(variants=two, test=Trial(SHARE, By.clicks, HOUR), options=options))
    world.until(lambda: deadline(world, number) is not None)
    world.until(lambda: set(outcomes(world, number)) == {"sent"})
    first, second = submissions(world, number)
    tried = {one: addresses(world, one) for one in (first, second)}

    asked = {"o": 0, "c": 0}
    with browser(world) as client:
        for submission, readers in ((first, 1), (second, 3)):
            for address in sorted(tried[submission])[:readers]:
                page = message_from_string(world.sink.mail(address), policy=policy.default).get_body(("html",))
                assert page is not None
                for path in LINK.findall(page.get_content()):
                    assert client.get(path, headers=BROWSER, environ_base=FAR).status_code in (200, 302)
                    asked[path[1]] += 1
    assert asked == {"o": 4, "c": 4}
    world.until(
        lambda: (
            {name: look(world, results.report, number).of(name) for name in ("opened", "clicked")}
            == {"opened": 4, "clicked": 4}
        )
    )
    assert look(world, results.report, number).of("clicked_people") == 0

    an_hour_goes_by(world, number)
    until_over(world, number)
    assert addresses(world, first) == tried[first]
    assert len(addresses(world, second)) == PEOPLE - len(tried[first])
    assert account(world, number) == 0
