"""What servers were seen to do, known to all processes and kept: how many mails one takes on a connection."""

import sqlalchemy as sa

from bocau.base.db import Connection, db_now
from bocau.relays import tables as t
from bocau.relays.circuits import lock
from bocau.relays.rules import session_limit


def learn_session_limit(connection: Connection, relay_id: int, mails: int, *, identity: str = "") -> None:
    """A connection was refused its next mail after ``mails`` (1 or more). Of several that say so the least counts.

    ``identity``: see ``circuits.lock``.
    """
    now = lock(connection, relay_id, identity)
    mine = t.relay_health.c.relay == relay_id
    row = connection.execute(sa.select(t.relay_health).where(mine)).one()
    least = max(1, mails)
    if row.session_limit is not None:
        least = min(least, session_limit(row.session_limit, now - row.session_limit_at))
    connection.execute(sa.update(t.relay_health).where(mine).values(session_limit=least, session_limit_at=now))


def session_limits(connection: Connection) -> dict[int, int]:
    """Relay id → mails that its server takes on one connection, for those that were seen to limit them."""
    health = t.relay_health.c
    rows = connection.execute(
        sa.select(health.relay, health.session_limit, (db_now() - health.session_limit_at).label("age")).where(
            health.session_limit.is_not(None)
        )
    )
    return {row.relay: session_limit(row.session_limit, row.age) for row in rows}
