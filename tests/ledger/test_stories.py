"""One short story for each rule of the protocol (2.2): it goes wrong without that rule (see test_mutants)."""

from collections import Counter

import pytest
import sqlalchemy as sa

from bocau import events, ledger
from bocau.base.db import reading
from bocau.delivery import journal
from bocau.delivery.held_batch import HeldBatch
from bocau.ledger import protocol, steer
from bocau.ledger import sweep as ledger_sweep
from bocau.ledger.protocol import Fact, Result, Settle, UnpermittedResultError, Verdict
from bocau.ledger.states import BatchState, MessageState
from bocau.ledger.tables import submission
from tests.ledger.play import LEASE, D, F, InFlight, Play, S, Worker, doubt_rules


def begun(play: Play, *counts: int, window: int = 3) -> tuple[Worker, HeldBatch]:
    """A worker with the first batch claimed and a window of it permitted."""
    play.window = window
    play.fill(*counts)
    w = play.worker()
    held = play.claim(w)
    assert held is not None
    play.finish_call(w)
    return w, held


def taken(play: Play, w: Worker) -> InFlight:
    """The next mail is sent, and the relay has it."""
    flight = play.send(w)
    assert flight is not None
    play.relay_takes(flight)
    return flight


def sent(play: Play, w: Worker) -> None:
    """The next mail is sent, taken and answered."""
    play.reads(w, taken(play, w), S)


def kinds(play: Play, number: int) -> list[str]:
    with reading(play.db) as connection:
        return [told["kind"] for told in events.timeline(connection, number)]


def test_permission_is_committed_before_the_attempt(play: Play) -> None:
    w, held = begun(play, 3, window=1)
    flight = taken(play, w)
    play.lose_host(w)
    play.lapse(held.id)
    assert play.words() == ["doubted 1 1", "queued 0 0", "queued 0 0"]
    assert flight.row.id == play.rows()[0].id


def test_window_bounds_all_claims_of_a_process(play: Play) -> None:
    w, _ = begun(play, 2, 3, window=3)
    play.claim(w)
    play.finish_call(w)
    play.check()
    assert [held.permit > 0 for held in w.held] == [True, True]
    assert w.owed() == 3


def test_batch_claimed_ahead_comes_back_untouched(play: Play) -> None:
    w, _ = begun(play, 2, 2, window=2)
    ahead = play.claim(w)
    assert ahead is not None
    play.lose_host(w)
    play.lapse(ahead.id)
    assert play.words()[2:] == ["queued 0 0", "queued 0 0"]
    assert next(one.state for one in play.batches() if one.id == ahead.id) == BatchState.ready


def test_what_is_above_the_ceiling_comes_back_at_once(play: Play) -> None:
    _, held = begun(play, 4, window=1)
    play.lapse(held.id)
    other = play.claim(play.worker())
    assert other is not None
    assert len(other.ahead) == 3


def test_doubted_mail_waits_until_its_journal_speaks(play: Play) -> None:
    w, held = begun(play, 1)
    sent(play, w)
    play.kill(w)
    play.lapse(held.id)
    assert play.words() == ["doubted 1 1"]
    assert play.do(protocol.hold_end, play.rules) == 0
    assert play.claim(play.worker()) is None
    play.replay(w)
    assert play.words() == ["sent 1 1"]


def test_doubted_mail_is_sent_again_after_its_hold(play: Play) -> None:
    w, held = begun(play, 1)
    taken(play, w)
    play.lose_host(w)
    play.lapse(held.id)
    play.hold_ends(*[one.id for one in play.batches(BatchState.doubt)])
    other = play.worker()
    again = play.claim(other)
    assert again is not None
    assert [row.attempt for row in again.ahead] == [2]
    play.finish_call(other)
    sent(play, other)
    play.finish_call(other)
    assert play.words() == ["sent 2 1"]


def test_fenced_holder_disclaims_what_it_never_tried(play: Play) -> None:
    w, held = begun(play, 3, window=2)
    play.lapse(held.id)
    sent(play, w)
    assert [play.finish_call(w) for _ in range(3)] == ["settle", "facts", ""]
    assert play.words() == ["sent 1 1", "queued 0 0", "queued 0 0"]
    assert kinds(play, play.rows()[1].id) == ["doubted", "cleared"]


def test_fenced_holder_disclaims_above_the_ceiling_it_knows(play: Play) -> None:
    w, held = begun(play, 3, window=2)
    sent(play, w)
    play.finish_call(w)
    raising = play.settle(w)
    assert raising is not None
    play.execute(raising)  # committed, but never heard of
    play.lapse(held.id)
    raising.executed = False
    assert play.words() == ["sent 1 0", "doubted 1 1", "doubted 1 1"]
    while play.finish_call(w):
        pass
    assert play.words() == ["sent 1 0", "queued 0 0", "queued 0 0"]


def test_late_250_of_a_fenced_holder_is_recorded(play: Play) -> None:
    w, held = begun(play, 1)
    flight = taken(play, w)
    play.lapse(held.id)
    play.reads(w, flight, S)
    while play.finish_call(w):
        pass
    assert play.words() == ["sent 1 1"]
    assert kinds(play, flight.row.id) == ["doubted", "late"]


def test_late_550_settles_only_its_own_doubt(play: Play) -> None:
    w, held = begun(play, 1)
    flight = play.send(w)
    assert flight is not None
    play.lapse(held.id)
    play.reads(w, flight, F)
    for _ in range(2):
        play.do(protocol.facts, "another journal", [Fact(flight.row.id, 1, F, 550)])
    assert play.words() == ["doubted 1 1"]
    while play.finish_call(w):
        pass
    assert play.words() == ["failed 1 1"]


def test_late_550_does_not_undo_a_sent_row(play: Play) -> None:
    w, held = begun(play, 1)
    lost = play.send(w)
    assert lost is not None
    play.lapse(held.id)
    play.hold_ends(*[one.id for one in play.batches(BatchState.doubt)])
    other = play.worker()
    play.claim(other)
    play.finish_call(other)
    sent(play, other)
    play.finish_call(other)
    play.reads(w, lost, F)
    while play.finish_call(w):
        pass
    assert play.words() == ["sent 2 1"]
    assert kinds(play, lost.row.id)[-1] == "again"


def held_elsewhere(play: Play) -> tuple[Worker, InFlight, Worker]:
    """A mail was taken for a worker that was cut off; after its hold another worker is permitted to send it again."""
    w, held = begun(play, 1)
    flight = taken(play, w)
    play.lapse(held.id)
    play.hold_ends(*[one.id for one in play.batches(BatchState.doubt)])
    other = play.worker()
    play.claim(other)
    play.finish_call(other)
    play.reads(w, flight, S)
    while play.finish_call(w):
        pass
    return w, flight, other


def test_late_250_takes_the_mail_back_from_its_next_holder(play: Play) -> None:
    _, flight, other = held_elsewhere(play)
    assert play.words() == ["queued 1 1"]
    other.held[0].results.append(Result(0, 0, S))  # any settle tells the holder
    other.held[0].results.clear()
    answer = play.do(protocol.standing, other.held[0].id)
    assert answer == {flight.row.id: True}


def test_late_250_outlives_the_next_holders_refusal(play: Play) -> None:
    _, _, other = held_elsewhere(play)
    second = play.send(other)
    assert second is not None
    play.reads(other, second, F)
    play.finish_call(other)
    assert play.words() == ["sent 2 1"]
    assert play.rows()[0].code == 250


def test_late_250_outlives_the_next_holders_end(play: Play) -> None:
    _, flight, other = held_elsewhere(play)
    play.lose_host(other)
    play.lapse(*[one.id for one in play.batches(BatchState.claimed)])
    assert play.words() == ["sent 2 2"]
    assert flight.row.id in play.told


def test_late_250_outlives_the_next_holders_journal(play: Play) -> None:
    _, _, other = held_elsewhere(play)
    play.kill(other)
    play.replay(other)
    assert play.words() == ["sent 1 1"]


def test_late_250_outlives_giving_back(play: Play) -> None:
    _, _, other = held_elsewhere(play)
    other.held[0].stopping = True
    play.finish_call(other)
    assert play.words() == ["sent 1 1"]


def test_disclaim_withdraws_only_the_doubt_of_its_own_claim(play: Play) -> None:
    w, first = begun(play, 2, window=1)
    play.lapse(first.id)  # it does not know yet, and claims the rest again
    second = play.claim(w)
    assert second is not None
    assert second.id == first.id
    stale = first.untried()  # what it says as soon as it hears: on its way for long
    w.held = [second]
    play.finish_call(w)
    flight = taken(play, w)
    play.lapse(second.id)
    play.do(protocol.facts, w.journal.id, stale)
    assert [word for row, word in zip(play.rows(), play.words(), strict=True) if row.id == flight.row.id] == [
        "doubted 1 1"
    ]


def test_result_that_meets_no_row_is_refused_whole(play: Play) -> None:
    w, held = begun(play, 2, window=2)
    one, two = (row.id for row in held.todo)
    wrong = [Result(one, 1, S, code=250), Result(two, 2, S, code=250)]
    play.accepted[one] = play.accepted[two] = 0
    with pytest.raises(UnpermittedResultError):
        play.do(protocol.settle, Settle(held.id, held.token, held.seq, held.permit, LEASE, wrong))
    assert play.words() == ["queued 0 0", "queued 0 0"]
    assert w.held == [held]


def test_result_cannot_settle_a_row_that_went_elsewhere(play: Play) -> None:
    _, held = begun(play, 1)
    number = held.todo[0].id
    play.lapse(held.id)
    play.hold_ends(*[one.id for one in play.batches(BatchState.doubt)])
    other = play.worker()
    play.claim(other)
    stale = Settle(held.id, held.token, held.seq, held.permit, LEASE, [Result(number, 1, D, code=451, delay=0)])
    assert play.do(protocol.settle, stale).verdict is Verdict.fenced
    assert play.words() == ["queued 1 1"]


def test_settle_repeated_after_a_lost_acknowledgement_changes_nothing(play: Play) -> None:
    w, held = begun(play, 3, window=1)
    flight = play.send(w)
    assert flight is not None
    play.reads(w, flight, D)
    call = play.settle(w)
    assert call is not None
    play.execute(call)
    before = play.words(), play.batches()
    play.execute(call)
    assert (play.words(), play.batches()) == before
    play.rebatch()
    before = play.words(), play.batches()
    play.execute(call)
    assert (play.words(), play.batches()) == before
    assert call.answer[0][0].verdict is Verdict.was_committed
    play.hear(w)
    assert held.seq == 2


def test_settle_after_a_takeover_is_fenced(play: Play) -> None:
    _, held = begun(play, 3, window=1)
    play.lapse(held.id)
    other = play.worker()
    again = play.claim(other)
    play.finish_call(other)
    assert again is not None
    assert (again.id, again.seq, again.token > held.token) == (held.id, held.seq, True)
    stale = Settle(held.id, held.token, held.seq, held.ahead[-1].id, LEASE, [])
    assert play.do(protocol.settle, stale).verdict is Verdict.fenced
    assert next(one.permit for one in play.batches() if one.id == held.id) == again.permit


def test_mail_in_the_journal_without_a_reply_is_in_doubt(play: Play) -> None:
    w, _ = begun(play, 2)
    taken(play, w)
    play.kill(w)
    play.replay(w)
    assert play.words() == ["queued 1 1", "queued 0 0"]
    quarantine = [one for one in play.batches(BatchState.ready) if one.alone]
    assert [one.open for one in quarantine] == [1]


def test_reply_in_the_journal_is_never_asked_for_again(play: Play) -> None:
    w, _ = begun(play, 3)
    sent(play, w)
    refused = play.send(w)
    assert refused is not None
    play.reads(w, refused, F)
    play.kill(w)
    play.replay(w)
    assert play.words() == ["sent 1 0", "failed 1 0", "queued 0 0"]


def test_replay_that_was_interrupted_is_repeated(play: Play) -> None:
    w, _ = begun(play, 3)
    sent(play, w)
    taken(play, w)
    play.kill(w)
    play.replay(w, retire=False)
    before = play.words()
    play.replay(w)
    assert play.words() == before == ["sent 1 0", "queued 1 1", "queued 0 0"]


def test_journal_of_a_living_process_is_not_adopted(play: Play) -> None:
    w, _ = begun(play, 1)
    assert journal.lock(w.journal.path) is None


def test_missing_record_proves_nothing_after_a_power_loss(play: Play) -> None:
    w, _ = begun(play, 1)
    taken(play, w)
    play.lose_power(w, lambda record: True)
    play.replay(w)
    assert play.words() == ["queued 1 1"]


def test_taken_back_record_proves_nothing_after_a_power_loss(play: Play) -> None:
    w, _ = begun(play, 1)
    flight = play.send(w)
    assert flight is not None
    play.breaks(w, flight)
    taken(play, w)
    play.lose_power(w, lambda record: record == 2)  # A, N, A: the last one never reached the disk
    play.replay(w)
    assert play.words() == ["queued 1 1"]


def test_submission_with_deferred_mail_is_not_finished(play: Play) -> None:
    w, _ = begun(play, 1)
    flight = play.send(w)
    assert flight is not None
    play.reads(w, flight, D)
    play.finish_call(w)
    assert play.do(protocol.finish) == 0


def test_sweep_that_saw_a_row_as_due_leaves_it_when_another_moved_it(play: Play) -> None:
    w, _ = begun(play, 1)
    flight = play.send(w)
    assert flight is not None
    play.reads(w, flight, D)
    play.finish_call(w)
    assert play.rebatch() == 1  # the other sweep is faster; a worker sends the mail
    play.claim(w)
    play.finish_call(w)
    sent(play, w)
    play.finish_call(w)
    assert play.do(ledger_sweep._again, play.submission, [flight.row.id]) == 0
    assert play.words() == ["sent 2 0"]


def test_submission_with_a_mail_on_its_way_is_not_finished(play: Play) -> None:
    w, _ = begun(play, 1)
    taken(play, w)
    assert play.do(protocol.finish) == 0


def test_submission_whose_rows_still_come_in_is_not_finished(play: Play) -> None:
    begun(play, 1)
    play.do(lambda connection: connection.execute(sa.update(submission).values(expanded=False)))
    w = play.workers[0]
    sent(play, w)
    play.finish_call(w)
    assert play.do(protocol.finish) == 0
    play.do(ledger.close_submission, play.submission, 0)


def test_mail_is_sent_again_after_silence_only_once(play: Play) -> None:
    w, _ = begun(play, 1)
    words = []
    for _ in range(2):
        flight = taken(play, w)
        play.silent(w, flight)
        play.finish_call(w)
        words += play.words()
        play.rebatch()
        play.claim(w)
        play.finish_call(w)
    assert words == ["deferred 1 1", "unknown 2 2"]


def test_mail_that_crashes_workers_again_and_again_becomes_unknown(play: Play) -> None:
    play.rules = doubt_rules(cap_crash=1)
    play.fill(1)
    for _ in range(2):
        w = play.worker()
        held = play.claim(w)
        assert held is not None
        play.finish_call(w)
        taken(play, w)
        play.lose_host(w)
        play.lapse(held.id)
        play.hold_ends(*[one.id for one in play.batches(BatchState.doubt)])
    assert play.words() == ["unknown 2 2"]


def test_mail_that_crashes_its_worker_while_composed_fails_alone(play: Play) -> None:
    play.fill(2)
    for _ in range(2):
        w = play.worker()
        held = play.claim(w)
        assert held is not None
        play.finish_call(w)
        w.journal.composing(play.rows()[0].id)
        play.kill(w)
        play.replay(w)
        other = play.worker()
        for alone in [one for one in play.batches(BatchState.ready) if not one.alone]:
            assert alone.open == 1
        play.do(lambda connection: None)
        rest = play.claim(other)
        if rest is not None and not rest.alone:
            play.finish_call(other)
            sent(play, other)
            play.finish_call(other)
        elif rest is not None:
            rest.stopping = True
            play.finish_call(other)
    assert play.words() == ["failed 0 0", "sent 1 0"]


def test_cancel_asks_the_holder_below_the_ceiling_and_is_sure_above(play: Play) -> None:
    w, held = begun(play, 3, window=2)
    flight = taken(play, w)
    ids = [row.id for row in play.rows()]
    assert play.do(ledger.cancel_messages, ids) == 1
    assert play.words() == ["queued 0 0", "queued 0 0", "cancelled 0 0"]
    play.reads(w, flight, S)
    while play.finish_call(w):
        pass
    assert play.words() == ["sent 1 0", "cancelled 0 0", "cancelled 0 0"]
    assert held.over


def test_holder_hears_of_a_cancel_above_its_ceiling(play: Play) -> None:
    w, held = begun(play, 3, window=1)
    play.do(ledger.cancel_messages, [held.ahead[0].id])
    sent(play, w)
    while play.finish_call(w):
        pass
    assert [row.id for row in held.todo] == [play.rows()[2].id]


def test_mail_asked_back_is_cancelled_when_its_batch_is_given_back(play: Play) -> None:
    w, held = begun(play, 2, window=2)
    play.do(ledger.cancel_messages, [play.rows()[0].id])
    held.stopping = True
    play.finish_call(w)
    assert play.words() == ["cancelled 0 0", "queued 0 0"]


def test_doubted_mail_asked_back_is_not_sent_again(play: Play) -> None:
    w, held = begun(play, 1)
    taken(play, w)
    play.lose_host(w)
    play.lapse(held.id)
    play.do(ledger.cancel_messages, [play.rows()[0].id])
    play.hold_ends(*[one.id for one in play.batches(BatchState.doubt)])
    assert play.words() == ["unknown 1 1"]


def test_batch_given_back_again_and_again_stays_whole(play: Play) -> None:
    play.fill(4)
    w = play.worker()
    for _ in range(5):
        held = play.claim(w)
        assert held is not None
        assert held.waiting() == 4
        held.stopping = True
        play.finish_call(w)


def test_batch_lost_again_and_again_is_halved(play: Play) -> None:
    play.fill(4)
    sizes = []
    for _ in range(4):
        w = play.worker()
        held = play.claim(w)
        assert held is not None
        sizes.append(held.waiting())
        play.lose_host(w)
        play.lapse(held.id)
        play.check()
    assert sizes == [4, 4, 2, 1]


def test_facts_twice_and_in_any_order_are_told_once(play: Play) -> None:
    w, held = begun(play, 3)
    flights = [taken(play, w), play.send(w)]
    play.lapse(held.id)
    play.reads(w, flights[0], S)
    play.reads(w, flights[1], D)  # type: ignore[arg-type]
    told = [held._fact(one) for one in held.results] + held.untried()
    for order in (told, told[::-1], told):
        play.do(protocol.facts, w.journal.id, order)
    assert play.words() == ["sent 1 1", "deferred 1 1", "queued 0 0"]
    assert [kinds(play, row.id) for row in play.rows()] == [
        ["doubted", "late"],
        ["doubted", "late"],
        ["doubted", "cleared"],
    ]
    play.rebatch()
    play.do(protocol.facts, w.journal.id, told)
    assert play.words() == ["sent 1 1", "queued 1 1", "queued 0 0"]
    w.held.clear()


def test_facts_after_the_hold_ended_do_not_undo_what_came_after(play: Play) -> None:
    w, held = begun(play, 2)
    flights = [taken(play, w), play.send(w)]
    play.lapse(held.id)
    play.hold_ends(*[one.id for one in play.batches(BatchState.doubt)])
    assert play.words() == ["queued 1 1", "queued 1 1"]
    play.reads(w, flights[0], S)
    play.reads(w, flights[1], F)  # type: ignore[arg-type]
    while play.finish_call(w):
        pass
    assert play.words() == ["sent 1 1", "queued 1 1"]


def test_facts_of_another_journals_attempt_number_change_nothing(play: Play) -> None:
    w, held = begun(play, 1)
    flight = taken(play, w)
    play.lapse(held.id)
    for attempt in (0, 1, 2):
        told = [Fact(flight.row.id, attempt, word) for word in (D, F, protocol.NEVER, protocol.DOUBT)]
        play.do(protocol.facts, "another journal", told)
    assert play.words() == ["doubted 1 1"]


def test_retry_that_comes_too_late_leaves_no_batch_behind(play: Play) -> None:
    w, _ = begun(play, 1)
    flight = play.send(w)
    assert flight is not None
    play.reads(w, flight, F)
    play.finish_call(w)
    assert play.retry(flight.row.id) == 1
    with reading(play.db) as connection:
        parent = connection.execute(sa.select(submission)).one()
    assert play.do(steer._requeue, parent, [flight.row.id]) == 0  # it had seen the message as failed
    assert len(play.batches(BatchState.ready)) == 1
    assert MessageState(play.rows()[0].state) is MessageState.queued


def test_who_leaves_is_asked_back_below_the_ceiling_and_surely_left_out_above(play: Play) -> None:
    play.fill(5)
    w = play.worker()
    play.claim(w)
    play.finish_call(w)
    flight = play.send(w)
    assert flight
    play.relay_takes(flight)
    people = {row.recipient: "unsubscribed" for row in play.rows()}
    told = play.do(ledger.withdraw, {play.submission: people})
    assert sorted(told.values()) == ["asked"] * play.window + ["withdrawn"] * (5 - play.window)
    play.reads(w, flight, S)
    while play.finish_call(w):
        pass
    play.drain()
    play.check()
    assert sum(play.accepted.values()) == 1
    assert Counter(play.words())["sent 1 0"] == 1


def test_what_waits_for_its_turn_leaves_its_batch_whole(play: Play) -> None:
    play.fill(4)
    w = play.worker()
    play.claim(w, refused=1, aside=(2, 3))
    play.check()
    play.drain()
    play.check()
    assert Counter(play.words()) == {"suppressed 0 0": 1, "sent 1 0": 3}
