"""Batches from their beginning to their end: made, filled, counted anew once rows in them changed."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from bocau.base.db import Connection, ring_after_commit
from bocau.base.db.adding import add_row
from bocau.base.db.slices import slices
from bocau.ledger import tables as t
from bocau.ledger.states import BatchState, MessageState

UNSETTLED = (MessageState.queued, MessageState.doubted)
"""What counts as open in a batch."""


def new_batch(connection: Connection, submission_id: int, queue: str, *, stop: bool, **more: Any) -> int:
    """A new batch's id: ready and still empty, unless ``more`` (column → value) says something else."""
    values = {"submission": submission_id, "queue": queue, "state": BatchState.ready, "open": 0, "stop": stop} | more
    return add_row(connection, t.batch, values)


def fresh_batch(
    connection: Connection,
    like: Any,
    *,
    open_rows: int,
    state: BatchState = BatchState.ready,
    journal: str | None = None,
    not_before: Any = None,
    alone: bool = False,
    claims: int = 0,
    claim: tuple[int | None, int] = (None, 0),
) -> int:
    """A new batch for rows that leave the batch ``like`` (a row with submission, queue, stop).

    ``claim``: of a doubt batch, the (batch, token) that was revoked.
    """
    more = {
        "state": state,
        "open": open_rows,
        "journal": journal,
        "not_before": not_before,
        "alone": alone,
        "claims": claims,
        "origin": claim[0],
        "token": claim[1],
    }
    if state == BatchState.ready and not_before is None and not like.stop:
        ring_after_commit(connection, like.queue)
    return new_batch(connection, like.submission, like.queue, stop=like.stop, **more)


def note_filled(connection: Connection, batch_id: int, count: int) -> int:
    """So many rows came into a new batch; one that none came into is gone again. The same number."""
    mine = t.batch.c.id == batch_id
    if count:
        connection.execute(sa.update(t.batch).where(mine).values(open=count))
    else:
        connection.execute(sa.delete(t.batch).where(mine))
    return count


def recount(connection: Connection, batch_ids: Collection[int]) -> None:
    """Count what is open in locked batches whose rows changed, close those in which nothing is, and let holders hear."""
    left = (
        sa.select(sa.func.count())
        .where(t.message.c.batch == t.batch.c.id, t.message.c.state.in_(UNSETTLED))
        .scalar_subquery()
    )
    values = {"open": left, "revision": t.batch.c.revision + 1, "counted": False}
    for some in slices(sorted(batch_ids)):
        mine = t.batch.c.id.in_(some)
        connection.execute(sa.update(t.batch).where(mine).values(**values))
        connection.execute(sa.update(t.batch).where(mine, t.batch.c.open == 0).values(state=BatchState.closed))


def date_kept(first_at: int | None) -> Any:
    """The Date of letters stays what it was when a row leaves its batch."""
    return sa.func.coalesce(t.message.c.first_at, first_at)
