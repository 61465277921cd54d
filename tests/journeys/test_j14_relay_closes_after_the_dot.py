"""The relay takes every mail and closes before it says so: one re-send each, then `unknown`, and its circuit opens."""

import pytest
import sqlalchemy as sa

from bocau.base.db import reading
from bocau.relays.tables import relay_health
from tests.journeys.conftest import Make
from tests.journeys.world import World, streams

MAILS = 10


def failures(world: World) -> int:
    """How often in a row the relay's circuit opened."""
    with reading(world.db) as connection:
        found = connection.execute(sa.select(relay_health.c.failures, relay_health.c.circuit_reason)).one_or_none()
    assert found is None or not found.circuit_reason or found.circuit_reason == "doubt"
    return 0 if found is None else int(found.failures)


@pytest.mark.parametrize("action", ["accept_close", "accept_silent"])
def test_always(make_world: Make, action: str) -> None:
    world = make_world(
        BOCAU_CIRCUIT_FIRST="0.1", BOCAU_CIRCUIT_MOST="0.1", BOCAU_SMTP_TIMEOUTS__DOT="0.3", **streams(ladder=[0.1])
    )
    world.sink.rule("dot", action=action)
    number = world.submit(MAILS)
    world.start()
    world.until_finished(number, 60)
    assert world.counts(number) == {"unknown": MAILS}
    assert set(world.sink.accepted().values()) == {2}
    assert world.account(number, extra=MAILS) == MAILS
    assert failures(world) > 0
    assert world.said("relay_circuit_opened")
