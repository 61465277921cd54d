"""Who is in submissions: asked before people are added again, and by rules about what came of a mail."""

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from bocau.base.db import Connection, db_now
from bocau.ledger import tables as t
from bocau.ledger.states import BatchState, MessageState, SubmissionState

ARRIVED = (MessageState.sent, MessageState.unknown)
"""Mails that people have, or may have."""


def known(connection: Connection, submission_id: int, recipients: Collection[str]) -> set[str]:
    """Those of the recipient keys that have a message in the submission."""
    query = sa.select(t.message.c.recipient).where(
        t.message.c.submission == submission_id, t.message.c.recipient.in_(list(recipients))
    )
    return set(connection.execute(query).scalars())


def recipients(
    submissions: Sequence[int], *, state: MessageState | None = None, among: "sa.Select[Any] | None" = None
) -> "sa.Select[Any]":
    """A SELECT of the recipient keys of submissions. ``state``, ``among``: only of such messages."""
    query = sa.select(t.message.c.recipient).where(t.message.c.submission.in_(submissions))
    if state is not None:
        query = query.where(t.message.c.state == state)
    return query if among is None else query.where(t.message.c.id.in_(among))


def failed(connection: Connection, submission_id: int, states: Collection[MessageState]) -> Sequence[int]:
    """Ids of messages that ended in one of ``states``: failed, unknown, expired."""
    marks = [int(state) for state in states]
    query = sa.select(t.message.c.id).where(t.message.c.submission == submission_id, t.message.c.attention.in_(marks))
    return connection.execute(query.order_by(t.message.c.id)).scalars().all()


def reopen(connection: Connection, submission_id: int, time_to_live: float) -> None:
    """Rows come in again: it cannot finish before it is closed anew. ``time_to_live``: seconds, counted from now.

    One that is paused stays so, and one that is cancelled stays as it is.
    """
    mine = (t.submission.c.id == submission_id, t.submission.c.state != SubmissionState.cancelled)
    connection.execute(sa.select(t.submission.c.id).where(*mine).with_for_update())
    running = sa.case(
        (t.submission.c.state == SubmissionState.paused, SubmissionState.paused.value),
        else_=SubmissionState.running.value,
    )
    alive = db_now() + int(time_to_live * 1000)
    connection.execute(
        sa.update(t.submission).where(*mine).values(state=running, expanded=False, finished_at=None, expires_at=alive)
    )


def mailed(
    connection: Connection, recipients: Collection[str], *, but: int, since: int, kind: str = "bulk"
) -> dict[str, int]:
    """Recipient key → mails it got, or may get from a worker right now, of other submissions of the stream ``kind``.

    ``since``: ms; what was settled before does not count. Recipients without any are left out.
    """
    recent = sa.or_(t.submission.c.finished_at.is_(None), t.submission.c.finished_at > since)
    others = sa.select(t.submission.c.id).where(t.submission.c.stream == kind, t.submission.c.id != but, recent)
    submission_ids = connection.execute(others).scalars().all()
    if not submission_ids:
        return {}
    held = (
        sa.select(t.batch.c.id).where(t.batch.c.id == t.message.c.batch, t.batch.c.state == BatchState.claimed).exists()
    )
    arrived = sa.and_(t.message.c.state.in_(ARRIVED), t.message.c.settled_at > since)
    under_way = sa.or_(
        t.message.c.state == MessageState.doubted, sa.and_(t.message.c.state == MessageState.queued, held)
    )
    query = (
        sa.select(t.message.c.recipient, sa.func.count())
        .where(
            t.message.c.submission.in_(submission_ids),
            t.message.c.recipient.in_(list(recipients)),
            sa.or_(arrived, under_way),
        )
        .group_by(t.message.c.recipient)
    )
    return {str(recipient): int(count) for recipient, count in connection.execute(query)}
