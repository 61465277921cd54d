"""A person leaves while mails to them are open: what is surely unsent is held back, what a holder has is asked back."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa

from bocau import events
from bocau.base.db import Connection, db_now
from bocau.base.db.slices import slices
from bocau.ledger import tables as t
from bocau.ledger.batches import recount
from bocau.ledger.options import lists_of
from bocau.ledger.recover import lock_rows
from bocau.ledger.rules import Standing
from bocau.ledger.states import OPEN, MessageState, SubmissionState

GOING = (SubmissionState.running, SubmissionState.paused)


class Running(NamedTuple):
    """A bulk submission that still sends, or is paused. ``lists``: ids of the lists it goes to."""

    id: int
    lists: tuple[int, ...]


def running_bulk(connection: Connection) -> list[Running]:
    """Bulk submissions that are not over, by id."""
    mine = (t.submission.c.stream == "bulk", t.submission.c.state.in_(GOING))
    rows = connection.execute(
        sa.select(t.submission.c.id, t.submission.c.options).where(*mine).order_by(t.submission.c.id)
    )
    return [Running(row.id, lists_of(row.options)) for row in rows]


def withdraw(connection: Connection, wanted: Mapping[int, Mapping[str, str]]) -> dict[int, str]:
    """Hold back open messages: submission → recipient key → reason; some thousands at once. What became of each, by id.

    "withdrawn": it is surely not sent; "asked": its holder drops it if it still can, and its row will say. Its timeline
    says why either way. All are locked together, so that the order of locks is kept over submissions too.
    """
    reasons: dict[int, str] = {}
    for submission_id, people in wanted.items():
        reasons |= _open_of(connection, submission_id, people)
    rows = [row for row in lock_rows(connection, set(reasons)) if row.state in OPEN] if reasons else []
    unsent = [row.id for row in rows if _unsent(row)]
    held = [row for row in rows if not _unsent(row)]
    ended = {"state": MessageState.suppressed, "due_at": None, "settled_at": db_now(), "attention": None}
    _change(connection, unsent, ended)
    _change(connection, [row.id for row in held], {"cancel_asked": True})
    recalled = [row.id for row in held if not row.cancel_asked]
    told = [(message_id, events.Kind.suppressed) for message_id in unsent]
    told += [
        (submission_id, events.Kind.recalled) for submission_id in recalled
    ]  # only here is known why it will have ended
    events.append(connection, [events.Event(one, kind, 0, {"reason": reasons[one]}) for one, kind in told])
    recount(connection, {row.batch for row in rows})
    return dict.fromkeys(unsent, "withdrawn") | {row.id: "asked" for row in held}


def _open_of(connection: Connection, submission_id: int, people: Mapping[str, str]) -> dict[int, str]:
    """Open message → reason, of these people's in a submission."""
    found: dict[int, str] = {}
    for some in slices(list(people)):
        mine = (t.message.c.submission == submission_id, t.message.c.recipient.in_(some))
        query = sa.select(t.message.c.id, t.message.c.recipient).where(*mine, t.message.c.state.in_(OPEN))
        found |= {row.id: people[row.recipient] for row in connection.execute(query)}
    return found


def _change(connection: Connection, ids: list[int], values: dict[str, Any]) -> None:
    for some in slices(ids):
        connection.execute(sa.update(t.message).where(t.message.c.id.in_(some)).values(**values))


def _unsent(row: Standing) -> bool:
    """Deferred, unclaimed, or above the ceiling; and no earlier attempt is known to have been accepted."""
    if row.state == MessageState.deferred:
        return True
    return row.state == MessageState.queued and not row.permitted and not row.heard
