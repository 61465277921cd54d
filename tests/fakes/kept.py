"""One database of a kind for all tests of a process: making and dropping databases took twenty times what the tests do."""

import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bocau import migrations
from bocau.base.db import make_engine, metadata, reading, transaction
from tests.fakes.tables import load_tables

PATIENCE = 20.0
"""Seconds that sessions of processes which were killed get to notice it."""
OTHERS = {
    "postgresql": "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND backend_type = 'client backend'",
    "mysql": "FROM information_schema.processlist WHERE db = database() AND id <> connection_id()",
}
"""Sessions at this database that are not the one which asks."""
SESSIONS = {
    "postgresql": f"SELECT query {OTHERS['postgresql']}",
    "mysql": f"SELECT concat(command, ' ', coalesce(info, '')) {OTHERS['mysql']}",
}
COUNT_ANEW = (
    "SELECT setval(quote_ident(sequencename)::regclass, 1, false) FROM pg_sequences "
    "WHERE schemaname = 'public' AND last_value IS NOT NULL"
)


class Kept:
    """A database of a server with all tables, at the newest step; empty at first and after each ``empty``."""

    def __init__(self, url: str) -> None:
        load_tables()
        self.url = url
        self._lent, self._own = make_engine(url), make_engine(url, pool_size=1)
        self.family = "postgresql" if self._own.dialect.name == "postgresql" else "mysql"
        migrations.upgrade(self._own)
        ordered = reversed(metadata.sorted_tables)
        self._tables = [table for table in ordered if table.name != migrations.TABLE]
        asked = [
            sa.select(sa.literal(n)).where(sa.exists(sa.select(1).select_from(table)))
            for n, table in enumerate(self._tables)
        ]
        self._filled = sa.union_all(*asked)

    def empty(self) -> None:
        """Delete what is in it and let its counters begin anew: one question which tables have rows, then only those."""
        with transaction(self._own) as connection:
            filled = [self._tables[n] for n in sorted(connection.execute(self._filled).scalars())]
            for table in filled:
                connection.execute(sa.delete(table))
            self._count_anew(connection, filled)

    def _count_anew(self, connection: sa.Connection, filled: list[sa.Table]) -> None:
        if self.family == "postgresql":
            connection.exec_driver_sql(COUNT_ANEW)
        else:
            for table in filled:
                if table.autoincrement_column is not None:
                    connection.exec_driver_sql(f"ALTER TABLE `{table.name}` AUTO_INCREMENT = 1")

    def left_open(self) -> list[Any]:
        """What sessions that nobody closed are at; those of killed processes get a moment to end."""
        end = time.monotonic() + PATIENCE
        while True:
            with reading(self._own) as connection:
                found = list(connection.exec_driver_sql(SESSIONS[self.family]).scalars())
            if not found or time.monotonic() > end:
                return found
            time.sleep(0.005)

    def end_sessions(self) -> None:
        """Those that were left open: their locks would stop the tests that follow."""
        with transaction(self._own) as connection:
            if self.family == "postgresql":
                connection.exec_driver_sql(f"SELECT pg_terminate_backend(pid) {OTHERS['postgresql']}")
            else:
                for number in connection.exec_driver_sql(f"SELECT id {OTHERS['mysql']}").scalars().all():
                    connection.exec_driver_sql(f"KILL {number}")

    def borrowed(self) -> sa.Engine:
        """The kept engine for one test: listeners are its own, ``dispose`` closes all connections."""
        return self._lent.execution_options()

    def close(self) -> None:
        self._lent.dispose()
        self._own.dispose()


def make_sqlite(path: Path) -> Path:
    """A file with all tables and nothing else, to be copied; no other file belongs to it."""
    load_tables()
    engine = make_engine(f"sqlite:///{path}")
    migrations.upgrade(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path
