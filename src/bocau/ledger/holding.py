"""What the holder of a batch says to the ledger: claim, settle (and raise the ceiling), give back."""

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Any, NamedTuple

import sqlalchemy as sa

from bocau import events
from bocau.base.db import Session, db_now
from bocau.ledger.states import BatchState, MessageState, SubmissionState
from bocau.ledger.tables import batch, message, submission


class Row(NamedTuple):
    """One message as its holder sees it. ``attempt`` is the number of the attempt to come (absolute)."""

    id: int
    address: str
    name: str
    data: str
    files: str | None
    attempt: int
    doubts: int
    retries: int
    first_at: int | None


class Claimed(NamedTuple):
    """A batch that is ours until its lease ends; only messages at or below ``permit`` may be attempted."""

    id: int
    submission: int
    token: int
    permit: int
    revision: int
    alone: bool
    claims: int
    first_at: int
    rows: list[Row]


class Result(NamedTuple):
    """What came of one message: its new state, the reply, and for a deferral the delay until it is due (ms).

    ``attempt`` is the attempt this is the outcome of; ``counted`` is false when nothing was tried (a cancelled
    mail that was dropped, a mail that could not be composed).
    """

    id: int
    attempt: int
    state: MessageState
    counted: bool = True
    doubt: bool = False
    code: int | None = None
    enhanced: str | None = None
    reply: str | None = None
    relay: int | None = None
    delay: int | None = None


class Verdict(Enum):
    """What a settle came to. ``was_committed``: it had been, its acknowledgement was lost."""

    committed = "committed"
    was_committed = "was committed"
    fenced = "fenced"


class Settle(NamedTuple):
    """One settle: its guards, the new ceiling, the lease (ms) and the results (of permitted messages)."""

    batch: int
    token: int
    seq: int
    permit: int
    lease: int
    results: Sequence[Result]


class Settled(NamedTuple):
    """``revision`` and ``stop`` tell the holder whether something was asked of it."""

    verdict: Verdict
    revision: int = 0
    stop: bool = False


RUNNING = sa.select(submission.c.id).where(submission.c.state == SubmissionState.running)
SUSPECT = 3  # claims without a settle until a batch is halved
EXCEPTIONS = (MessageState.failed, MessageState.unknown, MessageState.expired)
CANCELLED = MessageState.cancelled  # what a deferral comes to when cancelling was asked meanwhile
KIND = {
    MessageState.deferred: events.Kind.deferred,
    MessageState.failed: events.Kind.failed,
    MessageState.cancelled: events.Kind.cancelled,
    MessageState.unknown: events.Kind.unknown,
    MessageState.expired: events.Kind.expired,
}


def claim(session: Session, lane: str, journal: str, lease: int) -> Claimed | None:
    """Claim the oldest ready batch of a lane for ``journal``; ``lease`` in ms. None when nothing is ready.

    Two statements on purpose (invariant 15): in one, the rows would be read by a snapshot older than the lock.
    """
    ready = (
        sa.select(batch.c.id)
        .where(
            batch.c.lane == lane,
            batch.c.state == 0,
            batch.c.submission.in_(RUNNING),
            sa.or_(batch.c.not_before.is_(None), batch.c.not_before <= db_now()),
        )
        .order_by(batch.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    number = session.execute(ready).scalar()
    if number is None:
        return None
    session.execute(
        sa.update(batch)
        .where(batch.c.id == number)
        .values(
            state=BatchState.claimed,
            token=batch.c.token + 1,
            seq=0,
            journal=journal,
            claims=batch.c.claims + 1,
            lease_end=db_now() + lease,
            first_at=sa.func.coalesce(batch.c.first_at, db_now()),
        )
    )
    columns = (
        batch.c.submission,
        batch.c.token,
        batch.c.permit,
        batch.c.revision,
        batch.c.alone,
        batch.c.claims,
        batch.c.first_at,
    )
    head = session.execute(sa.select(*columns).where(batch.c.id == number)).one()
    rows = load(session, number, head.permit)
    if head.claims >= SUSPECT and len(rows) > 1:
        rows = _halve(session, number, head.claims, rows)
    return Claimed(number, *head, rows)


def _halve(session: Session, number: int, claims: int, rows: list[Row]) -> list[Row]:
    """Claimed again and again without a settle: one of its mails may kill workers. Keep half, put half aside."""
    kept, aside = rows[: len(rows) // 2], rows[len(rows) // 2 :]
    like = session.execute(sa.select(batch).where(batch.c.id == number)).one()
    new = fresh_batch(session, like, open_rows=len(aside), alone=len(aside) == 1, claims=claims - 1)
    moved = (message.c.batch == number, message.c.id >= aside[0].id, message.c.state == 0)
    count = session.execute(
        sa.update(message).where(*moved).values(batch=new, first_at=_kept(like.first_at))
    ).rowcount
    session.execute(sa.update(batch).where(batch.c.id == new).values(open=count))
    session.execute(sa.update(batch).where(batch.c.id == number).values(open=batch.c.open - count))
    return kept


def load(session: Session, batch_id: int, above: int) -> list[Row]:
    """The batch's queued messages above an id, in id order, without those asked to be cancelled."""
    columns = (
        message.c.id,
        message.c.address,
        message.c.name,
        message.c.data,
        message.c.files,
        message.c.attempts + 1,
        message.c.doubts,
        message.c.retries,
        message.c.first_at,
    )
    found = session.execute(
        sa.select(*columns)
        .where(
            message.c.batch == batch_id, message.c.id > above, message.c.state == 0, ~message.c.cancel_asked
        )
        .order_by(message.c.id)
    )
    return list(map(Row._make, found))


def standing(session: Session, batch_id: int) -> dict[int, bool]:
    """The batch's queued messages: id → asked to be cancelled. For a holder of whom something was asked."""
    found = session.execute(
        sa.select(message.c.id, message.c.cancel_asked).where(
            message.c.batch == batch_id, message.c.state == 0
        )
    )
    return {row.id: row.cancel_asked for row in found}


def settle(session: Session, order: Settle) -> Settled:
    """Record results, raise the ceiling, prolong the lease: one transaction, guarded by token and sequence number.

    Idempotent: repeated after a lost acknowledgement it says ``was_committed`` and changes nothing.
    """
    count = len(order.results)
    changed = session.execute(
        sa.update(batch)
        .where(
            batch.c.id == order.batch,
            batch.c.token == order.token,
            batch.c.seq == order.seq,
            batch.c.state == 1,
        )
        .values(
            seq=order.seq + 1,
            lease_end=db_now() + order.lease,
            open=batch.c.open - count,
            permit=sa.case((batch.c.permit < order.permit, order.permit), else_=batch.c.permit),
            claims=0 if count else batch.c.claims,
            state=sa.case((batch.c.open == count, BatchState.closed), else_=BatchState.claimed),
        )
    ).rowcount
    head = session.execute(
        sa.select(batch.c.token, batch.c.seq, batch.c.revision, batch.c.stop, batch.c.first_at).where(
            batch.c.id == order.batch
        )
    ).one()
    if not changed:
        repeated = (head.token, head.seq) == (order.token, order.seq + 1)
        verdict = Verdict.was_committed if repeated else Verdict.fenced
        return Settled(verdict, head.revision, head.stop)
    if count:
        _record(session, order.batch, head.first_at, order.results)
    return Settled(Verdict.committed, head.revision, head.stop)


class UnpermittedResultError(RuntimeError):
    """A result met no row that stood at its attempt: the holder is the only writer of permitted rows."""


def _record(session: Session, batch_id: int, first_at: int, results: Sequence[Result]) -> None:
    changed = _update(session, batch_id, first_at, results)
    if changed != len(results):
        raise UnpermittedResultError(f"batch {batch_id}: {len(results)} results met {changed} rows")
    events.append(session, [told for r in results if r.state != MessageState.sent for told in _events(r)])


def _events(result: Result) -> list[events.Event]:
    detail = {"code": result.code, "enhanced": result.enhanced, "reply": result.reply, "relay": result.relay}
    detail = {name: value for name, value in detail.items() if value is not None}
    told = [events.Event(result.id, KIND[result.state], result.attempt, detail)]
    if result.doubt:
        told.insert(0, events.Event(result.id, events.Kind.doubted, result.attempt, detail))
    return told


def _update(session: Session, batch_id: int, first_at: int, results: Sequence[Result]) -> int:
    """Bulk update guarded by batch, state and absolute attempt number (invariant 7)."""
    if session.dialect.name == "postgresql":
        ids, attempts, states, counted, doubts, codes, statuses, replies, relays, delays = zip(
            *results, strict=True
        )
        bound = {
            "i": _array(ids), "a": _array(attempts), "s": _array(map(int, states)), "k": _array(counted),
            "u": _array(doubts), "c": _array(codes), "e": _texts(statuses), "t": _texts(replies),
            "r": _array(relays), "d": _array(delays), "b": batch_id, "f": first_at,
        }  # fmt: skip
        return int(session.connection.cursor().execute(_POSTGRES, bound).rowcount)
    now = session.execute(sa.select(db_now())).scalar_one()
    rows = [
        (
            int(CANCELLED if r.state == MessageState.deferred else r.state),
            int(r.state),
            r.attempt if r.counted else r.attempt - 1,
            int(r.doubt),
            r.code,
            r.enhanced,
            r.reply,
            r.relay,
            now,
            None if r.delay is None else now + r.delay,
            int(r.state) if r.state in EXCEPTIONS else None,
            None if r.delay is None else first_at,
            r.id,
            batch_id,
            r.attempt - 1,
        )
        for r in results
    ]
    statement = _PLAIN if session.dialect.name == "sqlite" else _PLAIN.replace("?", "%s")
    return session.exec_driver_sql(statement, rows).rowcount


def _array(values: Iterable[int | bool | None]) -> str:
    """A PostgreSQL array literal of numbers: five times cheaper than the driver's array of adapted elements."""
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


def _texts(values: Iterable[str | None]) -> str:
    quoted = [
        "NULL"
        if value is None
        else '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\0", "") + '"'
        for value in values
    ]
    return "{" + ",".join(quoted) + "}"


_POSTGRES = """
UPDATE message m SET state = CASE WHEN r.s = 1 AND m.cancel_asked THEN 5 ELSE r.s END, attempts = CASE WHEN r.k THEN r.a ELSE m.attempts END,
  doubts = m.doubts + r.u::int, code = r.c, enhanced = r.e, reply = r.t, relay = r.r,
  settled_at = n.now, due_at = CASE WHEN NOT m.cancel_asked THEN n.now + r.d END, attention = CASE WHEN r.s IN (4, 6, 7) THEN r.s END,
  first_at = CASE WHEN r.d IS NULL THEN m.first_at ELSE coalesce(m.first_at, %(f)s) END
FROM unnest(%(i)s::bigint[], %(a)s::smallint[], %(s)s::smallint[], %(k)s::boolean[], %(u)s::boolean[],
  %(c)s::smallint[], %(e)s::text[], %(t)s::text[], %(r)s::int[], %(d)s::bigint[]) AS r (i, a, s, k, u, c, e, t, r, d),
  (SELECT cast(extract(epoch from clock_timestamp()) * 1000 as bigint) AS now) AS n
WHERE m.id = r.i AND m.batch = %(b)s AND m.state = 0 AND m.attempts = r.a - 1
"""
_PLAIN = """
UPDATE message SET state = CASE WHEN cancel_asked THEN ? ELSE ? END, attempts = ?, doubts = doubts + ?, code = ?,
  enhanced = ?, reply = ?, relay = ?, settled_at = ?, due_at = CASE WHEN cancel_asked THEN NULL ELSE ? END,
  attention = ?, first_at = coalesce(first_at, ?)
WHERE id = ? AND batch = ? AND state = 0 AND attempts = ?
"""


class Returned(NamedTuple):
    """Giving back: the guards, the ids at or below the ceiling that were never tried, and a pause (ms) before reuse."""

    batch: int
    token: int
    never: Sequence[int]
    delay: int | None = None


def give_back(session: Session, order: Returned) -> bool:
    """Make a batch ready again; what was permitted but never tried goes into a batch of its own.

    False when the token is old: then the holder says the same as late facts.
    """
    head = session.execute(sa.select(batch).where(batch.c.id == order.batch).with_for_update()).one()
    if head.token != order.token or head.state != BatchState.claimed:
        return False
    below = (message.c.batch == order.batch, message.c.state == 0, message.c.id <= head.permit)
    owed = set(session.execute(sa.select(message.c.id).where(*below)).scalars())
    if not owed <= set(order.never):
        raise UnpermittedResultError(
            f"batch {order.batch}: given back while {len(owed)} permitted rows are open"
        )
    not_before = None if order.delay is None else db_now() + order.delay
    if owed:
        new = fresh_batch(session, head, open_rows=len(owed), not_before=not_before, alone=head.alone)
        session.execute(sa.update(message).where(*below).values(batch=new, first_at=_kept(head.first_at)))
    left = head.open - len(owed)
    session.execute(
        sa.update(batch)
        .where(batch.c.id == order.batch)
        .values(
            state=BatchState.ready if left else BatchState.closed,
            token=batch.c.token + 1,
            journal=None,
            open=left,
            not_before=not_before,
        )
    )
    return True


def fresh_batch(
    session: Session,
    like: Any,
    *,
    open_rows: int,
    state: BatchState = BatchState.ready,
    journal: str | None = None,
    not_before: Any = None,
    alone: bool = False,
    claims: int = 0,
) -> int:
    """A new batch for rows that leave the batch ``like`` (a row with submission, lane, stop)."""
    values = {
        "submission": like.submission,
        "lane": like.lane,
        "state": state,
        "open": open_rows,
        "stop": like.stop,
        "journal": journal,
        "not_before": not_before,
        "alone": alone,
        "claims": claims,
    }
    return int(session.execute(sa.insert(batch).values(**values)).inserted_primary_key[0])  # type: ignore[index]


def _kept(first_at: int | None) -> Any:
    """The Date of letters stays what it was when a row leaves its batch."""
    return sa.func.coalesce(message.c.first_at, first_at)
