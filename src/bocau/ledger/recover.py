"""What is done about holders that fell silent: facts, revoke, replay, the end of a hold."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from bocau import events
from bocau.base.db import Connection, db_now, ring_after_commit
from bocau.base.db.slices import slices
from bocau.ledger import rules
from bocau.ledger import tables as t
from bocau.ledger.batches import fresh_batch, recount
from bocau.ledger.holding import EXCEPTIONS, HEARD
from bocau.ledger.rules import Change, DoubtRules, Fact, Standing, Told
from bocau.ledger.states import FINAL, BatchState, MessageState

STANDING = (
    t.message.c.id,
    t.message.c.batch,
    t.message.c.state,
    t.message.c.attempts,
    t.message.c.doubts,
    t.message.c.cancel_asked,
    t.batch.c.state,
    t.batch.c.permit,
    t.batch.c.journal,
    t.batch.c.origin,
    t.batch.c.token,
    t.message.c.code,
)


KINDS = {
    state: events.Kind[state.name] for state in (MessageState.deferred, *FINAL) if state.name in events.Kind.__members__
}


class LedgerBusyError(RuntimeError):
    """Rows moved between batches again and again while they were being locked; repeating the verb is safe."""


def facts(connection: Connection, journal: str, told: Sequence[Fact]) -> int:
    """Record facts of a holder whose token is old: replies, doubts, "never attempted". How many rows changed.

    Idempotent, in any order. A reply is always kept as an event; a 250 makes the row ``sent`` whatever it was; one
    that another holder is permitted to try again keeps it as its code, and is sent as soon as that holder parts with it.
    """
    standing = {row.id: row for row in lock_rows(connection, {fact.id for fact in told})}
    changes: dict[int, Change] = {}
    notes = []
    for fact in told:
        row = standing.get(fact.id)
        if row is None:
            continue
        change = rules.late(row, fact, journal)
        if change is not None:
            changes[row.id] = change
            standing[row.id] = row._replace(
                state=change.state,
                attempts=change.attempts,
                doubts=change.doubts,
                batch_state=BatchState.closed
                if change.state != MessageState.queued or change.move
                else row.batch_state,
                code=change.fact.code if change.fact else row.code,
            )
        notes += _notes(row, fact, change, journal)
    apply_changes(connection, list(changes.values()))
    events.append(connection, notes)
    return len(changes)


def _notes(row: Standing, fact: Fact, change: Change | None, journal: str) -> list[events.Event]:
    if fact.told == rules.NEVER:
        return [events.Event(row.id, events.Kind.cleared, fact.attempt)] if change else []
    if fact.told == rules.DOUBT or (row.state == MessageState.sent and row.attempts == fact.attempt):
        return []
    kind = events.Kind.again if row.state == MessageState.sent else events.Kind.late
    once = f"late:{fact.id}:{fact.attempt}:{journal}"
    return [events.Event(row.id, kind, fact.attempt, rules.as_detail(fact), once)]


def revoke(connection: Connection, grace: int, doubt: DoubtRules, limit: int = 100) -> int:
    """Take back batches whose lease is over by ``grace`` ms. How many.

    What was permitted becomes doubted, visibly, and waits for its journal or the end of its hold; the rest is ready.
    """
    silent = sa.and_(t.batch.c.state == BatchState.claimed, t.batch.c.lease_end < db_now() - grace)
    over = connection.execute(_held(silent).limit(limit).with_for_update(skip_locked=True)).all()
    for held in over:
        below = (t.message.c.batch == held.id, t.message.c.state == MessageState.queued, t.message.c.id <= held.permit)
        rows = connection.execute(sa.select(t.message.c.id, t.message.c.attempts, HEARD).where(*below)).all()
        if rows:
            waits = db_now() + doubt.hold[held.stream]
            aside = fresh_batch(
                connection,
                held,
                open_rows=len(rows),
                state=BatchState.doubt,
                journal=held.journal,
                not_before=waits,
                claim=(held.id, held.token),
            )
            counted = {
                "state": sa.case((HEARD, MessageState.sent), else_=MessageState.doubted),
                "attempts": t.message.c.attempts + 1,
                "doubts": t.message.c.doubts + 1,
                "batch": aside,
                "first_at": sa.func.coalesce(t.message.c.first_at, held.first_at),
                "settled_at": sa.case((HEARD, db_now()), else_=t.message.c.settled_at),
            }
            connection.execute(sa.update(t.message).where(*below).values(**counted))
            seen = {"journal": held.journal}
            events.append(connection, [events.Event(r.id, events.Kind.doubted, r.attempts + 1, seen) for r in rows])
            if any(r.heard for r in rows):
                recount(connection, [aside])
        _release(connection, held, held.open - len(rows))
    return len(over)


def replay(connection: Connection, told: Told, doubt: DoubtRules) -> int:
    """Settle what a dead process's journal tells, holding that journal's lock. How many rows changed.

    Driven by the database's list of the journal's batches: claimed but unstarted work comes back at once. A revoke
    that was under way makes a doubt batch of a claimed one: so the list is read again until it is empty.
    """
    owing = sa.and_(t.batch.c.state.in_((BatchState.claimed, BatchState.doubt)), t.batch.c.journal == told.journal)
    changed = looks = found = 0
    while found or looks < 2:
        mine = connection.execute(_held(owing).with_for_update()).all()
        changed += sum([_replay(connection, held, told, doubt) for held in mine])
        found, looks = len(mine), looks + 1
    rest = [fact for fact in told.facts.values() if isinstance(fact.told, MessageState)]
    return changed + sum([facts(connection, told.journal, some) for some in slices(rest)])


def _replay(connection: Connection, held: sa.Row[Any], told: Told, doubt: DoubtRules) -> int:
    owed = t.message.c.state == MessageState.doubted
    if held.state == BatchState.claimed:
        owed = sa.and_(t.message.c.state == MessageState.queued, t.message.c.id <= held.permit)
    rows = _standing(connection, sa.and_(t.message.c.batch == held.id, owed))
    changes = [rules.replayed(row, told, doubt, held.stream, held.alone) for row in rows]
    apply_changes(connection, changes)
    events.append(connection, _story(rows, changes, told))
    if held.state == BatchState.claimed:
        _release(connection, held, None)
    elif not changes:  # nothing is doubted in it
        connection.execute(sa.update(t.batch).where(t.batch.c.id == held.id).values(state=BatchState.closed))
    return len(changes)


def _story(rows: Sequence[Standing], changes: Sequence[Change], told: Told) -> list[events.Event]:
    story = []
    for row, change in zip(rows, changes, strict=True):
        doubted = row.state != MessageState.doubted and change.doubts > row.doubts
        if doubted:
            story.append(events.Event(row.id, events.Kind.doubted, change.attempts, {"journal": told.journal}))
        if change.doubts < row.doubts:
            story.append(events.Event(row.id, events.Kind.cleared, row.attempts))
        if change.alone:
            story.append(events.Event(row.id, events.Kind.quarantined, change.attempts))
        if change.state not in (MessageState.queued, MessageState.sent):
            kind = KINDS[change.state]
            story.append(events.Event(row.id, kind, change.attempts, rules.as_detail(change.fact)))
    return story


def hold_end(connection: Connection, doubt: DoubtRules, limit: int = 20) -> int:
    """Doubt whose journal did not speak in time: sent again with the same bytes, or ``unknown``. How many rows."""
    due = sa.and_(t.batch.c.state == BatchState.doubt, t.batch.c.not_before <= db_now())
    over = connection.execute(_held(due).limit(limit).with_for_update(skip_locked=True)).all()
    ended = 0
    for held in over:
        rows = _standing(connection, sa.and_(t.message.c.batch == held.id, t.message.c.state == MessageState.doubted))
        changes = [rules.after_doubt(row, doubt, held.stream, silence=False, alone=False) for row in rows]
        apply_changes(connection, changes)
        unknown = [change for change in changes if change.state == MessageState.unknown]
        events.append(connection, [events.Event(c.id, events.Kind.unknown, c.attempts) for c in unknown])
        ended += len(changes)
    return ended


def lock_rows(connection: Connection, ids: set[int]) -> list[Standing]:
    """Lock the messages' batches by id, then the messages by id; repeated when a row changed its batch meanwhile."""
    locked: set[int] = set()
    for _ in range(5):
        wanted = set(connection.execute(sa.select(t.message.c.batch).where(t.message.c.id.in_(ids))).scalars())
        if wanted - locked:
            connection.execute(
                sa.select(t.batch.c.id).where(t.batch.c.id.in_(wanted)).order_by(t.batch.c.id).with_for_update()
            ).all()
            locked |= wanted
        rows = _standing(connection, t.message.c.id.in_(ids))
        if {row.batch for row in rows} <= locked:
            return rows
    raise LedgerBusyError(f"{len(ids)} rows")


def _held(where: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Batches in id order, each with its submission's stream; only batch rows are to be locked."""
    stream = sa.select(t.submission.c.stream).where(t.submission.c.id == t.batch.c.submission).scalar_subquery()
    return sa.select(t.batch, stream.label("stream")).where(where).order_by(t.batch.c.id)


def _standing(connection: Connection, where: sa.ColumnElement[bool]) -> list[Standing]:
    ids = (
        connection.execute(sa.select(t.message.c.id).where(where).order_by(t.message.c.id).with_for_update())
        .scalars()
        .all()
    )
    if not ids:
        return []
    rows = connection.execute(
        sa.select(*STANDING)
        .join(t.batch, t.batch.c.id == t.message.c.batch)
        .where(t.message.c.id.in_(ids))
        .order_by(t.message.c.id)
    )
    return list(map(Standing._make, rows))


def _release(connection: Connection, held: sa.Row[Any], left: int | None) -> None:
    """Take a batch from its holder: what is still queued in it was never permitted. ``left`` None: count it."""
    if left is None:
        left = connection.execute(
            sa.select(sa.func.count()).where(t.message.c.batch == held.id, t.message.c.state == MessageState.queued)
        ).scalar_one()
    state = BatchState.ready if left else BatchState.closed
    connection.execute(
        sa.update(t.batch)
        .where(t.batch.c.id == held.id)
        .values(state=state, token=t.batch.c.token + 1, journal=None, open=left)
    )
    if left and not held.stop:
        ring_after_commit(connection, held.queue)


def apply_changes(connection: Connection, changes: Sequence[Change]) -> None:
    """Write decided changes; rows that move get new batches; the left batches' counters are counted anew."""
    if not changes:
        return
    message_ids = {change.id for change in changes}
    source: dict[int, Any] = {
        row.id: row
        for row in connection.execute(
            sa.select(
                t.message.c.id,
                t.batch.c.id.label("batch"),
                t.batch.c.submission,
                t.batch.c.queue,
                t.batch.c.stop,
                t.batch.c.first_at,
            )
            .join(t.batch, t.batch.c.id == t.message.c.batch)
            .where(t.message.c.id.in_(message_ids))
        )
    }
    target = _targets(connection, changes, source)
    now = connection.execute(sa.select(db_now())).scalar_one()
    values = [_values(change, source[change.id].first_at, target.get(change.id), now) for change in changes]
    connection.execute(
        sa.update(t.message)
        .where(t.message.c.id == sa.bindparam("message_id"))
        .values(
            state=sa.bindparam("new_state"),
            attempts=sa.bindparam("new_attempts"),
            doubts=sa.bindparam("new_doubts"),
            batch=sa.func.coalesce(sa.bindparam("new_batch", type_=sa.BigInteger), t.message.c.batch),
            first_at=sa.func.coalesce(t.message.c.first_at, sa.bindparam("new_first_at", type_=sa.BigInteger)),
            settled_at=sa.bindparam("new_settled_at", type_=sa.BigInteger),
            due_at=sa.bindparam("new_due_at", type_=sa.BigInteger),
            attention=sa.bindparam("new_attention", type_=sa.SmallInteger),
            code=sa.func.coalesce(sa.bindparam("new_code", type_=sa.SmallInteger), t.message.c.code),
            enhanced=sa.func.coalesce(sa.bindparam("new_enhanced", type_=sa.String), t.message.c.enhanced),
            reply=sa.func.coalesce(sa.bindparam("new_reply", type_=sa.Text), t.message.c.reply),
            relay=sa.func.coalesce(sa.bindparam("new_relay", type_=sa.Integer), t.message.c.relay),
        ),
        values,
    )
    recount(connection, {row.batch for row in source.values()})


def _values(change: Change, first_at: int | None, into: int | None, now: int) -> dict[str, object]:
    fact = change.fact or Fact(0, 0, rules.NEVER)
    deferred = change.state == MessageState.deferred
    return {
        "message_id": change.id,
        "new_state": int(change.state),
        "new_attempts": change.attempts,
        "new_doubts": change.doubts,
        "new_batch": into,
        "new_first_at": first_at,
        "new_settled_at": None if change.state == MessageState.queued else now,
        "new_due_at": now + (fact.delay or 0) if deferred else None,
        "new_attention": int(change.state) if change.state in EXCEPTIONS else None,
        "new_code": fact.code,
        "new_enhanced": fact.enhanced,
        "new_reply": fact.reply,
        "new_relay": fact.relay,
    }


def _targets(connection: Connection, changes: Iterable[Change], source: dict[int, Any]) -> dict[int, int]:
    """A new ready batch for each submission (and quarantine) that rows move to."""
    groups: dict[tuple[int, bool], list[int]] = defaultdict(list)
    for change in changes:
        if change.move:
            groups[source[change.id].submission, change.alone].append(change.id)
    target: dict[int, int] = {}
    for (_, alone), members in groups.items():
        new = fresh_batch(connection, source[members[0]], open_rows=len(members), alone=alone)
        target |= dict.fromkeys(members, new)
    return target
