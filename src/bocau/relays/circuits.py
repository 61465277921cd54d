"""Relays that are left alone for a while, known to all processes at once. One process probes when the time is over."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite

from bocau.base.db import Connection, db_now
from bocau.relays import tables as t
from bocau.relays.rules import Backoff, Circuit

PROBE_LIFE = 60_000
"""Ms after which a probe that never reported is anybody's."""
DETAIL = 300
UNLEARNT = {"session_limit": None, "session_limit_at": None}
CLOSED = {
    "circuit_until": None,
    "circuit_reason": "",
    "circuit_detail": "",
    "failures": 0,
    "probe_holder": None,
    "probe_until": None,
}


def lock(connection: Connection, relay_id: int, identity: str = "") -> int:
    """Take the relay's row lock (made at first use); the database's time in ms, read while holding it.

    ``identity`` says whom the relay's health is about: another server, user or password starts with a closed circuit,
    and with nothing learnt.
    """
    mine = t.relay_health.c.relay == relay_id
    locking = sa.select(t.relay_health.c.identity).where(mine).with_for_update()
    row = connection.execute(locking).one_or_none()
    if row is None:
        connection.execute(_first(connection).values(relay=relay_id, identity=identity))
        row = connection.execute(locking).one()
    if identity and row.identity != identity:
        connection.execute(sa.update(t.relay_health).where(mine).values(identity=identity, **CLOSED, **UNLEARNT))
    return int(connection.execute(sa.select(db_now())).scalar_one())


def _first(connection: Connection) -> Any:
    """An insert that lets the one before it win. MySQL's IGNORE would share the row's lock and so deadlock."""
    dialect = connection.dialect.name
    if dialect in ("mysql", "mariadb"):
        made = mysql.insert(t.relay_health)
        return made.on_duplicate_key_update(relay=made.inserted.relay)
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return insert(t.relay_health).on_conflict_do_nothing()


def open_circuit(
    connection: Connection,
    relay_id: int,
    reason: str,
    until: int | None = None,
    *,
    detail: str = "",
    backoff: Backoff | None = None,
) -> int:
    """Leave a relay alone; ms since the epoch until when. ``until`` None: by ``backoff``, longer with each failed probe.

    ``detail``: the server's words. Many connections that fail at once open it once: while it is open only a later
    ``until`` changes anything.
    """
    now = lock(connection, relay_id)
    mine = t.relay_health.c.relay == relay_id
    row = connection.execute(sa.select(t.relay_health).where(mine)).one()
    if row.circuit_until is not None and row.circuit_until > now and (until is None or until <= row.circuit_until):
        return int(row.circuit_until)
    failures = row.failures + 1
    end = until if until is not None else now + int((backoff or Backoff()).seconds(reason, failures) * 1000)
    values = {
        "circuit_until": end,
        "circuit_reason": str(reason)[:40],
        "circuit_detail": detail[:DETAIL],
        "failures": failures,
        "probe_holder": None,
        "probe_until": None,
    }
    connection.execute(sa.update(t.relay_health).where(mine).values(**values))
    return end


def close_circuit(connection: Connection, relay_id: int) -> bool:
    """The relay works again. True when its circuit was open; cheap when it was not."""
    closed = connection.execute(
        sa.update(t.relay_health)
        .where(t.relay_health.c.relay == relay_id, t.relay_health.c.circuit_until.is_not(None))
        .values(**CLOSED)
    )
    return closed.rowcount == 1


def circuits(connection: Connection) -> dict[int, Circuit]:
    """Relay id → its open circuit; relays without one are not in it."""
    rows = connection.execute(
        sa.select(t.relay_health, db_now().label("now")).where(t.relay_health.c.circuit_until.is_not(None))
    )
    return {
        row.relay: Circuit(
            until=row.circuit_until,
            reason=row.circuit_reason,
            detail=row.circuit_detail,
            failures=row.failures,
            probing=row.probe_until is not None and row.probe_until > row.now,
            wait=max(0, row.circuit_until - row.now),
        )
        for row in rows
    }


def take_probe(connection: Connection, relay_id: int, holder: str, life: int = PROBE_LIFE) -> bool:
    """Whether ``holder`` may try the relay now, with one connection: the time is over and nobody else tries.

    The holder then calls ``close_circuit`` or ``open_circuit``; after ``life`` ms without either another may try.
    """
    free = sa.or_(
        t.relay_health.c.probe_until.is_(None),
        t.relay_health.c.probe_until <= db_now(),
        t.relay_health.c.probe_holder == holder,
    )
    taken = connection.execute(
        sa.update(t.relay_health)
        .where(t.relay_health.c.relay == relay_id, t.relay_health.c.circuit_until <= db_now(), free)
        .values(probe_holder=holder, probe_until=db_now() + life)
    )
    return taken.rowcount == 1
