"""Two transactions at once on PostgreSQL: one is left open while the other runs, and either may come first.

(SQLite has one writer: there the order is all there is, and the stories play that.)
"""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from bocau import ledger
from bocau.base.db import transaction
from bocau.delivery.held_batch import HeldBatch
from bocau.ledger import protocol
from bocau.ledger.protocol import Fact, Result, Settle, Verdict
from bocau.ledger.states import BatchState, MessageState, SubmissionState
from bocau.ledger.tables import batch, message
from tests.ledger.play import LEASE, QUEUE, D, F, Play, S, Worker


@pytest.fixture
def ground(postgresql_ground: sa.Engine) -> sa.Engine:
    return postgresql_ground


class Second:
    """A verb in a connection of its own, in a thread: it may have to wait for the first connection."""

    def __init__(self, play: Play, verb: Callable[..., Any], *args: Any) -> None:
        self.db, self.answer, self.error = play.db, None, None
        self._thread = threading.Thread(target=self._run, args=(play, verb, args))
        self._thread.start()

    def _run(self, play: Play, verb: Callable[..., Any], args: tuple[Any, ...]) -> None:
        try:
            self.answer = play.do(verb, *args)
        except Exception as error:  # noqa: BLE001 - raised again where it is awaited
            self.error = error

    def waits(self) -> None:
        """It is at a lock of the first connection."""
        waiting = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        end = time.monotonic() + 20
        while time.monotonic() < end and self._thread.is_alive():
            with self.db.connect() as look:
                if look.execute(waiting).scalar_one():
                    return
        raise AssertionError("it did not wait")

    def ends(self) -> Any:
        self._thread.join(20)
        assert not self._thread.is_alive()
        if self.error:
            raise self.error
        return self.answer


def begun(play: Play, *counts: int, window: int = 3) -> tuple[Worker, HeldBatch]:
    play.window = window
    play.fill(*counts)
    w = play.worker()
    held = play.claim(w)
    assert held is not None
    play.finish_call(w)
    return w, held


def age(play: Play, held: HeldBatch) -> None:
    """Its lease is over."""
    play.do(lambda s: s.execute(sa.update(batch).where(batch.c.id == held.id).values(lease_end=0)))


def answered(play: Play, w: Worker, state: MessageState = S) -> int:
    flight = play.send(w)
    assert flight is not None
    if state == S:
        play.relay_takes(flight)
    play.reads(w, flight, state)
    return flight.row.id


def deferred(play: Play) -> int:
    """One message that is due."""
    w, _ = begun(play, 1)
    number = answered(play, w, D)
    play.finish_call(w)
    play.do(lambda s: s.execute(sa.update(message).where(message.c.id == number).values(due_at=0)))
    return number


def test_takeover_leaves_a_batch_alone_whose_settle_is_open(play: Play) -> None:
    w, held = begun(play, 3)
    answered(play, w)
    age(play, held)
    call = play.settle(w)
    assert call is not None
    with transaction(play.db) as first:
        call.answer = call.run(first)
        assert play.do(protocol.revoke, 0, play.rules) == 0
    assert play.do(protocol.revoke, 0, play.rules) == 0
    call.executed = True
    play.hear(w)
    assert play.words() == ["sent 1 0", "queued 0 0", "queued 0 0"]


def test_settle_waits_for_an_open_takeover_and_is_fenced(play: Play) -> None:
    w, held = begun(play, 3, window=2)
    answered(play, w)
    age(play, held)
    call = play.settle(w)
    assert call is not None
    with transaction(play.db) as first:
        assert protocol.revoke(first, 0, play.rules) == 1
        second = Second(play, call.run)
        second.waits()
    call.answer, call.executed = second.ends(), True
    assert call.answer[0][0].verdict is Verdict.fenced
    assert play.words() == ["doubted 1 1", "doubted 1 1", "queued 0 0"]
    play.hear(w)
    while play.finish_call(w):
        pass
    assert play.words() == ["sent 1 1", "queued 0 0", "queued 0 0"]


def test_next_holder_loads_only_what_an_open_return_left(play: Play) -> None:
    w, held = begun(play, 4, window=2)
    answered(play, w)
    play.finish_call(w)
    held.stopping = True
    call = play.settle(w)
    assert call is not None
    assert call.name == "back"
    other = play.worker()
    with transaction(play.db) as first:
        call.answer = call.run(first)
        assert play.claim(other) is None
    call.executed = True
    play.hear(w)
    loaded = []
    while (claimed := play.claim(other)) is not None:
        loaded += [row.id for row in claimed.ahead]
    assert sorted(loaded) == [row.id for row in play.rows()[1:]]


def test_two_claims_at_once_get_different_batches(play: Play) -> None:
    play.fill(1, 1)
    one, two = play.worker(), play.worker()
    with transaction(play.db) as first:
        mine = protocol.claim(first, QUEUE, one.journal.id, LEASE)
        theirs = play.claim(two)
        assert mine is not None
        assert theirs is not None
        assert mine.id != theirs.id
        assert play.claim(two) is None
    one.held.append(HeldBatch(mine, 0.0, 0.0))


def test_two_sweeps_move_a_due_row_once(play: Play) -> None:
    number = deferred(play)
    with transaction(play.db) as first:
        assert protocol.rebatch(first) == 1
        assert play.do(protocol.rebatch) == 0
    assert play.do(protocol.rebatch) == 0
    assert play.words() == ["queued 1 0"]
    assert len(play.batches(BatchState.ready)) == 1
    assert play.rows()[0].id == number


def test_submission_does_not_finish_while_a_row_moves_back(play: Play) -> None:
    deferred(play)
    with transaction(play.db) as first:
        assert protocol.rebatch(first) == 1
        assert play.do(protocol.finish) == 0
    assert play.do(protocol.finish) == 0


def test_submission_does_not_finish_before_the_last_settle_is_committed(play: Play) -> None:
    w, _ = begun(play, 1)
    answered(play, w)
    call = play.settle(w)
    assert call is not None
    with transaction(play.db) as first:
        call.answer = call.run(first)
        assert play.do(protocol.finish) == 0
    call.executed = True
    play.hear(w)
    assert play.do(protocol.finish) == 1


def test_cancel_that_waits_for_a_raise_asks_the_holder(play: Play) -> None:
    w, held = begun(play, 3, window=2)
    answered(play, w)
    play.finish_call(w)
    last = held.ahead[-1].id
    call = play.settle(w)  # raises the ceiling to the last
    assert call is not None
    with transaction(play.db) as first:
        call.answer = call.run(first)
        second = Second(play, ledger.cancel_messages, [last])
        second.waits()
    assert second.ends() == 0
    call.executed = True
    play.hear(w)
    assert play.words() == ["sent 1 0", "queued 0 0", "queued 0 0"]
    answered(play, w)
    while play.finish_call(w):
        pass
    assert play.words() == ["sent 1 0", "sent 1 0", "cancelled 0 0"]


def test_raise_that_waits_for_a_cancel_hears_of_it(play: Play) -> None:
    w, held = begun(play, 3, window=2)
    answered(play, w)
    play.finish_call(w)
    last = held.ahead[-1].id
    call = play.settle(w)
    assert call is not None
    with transaction(play.db) as first:
        assert ledger.cancel_messages(first, [last]) == 1
        second = Second(play, call.run)
        second.waits()
    call.answer, call.executed = second.ends(), True
    play.hear(w)
    assert [row.id for row in held.todo] == [row.id for row in play.rows()[1:2]]
    assert play.words() == ["sent 1 0", "queued 0 0", "cancelled 0 0"]


@pytest.mark.parametrize("whole", [True, False])
def test_cancel_reaches_rows_that_are_given_back_meanwhile(play: Play, whole: bool) -> None:
    w, held = begun(play, 3, window=2)
    held.stopping = True
    call = play.settle(w)
    assert call is not None
    ids = [row.id for row in play.rows()]
    verb = (ledger.cancel, play.submission) if whole else (ledger.cancel_messages, ids)
    with transaction(play.db) as first:
        call.answer = call.run(first)
        second = Second(play, *verb)
        second.waits()
    assert second.ends() == 3
    call.executed = True
    play.hear(w)
    assert play.words() == ["cancelled 0 0"] * 3


def test_cancel_reaches_a_row_that_comes_due_meanwhile(play: Play) -> None:
    number = deferred(play)
    with transaction(play.db) as first:
        assert protocol.rebatch(first) == 1
        second = Second(play, ledger.cancel_messages, [number])
        second.waits()
    assert second.ends() == 1
    assert play.words() == ["cancelled 1 0"]


def test_pause_reaches_batches_that_come_into_being_meanwhile(play: Play) -> None:
    w, held = begun(play, 3, window=2)
    held.stopping = True
    call = play.settle(w)
    assert call is not None
    with transaction(play.db) as first:
        call.answer = call.run(first)
        second = Second(play, ledger.pause, play.submission)
        second.waits()
    second.ends()
    call.executed = True
    play.hear(w)
    assert play.state() == SubmissionState.paused
    assert [one.stop for one in play.batches(BatchState.ready)] == [True, True]


def test_late_fact_waits_for_the_end_of_a_hold_and_still_counts(play: Play) -> None:
    w, held = begun(play, 1)
    number = answered(play, w)
    play.lapse(held.id)
    play.do(lambda s: s.execute(sa.update(batch).values(not_before=0)))
    with transaction(play.db) as first:
        assert protocol.hold_end(first, play.rules) == 1
        second = Second(play, protocol.facts, w.journal.id, [Fact(number, 1, S, 250)])
        second.waits()
    assert second.ends() == 1
    assert play.words() == ["sent 1 1"]
    w.held.clear()


def test_hold_does_not_end_under_a_late_fact(play: Play) -> None:
    w, held = begun(play, 1)
    number = answered(play, w)
    play.lapse(held.id)
    play.do(lambda s: s.execute(sa.update(batch).values(not_before=0)))
    with transaction(play.db) as first:
        assert protocol.facts(first, w.journal.id, [Fact(number, 1, S, 250)]) == 1
        assert play.do(protocol.hold_end, play.rules) == 0
    assert play.do(protocol.hold_end, play.rules) == 0
    assert play.words() == ["sent 1 1"]
    w.held.clear()


def test_replay_settles_what_an_open_revoke_put_in_doubt(play: Play) -> None:
    w, held = begun(play, 3, window=2)
    answered(play, w)
    play.kill(w)
    age(play, held)
    with transaction(play.db) as first:
        assert protocol.revoke(first, 0, play.rules) == 1
        second = Second(play, protocol.replay, play.diary(w), play.rules)
        second.waits()
    second.ends()
    w.read = True
    assert play.words() == ["sent 1 1", "queued 0 0", "queued 0 0"]


def test_two_replays_at_once_settle_once(play: Play) -> None:
    w, _ = begun(play, 3)
    answered(play, w)
    play.send(w)
    play.kill(w)
    with transaction(play.db) as first:
        protocol.replay(first, play.diary(w), play.rules)
        second = Second(play, protocol.replay, play.diary(w), play.rules)
        second.waits()
    second.ends()
    w.read = True
    assert play.words() == ["sent 1 0", "queued 1 1", "queued 0 0"]


def test_two_retries_at_once_leave_one_batch(play: Play) -> None:
    w, _ = begun(play, 1)
    number = answered(play, w, F)
    play.finish_call(w)
    with transaction(play.db) as first:
        assert ledger.retry(first, [number], {}) == 1
        second = Second(play, ledger.retry, [number], {})
        second.waits()
    assert second.ends() == 0
    assert len(play.batches(BatchState.ready)) == 1


def test_settles_of_two_holders_do_not_wait_for_each_other(play: Play) -> None:
    play.fill(1, 1)
    pairs = []
    for _ in range(2):
        w = play.worker()
        play.claim(w)
        play.finish_call(w)
        answered(play, w)
        pairs.append((w, play.settle(w)))
    (one, first_call), (two, second_call) = pairs
    assert first_call is not None
    with transaction(play.db) as first:
        first_call.answer = first_call.run(first)
        play.finish_call(two)
    first_call.executed = True
    play.hear(one)
    assert second_call is not None
    assert play.words() == ["sent 1 0", "sent 1 0"]


def test_settle_asked_twice_at_once_is_recorded_once(play: Play) -> None:
    """Its first copy was thought to be lost, and is not."""
    w, held = begun(play, 2)
    number = answered(play, w)
    order = Settle(held.id, held.token, held.seq, held.permit, LEASE, [Result(number, 1, S, code=250)])
    with transaction(play.db) as first:
        assert protocol.settle(first, order).verdict is Verdict.committed
        second = Second(play, protocol.settle, order)
        second.waits()
    assert second.ends().verdict is Verdict.was_committed
    assert play.finish_call(w) == "settle"
