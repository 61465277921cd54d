"""Cancel, pause and single cancels while a worker holds the batch and mails are on the wire."""

from bocau import ledger
from bocau.base.db import transaction
from tests.journeys.conftest import Make
from tests.journeys.world import LONG, World

MAILS = 1500


def running(make_world: Make) -> tuple[World, int]:
    world = make_world(sink=("--latency-ms", "20"), **LONG)
    number = world.submit(MAILS, batches=500)
    world.start()
    world.until_taken(200)
    return world, number


def test_cancel(make_world: Make) -> None:
    world, number = running(make_world)
    with transaction(world.db) as connection:
        surely = ledger.cancel(connection, number)
    world.until(lambda: set(world.counts(number)) <= {"sent", "cancelled"})
    counts = world.counts(number)
    assert counts["cancelled"] >= surely > 0
    assert counts["sent"] + counts["cancelled"] == MAILS
    assert world.account(number) == 0
    assert sum(world.sink.accepted().values()) == counts["sent"]
    world.until(lambda: not world.batches(number))


def test_single_mails(make_world: Make) -> None:
    world, number = running(make_world)
    chosen = [row.id for row in world.rows(number) if row.row % 3 == 0]
    with transaction(world.db) as connection:
        ledger.cancel_messages(connection, chosen)
    world.until_finished(number)
    assert world.account(number) == 0
    rows = {row.id: row.state for row in world.rows(number)}
    cancelled = [i for i, state in rows.items() if state == ledger.MessageState.cancelled]
    assert cancelled and set(cancelled) <= set(chosen)
    assert world.sink.taken() == MAILS - len(cancelled)


def test_pause_and_resume(make_world: Make) -> None:
    world, number = running(make_world)
    with transaction(world.db) as connection:
        ledger.pause(connection, number)
    world.until(lambda: not world.held())
    taken = world.sink.taken()
    assert taken < MAILS
    assert world.counts(number) == {"queued": MAILS - taken, "sent": taken}
    with transaction(world.db) as connection:
        ledger.resume(connection, number)
    world.until_finished(number)
    assert world.sink.taken() == MAILS
    assert world.account(number) == 0


def test_cancel_between_attempts(make_world: Make) -> None:
    """Half of the mails are refused for now; the cancel meets rows in every state."""
    world = make_world(sink=("--latency-ms", "10"), **LONG)
    world.sink.rule("rcpt", share=0.5, reply="451 4.3.0 Later")
    number = world.submit(MAILS, batches=500)
    world.start()
    world.until(lambda: world.counts(number).get("deferred", 0) > 100)
    with transaction(world.db) as connection:
        ledger.cancel(connection, number)
    world.until(lambda: set(world.counts(number)) <= {"sent", "cancelled"})
    assert world.account(number) == 0
    world.until(lambda: not world.batches(number))
