"""A database that went back in time: a backup was restored, or a standby took over that had not heard everything.

Nothing in the database itself can tell. The journals can: they hold settles that the database once acknowledged.
"""

from collections.abc import Iterable

import sqlalchemy as sa

from bocau import events
from bocau.base.db import Connection
from bocau.base.db.slices import slices
from bocau.ledger import rules
from bocau.ledger import tables as t
from bocau.ledger.recover import apply_changes, lock_rows
from bocau.ledger.rules import Change, Fact, Standing, Told
from bocau.ledger.states import MessageState


def positions(connection: Connection, batches: Iterable[int]) -> dict[int, tuple[int, int]]:
    """batch → (token, seq) as the database has them; a batch it does not know is left out."""
    found: dict[int, tuple[int, int]] = {}
    for some in slices(list(batches)):
        query = sa.select(t.batch.c.id, t.batch.c.token, t.batch.c.seq).where(t.batch.c.id.in_(some))
        rows = connection.execute(query)
        found |= {row.id: (row.token, row.seq) for row in rows}
    return found


def relearn(connection: Connection, told: Told, before: int) -> int:
    """Tell an older database what a journal knows. How many rows changed.

    What was accepted becomes sent; what was attempted without a reply becomes unknown, for a person to decide. Only
    rows of submissions created before ``before`` (ms): later ones may have been given numbers that were in use.
    """
    attempts = dict.fromkeys(told.attempted) | dict.fromkeys(told.facts)
    latest: dict[int, int] = {}
    for message_id, attempt in attempts:
        latest[message_id] = max(attempt, latest.get(message_id, 0))
    parts = [{message_id: latest[message_id] for message_id in some} for some in slices(sorted(latest))]
    return sum([_relearn(connection, told, part, before) for part in parts])


def _relearn(connection: Connection, told: Told, latest: dict[int, int], before: int) -> int:
    old = set(
        connection.execute(
            sa.select(t.message.c.id)
            .join(t.submission, t.submission.c.id == t.message.c.submission)
            .where(t.message.c.id.in_(latest), t.submission.c.created_at < before)
        ).scalars()
    )
    rows = [row for row in lock_rows(connection, old) if row.state in (MessageState.queued, MessageState.deferred)]
    changes = [change for row in rows if (change := _change(row, told, latest[row.id])) is not None]
    apply_changes(connection, changes)
    events.append(connection, [_event(change, told) for change in changes])
    return len(changes)


def _change(row: Standing, told: Told, attempt: int) -> Change | None:
    facts = [told.facts.get((row.id, k)) for k in range(row.attempts + 1, attempt + 1)]
    accepted = next((fact for fact in facts if fact is not None and fact.told == MessageState.sent), None)
    if accepted is not None:
        return Change(row.id, MessageState.sent, attempt, row.doubts, accepted)
    tried = [k for k in range(row.attempts + 1, attempt + 1) if (row.id, k) in told.attempted]
    if any(_open(told.facts.get((row.id, k))) for k in tried):
        return Change(row.id, MessageState.unknown, attempt, row.doubts + 1)
    return None


def _open(fact: Fact | None) -> bool:
    return fact is None or fact.told == rules.DOUBT


def _event(change: Change, told: Told) -> events.Event:
    kind = events.Kind.late if change.state == MessageState.sent else events.Kind.unknown
    once = f"restored:{change.id}:{change.attempts}:{told.journal}"
    return events.Event(change.id, kind, change.attempts, rules.as_detail(change.fact), once)
