"""What of a submission waits, and why the rest was not sent. Changes nothing."""

from typing import NamedTuple

import orjson
import sqlalchemy as sa

from bocau import events
from bocau.base.db import Connection, db_now
from bocau.events.having import details
from bocau.ledger import tables as t
from bocau.ledger.states import BatchState, MessageState

GONE = (MessageState.sent, MessageState.queued, MessageState.deferred, MessageState.doubted)
"""Sent, or not over yet."""


class Waiting(NamedTuple):
    """Messages: ``ready`` to be claimed now, ``later`` at ``later_at`` (ms) at the earliest, ``claimed`` by a worker, in
    ``doubt``; ``deferred`` ones are tried again at ``due_at`` at the earliest."""

    ready: int
    later: int
    later_at: int | None
    claimed: int
    doubt: int
    deferred: int
    due_at: int | None


class Unsent(NamedTuple):
    """So many messages ended in ``state``. ``reason``: of suppressed ones, empty when nobody wrote it down; ``code``: the last
    SMTP reply of failed ones, None when no server was asked."""

    state: MessageState
    reason: str
    code: int | None
    messages: int


def unsent(connection: Connection, submission_id: int) -> list[Unsent]:
    """Why messages of a submission were not sent. Reads all its rows."""
    message = t.message.c
    mine = (message.submission == submission_id, message.state.not_in([state.value for state in GONE]))
    code = sa.case((message.state == MessageState.failed, message.code))
    query = sa.select(message.state, code.label("code"), sa.func.count().label("n")).where(*mine)
    found = [
        Unsent(MessageState(row.state), "", row.code, int(row.n))
        for row in connection.execute(query.group_by(message.state, code))
    ]
    held_back = sa.select(message.id).where(
        message.submission == submission_id, message.state == MessageState.suppressed
    )
    reasons = [
        Unsent(MessageState.suppressed, str(orjson.loads(row.detail).get("reason", "")), None, int(row.n))
        for row in connection.execute(details(events.Kind.suppressed, held_back))
    ]
    known = sum(one.messages for one in reasons)
    total = sum(one.messages for one in found if one.state is MessageState.suppressed)
    others = [one for one in found if one.state is not MessageState.suppressed]
    rest = [Unsent(MessageState.suppressed, "", None, total - known)] if total > known else []
    return [*others, *reasons, *rest]


def waiting(connection: Connection, submission_id: int) -> Waiting:
    """Of one submission, without reading its messages but for those that are deferred."""
    now = int(connection.execute(sa.select(db_now())).scalar_one())
    mine = (t.batch.c.submission == submission_id, t.batch.c.state != BatchState.closed)
    columns = (t.batch.c.state, t.batch.c.open, t.batch.c.not_before)
    found: dict[str, int] = {"ready": 0, "later": 0, "claimed": 0, "doubt": 0}
    times: list[int] = []
    for row in connection.execute(sa.select(*columns).where(*mine)):
        kind = BatchState(row.state).name
        if kind == "ready" and row.not_before is not None and row.not_before > now:
            kind = "later"
            times.append(row.not_before)
        found[kind] += row.open
    deferred = sa.select(sa.func.count(), sa.func.min(t.message.c.due_at)).where(
        t.message.c.submission == submission_id, t.message.c.due_at.is_not(None)
    )
    count, due_at = connection.execute(deferred).one()
    return Waiting(**found, later_at=min(times, default=None), deferred=int(count), due_at=due_at)
