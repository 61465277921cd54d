"""Real Celery workers over a real Valkey. The broker carries rings only: losing it, or all that is in it, costs time."""

import os
import signal
from collections.abc import Callable

import pytest

from bocau.bell import broker as bell
from tests.journeys.broker import Broker
from tests.journeys.conftest import Make
from tests.journeys.world import CONNECTIONS, LONG, World

MAILS = 1200
SLOW = ("--latency-ms", "20")


def installed(make_world: Make, broker: Broker, **settings: str) -> World:
    """Nobody rings but the workers themselves, and beat where there is one."""
    world = make_world(sink=SLOW, BOCAU_BROKER_URL=broker.url, **LONG, **settings)
    bell.configure(world.settings())
    return world


def processes(world: World) -> set[int]:
    """PIDs of those who ever kept a journal."""
    found = [path for path in (world.home / "journal").iterdir() if path.suffix in (".log", ".done")]
    return {world.journal_pid(path) for path in found}


def test_broker_killed_in_mid_run(make_world: Make, broker: Broker) -> None:
    world = installed(make_world, broker)
    number = world.submit(MAILS, batches=200)
    world.start_celery()
    world.until_taken(200)
    broker.kill()
    world.until_finished(number)
    second = world.submit(50, "second")
    assert not bell.ring("bulk")
    broker.start()
    world.until_finished(second)
    assert world.account(number) == world.account(second) == 0


def test_broker_emptied_when_hundreds_of_batches_are_ready(make_world: Make, broker: Broker) -> None:
    world = installed(make_world, broker)
    number = world.submit(300, batches=1)
    assert all(bell.ring("bulk") for _ in range(10))
    broker.kill()
    broker.empty()
    broker.start()
    world.start_celery()
    world.start_beat()
    world.until_finished(number)
    assert world.account(number) == 0


def test_two_beats(make_world: Make, broker: Broker) -> None:
    world = installed(make_world, broker)
    world.sink.rule("rcpt", share=0.2, once=True, reply="451 4.3.0 Later")
    number = world.submit(MAILS, batches=200)
    world.start_beat()
    world.start_beat()
    world.start_celery()
    world.until_finished(number)
    assert world.counts(number) == {"sent": MAILS}
    assert world.account(number) == 0


def test_no_beat(make_world: Make, broker: Broker) -> None:
    """Idle workers see for themselves what comes due."""
    world = installed(make_world, broker)
    world.sink.rule("rcpt", share=0.2, once=True, reply="451 4.3.0 Later")
    number = world.submit(300, batches=100)
    world.start_celery(children=1)
    world.until_finished(number)
    assert world.account(number) == 0


def test_children_recycled_under_load(make_world: Make, broker: Broker) -> None:
    world = installed(make_world, broker, BOCAU_DRAIN_TIME="0.3", BOCAU_TASKS_PER_CHILD="1")
    world.start_beat()
    world.start_celery()
    numbers: list[int] = []
    while not numbers or len(processes(world)) <= 4:  # each child does one task, however many mails that takes along
        numbers.append(world.submit(500, f"submission {len(numbers)}", batches=50))
        world.until_finished(numbers[-1])
    for number in numbers:
        assert world.counts(number) == {"sent": 500}
        assert world.account(number) == 0
        assert {row.doubts for row in world.rows(number)} == {0}


@pytest.mark.parametrize("to", [os.kill, os.killpg], ids=["main", "group"])
def test_told_to_stop(make_world: Make, broker: Broker, to: Callable[[int, int], None]) -> None:
    world = installed(make_world, broker)
    number = world.submit(MAILS, batches=200)
    first = world.start_celery()
    world.until_taken(200)
    to(first.pid, signal.SIGTERM)
    assert first.wait() == 0
    assert world.sink.taken() < MAILS
    left = [path.name for path in (world.home / "journal").glob("*.log")]
    assert not left and not world.held(), (left, world.batches(number), world.log.read_text())
    world.start_celery()
    world.until_finished(number)
    assert world.account(number) == 0
    assert {row.doubts for row in world.rows(number)} == {0}


@pytest.mark.parametrize("who", ["main", "child"])
def test_killed(make_world: Make, broker: Broker, who: str) -> None:
    """With the main process its children die at once; a child alone is replaced."""
    world = installed(make_world, broker)
    number = world.submit(MAILS, batches=200)
    first = world.start_celery()
    world.until_taken(200)
    children = processes(world)
    if who == "main":
        first.kill()
        world.start_celery(name="two")
    else:
        os.kill(children.pop(), signal.SIGKILL)
    world.until_finished(number)
    assert world.counts(number) == {"sent": MAILS}
    world.account(number, extra=CONNECTIONS)


def test_told_to_stop_with_a_silent_relay(make_world: Make, broker: Broker) -> None:
    world = installed(make_world, broker, BOCAU_STOP_GRACE="0.5", BOCAU_SMTP_TIMEOUTS__DOT="600")
    world.sink.rule("dot", match="p33.", action="accept_silent", times=1)
    number = world.submit(200)
    first = world.start_celery(children=1)
    world.until(lambda: world.counts(number).get("sent") == 199)
    assert first.end() == 0
    world.start_celery(children=1)
    world.until_finished(number)
    assert world.account(number, extra=1) == 1


def test_told_to_stop_while_the_database_is_a_black_hole(make_world: Make, broker: Broker) -> None:
    world = installed(make_world, broker, BOCAU_STOP_GRACE="0.5")
    number = world.submit(MAILS, batches=200)
    proxy, led = world.through()
    first = world.start_celery(children=1, **led)
    world.until_taken(200)
    proxy.hold()
    assert first.end() == 0
    proxy.heal()
    world.start_celery(children=1)
    world.until_finished(number)
    assert world.account(number) == 0
