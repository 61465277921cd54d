"""How many messages of which batches stand where: for whoever keeps counts.

``batch.counted`` says that a batch's rows have not changed since somebody took it to be counted. A claim sets it to
false, so a settle need not; every other verb that changes rows, or moves them out, does so itself (``uncount``). Whoever
counts takes a batch first and reads it in a later transaction: what was committed before the taking is then seen, and
what comes after it makes the batch uncounted again. So nobody holds a batch's lock while its rows are read.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from bocau.base.db import Connection
from bocau.base.db.domains import domain_of
from bocau.base.db.slices import slices
from bocau.ledger import tables as t
from bocau.ledger.states import BatchState, MessageState

HOUR = 3_600_000
SLICE = 1000
"""Ids in one statement."""


class Tally(NamedTuple):
    """``n`` messages of a batch that are alike. ``hour``: hours since the epoch at which they settled, or None."""

    batch: int
    submission: int
    state: int
    hour: int | None
    domain: str
    relay: int | None
    n: int


class Whose(NamedTuple):
    """Which submission a message belongs to, and its recipient's domain."""

    submission: int
    domain: str


def take_uncounted(connection: Connection, limit: int) -> list[int]:
    """Mark batches that nobody holds as counted, and name them: to be read after this transaction's commit.

    A batch that a verb works on is left out; it is uncounted afterwards.
    """
    waiting = sa.select(t.batch.c.id).where(~t.batch.c.counted, t.batch.c.state != BatchState.claimed)
    query = waiting.order_by(t.batch.c.id).limit(limit).with_for_update(skip_locked=True)
    taken = list(connection.execute(query).scalars())
    if taken:
        connection.execute(sa.update(t.batch).where(t.batch.c.id.in_(taken)).values(counted=True))
    return taken


def held_uncounted(connection: Connection, limit: int) -> list[int]:
    """Batches that somebody holds: their rows change all the time, so they stay uncounted."""
    held = sa.select(t.batch.c.id).where(~t.batch.c.counted, t.batch.c.state == BatchState.claimed)
    return list(connection.execute(held.order_by(t.batch.c.id).limit(limit)).scalars())


def uncounted_among(connection: Connection, batches: Sequence[int]) -> set[int]:
    """Those of the batches whose rows may have changed since they were counted."""
    found: set[int] = set()
    for some in slices(batches, SLICE):
        query = sa.select(t.batch.c.id).where(t.batch.c.id.in_(some), ~t.batch.c.counted)
        found.update(connection.execute(query).scalars())
    return found


def tally(connection: Connection, batches: Sequence[int]) -> list[Tally]:
    """The batches' messages, grouped."""
    divided = "DIV" if connection.dialect.name in ("mysql", "mariadb") else "/"
    hour = t.message.c.settled_at.op(divided, return_type=sa.BigInteger())(sa.literal_column(str(HOUR)))
    same = sa.select(
        t.message.c.batch,
        t.message.c.submission,
        t.message.c.state,
        hour.label("hour"),
        domain_of(t.message.c.recipient).label("domain"),
        t.message.c.relay,
    ).where(t.message.c.batch.in_(batches))
    alike = same.subquery()
    rows = connection.execute(sa.select(*alike.c, sa.func.count()).group_by(*alike.c))
    return list(map(Tally._make, rows))


def whose(connection: Connection, messages: Collection[int]) -> dict[int, Whose]:
    """Message id → whose it is; unknown ids are left out."""
    return _whose(connection, t.message.c.id.in_(list(messages)))


def gone_at(connection: Connection, messages: Collection[int]) -> dict[int, int]:
    """Message id → ms since the epoch at which it was sent, or may have been; others are left out."""
    gone = t.message.c.state.in_((MessageState.sent, MessageState.unknown))
    found: dict[int, int] = {}
    for some in slices(sorted(messages), SLICE):
        query = sa.select(t.message.c.id, t.message.c.settled_at).where(t.message.c.id.in_(some), gone)
        found |= {row.id: row.settled_at for row in connection.execute(query) if row.settled_at is not None}
    return found


def whose_between(connection: Connection, submission_id: int, low: int, high: int) -> dict[int, Whose]:
    """The same of a submission's messages with ids from ``low`` to ``high``."""
    return _whose(connection, sa.and_(t.message.c.id.between(low, high), t.message.c.submission == submission_id))


def span(connection: Connection, submission_id: int) -> tuple[int, int]:
    """The lowest and the highest id of a submission's messages; (1, 0) when it has none."""
    ends = sa.select(sa.func.min(t.message.c.id).label("low"), sa.func.max(t.message.c.id).label("high"))
    row = connection.execute(ends.where(t.message.c.submission == submission_id)).one()
    return (1, 0) if row.low is None else (row.low, row.high)


def batches_of(connection: Connection, submission_id: int) -> list[int]:
    """The batches that have messages of a submission. Looks at each of its messages."""
    query = sa.select(t.message.c.batch).where(t.message.c.submission == submission_id).distinct()
    return sorted(connection.execute(query).scalars())


def submissions_after(connection: Connection, after: int, limit: int) -> list[tuple[int, int]]:
    """The next submissions by id, each with its number of messages."""
    query = sa.select(t.submission.c.id, t.submission.c.total).where(t.submission.c.id > after)
    return [(row.id, row.total) for row in connection.execute(query.order_by(t.submission.c.id).limit(limit))]


def uncount(connection: Connection, messages: Collection[int], *, wait: bool = True) -> set[int]:
    """Lock the batches that the messages are in, by id, and mark them uncounted: their rows are about to change.

    The caller changes only messages that are in one of these, which are returned. Without ``wait``, batches that
    somebody else has locked are left out.
    """
    batch_ids: set[int] = set()
    for some in slices(sorted(messages), SLICE):
        query = sa.select(t.message.c.batch).where(t.message.c.id.in_(some)).distinct()
        batch_ids.update(connection.execute(query).scalars())
    locked: set[int] = set()
    for some in slices(sorted(batch_ids), SLICE):
        query = sa.select(t.batch.c.id).where(t.batch.c.id.in_(some)).order_by(t.batch.c.id)
        mine = connection.execute(query.with_for_update(skip_locked=not wait)).scalars().all()
        connection.execute(sa.update(t.batch).where(t.batch.c.id.in_(mine)).values(counted=False))
        locked.update(mine)
    return locked


def _whose(connection: Connection, where: sa.ColumnElement[bool]) -> dict[int, Whose]:
    columns = (t.message.c.id, t.message.c.submission, domain_of(t.message.c.recipient).label("domain"))
    return {row.id: Whose(row.submission, row.domain) for row in connection.execute(sa.select(*columns).where(where))}
