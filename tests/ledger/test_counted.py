"""Whatever happens in whatever order, what is counted batch by batch is what stands in the rows."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from bocau import events, ledger, stats
from bocau.base.db import reading, transaction
from bocau.ledger.tables import batch
from bocau.stats.tables import stat, stat_due, stat_part
from tests.ledger.play import D, F, Play, S
from tests.ledger.test_properties import SOAK, Story
from tests.stats.plain import counted_plainly, folded, standing


class Counting(Story):
    """The ledger's stories; now and then somebody folds, and after each step nothing that changed may look counted."""

    WORK: ClassVar[dict[str, int]] = {**Story.WORK, "somebody_folds": 3, "somebody_opens": 1}

    def somebody_folds(self) -> list[Callable[[], Any]]:
        return [lambda: self.play.do(stats.fold, 1), lambda: self.play.do(stats.fold, 100)]

    def somebody_opens(self) -> list[Callable[[], Any]]:
        kinds = (events.Kind.opened, events.Kind.clicked)
        told = [
            events.Event(n, kind, 0, {"by": by, "link": 1})
            for n in self.rows(S)
            for kind in kinds
            for by in ("person", "proxy")
        ]
        return [lambda one=one: self.play.do(events.append, [one]) for one in told]  # type: ignore[misc]

    def teardown(self) -> None:
        if not hasattr(self, "play"):
            return
        try:
            agrees(self.play)
            self.play.drain()
            agrees(self.play)
            assert not rebuilt(self.play.db)
            agrees(self.play)
        finally:
            self.play.close()


def agrees(play: Play) -> None:
    folded(play.db)
    assert standing(play.db) == counted_plainly(play.db)


def rebuilt(db: sa.Engine) -> list[int]:
    different: list[int] = []
    after: int | None = 0
    while after is not None:
        with transaction(db) as connection:
            slice_ = stats.rebuild(connection, after)
        after, different = slice_.after, different + slice_.different
    return different


def emptied(db: sa.Engine) -> None:
    with transaction(db) as connection:
        for table in (stat, stat_part, stat_due):
            connection.execute(sa.delete(table))


def test_counts_follow_the_rows_whatever_happens(ground: sa.Engine, tmp_path: Path) -> None:
    def story() -> Counting:
        emptied(ground)
        made = Counting()
        made.db, made.folder = ground, tmp_path / "journal"
        return made

    few = 15 if ground.dialect.name == "postgresql" else 40
    run_state_machine_as_test(  # type: ignore[arg-type]
        story,
        settings=settings(
            max_examples=3000 if SOAK else few,
            stateful_step_count=40,
            deadline=None,
            derandomize=not SOAK,
            database=None,
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        ),
    )


def test_a_held_batch_is_counted_while_it_is_sent(play: Play) -> None:
    emptied(play.db)
    play.fill(3)
    w = play.worker()
    play.claim(w)
    folded(play.db)
    play.finish_call(w)
    flight = play.send(w)
    assert flight is not None
    play.relay_takes(flight)
    play.reads(w, flight, S)
    play.finish_call(w)
    folded(play.db)
    with reading(play.db) as connection:
        assert stats.read(connection, [play.submission]).totals == {"queued": 3, "sent": 1}
        assert not connection.execute(sa.select(batch.c.counted)).scalar_one()


def test_deferred_rows_of_a_closed_batch_are_counted_when_they_are_cancelled(play: Play) -> None:
    emptied(play.db)
    _answered(play, D)
    folded(play.db)
    assert _totals(play) == {"queued": 2, "deferred": 2}
    play.do(ledger.cancel_messages, [play.rows()[0].id])
    folded(play.db)
    assert _totals(play) == {"queued": 2, "deferred": 1, "cancelled": 1}
    play.do(ledger.cancel, play.submission)
    folded(play.db)
    assert _totals(play) == {"queued": 2, "cancelled": 2}


def test_retry_and_rebatch_uncount_the_batches_that_rows_leave(play: Play) -> None:
    emptied(play.db)
    _answered(play, F)
    folded(play.db)
    assert _totals(play) == {"queued": 2, "failed": 2}
    play.retry(play.rows()[0].id)
    folded(play.db)
    assert _totals(play) == {"queued": 2, "failed": 1}
    agrees(play)


def test_a_batch_that_changed_between_taking_and_reading_is_counted_again(play: Play) -> None:
    emptied(play.db)
    play.fill(2)
    play.do(stats.fold, 10)  # takes the batch
    play.do(ledger.cancel_messages, [play.rows()[0].id])
    folded(play.db)
    assert _totals(play) == {"queued": 2, "cancelled": 1}


def _answered(play: Play, state: ledger.MessageState) -> None:
    play.fill(2)
    w = play.worker()
    play.claim(w)
    while play.batches()[0].open:
        play.finish_call(w)
        while (flight := play.send(w)) is not None:
            play.reads(w, flight, state)
    assert Counter(row.state for row in play.rows()) == {state: 2}


def _totals(play: Play) -> dict[str, int]:
    with reading(play.db) as connection:
        return stats.read(connection, [play.submission]).totals
