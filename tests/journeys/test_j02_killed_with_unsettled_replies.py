"""The process dies when hundreds of replies stand in its journal and nowhere else (a cut-off database)."""

from typing import Any

from tests.journeys.conftest import Make
from tests.journeys.world import PATIENCE, SHORT, World, streams

MAILS, UNSETTLED = 2500, 50
MANY: dict[str, Any] = {
    "connections": 200,
    "sink": ("--latency-ms", "20"),
    "BOCAU_SMTP_TIMEOUTS__DOT": str(PATIENCE),  # the sink holds its replies for as long as the test looks
}


def killed_with_unsettled(world: World, number: int) -> None:
    """Nothing is on the wire at the kill: what was permitted has been answered, and no more could be permitted."""
    proxy, led = world.through()
    worker = world.start(**led)
    world.until(lambda: world.sink.do("counts")["connections"] > UNSETTLED)  # the window is twice as large
    world.sink.do("hold")
    world.until(lambda: world.sink.do("counts")["held"] >= UNSETTLED)
    proxy.hold()
    world.sink.do("release")

    def all_answered() -> bool:
        answered = world.replied()
        return answered == world.sink.taken() and answered - world.counts(number).get("sent", 0) >= UNSETTLED

    world.until(all_answered)
    worker.kill()
    proxy.heal()


def test_successor_comes_after_the_lease_while_another_host_is_idle(make_world: Make) -> None:
    world = make_world(**MANY, **SHORT, **streams(doubt_hold=60))
    number = world.submit(MAILS)
    killed_with_unsettled(world, number)
    world.start_elsewhere()
    world.until(lambda: world.counts(number).get("doubted", 0) >= UNSETTLED)
    world.start()
    world.until_finished(number)
    assert world.counts(number) == {"sent": MAILS}
    assert world.account(number) == 0


def test_successor_on_the_same_host_replays_after_the_sweep(make_world: Make) -> None:
    world = make_world(**MANY, **SHORT, **streams(doubt_hold=60))
    number = world.submit(MAILS)
    killed_with_unsettled(world, number)

    def taken_back() -> bool:
        world.sweep()
        return world.counts(number).get("doubted", 0) >= UNSETTLED

    world.until(taken_back)
    world.start()
    world.until_finished(number)
    assert world.account(number) == 0


def test_successor_on_the_same_host_replays_before_the_lease_ends(make_world: Make) -> None:
    world = make_world(**MANY, BOCAU_LEASE="900")
    number = world.submit(MAILS)
    killed_with_unsettled(world, number)
    world.start()
    world.until_finished(number)
    assert world.account(number) == 0
    assert all(row.doubts == 0 for row in world.rows(number))
