"""What comes due by itself: deferred rows become batches, submissions finish."""

from collections import defaultdict

import sqlalchemy as sa

from bocau import events
from bocau.base.db import Connection, db_now, ring_after_commit
from bocau.ledger import tables as t
from bocau.ledger.batches import new_batch
from bocau.ledger.holding import RUNNING
from bocau.ledger.states import BatchState, MessageState, SubmissionState
from bocau.ledger.tally import uncount


def rebatch(connection: Connection, limit: int = 1000) -> int:
    """Put due rows back into the queue, or let them expire. How many. Two sweeps never take the same row.

    Locks go submission, batches, messages, as everywhere; what another transaction has locked is left to the next time.
    """
    due = connection.execute(
        sa.select(t.message.c.submission, t.message.c.id)
        .where(t.message.c.due_at <= db_now())
        .order_by(t.message.c.due_at)
        .limit(limit)
    ).all()
    groups: dict[int, list[int]] = defaultdict(list)
    for row in due:
        groups[row.submission].append(row.id)
    return sum(_again(connection, submission_id, groups[submission_id]) for submission_id in sorted(groups))


def _again(connection: Connection, submission_id: int, candidates: list[int]) -> int:
    parent = connection.execute(
        sa.select(t.submission, (t.submission.c.expires_at <= db_now()).label("over"))
        .where(t.submission.c.id == submission_id)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if parent is None:
        return 0
    left = uncount(connection, candidates, wait=False)
    still = (t.message.c.id.in_(candidates), t.message.c.state == MessageState.deferred, t.message.c.batch.in_(left))
    members = (
        connection.execute(sa.select(t.message.c.id).where(*still).with_for_update(skip_locked=True)).scalars().all()
    )
    if not members:
        return 0
    if parent.over:
        ended = {"state": MessageState.expired, "attention": int(MessageState.expired), "settled_at": db_now()}
        connection.execute(sa.update(t.message).where(t.message.c.id.in_(members)).values(due_at=None, **ended))
        events.append(connection, [events.Event(member, events.Kind.expired) for member in members])
        return len(members)
    stop = parent.state == SubmissionState.paused
    new = new_batch(connection, submission_id, parent.queue, stop=stop, open=len(members))
    connection.execute(
        sa.update(t.message)
        .where(t.message.c.id.in_(members))
        .values(state=MessageState.queued, due_at=None, batch=new)
    )
    if not stop:
        ring_after_commit(connection, parent.queue)
    return len(members)


def finish(connection: Connection) -> int:
    """Finish every submission that is expanded, has no open batch and nothing due: one statement (invariant 12)."""
    closed = ~sa.exists().where(t.batch.c.submission == t.submission.c.id, t.batch.c.state != BatchState.closed)
    nothing_due = ~sa.exists().where(t.message.c.submission == t.submission.c.id, t.message.c.due_at.is_not(None))
    return connection.execute(
        sa.update(t.submission)
        .where(t.submission.c.state == SubmissionState.running, t.submission.c.expanded, closed, nothing_due)
        .values(state=SubmissionState.finished, finished_at=db_now())
    ).rowcount


def ready_queues(connection: Connection) -> dict[str, int]:
    """Queue → how many of its batches could be claimed now; queues without any are left out."""
    due = sa.or_(t.batch.c.not_before.is_(None), t.batch.c.not_before <= db_now())
    rows = connection.execute(
        sa.select(t.batch.c.queue, sa.func.count().label("ready"))
        .where(t.batch.c.state == BatchState.ready, t.batch.c.submission.in_(RUNNING), due)
        .group_by(t.batch.c.queue)
    )
    return {row.queue: row.ready for row in rows}
