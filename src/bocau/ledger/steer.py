"""What people ask of submissions and messages: pause, resume, cancel, retry.

Locks are taken in one order everywhere: submission, batches by id, messages by id.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from bocau import events
from bocau.base.db import Connection, db_now, ring_after_commit
from bocau.base.db.slices import slices
from bocau.base.errors import BocauError
from bocau.base.words import N_
from bocau.ledger import tables as t
from bocau.ledger.batches import UNSETTLED, new_batch, note_filled, recount
from bocau.ledger.recover import lock_rows
from bocau.ledger.states import OPEN, BatchState, MessageState, SubmissionState
from bocau.ledger.tally import uncount

OPEN_BATCH = t.batch.c.state != BatchState.closed
RETRIABLE = (MessageState.failed, MessageState.unknown, MessageState.expired)


class SubmissionUnknownError(BocauError):
    code = "submission-unknown"
    sentence = N_("There is no submission {id}. Nothing was changed.")
    hint = N_("`bocau submissions list` shows all submissions.")


class SubmissionOverError(BocauError):
    code = "submission-over"
    sentence = N_("Submission {id} is already {state}. Nothing was changed.")
    hint = N_("`bocau messages retry` tries failed messages again.")


def pause(connection: Connection, submission_id: int) -> None:
    """No more of it is sent: unclaimed batches at once, claimed ones within the holder's next settle."""
    _step(connection, submission_id, (SubmissionState.running, SubmissionState.paused), SubmissionState.paused)
    _tell_holders(connection, submission_id, stop=True)


def resume(connection: Connection, submission_id: int) -> None:
    """Go on where it was paused."""
    stopped = (SubmissionState.running, SubmissionState.paused)
    queue = _step(connection, submission_id, stopped, SubmissionState.running)
    _tell_holders(connection, submission_id, stop=False)
    ring_after_commit(connection, queue)


def cancel(connection: Connection, submission_id: int) -> int:
    """End it. How many messages are surely cancelled now; mails on their way are asked back (``cancel_asked``)."""
    _step(connection, submission_id, tuple(SubmissionState)[:3], SubmissionState.cancelled)
    return cancel_rest(connection, submission_id)


def cancel_rest(connection: Connection, submission_id: int) -> int:
    """Cancel what is open of a cancelled submission; repeated by the sweep for batches made meanwhile."""
    batch_ids = _lock_batches(connection, submission_id, sa.or_(OPEN_BATCH, t.batch.c.id.in_(_deferred(submission_id))))
    mine = t.message.c.submission == submission_id
    count = sum([_cancel(connection, sa.and_(mine, t.message.c.batch.in_(some))) for some in slices(batch_ids)])
    recount(connection, batch_ids)
    return count


def cancel_leftovers(connection: Connection) -> int:
    """Complete cancels: batches that came into being while a cancel ran. How many submissions had any."""
    cancelled = sa.select(t.submission.c.id).where(t.submission.c.state == SubmissionState.cancelled)
    ready = sa.select(t.batch.c.submission).where(
        t.batch.c.state == BatchState.ready, t.batch.c.submission.in_(cancelled)
    )
    submission_ids = connection.execute(ready.distinct().limit(10)).scalars().all()
    for submission_id in submission_ids:
        cancel_rest(connection, submission_id)
    return len(submission_ids)


def cancel_messages(connection: Connection, ids: Sequence[int]) -> int:
    """Cancel single messages, surely or by asking their holder. How many are surely cancelled."""
    rows = lock_rows(connection, set(ids))
    batch_ids = {row.batch for row in rows if row.state in OPEN}
    count = _cancel(connection, t.message.c.id.in_(ids))
    recount(connection, batch_ids)
    return count


def retry(connection: Connection, ids: Sequence[int], time_to_live: dict[str, float], size: int = 1000) -> int:
    """Queue failed, unknown and expired messages again, with the same Message-ID. How many.

    Attempts start anew; numbers of attempts go on rising, since facts of old attempts may still come.
    ``time_to_live``: seconds by stream, counted from now.
    """
    rows = connection.execute(
        sa.select(t.message.c.id, t.message.c.submission, t.message.c.attempts)
        .where(t.message.c.id.in_(ids), t.message.c.state.in_(RETRIABLE))
        .order_by(t.message.c.id)
    ).all()
    groups: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        groups[row.submission].append(row.id)
    parents = [_reopen(connection, submission_id, time_to_live) for submission_id in sorted(groups)]
    left = uncount(connection, [row.id for row in rows])
    count = 0
    for parent in parents:
        count += sum([_requeue(connection, parent, some, left) for some in slices(groups[parent.id], size)])
    return count


def _reopen(connection: Connection, submission_id: int, time_to_live: dict[str, float]) -> sa.Row[Any]:
    parent = connection.execute(
        sa.select(t.submission).where(t.submission.c.id == submission_id).with_for_update()
    ).one()
    state = SubmissionState.paused if parent.state == SubmissionState.paused else SubmissionState.running
    alive = int(time_to_live.get(parent.stream, 86400.0) * 1000)
    connection.execute(
        sa.update(t.submission)
        .where(t.submission.c.id == submission_id)
        .values(state=state, finished_at=None, expires_at=db_now() + alive)
    )
    return parent


def _requeue(connection: Connection, parent: sa.Row[Any], ids: Sequence[int], left: set[int] | None = None) -> int:
    """``left``: the locked batches that they may leave; None: lock them."""
    left = uncount(connection, ids) if left is None else left
    where = (t.message.c.id.in_(ids), t.message.c.state.in_(RETRIABLE))
    standing = connection.execute(sa.select(t.message.c.id, t.message.c.batch).where(*where)).all()
    ids = [row.id for row in standing if row.batch in left]
    stop = parent.state == SubmissionState.paused
    new = new_batch(connection, parent.id, parent.queue, stop=stop)
    moved = connection.execute(
        sa.update(t.message)
        .where(t.message.c.id.in_(ids), t.message.c.state.in_(RETRIABLE))
        .values(
            state=MessageState.queued,
            batch=new,
            retries=t.message.c.attempts,
            attention=None,
            settled_at=None,
            cancel_asked=False,
            due_at=None,
        )
    ).rowcount
    if not note_filled(connection, new, moved):  # another retry, or a late reply, was faster
        return 0
    gone = connection.execute(sa.select(t.message.c.id).where(t.message.c.batch == new)).scalars()
    events.append(connection, [events.Event(message_id, events.Kind.retried) for message_id in gone])
    if not stop:
        ring_after_commit(connection, parent.queue)
    return moved


def _step(connection: Connection, submission_id: int, allowed: Sequence[SubmissionState], to: SubmissionState) -> str:
    """Take the step; the submission's queue."""
    row = connection.execute(
        sa.select(t.submission.c.state, t.submission.c.queue)
        .where(t.submission.c.id == submission_id)
        .with_for_update()
    ).one_or_none()
    if row is None:
        raise SubmissionUnknownError(id=submission_id)
    if row.state not in allowed:
        raise SubmissionOverError(id=submission_id, state=SubmissionState(row.state).name)
    connection.execute(sa.update(t.submission).where(t.submission.c.id == submission_id).values(state=to))
    return str(row.queue)


def _tell_holders(connection: Connection, submission_id: int, *, stop: bool) -> None:
    _lock_batches(connection, submission_id)
    mine = (t.batch.c.submission == submission_id, OPEN_BATCH)
    connection.execute(sa.update(t.batch).where(*mine).values(stop=stop, revision=t.batch.c.revision + 1))


def _deferred(submission_id: int) -> "sa.Select[Any]":
    """The batches, closed ones among them, in which a submission's deferred messages wait."""
    waiting = (t.message.c.submission == submission_id, t.message.c.due_at.is_not(None))
    return sa.select(t.message.c.batch).where(*waiting)


def _lock_batches(connection: Connection, submission_id: int, which: sa.ColumnElement[bool] = OPEN_BATCH) -> list[int]:
    """Lock a submission's open batches by id, until none has come into being meanwhile.

    While one waited for a lock, its holder may have put rows into a new batch, and that may be claimed already; with
    the submission and all its open batches locked, no further one can come.
    """
    mine = sa.select(t.batch.c.id).where(t.batch.c.submission == submission_id, which).order_by(t.batch.c.id)
    locked: set[int] = set()
    while True:
        ids = connection.execute(mine.with_for_update()).scalars().all()
        if locked.issuperset(ids):
            return list(ids)
        locked.update(ids)


def _cancel(connection: Connection, which: sa.ColumnElement[bool]) -> int:
    """Unclaimed, deferred and above the ceiling: cancelled surely. Permitted or doubted: asked."""
    surely = sa.or_(
        t.message.c.state == MessageState.deferred,
        sa.and_(
            t.message.c.state == MessageState.queued,
            ~sa.exists().where(
                t.batch.c.id == t.message.c.batch,
                t.batch.c.state == BatchState.claimed,
                t.batch.c.permit >= t.message.c.id,
            ),
        ),
    )
    asked = t.message.c.state.in_(UNSETTLED)
    ended = {"state": MessageState.cancelled, "due_at": None, "settled_at": db_now()}
    count = connection.execute(sa.update(t.message).where(which, surely).values(**ended)).rowcount
    connection.execute(sa.update(t.message).where(which, asked).values(cancel_asked=True))
    return count
