"""What PostgreSQL's planner knows of a table: after many rows came in at once it is told, and does not go by an empty one.

Autovacuum would tell it a minute later; until then a count of a hundred thousand people may take longer than a statement
may. InnoDB recalculates when a tenth of a table has changed; SQLite's plans here do not depend on statistics.
"""

import sqlalchemy as sa

from bocau.base.db.engine import Connection

MANY, SHARE = 5000, 0.2
"""Rows changed since the planner last looked, and their share of all: then it looks again."""


def refresh_stale(connection: Connection, *tables: sa.Table) -> list[str]:
    """Let the planner look at those of the tables that have changed much since it last did; their names.

    Also in a transaction that only reads. One that somebody else looks at just now is left out.
    """
    if connection.dialect.name != "postgresql":
        return []
    seen = sa.table(
        "pg_stat_user_tables", *map(sa.column, ("schemaname", "relname", "n_mod_since_analyze", "n_live_tup"))
    )
    changed = sa.select(seen.c.relname).where(
        seen.c.schemaname == sa.func.current_schema(),
        seen.c.relname.in_([table.name for table in tables]),
        seen.c.n_mod_since_analyze >= MANY,
        seen.c.n_mod_since_analyze >= SHARE * seen.c.n_live_tup,
    )
    stale = sorted(connection.execute(changed).scalars())
    for name in stale:
        connection.execute(sa.text(f'ANALYZE (SKIP_LOCKED) "{name}"'))
    return stale
