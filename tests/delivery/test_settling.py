"""When a settle is made, what rides on it, and how a process parts with its batches."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from bocau.delivery import settling as module
from bocau.delivery.settling import FULL, LONGEST, WAITS, Settling
from bocau.delivery.window import Window
from bocau.ledger import MessageState
from bocau.ledger.protocol import NEVER, Result, Settled, Verdict
from tests.delivery.stand_ins import LEASE, SETTINGS, Database, Journal, Ledger, Loop, batch, permit

FENCED = Settled(Verdict.fenced)


class World:
    """Is the holder of the batches, too."""

    def __init__(self, loop: Loop) -> None:
        self.loop, self.ledger, self.journal, self.database = loop, Ledger(), Journal(), Database()
        self.held: list[Any] = []
        self.window = Window(1024, loop.now)
        self.window.size = 100
        self.rests: float | None = None
        self.overs = 0
        self.done: list[int] = []
        holder: Any = self
        self.settling = Settling(holder, holder.ledger, SETTINGS)
        self.settling.database = holder.database

    def settled(self, results: Sequence[Result]) -> None:
        self.done += [result.id for result in results]

    def settle_over(self) -> None:
        self.overs += 1

    def part(self, held: Any) -> int:
        return self.window.size

    def tell_metrics(self) -> None:
        pass

    def rest(self) -> float | None:
        return self.rests

    def hold(self, count: int, permitted: int = 0, batch_id: int = 9) -> Any:
        held = batch(count, self.loop.now, batch_id=batch_id, deadline=self.loop.now + LEASE)
        self.held.append(permit(held, permitted) if permitted else held)
        return held

    def run(self) -> None:
        self.settling.wake()
        self.loop.turn()

    def due(self) -> bool:
        """Whether a settle begins by itself."""
        self.settling.wake_if_due(self.loop.now)
        begun = bool(self.loop.work)
        self.loop.turn()
        return begun


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    loop = Loop()
    monkeypatch.setattr(asyncio, "get_running_loop", lambda: loop)
    monkeypatch.setattr(module, "boot_seconds", loop.time)
    yield World(loop)
    loop.close()


def results(*ids: int) -> list[Result]:
    return [Result(number, 1, MessageState.sent, code=250) for number in ids]


def orders(world: World) -> list[tuple[int, int, int]]:
    """(batch, ceiling, number of results) of every settle so far."""
    return [(o.batch, o.permit, len(o.results)) for (told,) in world.ledger.named("settle") for o in told]


def test_what_waits_for_a_silent_server_leaves_the_window_to_others_but_not_the_most(world: World) -> None:
    stuck, free = world.hold(2000, permitted=300, batch_id=1), world.hold(2000, batch_id=2)
    world.run()
    assert not free.owed  # the window of 100 is more than taken
    stuck.stuck = True
    assert world.due() and free.owed == 100
    stuck.owed, free.owed = 1000, 0
    free.todo.clear()
    world.run()
    assert free.owed == 24


def test_permissions_of_all_batches_stay_within_one_window(world: World) -> None:
    world.hold(70, batch_id=1)
    world.hold(70, batch_id=2)
    world.run()
    assert orders(world) == [(1, 70, 0), (2, 30, 0)]
    assert sum(held.owed for held in world.held) == world.window.size


def test_results_and_the_next_ceiling_are_one_settle(world: World) -> None:
    held = world.hold(150, permitted=100)
    held.todo.clear()
    held.results = results(1, 2, 3)
    held.owed = 60
    world.run()
    assert orders(world) == [(9, 140, 3)] and world.done == [1, 2, 3] and world.journal.records == [("S", 9)]


def test_few_results_wait_for_the_interval_and_many_do_not(world: World) -> None:
    held = world.hold(400, permitted=100)
    world.window.size = 2 * FULL
    held.owed = 2 * FULL
    held.results = results(1)
    assert not world.due()
    world.loop.now += 1.01 * SETTINGS.settle_interval
    assert world.due()
    held.results = results(*range(2, FULL // 2 + 2))
    assert world.due()


def test_lease_is_prolonged_when_a_quarter_of_it_is_gone(world: World) -> None:
    held = world.hold(100, permitted=100)
    held.owed = 100
    world.loop.now += 0.24 * LEASE
    assert not world.due()
    world.loop.now += 0.02 * LEASE
    assert world.due()
    assert held.deadline == world.loop.now + LEASE


def test_settle_that_was_not_heard_is_repeated_as_it_was(world: World) -> None:
    held = world.hold(10, permitted=5)
    held.results = results(1)
    world.database.away = True
    world.run()
    first = held.order
    assert world.loop.later == [(WAITS, world.settling.wake)] and not world.done
    world.database.away = False
    held.results = results(2)
    world.run()
    assert world.ledger.named("settle")[0][0][0] is first
    assert world.done == [1] and [result.id for result in held.results] == [2]


def test_lost_batch_is_disclaimed_whole_and_leaves(world: World) -> None:
    held = world.hold(3, permitted=2)
    held.todo.popleft()
    held.results = results(1)
    world.ledger.answer = FENCED
    world.run()
    ((_, facts),) = world.ledger.named("facts")
    assert {(fact.id, fact.told) for fact in facts} == {(1, MessageState.sent), (2, NEVER), (3, NEVER)}
    assert world.held == [] and held.fenced
    assert ("S", 9) not in world.journal.records


def test_lost_batch_is_kept_until_the_ledger_has_heard_of_it(world: World) -> None:
    held = world.hold(3, permitted=2)
    held.fenced = world.database.away = True
    world.run()
    assert world.held == [held] and {fact.told for fact in held.facts} == {NEVER}
    world.database.away = False
    world.run()
    assert world.held == []


def test_batch_that_stops_is_given_back_when_its_last_reply_is_settled(world: World) -> None:
    held = world.hold(5, permitted=3)
    held.todo.popleft()
    held.wire, held.stopping = 1, True
    world.run()
    assert world.held == [held] and not world.ledger.named("give_back")
    held.wire, held.results = 0, results(1)
    world.run()
    ((order, *_),) = world.ledger.named("give_back")
    assert (order.batch, list(order.never), order.delay) == (9, [2, 3], None) and world.held == []


def test_stopping_batch_is_permitted_nothing_more(world: World) -> None:
    held = world.hold(50, permitted=10)
    held.stopping, held.wire, held.results = True, 1, results(1)
    world.run()
    assert orders(world) == [(9, 10, 1)]


@pytest.mark.parametrize(("rests", "delay"), [(None, None), (0.0, 200), (1.5, 1500), (300.0, int(LONGEST * 1000))])
def test_given_back_for_want_of_a_relay_it_rests_until_one_may_be_used(
    world: World, rests: float | None, delay: int | None
) -> None:
    world.hold(5).stopping = True
    world.rests = rests
    world.run()
    ((order, *_),) = world.ledger.named("give_back")
    assert order.delay == delay


def test_asked_to_stop_by_the_ledger_and_what_was_asked_back_is_dropped(world: World) -> None:
    held = world.hold(4, permitted=2)
    held.results = results(9)
    held.wire, world.window.size = 1, 2
    world.ledger.answer = Settled(Verdict.committed, revision=7, stop=True)
    world.ledger.standing = {1: False, 2: True, 3: False, 4: True}
    world.run()
    assert held.stopping and held.revision == 7
    assert [row.id for row in held.todo] == [1] and [row.id for row in held.ahead] == [3]


def test_submissions_are_finished_when_nothing_is_held(world: World) -> None:
    held = world.hold(1, permitted=1)
    world.run()
    assert not world.ledger.named("finish")
    held.todo.clear()
    held.results = results(1)
    world.run()
    assert world.held == [] and world.ledger.named("finish") and world.overs == 2
