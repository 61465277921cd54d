"""Engines with the isolation and durability the ledger's promises rest on."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar
from weakref import WeakKeyDictionary, WeakSet

import sqlalchemy as sa

from bocau.base.db import rings

Connection = sa.Connection
T = TypeVar("T")
PLACES = ("host", "port", "unix_socket")
"""Options of a database's URL that say where it is; others may hold a password."""
_open: WeakKeyDictionary[sa.Engine, WeakSet[Any]] = WeakKeyDictionary()


def make_engine(
    url: str, *, pool_size: int = 5, statement_timeout: float = 30.0, idle_timeout: float = 0.0
) -> sa.Engine:
    """An engine for ``url``. ``statement_timeout`` in seconds bounds every statement and a silent network.

    ``idle_timeout`` in seconds (0: none) bounds how long a transaction may stand still: the locks of a process that
    is frozen in the middle of one would stop everybody. PostgreSQL alone has it.

    SQLite: WAL and synchronous=FULL (NORMAL forgets commits at power loss). PostgreSQL and MySQL: READ COMMITTED,
    because the two-statement claim must see what was committed while it waited.
    """
    parsed = sa.make_url(url)
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return _sqlite(parsed)
    if backend == "postgresql":
        return _postgresql(parsed, pool_size, statement_timeout, idle_timeout)
    if backend in ("mysql", "mariadb"):
        return _mysql(parsed, pool_size, statement_timeout)
    raise ValueError(f"unsupported database: {backend}")


def address(engine: sa.Engine) -> str:
    """Which database it is, as it may be shown to anybody: the file, or the URL without a password and options."""
    url = engine.url
    if url.get_backend_name() == "sqlite":
        return url.database or ":memory:"
    where = {name: value for name, value in url.query.items() if name in PLACES}
    shown = sa.URL.create(url.get_backend_name(), url.username, None, url.host, url.port, url.database, where)
    return shown.render_as_string()


@contextmanager
def transaction(engine: sa.Engine) -> Iterator[Connection]:
    """A transaction that may write; SQLite takes its write lock at the start, so it never fails half-way.

    What was noted in it (``ring_after_commit``) is rung for once it is committed.
    """
    with _begun(engine, reads=False) as connection:
        yield connection
    names = rings.taken(connection)
    if names:
        rings.ring(engine, names)


def again(engine: sa.Engine, work: Callable[[Connection], T], tries: int = 5) -> T:
    """What ``work`` says of a transaction that may write; anew when the database ended it to break a deadlock.

    For somebody who waits for the answer and cannot come back; ``work`` must touch nothing but its connection.
    """
    while True:
        tries -= 1
        try:
            with transaction(engine) as connection:
                return work(connection)
        except sa.exc.DBAPIError as error:
            if tries <= 0 or not _is_deadlock(error.orig):
                raise


def _is_deadlock(error: object) -> bool:
    """PostgreSQL's deadlock_detected and serialization_failure, MySQL's ER_LOCK_DEADLOCK."""
    arguments = getattr(error, "args", ())
    return getattr(error, "sqlstate", "") in ("40P01", "40001") or arguments[:1] == (1213,)


@contextmanager
def reading(engine: sa.Engine) -> Iterator[Connection]:
    """A transaction that only reads; on SQLite it never waits for a writer."""
    with _begun(engine, reads=True) as connection:
        yield connection


@contextmanager
def _begun(engine: sa.Engine, *, reads: bool) -> Iterator[Connection]:
    """A transaction that Ctrl-C ends wherever it comes.

    In the middle of a COPY, or of the ping before a connection is lent, psycopg can neither roll back nor go on: its
    error would take the place of the KeyboardInterrupt, and the command would call it a fault. So the connection is
    thrown away, as SQLAlchemy does around statements of its own, and such an error is the KeyboardInterrupt it hides.
    """
    try:
        with engine.connect().execution_options(bocau_reads=reads) as connection, connection.begin():
            try:
                yield connection
            except KeyboardInterrupt as stopped:
                connection.invalidate(stopped)
                raise
    except sa.exc.DBAPIError as error:
        if _was_interrupted(error):
            raise KeyboardInterrupt from error
        raise


def _was_interrupted(error: BaseException) -> bool:
    """Whether it was raised while a KeyboardInterrupt was on its way."""
    behind = error.__cause__ or error.__context__
    return behind is not None and (isinstance(behind, KeyboardInterrupt) or _was_interrupted(behind))


def sever(engine: sa.Engine) -> None:
    """Cut the network of every open connection: a thread that waits for a silent server gets its error at once.

    A server that was frozen, or a proxy that lost its other half, is neither heard nor gone; no timeout of the
    operating system ends that. PostgreSQL only: MySQL's driver has timeouts, SQLite has no network.
    """
    from psycopg import OperationalError

    for raw in list(_open.get(engine, ())):
        with suppress(OSError, OperationalError), socket.socket(fileno=os.dup(raw.fileno())) as wire:
            wire.shutdown(socket.SHUT_RDWR)


def _sqlite(url: sa.URL) -> sa.Engine:
    engine = sa.create_engine(url, connect_args={"timeout": 60, "check_same_thread": False})

    def connected(raw: Any, record: Any) -> None:
        raw.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-32000"):
            raw.execute(f"PRAGMA {pragma}")

    def begun(connection: sa.Connection) -> None:
        reads = connection.get_execution_options().get("bocau_reads", False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    sa.event.listen(engine, "connect", connected)
    sa.event.listen(engine, "begin", begun)
    return engine


def _postgresql(url: sa.URL, pool_size: int, timeout: float, idle: float) -> sa.Engine:
    milliseconds = int(timeout * 1000)
    at_server = {
        "statement_timeout": milliseconds,
        "lock_timeout": milliseconds,
        "tcp_user_timeout": milliseconds,
        "idle_in_transaction_session_timeout": int(idle * 1000),
        "tcp_keepalives_idle": 10,
    }
    engine = sa.create_engine(
        url.set(drivername="postgresql+psycopg"),
        isolation_level="READ COMMITTED",
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": int(min(10, max(2, timeout))),
            "tcp_user_timeout": milliseconds,
            "keepalives_idle": 10,
            "options": " ".join(f"-c {name}={value}" for name, value in at_server.items()),
        },
    )
    connections = _open[engine] = WeakSet()
    sa.event.listen(engine, "connect", lambda raw, record: connections.add(raw))
    return engine


def _mysql(url: sa.URL, pool_size: int, timeout: float) -> sa.Engine:
    seconds = max(1, int(timeout))
    return sa.create_engine(
        url.set(drivername="mysql+pymysql"),
        isolation_level="READ COMMITTED",
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        connect_args={"charset": "utf8mb4", "connect_timeout": 10, "read_timeout": seconds, "write_timeout": seconds},
    )
