"""New contacts go into the table, in the order of their recipients; who is there already is passed over."""

from typing import Any

import sqlalchemy as sa

from bocau.audience import tables as t
from bocau.audience.imports.chunk import Chunk
from bocau.base.db import Connection
from bocau.base.db.adding import copied


def insert(connection: Connection, run_id: int, chunk: Chunk) -> int:
    """Insert the chunk's contacts; how many are new."""
    if not chunk.rows:
        return 0
    if connection.dialect.name == "postgresql":
        return _copy(connection, chunk)
    sqlite = connection.dialect.name == "sqlite"
    names = chunk.columns
    mark = "?" if sqlite else "%s"
    # MySQL's INSERT IGNORE would also pass over values that do not fit, and lock what is there for reading only.
    end = "ON CONFLICT (recipient) DO NOTHING" if sqlite else "ON DUPLICATE KEY UPDATE id = id"
    statement = f"INSERT INTO contact ({', '.join(names)}) VALUES ({', '.join([mark] * len(names))}) {end}"  # noqa: S608
    rows = list(zip(*chunk.lists, strict=True))
    count = connection.exec_driver_sql(statement, rows).rowcount
    if sqlite:
        return count
    made = (t.contact.c.origin == run_id) & (
        t.contact.c.created_at == chunk.at
    )  # MySQL counts also rows that were there
    return int(connection.execute(sa.select(sa.func.count()).where(made)).scalar_one())


def _copy(connection: Connection, chunk: Chunk) -> int:
    """COPY; when a recipient is there already, once more around the conflict."""
    cursor = connection.connection.cursor()
    names = ", ".join(chunk.columns)
    if copied(cursor, f"COPY contact ({names}) FROM STDIN", lambda copy: copy.write(chunk.text)):
        return len(chunk.rows)
    return _copy_around(cursor, names, chunk.text)


def _copy_around(cursor: Any, names: str, text: bytes) -> int:
    """Through a temporary table, skipping recipients that are there."""
    cursor.execute(
        "CREATE TEMPORARY TABLE IF NOT EXISTS coming_contact (LIKE contact INCLUDING DEFAULTS) ON COMMIT DROP"
    )
    cursor.execute("ALTER TABLE coming_contact ALTER id DROP NOT NULL, ALTER id SET DEFAULT 0")
    with cursor.copy(f"COPY coming_contact ({names}) FROM STDIN") as copy:
        copy.write(text)
    cursor.execute(
        f'INSERT INTO contact ({names}) SELECT {names} FROM coming_contact ORDER BY recipient COLLATE "C" '  # noqa: S608
        "ON CONFLICT (recipient) DO NOTHING"
    )
    count = int(cursor.rowcount)
    cursor.execute("DROP TABLE coming_contact")
    return count
