"""What the holder of a batch says to the ledger: claim, settle (and raise the ceiling), give back."""

import re
from collections.abc import Collection, Iterable, Sequence
from enum import Enum
from typing import Any, NamedTuple

import sqlalchemy as sa

from bocau import events
from bocau.base.db import Connection, db_now, ring_after_commit
from bocau.ledger import tables as t
from bocau.ledger.batches import date_kept, fresh_batch, note_filled
from bocau.ledger.states import BatchState, MessageState, SubmissionState


class Row(NamedTuple):
    """One message as its holder sees it. ``attempt``: number of the attempt to come (absolute); ``recipient``: the key."""

    id: int
    address: str
    name: str
    data: str
    files: str | None
    attempt: int
    doubts: int
    retries: int
    first_at: int | None
    recipient: str = ""


class Claimed(NamedTuple):
    """A batch that is ours until its lease ends; only messages at or below ``permit`` may be attempted.

    ``not_before``: ms, until when it was made to wait; None: it was not."""

    id: int
    submission: int
    token: int
    permit: int
    revision: int
    alone: bool
    claims: int
    first_at: int
    not_before: int | None
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


HEARD = t.message.c.code.between(200, 299).label("heard")
"""Of a queued row: an earlier attempt was accepted after all; it is sent as soon as its holder parts with it."""
RUNNING = sa.select(t.submission.c.id).where(t.submission.c.state == SubmissionState.running)
SUSPECT = 3  # claims without a settle until a batch is halved
EXCEPTIONS = (MessageState.failed, MessageState.unknown, MessageState.expired)
QUEUED = MessageState.queued
CANCELLED = MessageState.cancelled  # what a deferral comes to when cancelling was asked meanwhile
KIND = {
    MessageState.deferred: events.Kind.deferred,
    MessageState.failed: events.Kind.failed,
    MessageState.cancelled: events.Kind.cancelled,
    MessageState.unknown: events.Kind.unknown,
    MessageState.expired: events.Kind.expired,
}


def claim(
    connection: Connection, queue: str, journal: str, lease: int, *, without: Collection[int] = ()
) -> Claimed | None:
    """Claim the oldest ready batch of a queue for ``journal``; ``lease`` in ms. None when nothing is ready.
    ``without``: submissions whose batches stay where they are.

    Two statements on purpose (invariant 15): in one, the rows would be read by a snapshot older than the lock.
    """
    ready = (
        sa.select(t.batch.c.id)
        .where(
            t.batch.c.queue == queue,
            t.batch.c.state == BatchState.ready,
            t.batch.c.submission.in_(RUNNING),
            t.batch.c.submission.not_in(without) if without else sa.true(),
            sa.or_(t.batch.c.not_before.is_(None), t.batch.c.not_before <= db_now()),
        )
        .order_by(t.batch.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    batch_id = connection.execute(ready).scalar()
    if batch_id is None:
        return None
    return _claim(connection, batch_id, journal, lease) or claim(connection, queue, journal, lease, without=without)


def _claim(connection: Connection, batch_id: int, journal: str, lease: int) -> Claimed | None:
    """Claim a locked batch. None when nothing is left in it to be sent; it is closed then."""
    connection.execute(
        sa.update(t.batch)
        .where(t.batch.c.id == batch_id)
        .values(
            state=BatchState.claimed,
            token=t.batch.c.token + 1,
            seq=0,
            journal=journal,
            claims=t.batch.c.claims + 1,
            lease_end=db_now() + lease,
            first_at=sa.func.coalesce(t.batch.c.first_at, db_now()),
            counted=False,
        )
    )
    columns = (
        t.batch.c.submission,
        t.batch.c.token,
        t.batch.c.permit,
        t.batch.c.revision,
        t.batch.c.alone,
        t.batch.c.claims,
        t.batch.c.first_at,
        t.batch.c.not_before,
    )
    head = connection.execute(sa.select(*columns).where(t.batch.c.id == batch_id)).one()
    rows = load(connection, batch_id, head.permit)
    if not rows:
        empty(connection, batch_id)
        return None
    if head.claims >= SUSPECT and len(rows) > 1:
        rows = _halve(connection, batch_id, head.claims, rows)
    return Claimed(batch_id, *head, rows)


def empty(connection: Connection, batch_id: int) -> None:
    """A ready batch without a mail to send: its rows left, or were asked back, while it came into being."""
    asked = (t.message.c.batch == batch_id, t.message.c.state == QUEUED, t.message.c.cancel_asked)
    connection.execute(sa.update(t.message).where(*asked).values(state=CANCELLED, settled_at=db_now()))
    closed = {"state": BatchState.closed, "open": 0, "journal": None, "counted": False}
    connection.execute(sa.update(t.batch).where(t.batch.c.id == batch_id).values(**closed))


def _halve(connection: Connection, batch_id: int, claims: int, rows: list[Row]) -> list[Row]:
    """Claimed again and again without a settle: one of its mails may kill workers. Keep half, put half aside."""
    kept, aside = rows[: len(rows) // 2], rows[len(rows) // 2 :]
    like = connection.execute(sa.select(t.batch).where(t.batch.c.id == batch_id)).one()
    new = fresh_batch(connection, like, open_rows=len(aside), alone=len(aside) == 1, claims=claims - 1)
    moved = (t.message.c.batch == batch_id, t.message.c.id >= aside[0].id, t.message.c.state == QUEUED)
    count = connection.execute(
        sa.update(t.message).where(*moved).values(batch=new, first_at=date_kept(like.first_at))
    ).rowcount
    note_filled(connection, new, count)
    connection.execute(sa.update(t.batch).where(t.batch.c.id == batch_id).values(open=t.batch.c.open - count))
    return kept


def load(connection: Connection, batch_id: int, above: int) -> list[Row]:
    """The batch's queued messages above an id, in id order, without those asked to be cancelled."""
    columns = (
        t.message.c.id,
        t.message.c.address,
        t.message.c.name,
        t.message.c.data,
        t.message.c.files,
        t.message.c.attempts + 1,
        t.message.c.doubts,
        t.message.c.retries,
        t.message.c.first_at,
        t.message.c.recipient,
    )
    rows = connection.execute(
        sa.select(*columns)
        .where(
            t.message.c.batch == batch_id,
            t.message.c.id > above,
            t.message.c.state == QUEUED,
            ~t.message.c.cancel_asked,
        )
        .order_by(t.message.c.id)
    )
    return list(map(Row._make, rows))


def standing(connection: Connection, batch_id: int) -> dict[int, bool]:
    """The batch's queued messages: id → asked back (cancelled, or accepted after all). For a holder that was asked."""
    rows = connection.execute(
        sa.select(t.message.c.id, t.message.c.cancel_asked, HEARD).where(
            t.message.c.batch == batch_id, t.message.c.state == QUEUED
        )
    )
    return {row.id: bool(row.cancel_asked or row.heard) for row in rows}


def settle(connection: Connection, order: Settle) -> Settled:
    """Record results, raise the ceiling, prolong the lease: one transaction, guarded by token and sequence number.

    Idempotent: repeated after a lost acknowledgement it says ``was_committed`` and changes nothing.
    """
    count = len(order.results)
    changed = connection.execute(
        sa.update(t.batch)
        .where(
            t.batch.c.id == order.batch,
            t.batch.c.token == order.token,
            t.batch.c.seq == order.seq,
            t.batch.c.state == BatchState.claimed,
        )
        .values(
            seq=order.seq + 1,
            lease_end=db_now() + order.lease,
            open=t.batch.c.open - count,
            permit=sa.case((t.batch.c.permit < order.permit, order.permit), else_=t.batch.c.permit),
            claims=0 if count else t.batch.c.claims,
            state=sa.case((t.batch.c.open == count, BatchState.closed), else_=BatchState.claimed),
        )
    ).rowcount
    head = connection.execute(
        sa.select(t.batch.c.token, t.batch.c.seq, t.batch.c.revision, t.batch.c.stop, t.batch.c.first_at).where(
            t.batch.c.id == order.batch
        )
    ).one()
    if not changed:
        repeated = (head.token, head.seq) == (order.token, order.seq + 1)
        verdict = Verdict.was_committed if repeated else Verdict.fenced
        return Settled(verdict, head.revision, head.stop)
    if count:
        _record(connection, order.batch, head.first_at, order.results)
    return Settled(Verdict.committed, head.revision, head.stop)


class UnpermittedResultError(RuntimeError):
    """A result met no row that stood at its attempt: the holder is the only writer of permitted rows."""


def _record(connection: Connection, batch_id: int, first_at: int, results: Sequence[Result]) -> None:
    changed = _update(connection, batch_id, first_at, results)
    if changed != len(results):
        raise UnpermittedResultError(f"batch {batch_id}: {len(results)} results met {changed} rows")
    dropped = [r.id for r in results if r.state == CANCELLED]
    sent = (t.message.c.id.in_(dropped), t.message.c.state == MessageState.sent)
    heard = set(connection.execute(sa.select(t.message.c.id).where(*sent)).scalars()) if dropped else set()
    told = [r for r in results if r.state != MessageState.sent and r.id not in heard]
    events.append(connection, [one for r in told for one in _events(r)])


def _events(result: Result) -> list[events.Event]:
    detail = {"code": result.code, "enhanced": result.enhanced, "reply": result.reply, "relay": result.relay}
    detail = {name: value for name, value in detail.items() if value is not None}
    told = [events.Event(result.id, KIND[result.state], result.attempt, detail)]
    if result.doubt:
        told.insert(0, events.Event(result.id, events.Kind.doubted, result.attempt, detail))
    return told


def _update(connection: Connection, batch_id: int, first_at: int, results: Sequence[Result]) -> int:
    """Bulk update guarded by batch, state and absolute attempt number (invariant 7)."""
    if connection.dialect.name == "postgresql":
        ids, attempts, states, counted, doubts, codes, statuses, replies, relays, delays = zip(*results, strict=True)
        bound = {
            "ids": _array(ids),
            "attempts": _array(attempts),
            "states": _array(map(int, states)),
            "counted": _array(counted),
            "doubts": _array(doubts),
            "codes": _array(codes),
            "statuses": _texts(statuses),
            "replies": _texts(replies),
            "relays": _array(relays),
            "delays": _array(delays),
            "batch_id": batch_id,
            "first_at": first_at,
        }
        return int(connection.connection.cursor().execute(_POSTGRES, bound).rowcount)
    now = connection.execute(sa.select(db_now())).scalar_one()
    rows = [_bound(r, now, first_at, batch_id) for r in results]
    statement = _PLAIN if connection.dialect.name == "sqlite" else _PLAIN.replace("?", "%s")
    return connection.exec_driver_sql(statement, rows).rowcount


def _bound(r: Result, now: int, first_at: int, batch_id: int) -> tuple[object, ...]:
    """The parameters of ``_PLAIN`` for one result, in the order in which it names them. ``asked_…``: of a row whose
    cancelling was asked.
    """
    asked, due_at = r.state, None if r.delay is None else now + r.delay
    if r.state == MessageState.deferred:
        asked = MessageState.unknown if r.doubt else CANCELLED
    asked_state, state = int(asked), int(r.state)
    attempts = r.attempt if r.counted else r.attempt - 1
    asked_attention = asked_state if asked in EXCEPTIONS else None
    attention = state if r.state in EXCEPTIONS else None
    date = None if due_at is None else first_at
    outcome = (asked_state, state, attempts, int(r.doubt), due_at, asked_attention, attention)
    return (*outcome, r.enhanced, r.reply, r.relay, now, date, r.code, r.id, batch_id, r.attempt - 1)


def _array(values: Iterable[int | bool | None]) -> str:
    """A PostgreSQL array literal of numbers: five times cheaper than the driver's array of adapted elements."""
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


def _texts(values: Iterable[str | None]) -> str:
    quoted = [
        "NULL" if value is None else '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\0", "") + '"'
        for value in values
    ]
    return "{" + ",".join(quoted) + "}"


_SENT, _QUEUED, _DEFERRED = f"{MessageState.sent:d}", f"{MessageState.queued:d}", f"{MessageState.deferred:d}"
_UNKNOWN, _CANCELLED = f"{MessageState.unknown:d}", f"{CANCELLED:d}"
_EXCEPTIONS = ", ".join(f"{state:d}" for state in EXCEPTIONS)
_HEARD = "code BETWEEN 200 AND 299"
_POSTGRES = f"""
UPDATE message m SET
  state = CASE WHEN m.{_HEARD} THEN {_SENT}
    WHEN r.state = {_DEFERRED} AND m.cancel_asked THEN CASE WHEN r.doubt THEN {_UNKNOWN} ELSE {_CANCELLED} END
    ELSE r.state END,
  attempts = CASE WHEN r.counted THEN r.attempt ELSE m.attempts END, doubts = m.doubts + r.doubt::int,
  code = CASE WHEN m.{_HEARD} THEN m.code ELSE r.code END,
  enhanced = CASE WHEN m.{_HEARD} THEN m.enhanced ELSE r.enhanced END,
  reply = CASE WHEN m.{_HEARD} THEN m.reply ELSE r.reply END,
  relay = CASE WHEN m.{_HEARD} THEN m.relay ELSE r.relay END,
  settled_at = n.now, due_at = CASE WHEN m.cancel_asked OR m.{_HEARD} THEN NULL ELSE n.now + r.delay END,
  attention = CASE WHEN m.{_HEARD} THEN NULL
    WHEN r.state = {_DEFERRED} AND m.cancel_asked THEN CASE WHEN r.doubt THEN {_UNKNOWN} END
    WHEN r.state IN ({_EXCEPTIONS}) THEN r.state END,
  first_at = CASE WHEN r.delay IS NULL THEN m.first_at ELSE coalesce(m.first_at, %(first_at)s) END
FROM unnest(%(ids)s::bigint[], %(attempts)s::smallint[], %(states)s::smallint[], %(counted)s::boolean[],
    %(doubts)s::boolean[], %(codes)s::smallint[], %(statuses)s::text[], %(replies)s::text[], %(relays)s::int[],
    %(delays)s::bigint[]) AS r (id, attempt, state, counted, doubt, code, enhanced, reply, relay, delay),
  (SELECT cast(extract(epoch from clock_timestamp()) * 1000 as bigint) AS now) AS n
WHERE m.id = r.id AND m.batch = %(batch_id)s AND m.state = {_QUEUED} AND m.attempts = r.attempt - 1
"""  # noqa: S608 - made of constants
_PLAIN = f"""
UPDATE message SET
  state = CASE WHEN {_HEARD} THEN {_SENT} WHEN cancel_asked THEN :asked_state ELSE :state END,
  attempts = :attempts, doubts = doubts + :doubts,
  due_at = CASE WHEN cancel_asked OR {_HEARD} THEN NULL ELSE :due_at END,
  attention = CASE WHEN {_HEARD} THEN NULL WHEN cancel_asked THEN :asked_attention ELSE :attention END,
  enhanced = CASE WHEN {_HEARD} THEN enhanced ELSE :enhanced END, reply = CASE WHEN {_HEARD} THEN reply ELSE :reply END,
  relay = CASE WHEN {_HEARD} THEN relay ELSE :relay END, settled_at = :settled_at,
  first_at = coalesce(first_at, :first_at),
  code = CASE WHEN {_HEARD} THEN code ELSE :code END
WHERE id = :message_id AND batch = :batch_id AND state = {_QUEUED} AND attempts = :attempts_before
"""  # noqa: S608 - made of constants; MySQL sees the new values from left to right: code comes last
_PLAIN = re.sub(r":\w+", "?", _PLAIN)  # bound by place, which costs the drivers less than by name


class Returned(NamedTuple):
    """Giving back: the guards, the ids at or below the ceiling that were never tried, and a pause (ms) before reuse."""

    batch: int
    token: int
    never: Sequence[int]
    delay: int | None = None


def give_back(connection: Connection, order: Returned) -> bool:
    """Make a batch ready again; what was permitted but never tried goes into a batch of its own, or ends when that
    was asked.

    False when the token is old: then the holder says the same as late facts.
    """
    head = connection.execute(sa.select(t.batch).where(t.batch.c.id == order.batch).with_for_update()).one()
    if head.token != order.token or head.state != BatchState.claimed:
        return False
    below = (t.message.c.batch == order.batch, t.message.c.state == QUEUED, t.message.c.id <= head.permit)
    owed = set(connection.execute(sa.select(t.message.c.id).where(*below)).scalars())
    if not owed <= set(order.never):
        raise UnpermittedResultError(f"batch {order.batch}: given back while {len(owed)} permitted rows are open")
    not_before = None if order.delay is None else db_now() + order.delay
    if owed:
        _part(connection, head, below, not_before)
    left = head.open - len(owed)
    connection.execute(
        sa.update(t.batch)
        .where(t.batch.c.id == order.batch)
        .values(
            state=BatchState.ready if left else BatchState.closed,
            token=t.batch.c.token + 1,
            journal=None,
            open=left,
            not_before=not_before,
            claims=0,
        )
    )
    if left and order.delay is None and not head.stop:
        ring_after_commit(connection, head.queue)
    return True


def _part(connection: Connection, head: sa.Row[Any], below: Sequence[sa.ColumnElement[bool]], not_before: Any) -> None:
    """Rows that were permitted and never tried leave their batch."""
    ended = sa.case((HEARD, MessageState.sent), else_=CANCELLED)
    asked = sa.or_(t.message.c.cancel_asked, HEARD)
    connection.execute(sa.update(t.message).where(*below, asked).values(state=ended, settled_at=db_now()))
    new = fresh_batch(connection, head, open_rows=0, not_before=not_before, alone=head.alone)
    moved = connection.execute(
        sa.update(t.message).where(*below).values(batch=new, first_at=date_kept(head.first_at))
    ).rowcount
    note_filled(connection, new, moved)
