"""What a fresh claim does not let through: mails held back for good, mails put aside until later.

Both act only on rows above the permit of a batch that the same transaction has just claimed. Those were never attempted
under this claim, and nobody else may touch them before the commit; so each is surely decided (invariant 3).
"""

from collections import defaultdict
from collections.abc import Collection, Mapping

import sqlalchemy as sa

from bocau import events
from bocau.base.db import Connection, db_now
from bocau.ledger import tables as t
from bocau.ledger.batches import fresh_batch, note_filled
from bocau.ledger.holding import HEARD, Claimed, empty
from bocau.ledger.states import BatchState, MessageState


def refuse(connection: Connection, claimed: Claimed, reasons: Mapping[int, str]) -> Claimed:
    """End mails that may not be sent, message id → reason. The claim without them; the batch is closed when none is left.

    One that an earlier attempt has brought to its recipient after all ends as sent.
    """
    ids = _movable(claimed, reasons)
    if not ids:
        return claimed
    mine = _rows(claimed, ids)
    ended = sa.case((HEARD, MessageState.sent.value), else_=MessageState.suppressed.value)
    count = connection.execute(
        sa.update(t.message).where(*mine).values(state=ended, settled_at=db_now(), attention=None)
    ).rowcount
    held_back = (t.message.c.id.in_(ids), t.message.c.state == MessageState.suppressed)
    told = connection.execute(sa.select(t.message.c.id).where(*held_back).order_by(t.message.c.id)).scalars()
    kind = events.Kind.suppressed
    events.append(connection, [events.Event(one, kind, 0, {"reason": reasons[one]}) for one in told])
    return _without(connection, claimed, reasons, count)


def put_aside(connection: Connection, claimed: Claimed, times: Mapping[int, int]) -> Claimed:
    """Move mails to fresh batches, one for each time: message id → not before (ms). The claim without them.

    A batch that waits as a whole is given back as if it had not been claimed. The mails' Date is that of the claim in
    which they go, since no server has seen them.
    """
    ids = _movable(claimed, times)
    if not ids:
        return claimed
    groups: dict[int, list[int]] = defaultdict(list)
    for message_id in ids:
        groups[times[message_id]].append(message_id)
    if len(groups) == 1 and len(ids) == len(claimed.rows):
        return _given_back(connection, claimed, times[ids[0]])
    like = connection.execute(sa.select(t.batch).where(t.batch.c.id == claimed.id)).one()
    count = 0
    for not_before, members in sorted(groups.items()):
        new = fresh_batch(connection, like, open_rows=len(members), not_before=not_before, alone=claimed.alone)
        moved = connection.execute(sa.update(t.message).where(*_rows(claimed, members)).values(batch=new)).rowcount
        count += note_filled(connection, new, moved)
    return _without(connection, claimed, times, count)


def leave(connection: Connection, claimed: Claimed) -> None:
    """A batch that was just claimed stays as it was: ready, with the time it has waited for."""
    _given_back(connection, claimed, claimed.not_before)


def _given_back(connection: Connection, claimed: Claimed, not_before: int | None) -> Claimed:
    waits = {
        "state": BatchState.ready,
        "journal": None,
        "lease_end": None,
        "first_at": None,
        "not_before": not_before,
        "claims": claimed.claims - 1,
    }
    connection.execute(sa.update(t.batch).where(t.batch.c.id == claimed.id).values(**waits))
    return claimed._replace(rows=[])


def _movable(claimed: Claimed, named: Collection[int]) -> list[int]:
    return [row.id for row in claimed.rows if row.id in named and row.id > claimed.permit]


def _rows(claimed: Claimed, ids: list[int]) -> tuple[sa.ColumnElement[bool], ...]:
    queued = t.message.c.state == MessageState.queued
    return (t.message.c.batch == claimed.id, queued, t.message.c.id > claimed.permit, t.message.c.id.in_(ids))


def _without(connection: Connection, claimed: Claimed, named: Collection[int], count: int) -> Claimed:
    left = [row for row in claimed.rows if row.id not in named or row.id <= claimed.permit]
    if left:
        gone = {"open": t.batch.c.open - count, "counted": False}
        connection.execute(sa.update(t.batch).where(t.batch.c.id == claimed.id).values(**gone))
    else:
        empty(connection, claimed.id)
    return claimed._replace(rows=left)
