"""A person leaves while mails to them are open: what is surely unsent is held back, what a holder has is asked back."""

from typing import NamedTuple

import orjson
import sqlalchemy as sa

from bocau import events
from bocau.base.db import Session, db_now
from bocau.ledger.recover import lock_rows, recount
from bocau.ledger.rules import Standing
from bocau.ledger.states import OPEN, BatchState, MessageState, SubmissionState
from bocau.ledger.tables import message, submission

GOING = (SubmissionState.running, SubmissionState.paused)


class Running(NamedTuple):
    """A bulk submission that still sends, or is paused. ``lists``: ids of the lists it goes to."""

    id: int
    lists: tuple[int, ...]


def running_bulk(session: Session) -> list[Running]:
    """Bulk submissions that are not over, by id."""
    mine = (submission.c.stream == "bulk", submission.c.state.in_(GOING))
    found = session.execute(
        sa.select(submission.c.id, submission.c.options).where(*mine).order_by(submission.c.id)
    )
    return [Running(row.id, tuple(orjson.loads(row.options).get("lists", ()))) for row in found]


def withdraw(session: Session, submission_id: int, recipient: str, reason: str) -> str:
    """Hold back a person's open message of a submission. ``recipient``: the key.

    "withdrawn": it is surely not sent; "asked": its holder drops it if it still can, and its row will say; "none": there
    is no open one. Its timeline says why either way.
    """
    mine = (message.c.submission == submission_id, message.c.recipient == recipient)
    number = session.execute(sa.select(message.c.id).where(*mine)).scalar()
    if number is None:
        return "none"
    for row in lock_rows(session, {number}):
        if row.state in OPEN:
            return _withdraw(session, row, reason)
    return "none"


def _withdraw(session: Session, row: Standing, reason: str) -> str:
    this = message.c.id == row.id
    if not _unsent(row):
        session.execute(sa.update(message).where(this).values(cancel_asked=True))
        recount(session, [row.batch])
        if not row.cancel_asked:  # whichever way it ends then: only here is known why
            events.append(session, [events.Event(row.id, events.Kind.recalled, 0, {"reason": reason})])
        return "asked"
    ended = {"state": MessageState.suppressed, "due_at": None, "settled_at": db_now(), "attention": None}
    session.execute(sa.update(message).where(this).values(**ended))
    events.append(session, [events.Event(row.id, events.Kind.suppressed, 0, {"reason": reason})])
    recount(session, [row.batch])
    return "withdrawn"


def _unsent(row: Standing) -> bool:
    """Deferred, unclaimed, or above the ceiling; and no earlier attempt is known to have been accepted."""
    if row.state == MessageState.deferred:
        return True
    permitted = row.batch_state == BatchState.claimed and row.permit >= row.id
    heard = row.code is not None and 200 <= row.code <= 299
    return row.state == MessageState.queued and not permitted and not heard
