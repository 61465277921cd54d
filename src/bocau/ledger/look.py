"""Reading the ledger: for pages, commands and programs. Changes nothing."""

from typing import Any, NamedTuple

import sqlalchemy as sa

from bocau import events
from bocau.base.db import Connection, db_now
from bocau.ledger import tables as t
from bocau.ledger.states import FINAL, BatchState, MessageState, SubmissionState


class Filter(NamedTuple):
    """Which messages: all that are given must hold. ``recipient``: the key. ``after`` pages by id, upwards; ``newest``
    has the latest first instead. ``until``: of submissions made until then (ms)."""

    submission: int | None = None
    state: MessageState | None = None
    after: int = 0
    limit: int = 100
    recipient: str | None = None
    newest: bool = False
    until: int | None = None


class QueueDepth(NamedTuple):
    """``open``: messages. ``ready``, ``claimed``, ``doubt``: batches in that state. ``age``: ms of the oldest due thing."""

    name: str
    open: int
    ready: int
    claimed: int
    doubt: int
    age: int


class Progress(NamedTuple):
    """Cheap to ask for: counted from batches and due rows. ``open`` are queued or doubted."""

    state: SubmissionState
    expanded: bool
    total: int
    open: int
    deferred: int


ROW = [column for column in t.message.c if column.name not in ("data", "files", "attention", "recipient")]


def list_messages(connection: Connection, wanted: Filter) -> list[dict[str, Any]]:
    """Messages by id; each a mapping of column → value, ``state`` by name."""
    where = [t.message.c.id > wanted.after]
    if wanted.submission is not None:
        where.append(t.message.c.submission == wanted.submission)
    if wanted.recipient is not None:
        where.append(t.message.c.recipient == wanted.recipient)
    if wanted.until is not None:
        where.append(made_until(wanted.until))
    if wanted.state is not None:
        marked = wanted.state in (MessageState.failed, MessageState.unknown, MessageState.expired)
        where.append(t.message.c.attention == wanted.state if marked else t.message.c.state == wanted.state)
    order = t.message.c.id.desc() if wanted.newest else t.message.c.id
    rows = connection.execute(sa.select(*ROW).where(*where).order_by(order).limit(wanted.limit))
    return [_named(row) for row in rows]


def made_until(moment: int) -> sa.ColumnElement[bool]:
    """Messages of submissions made until a moment (ms)."""
    return t.message.c.submission.in_(sa.select(t.submission.c.id).where(t.submission.c.created_at <= moment))


def show_message(connection: Connection, message_id: int) -> dict[str, Any] | None:
    """One message whole: its row with merge data, its submission's row, its events (oldest first)."""
    row = connection.execute(sa.select(t.message).where(t.message.c.id == message_id)).one_or_none()
    if row is None:
        return None
    parent = connection.execute(sa.select(t.submission).where(t.submission.c.id == row.submission)).one()
    return _named(row) | {"events": events.timeline(connection, message_id), "parent": _named_submission(parent)}


def list_submissions(connection: Connection, limit: int = 100, before: int | None = None) -> list[dict[str, Any]]:
    """Submissions, newest first; ``before`` pages by id."""
    query = sa.select(t.submission).order_by(t.submission.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(t.submission.c.id < before)
    return [_named_submission(row) for row in connection.execute(query)]


def show_submission(connection: Connection, submission_id: int) -> dict[str, Any] | None:
    row = connection.execute(sa.select(t.submission).where(t.submission.c.id == submission_id)).one_or_none()
    return None if row is None else _named_submission(row)


def counts(connection: Connection, submission_id: int) -> dict[str, int]:
    """State name → number of messages; every state is a key. Reads all rows of the submission."""
    rows = connection.execute(
        sa.select(t.message.c.state, sa.func.count())
        .where(t.message.c.submission == submission_id)
        .group_by(t.message.c.state)
    )
    return {state.name: 0 for state in MessageState} | {MessageState(state).name: n for state, n in rows}


def progress(connection: Connection, submission_id: int) -> Progress:
    """How far a submission is, without reading its messages. Raises NoResultFound when there is none."""
    row = connection.execute(
        sa.select(t.submission.c.state, t.submission.c.expanded, t.submission.c.total).where(
            t.submission.c.id == submission_id
        )
    ).one()
    still = connection.execute(
        sa.select(sa.func.coalesce(sa.func.sum(t.batch.c.open), 0)).where(
            t.batch.c.submission == submission_id, t.batch.c.state != BatchState.closed
        )
    ).scalar_one()
    waiting = connection.execute(
        sa.select(sa.func.count()).where(t.message.c.submission == submission_id, t.message.c.due_at.is_not(None))
    ).scalar_one()
    return Progress(SubmissionState(row.state), row.expanded, row.total, int(still), waiting)


def queue_depths(connection: Connection) -> list[QueueDepth]:
    """Of every queue that is not empty."""
    rows = connection.execute(
        sa.select(
            t.batch.c.queue,
            sa.func.sum(t.batch.c.open).label("open"),
            sa.func.sum(sa.case((t.batch.c.state == BatchState.ready, 1), else_=0)).label("ready"),
            sa.func.sum(sa.case((t.batch.c.state == BatchState.claimed, 1), else_=0)).label("claimed"),
            sa.func.sum(sa.case((t.batch.c.state == BatchState.doubt, 1), else_=0)).label("doubt"),
            sa.func.min(t.submission.c.created_at).label("oldest"),
        )
        .join(t.submission, t.submission.c.id == t.batch.c.submission)
        .where(t.batch.c.state != BatchState.closed)
        .group_by(t.batch.c.queue)
    )
    now = connection.execute(sa.select(db_now())).scalar_one()
    return [
        QueueDepth(r.queue, int(r.open), int(r.ready), int(r.claimed), int(r.doubt), max(0, now - r.oldest))
        for r in rows
    ]


def deferred_count(connection: Connection) -> int:
    """Messages that wait for their next attempt, over all submissions."""
    return connection.execute(sa.select(sa.func.count()).where(t.message.c.due_at.is_not(None))).scalar_one()


def _named(row: sa.Row[Any]) -> dict[str, Any]:
    values = dict(row._mapping)
    return values | {"state": MessageState(values["state"]).name}


def _named_submission(row: sa.Row[Any]) -> dict[str, Any]:
    values = dict(row._mapping)
    return values | {"state": SubmissionState(values["state"]).name}


__all__ = [
    "FINAL",
    "Filter",
    "Progress",
    "QueueDepth",
    "counts",
    "list_messages",
    "list_submissions",
    "progress",
    "queue_depths",
    "show_message",
    "show_submission",
]
