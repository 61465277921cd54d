"""One query that can only read, on a database an operator has named; bounded in time and rows.

Each database is told by its own means that nothing may be written, besides the look at the query's first word: SQLite opens
the file read-only and asks before each operation; PostgreSQL and MariaDB run it in a read-only transaction, PostgreSQL by
the protocol that takes one statement, MariaDB's driver takes one anyway.
"""

import re
import sqlite3
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa

from bocau.base.db import make_engine
from bocau.base.words import N_, Phrase
from bocau.schedules.errors import DataUnreadableError, QueryRefusedError

COMMENT = re.compile(r"\A(?:\s|--[^\n]*(?:\n|\Z)|/\*.*?\*/)+", re.DOTALL)
READS = re.compile(r"(?:select|with|values|table)\b", re.IGNORECASE)
INTO_FILE = re.compile(r"\binto\s+(?:outfile|dumpfile)\b", re.IGNORECASE)
MOST_LETTERS = 20_000
STEPS = 10_000
"""Steps of SQLite between two looks at the clock."""
MAY = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}

Found = tuple[list[str], list[list[Any]]]


def query(url: str, name: str, text: str, most: int, seconds: float) -> Found:
    """Columns and at most ``most`` rows. ``name``: what the database is called in errors.

    Raises QueryRefusedError, DataUnreadableError.
    """
    text = checked(name, text)
    try:
        parsed = sa.make_url(url)
        backend = parsed.get_backend_name()
    except sa.exc.ArgumentError:
        raise DataUnreadableError(source=name, reason=Phrase(N_("its address is wrong"))) from None
    if backend == "sqlite":
        return _sqlite(str(parsed.database or ""), name, text, most, seconds)
    if backend not in ("postgresql", "mysql", "mariadb"):
        raise DataUnreadableError(source=name, reason=Phrase(N_("its address is wrong")))
    return _server(url, name, text, most, seconds)


def checked(name: str, text: str) -> str:
    """The query without comments before it and a semicolon behind it. Raises QueryRefusedError."""
    bare = COMMENT.sub("", text).rstrip().removesuffix(";").rstrip()
    if len(bare) > MOST_LETTERS or "\0" in bare:
        raise QueryRefusedError(database=name, reason=Phrase(N_("it is too long")))
    if not READS.match(bare) or INTO_FILE.search(bare):
        raise QueryRefusedError(database=name, reason=Phrase(N_("it does not begin with SELECT or WITH, or it writes")))
    return bare


def _sqlite(path: str, name: str, text: str, most: int, seconds: float) -> Found:
    address = f"file:{quote(str(Path(path).absolute()))}?mode=ro"
    try:
        line = sqlite3.connect(address, uri=True, timeout=seconds, isolation_level=None)
    except sqlite3.Error as error:
        raise DataUnreadableError(source=name, reason=str(error)) from None
    try:
        until = monotonic() + seconds
        line.execute("PRAGMA query_only = ON")
        line.set_authorizer(lambda action, *rest: sqlite3.SQLITE_OK if action in MAY else sqlite3.SQLITE_DENY)
        line.set_progress_handler(lambda: int(monotonic() > until), STEPS)
        cursor = line.execute(text)
        rows = [list(row) for row in cursor.fetchmany(most)]
        return [str(column[0]) for column in cursor.description or ()], rows
    except (sqlite3.Error, sqlite3.Warning) as error:
        raise QueryRefusedError(database=name, reason=str(error)[:300]) from None
    finally:
        line.close()


def _server(url: str, name: str, text: str, most: int, seconds: float) -> Found:
    engine = make_engine(url, pool_size=1, statement_timeout=seconds)
    try:
        with engine.connect() as connection:
            raw: Any = connection.connection.driver_connection
            run = _postgresql if engine.dialect.name == "postgresql" else _mysql
            try:
                return run(raw, text, most, seconds)
            finally:
                connection.invalidate()
    except sa.exc.SQLAlchemyError as error:
        raise DataUnreadableError(source=name, reason=type(error).__name__) from None
    except engine.dialect.loaded_dbapi.Error as error:
        raise QueryRefusedError(database=name, reason=_first_line(error)) from None
    finally:
        engine.dispose()


def _postgresql(raw: Any, text: str, most: int, seconds: float) -> Found:
    """``stream`` uses the extended protocol, which takes one statement only, and brings rows as they are wanted."""
    raw.read_only = True
    with raw.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = {int(seconds * 1000)}")
        rows: list[list[Any]] = []
        for row in cursor.stream(text):
            rows.append(list(row))
            if len(rows) >= most:
                raw.cancel_safe(timeout=5)
                break
        return [column.name for column in cursor.description or ()], rows


def _mysql(raw: Any, text: str, most: int, seconds: float) -> Found:
    with raw.cursor() as cursor:
        cursor.execute(f"SET SESSION sql_select_limit = {int(most)}")
        if "MariaDB" in raw.get_server_info():
            cursor.execute(f"SET SESSION max_statement_time = {float(seconds)}")
        else:
            cursor.execute(f"SET SESSION max_execution_time = {int(seconds * 1000)}")
        cursor.execute("START TRANSACTION READ ONLY")
        cursor.execute(text)
        return [str(column[0]) for column in cursor.description or ()], [list(row) for row in cursor.fetchmany(most)]


def _first_line(error: Exception) -> str:
    told = str(error.args[-1]) if error.args else type(error).__name__
    return told.partition("\n")[0][:300]
