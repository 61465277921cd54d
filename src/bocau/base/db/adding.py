"""Rows added: one that gets an id, those that are not there yet, many at once as each database takes them."""

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as insert_postgresql

from bocau.base.db.engine import Connection


def new_rows(connection: Connection, table: sa.Table) -> sa.Insert:
    """An INSERT that passes over rows whose unique key is there already."""
    if connection.dialect.name == "postgresql":
        return insert_postgresql(table).on_conflict_do_nothing()
    return sa.insert(table).prefix_with("OR IGNORE" if connection.dialect.name == "sqlite" else "IGNORE")


def add_row(connection: Connection, table: sa.Table, values: Mapping[str, Any]) -> int:
    """Insert one row; the id that the database gave it. Raises sqlalchemy.exc.IntegrityError."""
    key = connection.execute(sa.insert(table).values(**values)).inserted_primary_key
    assert key is not None
    return int(key[0])


def copied(cursor: Any, statement: str, write: Callable[[Any], None]) -> bool:
    """PostgreSQL's COPY, a third of the price of any INSERT. False: a unique key is there already, and nothing went in.

    ``cursor``: psycopg's own; ``write`` gives its copy the rows.
    """
    from psycopg.errors import UniqueViolation

    cursor.execute("SAVEPOINT filling")
    try:
        with cursor.copy(statement) as copy:
            write(copy)
    except UniqueViolation:
        cursor.execute("ROLLBACK TO SAVEPOINT filling")
        return False
    cursor.execute("RELEASE SAVEPOINT filling")
    return True
