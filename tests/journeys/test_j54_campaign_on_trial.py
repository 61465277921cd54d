"""Two variants tried on a part of the people: who opens is seen, the better one goes to all others, everybody gets one."""

import pytest
from flask.testing import FlaskClient

from bocau import campaigns
from bocau.campaigns import Trial, Variant, results
from bocau.campaigns.states import By
from bocau.content import Source
from bocau.ledger.options import Options, Track
from tests.journeys.broker import Broker
from tests.journeys.campaigning import (
    BYSTANDERS,
    HOUR,
    QUICK,
    account,
    addresses,
    agreed,
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
    stands_still,
    submissions,
    until_over,
    word,
)
from tests.journeys.conftest import Make
from tests.journeys.world import World

PEOPLE, SHARE = 2000, 20
PERSON, SCANNER = "Mozilla/5.0 (Windows NT 10.0) Thunderbird/128", "Mozilla/5.0 BingPreview/1.0b"
FAR = {"REMOTE_ADDR": "203.0.113.9"}
HTML = "<p>Chào {{ name }}</p><p><a href='{{ unsubscribe_url }}'>Hủy đăng ký</a></p>"


def variant(name: str, subject: str) -> Variant:
    return Variant(name, Source(subject=subject, html=HTML))


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_better_one_goes_to_the_others(make_world: Make, broker: Broker, kind: str) -> None:
    world = installed(make_world, broker, kind)
    pace(world, QUICK)
    fill(world, PEOPLE)
    world.start_celery()
    world.start_beat()
    two = (variant("A", "Một"), variant("B", "Hai"))
    asked = Options(track=Track(mode="person", opens=True, clicks=False))
    number = launched(world, plan(variants=two, test=Trial(SHARE, By.opens, HOUR), options=asked))
    world.until(lambda: deadline(world, number) is not None)
    world.until(lambda: set(outcomes(world, number)) == {"sent"})
    first, second = submissions(world, number)
    tried = {one: addresses(world, one) for one in (first, second)}
    assert all(50 < len(found) < 350 for found in tried.values())

    with browser(world) as client:
        for reader in ids(world, second)[:3]:
            opens(client, word(world, reader), PERSON)
        for _ in range(9):
            opens(client, word(world, ids(world, first)[0]), PERSON)
        for machine in ids(world, first)[:30]:
            opens(client, word(world, machine), SCANNER)
    world.until(lambda: openings(world, number) == (3 + 9, 3 + 1, 30))
    taken = stands_still(world, number, "meanwhile")
    assert taken - BYSTANDERS == sum(map(len, tried.values()))
    assert look(world, campaigns.show, number).winner is None

    an_hour_goes_by(world, number)
    until_over(world, number)
    assert addresses(world, first) == tried[first]
    assert len(addresses(world, second)) == PEOPLE - len(tried[first])
    assert tried[second] <= addresses(world, second)
    assert outcomes(world, number) == {"sent": PEOPLE}
    assert account(world, number) == 0
    assert agreed(world, number)["sent"] == PEOPLE


def openings(world: World, number: int) -> tuple[int, ...]:
    """By people, how many people, by programs."""
    told = look(world, results.report, number)
    return tuple(told.of(name) for name in ("opened", "opened_people", "opened_by_scanner"))


def ids(world: World, submission: int) -> list[int]:
    return sorted(row.id for row in world.rows(submission))


def opens(client: FlaskClient, said: str, agent: str) -> None:
    answer = client.get(f"/o/{said}.gif", headers={"User-Agent": agent}, environ_base=FAR)
    assert (answer.status_code, answer.content_type) == (200, "image/gif")
