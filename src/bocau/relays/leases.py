"""Limits that hold over all processes and machines: leased shares of a relay's connections and rate.

Every process renews its share every few seconds under the relay's row lock. What is free is given at once; who has
more than its fair part gets less at its next renewal, and what it still holds open stays booked until it says that
it has let go. So the sum never exceeds the limit, not even for a moment. A process that is gone stops counting when
its share expires, by the database's clock and no other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import sqlalchemy as sa

from bocau.base.db import Connection
from bocau.relays import tables as t
from bocau.relays.circuits import lock
from bocau.relays.rules import divide

LIFE = 15.0
"""Seconds a share lives; renew at a third of it."""
TURN = 30_000
"""Ms after which the turn goes on where there are more processes than connections."""
FORGET = 3_600_000
"""Ms after its end a share's row is deleted."""

Row = Mapping[Any, Any]


class Limits(Protocol):
    """What all processes together may use; a Relay says it. ``rate`` in mails a second, None: no limit.

    ``identity``: see ``circuits.lock``; empty when it does not matter.
    """

    @property
    def max_connections(self) -> int: ...
    @property
    def rate(self) -> float | None: ...
    @property
    def identity(self) -> str: ...


@dataclass(frozen=True)
class Share:
    """What one process may use. ``until`` is ms by the database's clock; ``life`` the same as seconds from the renewal.

    A holder measures ``life`` on its own clock from before it asked, and uses nothing after. Connections it has above
    the granted number it closes as they become idle.
    """

    connections: int
    rate: float | None
    until: int
    life: float = LIFE


def lease_share(
    connection: Connection,
    relay_id: int,
    holder: str,
    want: int,
    limits: Limits,
    *,
    held: int | None = None,
    want_rate: float | None = None,
    life: float = LIFE,
) -> Share:
    """Renew (or first take) ``holder``'s share of a relay. ``want``: connections it can use; 0: none now.

    ``want_rate`` in mails a second (None: any). ``held``: connections it still has open; what is above the granted
    number stays booked for it. None: as many as the last renewal granted. Waits for other renewals of the same relay.
    """
    now = lock(connection, relay_id, limits.identity)
    rows = _live(connection, relay_id, now)
    last = rows.pop(holder, None)
    mine = {"want": max(0, want), "want_milli": _milli(want_rate)}
    connections, rate = _granted(limits, rows, holder, mine, now // TURN)
    until = now + int(life * 1000)
    values = mine | {
        "connections": connections,
        "booked": max(connections, _still(last, held)),
        "rate_milli": rate,
        "expires_at": until,
    }
    _store(connection, relay_id, holder, values, now)
    return Share(connections, None if rate is None else rate / 1000, until, life)


def release_shares(connection: Connection, holder: str) -> None:
    """Give all shares back at once: when a process ends, its connections closed."""
    mine = sa.select(t.relay_share.c.relay, t.relay_share.c.holder).where(t.relay_share.c.holder == holder)
    _forget(connection, mine)


def _live(connection: Connection, relay_id: int, now: int) -> dict[str, Row]:
    rows = connection.execute(
        sa.select(t.relay_share).where(t.relay_share.c.relay == relay_id, t.relay_share.c.expires_at > now)
    )
    return {row["holder"]: row for row in rows.mappings()}


def _still(last: Row | None, held: int | None) -> int:
    """How many connections the holder may have open at this moment, whatever it is granted now."""
    if last is None:
        return 0
    return int(last["connections"] if held is None else min(held, last["booked"]))


def _granted(limits: Limits, others: Mapping[str, Row], holder: str, mine: Row, turn: int) -> tuple[int, int | None]:
    """Connections and mails in 1000 s: the fair part, or what the others leave of it."""
    everybody = {**others, holder: mine}
    parts = divide(limits.max_connections, {name: row["want"] for name, row in everybody.items()}, turn)
    free = limits.max_connections - sum(row["booked"] for row in others.values())
    connections = max(0, min(parts[holder], free))
    total = _milli(limits.rate)
    if total is None:
        return connections, None
    wants = {name: row["want_milli"] for name, row in everybody.items() if parts[name] > 0}
    fair = divide(total, wants).get(holder, 0)
    return connections, max(0, min(fair, total - sum(row["rate_milli"] or 0 for row in others.values())))


def _store(connection: Connection, relay_id: int, holder: str, values: Row, now: int) -> None:
    here = (t.relay_share.c.relay == relay_id, t.relay_share.c.holder == holder)
    if connection.execute(sa.select(t.relay_share.c.holder).where(*here)).one_or_none() is not None:
        connection.execute(sa.update(t.relay_share).where(*here).values(**values))
        return
    connection.execute(sa.insert(t.relay_share).values(relay=relay_id, holder=holder, **values))
    old = sa.select(t.relay_share.c.relay, t.relay_share.c.holder).where(
        t.relay_share.c.relay == relay_id, t.relay_share.c.expires_at < now - FORGET
    )
    _forget(connection, old)


def _forget(connection: Connection, which: sa.Select[Any]) -> None:
    """Delete row by row: a DELETE that searches would lock what others hold on MySQL, and so deadlock."""
    for row in connection.execute(which).all():
        connection.execute(
            sa.delete(t.relay_share).where(t.relay_share.c.relay == row.relay, t.relay_share.c.holder == row.holder)
        )


def _milli(rate: float | None) -> int | None:
    return None if rate is None else max(1, round(rate * 1000))
