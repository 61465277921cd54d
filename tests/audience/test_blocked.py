"""``blocked`` and ``count_target`` say the same as a model of a few lines, on each database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bocau.audience import Reason, Status, Target, blocked, count_target, erase, lists, slice_target
from bocau.audience.contacts import add, ids
from bocau.audience.requests import ContactCreation, ListCreation
from bocau.audience.suppressions import Suppression, suppress_many
from bocau.audience.tables import subscription
from bocau.base.db import Connection, transaction
from tests.audience.people import DAY, NOW

DOMAINS = ("mail.test", "a.mail.test", "congty.test")
LOCALS = ("an", "binh", "hà", "o'neil", "100%", "under_score")
PEOPLE = [f"{local}@{domain}" for domain in DOMAINS for local in LOCALS]
RELAXED = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])

reasons = st.sampled_from([Reason.manual, Reason.unsubscribed, Reason.bounced, Reason.complained])
ends = st.sampled_from([None, NOW - 1, NOW, NOW + 1, NOW + DAY])
suppressed = st.builds(
    Suppression, st.sampled_from([*PEOPLE, *DOMAINS]), reasons, st.sampled_from(["all", "bulk"]), expires_at=ends
)


class World(NamedTuple):
    """Who is a contact of which status, who stands how to lists 0 and 1, what is suppressed, who was erased."""

    contacts: dict[str, Status]
    states: dict[tuple[int, str], int]
    suppressions: list[Suppression]
    erased: set[str]


worlds = st.builds(
    World,
    st.dictionaries(st.sampled_from(PEOPLE), st.sampled_from(Status)),
    st.dictionaries(st.tuples(st.integers(0, 1), st.sampled_from(PEOPLE)), st.integers(0, 2), max_size=20),
    st.lists(suppressed, max_size=8, unique_by=lambda one: (one.value, one.scope)),
    st.sets(st.sampled_from(PEOPLE), max_size=2),
)


@contextmanager
def undone(engine: sa.Engine) -> Iterator[Connection]:
    with engine.connect() as connection, connection.begin() as begun:
        yield connection
        begun.rollback()


def build(connection: Connection, world: World) -> list[int]:
    """The ids of both lists."""
    numbers = [lists.create(connection, ListCreation(name=name), NOW) for name in ("one", "two")]
    for address, status in world.contacts.items():
        add(connection, ContactCreation(address=address, status=status), NOW)
    known = ids(connection, PEOPLE)
    for (place, address), state in world.states.items():
        if address in known:
            row = {"list": numbers[place], "contact": known[address], "state": state, "at": NOW}
            connection.execute(sa.insert(subscription).values(**row))
    if world.suppressions:
        suppress_many(connection, world.suppressions, NOW - 2 * DAY)
    for address in sorted(world.erased):
        erase(connection, address, NOW)
    return numbers


def model(world: World, person: str, asked: list[int], bulk: bool) -> str | None:
    """In plain words: the narrowest decision first, so that what is found last wins."""
    found = None
    if bulk and asked and person in world.contacts and person not in world.erased:
        states = {world.states.get((place, person)) for place in asked}
        if 2 in states and 1 not in states:
            found = "list-unsubscribed"
    live = {
        (one.value, one.scope): one.reason.value
        for one in world.suppressions
        if one.expires_at is None or one.expires_at > NOW
    }
    if person in world.erased:
        ever = {one.scope: one.reason.value for one in world.suppressions if one.value == person}
        live[person, "bulk"] = ever.get("bulk", "erased")
    for scope in ("bulk", "all"):
        for value in (person.partition("@")[2], person):
            if (value, scope) in live and (bulk or scope == "all"):
                found = live[value, scope]
    return found


@RELAXED
@given(world=worlds, asked=st.sampled_from([[], [0], [1], [0, 1]]), bulk=st.booleans())
def test_blocked_agrees_with_the_model(engine: sa.Engine, world: World, asked: list[int], bulk: bool) -> None:
    with undone(engine) as connection:
        numbers = build(connection, world)
        told = blocked(connection, PEOPLE, [numbers[place] for place in asked], bulk=bulk, now=NOW)
    expected = {person: model(world, person, asked, bulk) for person in PEOPLE}
    assert told == {person: reason for person, reason in expected.items() if reason is not None}


@RELAXED
@given(world=worlds, asked=st.sampled_from([[], [0], [1], [0, 1]]))
def test_the_count_before_a_campaign_agrees_with_who_then_gets_it(
    engine: sa.Engine, world: World, asked: list[int]
) -> None:
    with undone(engine) as connection:
        numbers = [number for place, number in enumerate(build(connection, world)) if place in asked]
        target = Target(lists=tuple(numbers), everyone=not numbers)
        counted = count_target(connection, target, None, NOW)
        people = [one.recipient for one in slice_target(connection, target, 0, 100, now=NOW)]
        stopped = blocked(connection, people, numbers, bulk=True, now=NOW)
    assert counted.mailable == len(people) - len(stopped)
    assert counted.total == counted.mailable + sum(counted.left_out.values())
    there = {person: status for person, status in world.contacts.items() if person not in world.erased}
    if not numbers:
        assert counted.total == len(there)
    meant = [p for p in there if not numbers or any(world.states.get((place, p)) == 1 for place in asked)]
    expected: dict[str, int] = {}
    for person in meant:
        reason = there[person].name if there[person] != Status.active else model(world, person, asked, True)
        if reason is not None:
            expected[reason] = expected.get(reason, 0) + 1
    assert counted.left_out == expected


@pytest.mark.parametrize("bulk", [True, False])
def test_nobody_is_asked_about(engine: sa.Engine, bulk: bool) -> None:
    with transaction(engine) as connection:
        assert blocked(connection, [], [1], bulk=bulk, now=NOW) == {}
