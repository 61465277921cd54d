"""The audience becomes messages: everybody once, whatever ends the process, whoever else is at it."""

import pytest
import sqlalchemy as sa

from bocau import audience, campaigns
from bocau.audience import Target, lists, subscriptions
from bocau.base.db import make_engine, reading, transaction
from bocau.campaigns import draft
from bocau.campaigns.shapes import Slice
from tests.campaigns.world import (
    FORM,
    HOUR,
    INSTALLATION,
    NOW,
    a_list,
    everybody,
    expand,
    fill,
    finish,
    plan,
    send,
    started,
    state,
)


def test_everybody_gets_it_once_and_it_finishes(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        people = fill(connection, 35)
    number = started(engine, plan())
    assert state(engine, number) == "running"
    assert expand(engine, number) == 4
    assert everybody(engine, number) == people
    assert finish(engine) == []
    assert len(send(engine)) == 35
    assert finish(engine) == [number]
    assert state(engine, number) == "finished"


def test_killed_between_any_two_slices_it_goes_on_where_it_was(engine: sa.Engine) -> None:
    """A slice that is not committed has not happened."""
    with transaction(engine) as connection:
        people = fill(connection, 45)
    number = started(engine, plan())
    for _ in range(5):
        with engine.connect() as connection:
            killed = connection.begin()
            assert campaigns.expand_slice(connection, number, NOW, 10).added
            killed.rollback()
        expand(engine, number, most=1)
    expand(engine, number)
    assert everybody(engine, number) == people


def test_people_on_several_lists_get_it_once(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        one, two, three = (a_list(connection, name) for name in ("Một", "Hai", "VIP"))
        people = fill(connection, 20, on=one)
        subscriptions.put_on(connection, two, people[5:15], FORM, NOW)
        subscriptions.put_on(connection, three, people[:3], FORM, NOW)
        fill(connection, 5, start=100)
    number = started(engine, plan(Target(lists=(one, two), not_lists=(three,))))
    expand(engine, number, size=4)
    assert everybody(engine, number) == people[3:]


def test_a_list_that_is_gone_pauses_the_campaign_and_says_so(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        one = a_list(connection, "Một")
        fill(connection, 20, on=one)
    number = started(engine, plan(Target(lists=(one,))))
    expand(engine, number, size=5, most=1)
    with transaction(engine) as connection:
        lists.delete(connection, one)
    expand(engine, number)
    with reading(engine) as connection:
        found = campaigns.show(connection, number)
    assert found.state.name == "paused"
    assert found.problem is not None
    assert found.problem["code"] == "list-unknown"
    assert len(everybody(engine, number)) == 5


@pytest.mark.parametrize("at", [0, 1, 2, 4])
def test_paused_in_the_middle_nobody_is_lost_or_doubled(engine: sa.Engine, at: int) -> None:
    with transaction(engine) as connection:
        people = fill(connection, 45)
    number = started(engine, plan())
    if at:
        expand(engine, number, most=at)
    with transaction(engine) as connection:
        campaigns.pause(connection, number)
    assert expand(engine, number) == 1
    assert len(everybody(engine, number)) == 10 * at
    assert send(engine) == []
    with reading(engine) as connection:
        assert campaigns.expanding(connection, NOW) == []
    with transaction(engine) as connection:
        campaigns.resume(connection, number)
    expand(engine, number)
    assert everybody(engine, number) == people
    assert len(send(engine)) == 45
    assert finish(engine) == [number]


def test_cancelled_in_the_middle_no_more_is_made_or_sent(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        fill(connection, 45)
    number = started(engine, plan())
    expand(engine, number, most=2)
    with transaction(engine) as connection:
        assert campaigns.cancel(connection, number, NOW) == 20
    assert expand(engine, number) == 1
    assert len(everybody(engine, number)) == 20
    assert send(engine) == []
    assert finish(engine) == []
    assert state(engine, number) == "cancelled"


def test_the_suppressed_are_left_out_and_counted_by_reason(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        one = a_list(connection, "Một")
        people = fill(connection, 12, on=one)
        audience.suppress(connection, people[0], audience.Reason.complained, NOW)
        audience.unsubscribe(connection, people[1], [one], FORM, NOW)
    number = started(engine, plan(Target(lists=(one,))))
    expand(engine, number)
    assert everybody(engine, number) == people[2:]
    with reading(engine) as connection:
        assert campaigns.progress(connection, number).left_out == {"complained": 1}


def test_who_unsubscribes_in_the_middle_is_not_added_any_more(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        people = fill(connection, 30)
    number = started(engine, plan())
    expand(engine, number, most=1)
    with transaction(engine) as connection:
        audience.unsubscribe(connection, people[2], [], FORM, NOW)
        audience.unsubscribe(connection, people[25], [], FORM, NOW)
    expand(engine, number)
    assert everybody(engine, number) == [*people[:25], *people[26:]]
    with reading(engine) as connection:
        assert campaigns.progress(connection, number).left_out == {"unsubscribed": 1}


def test_who_comes_second_passes_on(postgresql_url: str) -> None:
    """Two expanders do not fight: while one is at a campaign, the other has nothing to do there."""
    engine = make_engine(postgresql_url)
    with transaction(engine) as connection:
        people = fill(connection, 30)
    number = started(engine, plan())
    with transaction(engine) as first:
        assert campaigns.expand_slice(first, number, NOW, 10).added == 10
        with transaction(engine) as second:
            assert campaigns.expand_slice(second, number, NOW, 10) == Slice(False, 0, "")
    expand(engine, number)
    assert everybody(engine, number) == people
    engine.dispose()


def test_expansion_waits_for_its_time(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        fill(connection, 5)
        number = draft.add(connection, plan(), NOW)
        campaigns.schedule(connection, number, NOW + HOUR, NOW, INSTALLATION)
        assert campaigns.start_due(connection, NOW + HOUR - 1, INSTALLATION) == []
        assert campaigns.expanding(connection, NOW + HOUR) == []
        assert campaigns.start_due(connection, NOW + HOUR, INSTALLATION) == [number]
        assert campaigns.start_due(connection, NOW + HOUR, INSTALLATION) == []
        assert campaigns.expanding(connection, NOW + HOUR) == [number]
    expand(engine, number, NOW + HOUR)
    assert len(everybody(engine, number)) == 5
