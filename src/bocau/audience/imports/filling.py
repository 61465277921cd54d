"""New contacts go into the table, in the order of their recipients; who is there already is passed over."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from bocau.audience.imports.preparing import Chunk
from bocau.audience.tables import contact
from bocau.base.db import Session

BREAKS = ("\\", "\t", "\n", "\r")
ESCAPES = (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r"))
BETWEEN = "\x1e"
NOTHING = "\\N"


def insert(session: Session, run_id: int, chunk: Chunk) -> int:
    """Insert the chunk's contacts; how many are new."""
    if not chunk.recipients:
        return 0
    if session.dialect.name == "postgresql":
        return _copy(session, run_id, chunk)
    sqlite = session.dialect.name == "sqlite"
    names = ("origin", "created_at", "updated_at", "recipient", *chunk.names)
    mark = "?" if sqlite else "%s"
    # MySQL's INSERT IGNORE would also pass over values that do not fit, and lock what is there for reading only.
    end = "ON CONFLICT (recipient) DO NOTHING" if sqlite else "ON DUPLICATE KEY UPDATE id = id"
    statement = f"INSERT INTO contact ({', '.join(names)}) VALUES ({', '.join([mark] * len(names))}) {end}"  # noqa: S608
    lines = zip(chunk.recipients, *chunk.values, strict=True)
    rows = [(run_id, chunk.at, chunk.at, *line) for line in lines]
    count = session.exec_driver_sql(statement, rows).rowcount
    if sqlite:
        return count
    made = (contact.c.origin == run_id) & (
        contact.c.created_at == chunk.at
    )  # MySQL counts also rows that were there
    return int(session.execute(sa.select(sa.func.count()).where(made)).scalar_one())


def _copy(session: Session, run_id: int, chunk: Chunk) -> int:
    """COPY, a third of the price of any INSERT; when a recipient is there already, once more around the conflict."""
    from psycopg.errors import UniqueViolation

    cursor = session.connection.cursor()
    names = ", ".join(("recipient", *chunk.names, "origin", "created_at", "updated_at"))
    text = copy_text(chunk, f"\t{run_id}\t{chunk.at}\t{chunk.at}\n")
    cursor.execute("SAVEPOINT filling")
    try:
        with cursor.copy(f"COPY contact ({names}) FROM STDIN") as copy:
            copy.write(text)
    except UniqueViolation:
        cursor.execute("ROLLBACK TO SAVEPOINT filling")
        return _copy_around(cursor, names, text)
    cursor.execute("RELEASE SAVEPOINT filling")
    return len(chunk.recipients)


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


def copy_text(chunk: Chunk, end: str) -> bytes:
    """The contacts in COPY's text format. ``end``: what closes each line."""
    columns = [_written(column) for column in (chunk.recipients, *chunk.values)]
    return (end.join(map("\t".join, zip(*columns, strict=True))) + end).encode()


def _written(column: Sequence[Any]) -> Sequence[str]:
    """Texts, numbers and None as COPY reads them."""
    kinds = set(map(type, column))
    if len(kinds) == 1 and kinds <= {int, float}:
        return list(map(repr, column))
    if kinds != {str}:
        return [_one(value) for value in column]
    joined = BETWEEN.join(column)
    if not any(sign in joined for sign in BREAKS):
        return column
    if joined.count(BETWEEN) != len(column) - 1:
        return [_one(value) for value in column]
    for sign, written in ESCAPES:
        joined = joined.replace(sign, written)
    return joined.split(BETWEEN)


def _one(value: Any) -> str:
    if type(value) is str:
        for sign, written in ESCAPES:
            value = value.replace(sign, written)
        return str(value)
    return NOTHING if value is None else repr(value)
