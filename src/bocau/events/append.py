"""The one way history is written."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa

from bocau.base.db import Connection, db_now
from bocau.base.db.adding import new_rows
from bocau.events import tables as t
from bocau.events.kinds import COUNTED, Kind


class Event(NamedTuple):
    """One fact. ``once``: of facts with equal text only the first is kept. ``detail`` goes to JSON."""

    message: int
    kind: Kind
    attempt: int = 0
    detail: dict[str, Any] = {}  # noqa: RUF012 - never changed
    once: str | None = None


def append(connection: Connection, events: Sequence[Event]) -> None:
    """Write facts in their order, at the database's time."""
    if not events:
        return
    now = connection.execute(sa.select(db_now())).scalar_one()
    rows = [
        {
            "message": e.message,
            "at": now,
            "kind": e.kind.value,
            "attempt": e.attempt,
            "detail": orjson.dumps(e.detail).decode(),
            "once": e.once,
            "pending": 1 if e.kind in COUNTED else None,
        }
        for e in events
    ]
    plain = [row for row in rows if row["once"] is None]
    if plain:
        connection.execute(sa.insert(t.event), plain)
    keyed = [row for row in rows if row["once"] is not None]
    if keyed:
        connection.execute(new_rows(connection, t.event), keyed)


def known(connection: Connection, once: Sequence[str]) -> set[str]:
    """Those of these ``once`` texts that are written. Up to some hundreds at a time."""
    return set(connection.execute(sa.select(t.event.c.once).where(t.event.c.once.in_(list(once)))).scalars())


def timeline(connection: Connection, message: int) -> list[dict[str, Any]]:
    """All events of one message, oldest first: at (ms), kind, attempt, detail."""
    columns = (t.event.c.at, t.event.c.kind, t.event.c.attempt, t.event.c.detail)
    rows = connection.execute(sa.select(*columns).where(t.event.c.message == message).order_by(t.event.c.id))
    return [{"at": r.at, "kind": r.kind, "attempt": r.attempt, "detail": orjson.loads(r.detail)} for r in rows]
