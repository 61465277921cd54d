"""The database's port is a black hole for one host while SMTP is open; another host takes over."""

from collections.abc import Callable

import pytest

from tests.fakes.proxy import Proxy
from tests.journeys.conftest import Make
from tests.journeys.world import SHORT, Process, World, streams

MAILS, WINDOW = 1000, 40
SLOW = ("--latency-ms", "30")


def cut_off(world: World, number: int, hole: Callable[[Proxy], object]) -> tuple[Proxy, Process]:
    """A worker that sends what it may and then stands still; another host has taken its batch from it."""
    proxy, led = world.through()
    worker = world.start(**led)
    world.until_taken(100)
    hole(proxy)
    world.start_elsewhere()
    world.until(lambda: world.counts(number).get("doubted"))
    assert world.counts(number)["doubted"] <= WINDOW
    return proxy, worker


def told_all(world: World, worker: Process, number: int) -> None:
    """Back in the world it says what it knows, and ends in peace."""
    world.until_finished(number)
    assert worker.end() == 0
    assert all(told["clean"] for told in world.said("worker_ended"))


@pytest.mark.parametrize("hole", [Proxy.hold, Proxy.drop], ids=["frozen", "swallowed"])
def test_it_comes_back_before_the_hold_ends(make_world: Make, hole: Callable[[Proxy], object]) -> None:
    world = make_world(sink=SLOW, BOCAU_WINDOW_MAX=str(WINDOW), **SHORT, **streams(doubt_hold=60))
    number = world.submit(MAILS, batches=200)
    proxy, worker = cut_off(world, number, hole)
    proxy.heal()
    told_all(world, worker, number)
    assert world.account(number) == 0


def test_it_comes_back_after_the_hold(make_world: Make) -> None:
    world = make_world(sink=SLOW, BOCAU_WINDOW_MAX=str(WINDOW), **SHORT, **streams(doubt_hold=0.5))
    number = world.submit(MAILS, batches=200)
    proxy, worker = cut_off(world, number, Proxy.hold)
    world.until_finished(number)
    proxy.heal()
    told_all(world, worker, number)
    doubled = world.account(number, extra=WINDOW)
    again = [row for row in world.rows(number) if "late" in world.kinds(row.id) or "again" in world.kinds(row.id)]
    assert len(again) >= doubled
