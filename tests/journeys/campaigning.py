"""Campaigns in a world: thousands of contacts, a launch, steps taken by a person, and what came of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient

from bocau import campaigns, stats, wiring
from bocau.audience import Target
from bocau.audience.tables import contact
from bocau.base import metrics
from bocau.base.clock import now_ms
from bocau.base.db import Connection, reading, transaction
from bocau.base.queues import CHORES_DUE
from bocau.base.seals import Seal, number_payload
from bocau.base.words import language
from bocau.bell import broker as bell
from bocau.campaigns import Plan, Variant, draft, results
from bocau.campaigns.installation import Installation
from bocau.campaigns.tables import campaign
from bocau.content import Source
from bocau.doors.site import create_app
from tests.journeys.broker import Broker
from tests.journeys.conftest import Make
from tests.journeys.world import SOAK, World

PEOPLE = 10_000 if SOAK else 5_000
SLOW, QUICK = 20.0, 0.0
"""The sink's latency in ms: some hundred mails a second, and as many as the worker can."""
SENDERS, EXPANDER = "transactional,bulk", "chores"
SITE = "https://tin.congty.test"
BYSTANDERS = 20
HOUR = 3_600_000


def installed(make_world: Make, broker: Broker, kind: str, *sink: str, **settings: str) -> World:
    """A world in which workers ring for each other; its sink is slow at first. ``sink``: more options of it."""
    given = {"BOCAU_BROKER_URL": broker.url, "BOCAU_SECRET_KEY": "0123456789abcdef" * 2, **settings}
    world = make_world(kind, sink=("--latency-ms", str(SLOW), *sink), **given)
    bell.configure(world.settings())
    return world


def pace(world: World, latency: float) -> None:
    world.sink.do("set", latency_ms=latency)


def fill(world: World, count: int = PEOPLE) -> None:
    """So many contacts."""
    now = now_ms()
    people = [
        {
            "recipient": f"p{n:05}@mail.test",
            "address": f"p{n:05}@mail.test",
            "name": f"Người {n}",
            "created_at": now,
            "updated_at": now,
        }
        for n in range(count)
    ]
    with transaction(world.db) as connection:
        connection.execute(sa.insert(contact), people)


def letter(name: str = "A", subject: str = "Tin tháng này") -> Variant:
    text = "Chào {{ name }}, xem https://congty.test/tin\n{{ unsubscribe_url }}"
    return Variant(name, Source(subject=subject, text=text))


def plan(name: str = "Bản tin", **more: Any) -> Plan:
    """To everyone, unless ``more`` says otherwise."""
    given = {"target": Target(everyone=True), "variants": (letter(),), **more}
    return Plan(name=name, sender="Công ty <tin@congty.test>", site=SITE, **given)


def installation(world: World) -> Installation:
    return replace(Installation.of(world.settings()), site=SITE)


def launched(world: World, wanted: Plan) -> int:
    with transaction(world.db) as connection:
        number = draft.add(connection, wanted, now_ms())
        campaigns.launch(connection, number, now_ms(), installation(world))
    bell.ring(CHORES_DUE)
    return number


def step(world: World, verb: Callable[..., Any], number: int, *more: Any) -> Any:
    """What a person does to it; then, as the command does, a ring."""
    with transaction(world.db) as connection:
        done = verb(connection, number, *more)
    bell.ring(CHORES_DUE)
    bell.ring("bulk")
    return done


def look(world: World, verb: Callable[[Connection, int], Any], number: int) -> Any:
    with reading(world.db) as connection:
        return verb(connection, number)


def state(world: World, number: int) -> str:
    return str(look(world, campaigns.show, number).state.name)


def submissions(world: World, number: int) -> list[int]:
    return list(look(world, campaigns.submissions, number))


def outcomes(world: World, number: int) -> dict[str, int]:
    """State → messages, of all variants together."""
    told: dict[str, int] = {}
    for counts in look(world, campaigns.outcomes, number).values():
        for name, n in counts.items():
            told[name] = told.get(name, 0) + n
    return {name: n for name, n in told.items() if n}


def until_expanded(world: World, number: int) -> None:
    world.until(lambda: look(world, campaigns.progress, number).expanded, 60)


def until_over(world: World, number: int, wanted: str = "finished") -> None:
    try:
        world.until(lambda: state(world, number) == wanted, 90)
    except AssertionError as error:
        raise AssertionError(f"{state(world, number)} {outcomes(world, number)} {error}") from None


def stands_still(world: World, number: int, key: str) -> int:
    """Nobody holds mails of the campaign: while the same workers send others' to their end, none of it goes out and
    nobody is added. How many of all mails the sink has taken."""
    world.until(lambda: not world.held())
    before, taken = outcomes(world, number), world.sink.taken()
    other = world.submit(BYSTANDERS, key)
    bell.ring("bulk")
    world.until_finished(other)
    assert world.sink.taken() == taken + BYSTANDERS
    assert outcomes(world, number) == before
    return taken + BYSTANDERS


def account(world: World, number: int, extra: int = 0) -> int:
    """Every row's word equals the sink's count; how many copies there are too many."""
    return sum(world.account(one, extra) for one in submissions(world, number))


def agreed(world: World, number: int) -> dict[str, int]:
    """The figures that `campaigns stats` shows, once all is counted; counting anew finds nothing wrong."""

    def counted() -> bool:
        return all(one.counted for one in look(world, results.results, number))

    world.until(counted)
    stood = look(world, results.report, number)
    after: int | None = 0
    while after is not None:
        with transaction(world.db) as connection:
            one = stats.rebuild(connection, after)
        assert one.different == []
        after = one.after
    assert look(world, results.report, number) == stood
    return dict(stood.totals)


@contextmanager
def browser(world: World) -> Iterator[FlaskClient]:
    """The real site on the world's database, as a reader's browser or mail program meets it."""
    parts, before = wiring.parts(world.settings()), language.get()
    app = create_app(parts)
    app.config["TAKE_HITS"] = False  # workers do
    try:
        yield app.test_client()
    finally:
        parts.db.dispose()
        metrics.keep_in(None)
        language.set(before)


def word(world: World, message: int) -> str:
    """What the links of a person's copy say."""
    return Seal(wiring.parts(world.settings()).secret, "message").seal(number_payload(message))


def deadline(world: World, number: int) -> int | None:
    """When it is decided; None while people are still put into the test."""
    found: int | None = look(world, campaigns.show, number).decide_at
    return found


def an_hour_goes_by(world: World, number: int) -> None:
    with transaction(world.db) as connection:
        mine = sa.update(campaign).where(campaign.c.id == number)
        connection.execute(mine.values(decide_at=campaign.c.decide_at - HOUR))


def addresses(world: World, submission: int) -> set[str]:
    return {row.address for row in world.rows(submission)}
