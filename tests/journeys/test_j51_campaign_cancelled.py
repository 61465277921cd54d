"""A campaign to thousands is cancelled while it is sent: nothing more goes out, and the others can get a copy of it."""

from dataclasses import replace

import pytest

from bocau import campaigns
from bocau.audience import Target, segments
from bocau.audience.requests import SegmentCreation
from bocau.base.clock import now_ms
from bocau.base.db import transaction
from bocau.campaigns import draft, history
from tests.journeys.broker import Broker
from tests.journeys.campaigning import (
    BYSTANDERS,
    PEOPLE,
    QUICK,
    account,
    agreed,
    fill,
    installation,
    installed,
    launched,
    look,
    outcomes,
    pace,
    plan,
    stands_still,
    state,
    step,
    until_expanded,
    until_over,
)
from tests.journeys.conftest import Make
from tests.journeys.world import World


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_cancelled_in_mid_run(make_world: Make, broker: Broker, kind: str) -> None:
    world = installed(make_world, broker, kind)
    fill(world)
    world.start_celery()
    number = launched(world, plan("Một"))
    until_expanded(world, number)
    world.until_taken(200)
    surely = step(world, campaigns.cancel, number, now_ms())
    sent = stands_still(world, number, "meanwhile") - BYSTANDERS
    assert state(world, number) == "cancelled"
    assert outcomes(world, number) == {"sent": sent, "cancelled": PEOPLE - sent}
    assert 0 < surely <= PEOPLE - sent < PEOPLE
    assert account(world, number) == 0
    figures = agreed(world, number)
    assert (figures["sent"], figures["cancelled"]) == (sent, PEOPLE - sent)

    pace(world, QUICK)
    rest = launched_to_the_others(world, number)
    until_over(world, rest)
    assert outcomes(world, rest) == {"sent": PEOPLE - sent}
    got = {name: n for name, n in world.sink.accepted().items() if "." not in name.partition("@")[0]}
    assert len(got) == PEOPLE and set(got.values()) == {1}


def launched_to_the_others(world: World, number: int) -> int:
    """A copy for whom the first did not reach."""
    with transaction(world.db) as connection:
        segments.save(
            connection,
            SegmentCreation(name="Chưa nhận", rule='not received("Một")'),
            now_ms(),
            history=history(connection),
        )
        copy = campaigns.copy(connection, number, now_ms(), "Hai")
    wanted = look(world, campaigns.show, copy).plan
    with transaction(world.db) as connection:
        draft.put(connection, copy, replace(wanted, target=Target(segments=("Chưa nhận",))), now_ms())
        campaigns.launch(connection, copy, now_ms(), installation(world))
    return copy
