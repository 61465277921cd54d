"""Mails that kill every worker that touches them: one when it is composed, one when its reply is read."""

from bocau.ledger import MessageState
from tests.journeys.conftest import Make
from tests.journeys.world import LONG, World

MAILS, CONNECTIONS, CRASHES = 400, 50, 5
COMPOSE, REPLY = "p70.", "p240."
POISON = f"compose:{COMPOSE},reply:{REPLY}"


def until_finished_by_restarts(world: World, number: int) -> int:
    """A worker after another, as a supervisor starts them; how many died."""
    died = 0
    worker = world.start(BOCAU_POISON=POISON)

    def over() -> bool:
        nonlocal worker, died
        if not worker.alive:
            died += 1
            worker = world.start(BOCAU_POISON=POISON)
        return world.state(number) == "finished" or died > 4 * CRASHES

    world.until(over, 60)
    return died


def test_few_crashes_and_everybody_else_is_served(make_world: Make) -> None:
    world = make_world(connections=CONNECTIONS, sink=("--latency-ms", "5"), **LONG)
    number = world.submit(MAILS, batches=200)
    assert until_finished_by_restarts(world, number) <= CRASHES
    assert world.state(number) == "finished"
    rows = {row.address.partition(".")[0] + ".": row for row in world.rows(number)}
    composed, replied = rows.pop(COMPOSE), rows.pop(REPLY)
    assert composed.state == MessageState.failed
    assert replied.state == MessageState.unknown
    assert {row.state for row in rows.values()} == {MessageState.sent}
    world.account(number, extra=CONNECTIONS * 2)
    got = world.sink.accepted()
    assert got[composed.address] == 0
    assert got[replied.address] == 2
    assert max(got[row.address] for row in rows.values()) <= 2
