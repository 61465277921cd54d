"""Rows added where there are none: each database says it in its own way."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as insert_postgresql

from bocau.base.db.engine import Connection


def new_rows(connection: Connection, table: sa.Table) -> sa.Insert:
    """An INSERT that passes over rows whose unique key is there already."""
    if connection.dialect.name == "postgresql":
        return insert_postgresql(table).on_conflict_do_nothing()
    return sa.insert(table).prefix_with("OR IGNORE" if connection.dialect.name == "sqlite" else "IGNORE")
