"""New contacts go into the table, in the order of their recipients; who is there already is passed over. What they have on
pages follows, by the ids they were given."""

from collections.abc import Sequence
from itertools import compress
from typing import Any

import sqlalchemy as sa

from bocau.audience import places
from bocau.audience import tables as t
from bocau.audience.imports.chunk import Chunk, Page
from bocau.base.db import Connection
from bocau.base.db.adding import copied


def insert(connection: Connection, run_id: int, chunk: Chunk) -> int:
    """Insert the chunk's contacts; how many are new."""
    count = _insert(connection, run_id, chunk) if chunk.rows else 0
    if count and chunk.pages:
        _insert_pages(connection, run_id, chunk)
    return count


def _insert(connection: Connection, run_id: int, chunk: Chunk) -> int:
    if connection.dialect.name == "postgresql":
        return _copy(connection, chunk)
    sqlite = connection.dialect.name == "sqlite"
    names = chunk.columns
    # MySQL's INSERT IGNORE would also pass over values that do not fit, and lock what is there for reading only.
    end = "ON CONFLICT (recipient) DO NOTHING" if sqlite else "ON DUPLICATE KEY UPDATE id = id"
    rows = list(zip(*chunk.lists, strict=True))
    count = connection.exec_driver_sql(f"{_into(connection, 'contact', names)} {end}", rows).rowcount
    if sqlite:
        return count
    made = sa.select(sa.func.count()).where(_made(run_id, chunk))  # MySQL counts also rows that were there
    return int(connection.execute(made).scalar_one())


def _made(run_id: int, chunk: Chunk) -> sa.ColumnElement[bool]:
    return (t.contact.c.origin == run_id) & (t.contact.c.created_at == chunk.at)


def _into(connection: Connection, table: str, names: Sequence[str]) -> str:
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join([mark] * len(names))})"  # noqa: S608


def _insert_pages(connection: Connection, run_id: int, chunk: Chunk) -> None:
    query = sa.select(t.contact.c.recipient, t.contact.c.id).where(_made(run_id, chunk))
    ids = {row.recipient: row.id for row in connection.execute(query)}
    numbers = [ids.get(recipient) for recipient in chunk.recipients]
    for page in chunk.pages:
        blank, table = page.blank, t.contact_pages[page.number].name
        keep = [number is not None and line != blank for number, line in zip(numbers, page.lines, strict=True)]
        names = ["contact", *(places.column(name).name for name in page.names)]
        if connection.dialect.name == "postgresql":
            _copy_page(
                connection, f"COPY {table} ({', '.join(names)}) FROM STDIN", page, list(compress(numbers, keep)), keep
            )
        elif any(keep):
            rows = zip(numbers, *page.values, strict=True)
            connection.exec_driver_sql(_into(connection, table, names), list(compress(rows, keep)))


def _copy_page(
    connection: Connection, statement: str, page: Page, numbers: Sequence[int | None], keep: list[bool]
) -> None:
    lines = compress(page.lines, keep)
    text = "".join(f"{number}\t{line}\n" for number, line in zip(numbers, lines, strict=True))
    with connection.connection.cursor().copy(statement) as copy:
        copy.write(text.encode())


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
