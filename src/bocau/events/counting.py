"""What readers and their servers did, for whoever keeps counts: what waits to be counted, and what was counted."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa

from bocau.base.db import Connection
from bocau.base.db.slices import slices
from bocau.events import tables as t
from bocau.events.kinds import COUNTED

SLICE = 1000
"""Ids in one statement."""
COLUMNS = (t.event.c.id, t.event.c.message, t.event.c.at, t.event.c.kind, t.event.c.detail)


class Seen(NamedTuple):
    """One fact to be counted. ``message`` is 0 when nobody was noted; ``detail`` then names the submission. ``at`` in ms."""

    id: int
    message: int
    at: int
    kind: str
    detail: dict[str, Any]


def pending(connection: Connection, limit: int) -> list[Seen]:
    """Facts that wait to be counted, in the order of their ids."""
    query = sa.select(*COLUMNS).where(t.event.c.pending == 1).order_by(t.event.c.id).limit(limit)
    return _read(connection, query)


def mark_counted(connection: Connection, ids: Sequence[int]) -> None:
    """They wait no more."""
    for some in slices(ids, SLICE):
        connection.execute(sa.update(t.event).where(t.event.c.id.in_(some)).values(pending=None))


def counted(connection: Connection, messages: Sequence[int], kinds: Sequence[str] = tuple(COUNTED)) -> list[Seen]:
    """The messages' facts of these kinds that were counted, in the order of their ids."""
    found: list[Seen] = []
    for some in slices(messages, SLICE):
        where = (t.event.c.message.in_(some), t.event.c.kind.in_(kinds), t.event.c.pending.is_(None))
        found += _read(connection, sa.select(*COLUMNS).where(*where).order_by(t.event.c.id))
    return found


def counted_between(connection: Connection, low: int, high: int) -> list[Seen]:
    """Counted facts about messages with ids from ``low`` to ``high``."""
    where = (t.event.c.message.between(low, high), t.event.c.kind.in_(COUNTED), t.event.c.pending.is_(None))
    return _read(connection, sa.select(*COLUMNS).where(*where).order_by(t.event.c.id))


def counted_of_nobody(connection: Connection, after: int, limit: int) -> list[Seen]:
    """Counted facts without a message, by id."""
    nobody = (t.event.c.message == 0, t.event.c.id > after, t.event.c.pending.is_(None), t.event.c.kind.in_(COUNTED))
    return _read(connection, sa.select(*COLUMNS).where(*nobody).order_by(t.event.c.id).limit(limit))


def _read(connection: Connection, query: "sa.Select[Any]") -> list[Seen]:
    return [Seen(r.id, r.message, r.at, r.kind, orjson.loads(r.detail)) for r in connection.execute(query)]
