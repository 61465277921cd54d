"""A campaign to thousands, paused, resumed, its workers killed: everybody gets it, and nobody twice."""

import pytest

from bocau import campaigns
from bocau.campaigns.expand import SLICE
from tests.journeys.broker import Broker
from tests.journeys.campaigning import (
    EXPANDER,
    PEOPLE,
    QUICK,
    SENDERS,
    account,
    agreed,
    fill,
    installed,
    launched,
    outcomes,
    pace,
    plan,
    stands_still,
    state,
    step,
    until_over,
)
from tests.journeys.conftest import Make
from tests.journeys.world import CONNECTIONS

BEFORE = 2
"""Slices before the first who expands dies, with its whole worker. Each child of the next dies in its second."""
DIED = "signal 9 (SIGKILL)"


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_exactly_one_mail_each(make_world: Make, broker: Broker, kind: str) -> None:
    world = installed(make_world, broker, kind)
    fill(world)
    first = world.start_celery(1, "first", SENDERS)
    expander = world.start_celery(1, "expander", EXPANDER, BOCAU_FAILPOINT=f"expander:{BEFORE + 1}")
    number = launched(world, plan())
    world.until_dead(expander)
    assert sum(outcomes(world, number).values()) == BEFORE * SLICE
    world.until_taken(100)

    step(world, campaigns.pause, number)
    world.start_celery(1, "again", EXPANDER, BOCAU_FAILPOINT="slice:2")
    taken = stands_still(world, number, "meanwhile")
    assert state(world, number) == "paused"
    assert 0 < outcomes(world, number)["queued"] < BEFORE * SLICE

    step(world, campaigns.resume, number)
    pace(world, QUICK)
    world.until_taken(taken + 500)
    first.kill()
    world.start_celery(1, "second", SENDERS)
    until_over(world, number)
    assert world.log.read_text().count(DIED) >= 2
    assert outcomes(world, number) == {"sent": PEOPLE}
    assert len(world.sink.accepted()) >= PEOPLE
    account(world, number, extra=CONNECTIONS)
    figures = agreed(world, number)
    assert (figures["queued"], figures["sent"]) == (PEOPLE, PEOPLE)
