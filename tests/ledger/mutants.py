"""The verbs with one rule taken out, and the story that then goes wrong.

A mutant is a piece of a function's source (or of an SQL text) that is replaced. When code is rewritten, its mutants
are to be written anew: a piece that is not found fails the test.
"""

import inspect
import sys
import textwrap
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from bocau.delivery import journal
from bocau.delivery.held_batch import HeldBatch
from bocau.ledger import admit, batches, holding, recover, rules, steer, sweep
from bocau.ledger.withdraw import _unsent
from tests.ledger import test_stories as stories
from tests.ledger.play import Play

Story = Callable[[Play], None]


class Mutant(NamedTuple):
    """``where``: a function, or (module, name of an SQL text). ``rule``: its number in PROTOCOL 2.2, and what it says."""

    rule: str
    where: Any
    old: str
    new: str
    story: Story

    def apply(self, patch: pytest.MonkeyPatch) -> None:
        if isinstance(self.where, tuple):
            module, name = self.where
            text = getattr(module, name)
            assert self.old in text, "the code was rewritten: write this mutant anew"
            patch.setattr(module, name, text.replace(self.old, self.new))
            return
        source = textwrap.dedent(inspect.getsource(self.where))
        assert self.old in source, "the code was rewritten: write this mutant anew"
        made: dict[str, Any] = {}
        exec(compile(source.replace(self.old, self.new), "<mutant>", "exec"), self.where.__globals__, made)
        owner, _, name = self.where.__qualname__.rpartition(".")
        if owner:
            patch.setattr(sys.modules[self.where.__module__].__dict__[owner], name, made[name])
            return
        for module in [one for key, one in sys.modules.items() if key.startswith(("bocau", "tests.ledger"))]:
            for known in [key for key, value in vars(module).items() if value is self.where]:
                patch.setattr(module, known, made[name])


MUTANTS = [
    Mutant(
        "1 the ceiling is committed before the attempts it allows",
        holding.settle,
        "t.batch.c.permit < order.permit",
        "t.batch.c.permit < 0",
        stories.test_permission_is_committed_before_the_attempt,
    ),
    Mutant(
        "2 permitted - settled <= W",
        HeldBatch.ask,
        "range(min(room, len(self.ahead)))",
        "range(len(self.ahead))",
        stories.test_window_bounds_all_claims_of_a_process,
    ),
    Mutant(
        "3 what is above the ceiling was never attempted",
        recover.revoke,
        "t.message.c.id <= held.permit",
        "t.message.c.id > 0",
        stories.test_batch_claimed_ahead_comes_back_untouched,
    ),
    Mutant(
        "4 the holder owes a fact for what it never tried",
        HeldBatch.disclaim,
        "self.facts += self.untried()",
        "pass",
        stories.test_fenced_holder_disclaims_what_it_never_tried,
    ),
    Mutant(
        "4 also above the ceiling it knows",
        HeldBatch.untried,
        "(*self.todo, *self.ahead)",
        "self.todo",
        stories.test_fenced_holder_disclaims_above_the_ceiling_it_knows,
    ),
    Mutant(
        "4 also for what was asked back when it gives a batch back",
        holding._part,
        "sa.or_(t.message.c.cancel_asked, HEARD)",
        "HEARD",
        stories.test_mail_asked_back_is_cancelled_when_its_batch_is_given_back,
    ),
    Mutant(
        "5 a doubt counts on its row",
        recover.revoke,
        '"doubts": t.message.c.doubts + 1',
        '"doubts": t.message.c.doubts',
        stories.test_doubted_mail_is_sent_again_after_its_hold,
    ),
    Mutant(
        "5 a doubt waits for its journal",
        recover.revoke,
        "db_now() + doubt.hold[held.stream]",
        "db_now() - 1",
        stories.test_doubted_mail_waits_until_its_journal_speaks,
    ),
    Mutant(
        "6 facts are never fenced",
        rules.late,
        "else outcome(row, fact, row.attempts)",
        "else None",
        stories.test_late_250_of_a_fenced_holder_is_recorded,
    ),
    Mutant(
        "6 a refusal settles only its own journal's doubt",
        rules.late,
        "(row.journal == journal or accepted)",
        "True",
        stories.test_late_550_settles_only_its_own_doubt,
    ),
    Mutant(
        "6 a refusal settles only its own attempt",
        rules.late,
        "row.state == MessageState.doubted and row.attempts == fact.attempt and (row.journal == journal or accepted)",
        "True",
        stories.test_late_550_does_not_undo_a_sent_row,
    ),
    Mutant(
        "6 a disclaim withdraws only the doubt of its own claim",
        rules.late,
        "same = (row.origin, row.token) == (fact.batch, fact.token)",
        "same = True",
        stories.test_disclaim_withdraws_only_the_doubt_of_its_own_claim,
    ),
    Mutant(
        "6 a 250 for a mail permitted to another is remembered",
        rules.late,
        "or row.state == MessageState.sent or row.heard:",
        "or row.state == MessageState.sent or row.permitted:",
        stories.test_late_250_outlives_the_next_holders_refusal,
    ),
    Mutant(
        "6 the next holder hears of it",
        holding.standing,
        "row.cancel_asked or row.heard",
        "row.cancel_asked",
        stories.test_late_250_takes_the_mail_back_from_its_next_holder,
    ),
    Mutant(
        "6 its settle heeds it",
        (holding, "_PLAIN"),
        "WHEN code BETWEEN 200 AND 299 THEN 3",
        "WHEN 1 = 0 THEN 3",
        stories.test_late_250_outlives_the_next_holders_refusal,
    ),
    Mutant(
        "6 a revoke heeds it",
        recover.revoke,
        "sa.case((HEARD, MessageState.sent), else_=MessageState.doubted)",
        "MessageState.doubted",
        stories.test_late_250_outlives_the_next_holders_end,
    ),
    Mutant(
        "6 a replay heeds it",
        rules.replayed,
        "if row.heard and change.state != MessageState.sent:",
        "if False:",
        stories.test_late_250_outlives_the_next_holders_journal,
    ),
    Mutant(
        "6 giving back heeds it",
        holding._part,
        "sa.case((HEARD, MessageState.sent), else_=CANCELLED)",
        "CANCELLED",
        stories.test_late_250_outlives_giving_back,
    ),
    Mutant(
        "6 a fact is told once",
        recover._notes,
        'once = f"late:{fact.id}:{fact.attempt}:{journal}"',
        "once = None",
        stories.test_facts_twice_and_in_any_order_are_told_once,
    ),
    Mutant(
        "7 a result meets the row that stands at its attempt",
        (holding, "_PLAIN"),
        "AND attempts = ?",
        "AND ? IS NOT NULL",
        stories.test_result_that_meets_no_row_is_refused_whole,
    ),
    Mutant(
        "7 a result that meets no row is no result",
        holding._record,
        "if changed != len(results):",
        "if False:",
        stories.test_result_that_meets_no_row_is_refused_whole,
    ),
    Mutant(
        "8 the token is in the statement that moves the ceiling",
        holding.settle,
        "t.batch.c.token == order.token,",
        "",
        stories.test_settle_after_a_takeover_is_fenced,
    ),
    Mutant(
        "8 the sequence number is in it",
        holding.settle,
        "t.batch.c.seq == order.seq,",
        "",
        stories.test_settle_repeated_after_a_lost_acknowledgement_changes_nothing,
    ),
    Mutant(
        "8 a repeated settle hears that it was committed",
        holding.settle,
        "(order.token, order.seq + 1)",
        "(order.token, order.seq + 2)",
        stories.test_settle_repeated_after_a_lost_acknowledgement_changes_nothing,
    ),
    Mutant(
        "9 A without R is a doubt",
        rules._replayed,
        "(row.id, attempt) in told.attempted or not told.intact",
        "not told.intact",
        stories.test_mail_in_the_journal_without_a_reply_is_in_doubt,
    ),
    Mutant(
        "9 R settles its mail",
        rules._replayed,
        "if fact is not None and fact.told not in (DOUBT, NEVER):",
        "if False:",
        stories.test_reply_in_the_journal_is_never_asked_for_again,
    ),
    Mutant(
        "10 a journal is replayed under its lock",
        journal.lock,
        "locks.try_lock(fd)",
        "True",
        stories.test_journal_of_a_living_process_is_not_adopted,
    ),
    Mutant(
        "10 other boot or torn middle: a missing A proves nothing",
        journal.told,
        "intact = header is not None and whole and header.boot == boot_id()",
        "intact = True",
        stories.test_missing_record_proves_nothing_after_a_power_loss,
    ),
    Mutant(
        "10 other boot or torn middle: an N proves nothing",
        rules._replayed,
        "fact.told == NEVER and told.intact",
        "fact.told == NEVER",
        stories.test_taken_back_record_proves_nothing_after_a_power_loss,
    ),
    Mutant(
        "12 finished: no row is due",
        sweep.finish,
        "closed, nothing_due",
        "closed",
        stories.test_submission_with_deferred_mail_is_not_finished,
    ),
    Mutant(
        "12 finished: no batch is open",
        sweep.finish,
        "closed, nothing_due",
        "nothing_due",
        stories.test_submission_with_a_mail_on_its_way_is_not_finished,
    ),
    Mutant(
        "12 finished: every row is in",
        sweep.finish,
        "t.submission.c.expanded, ",
        "",
        stories.test_submission_whose_rows_still_come_in_is_not_finished,
    ),
    Mutant(
        "13 the sweep looks again at the rows it moves",
        sweep._again,
        "t.message.c.state == MessageState.deferred",
        "sa.true()",
        stories.test_sweep_that_saw_a_row_as_due_leaves_it_when_another_moved_it,
    ),
    Mutant(
        "14 re-sending after doubt is capped",
        rules.after_doubt,
        "row.doubts > cap or ",
        "",
        stories.test_mail_that_crashes_workers_again_and_again_becomes_unknown,
    ),
    Mutant(
        "14 a doubted mail that was asked back is not sent again",
        rules.after_doubt,
        "row.cancel_asked or ",
        "",
        stories.test_doubted_mail_asked_back_is_not_sent_again,
    ),
    Mutant(
        "2.6 cancel asks the holder below the ceiling",
        steer._cancel,
        "t.batch.c.permit >= t.message.c.id",
        "t.batch.c.permit < 0",
        stories.test_cancel_asks_the_holder_below_the_ceiling_and_is_sure_above,
    ),
    Mutant(
        "2.6 the holder hears of a cancel",
        batches.recount,
        '"revision": t.batch.c.revision + 1',
        '"revision": t.batch.c.revision',
        stories.test_holder_hears_of_a_cancel_above_its_ceiling,
    ),
    Mutant(
        "2.9 what crashed its worker while it was composed fails alone",
        rules._replayed,
        "if row.id == told.composing and alone:",
        "if False:",
        stories.test_mail_that_crashes_its_worker_while_composed_fails_alone,
    ),
    Mutant(
        "2.9 a batch claimed in vain three times is halved",
        holding._claim,
        "head.claims >= SUSPECT and",
        "False and",
        stories.test_batch_lost_again_and_again_is_halved,
    ),
    Mutant(
        "2.9 giving back is not in vain",
        holding.give_back,
        "claims=0,",
        "",
        stories.test_batch_given_back_again_and_again_stays_whole,
    ),
    Mutant(
        "a settle counts what is still open",
        holding.settle,
        "open=t.batch.c.open - count,",
        "",
        stories.test_reply_in_the_journal_is_never_asked_for_again,
    ),
    Mutant(
        "a late fact counts what is still open",
        recover.apply_changes,
        "recount(connection, {row.batch for row in source.values()})",
        "pass",
        stories.test_late_250_of_a_fenced_holder_is_recorded,
    ),
    Mutant(
        "who leaves is asked back below the ceiling",
        _unsent,
        "not row.permitted",
        "True",
        stories.test_who_leaves_is_asked_back_below_the_ceiling_and_surely_left_out_above,
    ),
    Mutant(
        "what waits for its turn is not counted where it was",
        admit._without,
        "t.batch.c.open - count",
        "t.batch.c.open",
        stories.test_what_waits_for_its_turn_leaves_its_batch_whole,
    ),
    Mutant(
        "a retry that comes too late leaves no batch behind",
        batches.note_filled,
        "if count:",
        "if True:",
        stories.test_retry_that_comes_too_late_leaves_no_batch_behind,
    ),
]
