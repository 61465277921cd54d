"""Bring a database to our version, or say why it is not."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bocau.base.db import Connection, address, reading, transaction
from bocau.base.errors import BocauError
from bocau.base.words import N_

FOLDER = Path(__file__).parent
TABLE = "schema_version"
UNRELEASED = ("0001", "0002")
"""Steps of before the first release; the first that counts has all tables."""
LOCK = 0x626F636175
"""PostgreSQL advisory lock: "bocau"."""


class DatabaseNewerError(BocauError):
    code = "database-newer"
    sentence = N_(
        "The database {database} is from a newer version of Bồ Câu ({found}) than this one ({ours}). "
        "Nothing was changed."
    )
    hint = N_("Install the newer version, or restore the backup made before the upgrade.")


class DatabaseUnreleasedError(BocauError):
    code = "database-unreleased"
    sentence = N_(
        "The database {database} was made by a version before the first release ({found}), which no later version "
        "can read. Nothing was started and nothing changed."
    )
    hint = N_("Keep the data folder as it is and start with another one (BOCAU_HOME), or another BOCAU_DATABASE_URL.")


class DatabaseOlderError(BocauError):
    code = "database-older"
    sentence = N_(
        "The tables of the database {database} are not up to date ({found} instead of {ours}). Nothing was started."
    )
    hint = N_("Run: bocau db upgrade")


@dataclass(frozen=True)
class Status:
    """``found``: the database's version, empty when it has none yet; ``known``: whether we have that step."""

    found: str
    ours: str
    known: bool

    @property
    def current(self) -> bool:
        return self.found == self.ours


def status(engine: sa.Engine) -> Status:
    """Compare the database with our newest step."""
    with reading(engine) as connection:
        return _status(connection)


def check(engine: sa.Engine) -> None:
    """Raises DatabaseNewerError, DatabaseUnreleasedError or DatabaseOlderError unless the database is of our version."""
    told = status(engine)
    _known_or_refused(engine, told)
    if not told.current:
        raise DatabaseOlderError(database=address(engine), found=told.found or "—", ours=told.ours)


def upgrade(engine: sa.Engine) -> list[str]:
    """Run the steps that are missing, in one transaction where the database can (MySQL cannot); which ones.

    Processes that start at once wait for each other. Raises DatabaseNewerError, DatabaseUnreleasedError.
    """
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    scripts = ScriptDirectory.from_config(config)
    done: list[str] = []
    with transaction(engine) as connection, _alone(connection):
        _known_or_refused(engine, _status(connection))

        def steps(revision: Any, context: Any) -> Any:
            found = scripts._upgrade_revs("head", revision)
            done.extend(step.revision.revision for step in found)
            return found

        with EnvironmentContext(config, scripts, fn=steps) as environment:
            environment.configure(connection=connection, version_table=TABLE, transactional_ddl=False)
            environment.run_migrations()
    return done


def _known_or_refused(engine: sa.Engine, told: Status) -> None:
    if told.found in UNRELEASED:
        raise DatabaseUnreleasedError(database=address(engine), found=told.found)
    if not told.known:
        raise DatabaseNewerError(database=address(engine), found=told.found, ours=told.ours)


def _status(connection: Connection) -> Status:
    known = _known()
    found = ""
    if sa.inspect(connection).has_table(TABLE):
        found = connection.execute(sa.text(f"SELECT version_num FROM {TABLE}")).scalar() or ""  # noqa: S608
    return Status(found, known[-1], not found or found in known)


@cache
def _known() -> list[str]:
    """Our steps in order. A step's file begins with its number, so nothing heavy is imported to know it."""
    return sorted(path.name[:4] for path in FOLDER.glob("versions/[0-9]*.py"))


@contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    """One process at a time. SQLite has taken its write lock already."""
    name = connection.dialect.name
    if name == "postgresql":
        connection.execute(sa.text("SET LOCAL statement_timeout = 0"))  # a step may take as long as it takes
        connection.execute(sa.text("SET LOCAL lock_timeout = 0"))
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    if name not in ("mysql", "mariadb"):
        yield
        return
    connection.execute(sa.text("SELECT get_lock('bocau schema', 300)"))
    try:
        yield
    finally:
        connection.execute(sa.text("SELECT release_lock('bocau schema')"))
