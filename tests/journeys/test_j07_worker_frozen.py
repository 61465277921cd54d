"""SIGSTOP (a paused VM) for three leases, with mails on the wire; another host takes over."""

import signal
import time

import pytest

from tests.journeys.conftest import Make
from tests.journeys.world import CONNECTIONS, SHORT, Process, World, streams

MAILS, WINDOW = 1000, 40
THREE_LEASES = 3.0
HURRY = {"BOCAU_SMTP_TIMEOUTS__DOT": "2"}
"""A reply's time is over when the worker wakes; it has come all the same, and lies in the socket."""


def frozen(world: World, batch_id: int, *, after_the_hold: bool = False) -> Process:
    """Another host has sent all that surely nobody tried; ``after_the_hold``, also what was in doubt."""
    worker = world.start()
    world.until_taken(200)
    worker.pause()
    stopped = time.monotonic()
    world.start_elsewhere()
    world.until(lambda: time.monotonic() - stopped > THREE_LEASES)
    if after_the_hold:
        world.until_finished(batch_id)
    else:
        world.until(lambda: not world.counts(batch_id).get("queued"))
    return worker


@pytest.mark.parametrize(("hold", "extra"), [(60.0, 0), (0.2, WINDOW)], ids=["before", "after"])
def test_it_wakes_before_or_after_the_hold(make_world: Make, hold: float, extra: int) -> None:
    world = make_world(
        sink=("--latency-ms", "20"), BOCAU_WINDOW_MAX=str(WINDOW), **SHORT, **HURRY, **streams(doubt_hold=hold)
    )
    number = world.submit(MAILS, batches=300)
    worker = frozen(world, number, after_the_hold=extra > 0)
    assert (world.state(number) == "finished") == (extra > 0)
    worker.go_on()
    world.until_finished(number)
    assert worker.end() == 0
    world.account(number, extra=extra)


def test_it_is_killed_and_its_successor_reads_the_journal(make_world: Make) -> None:
    world = make_world(sink=("--latency-ms", "20"), BOCAU_WINDOW_MAX=str(WINDOW), **SHORT, **streams(doubt_hold=60))
    number = world.submit(MAILS, batches=300)
    worker = frozen(world, number)
    worker.signal(signal.SIGKILL)
    world.start()
    world.until_finished(number)
    world.account(number, extra=CONNECTIONS)
