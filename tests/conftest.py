"""Real databases for every test: SQLite files, one PostgreSQL and one MariaDB server per run, started and stopped here."""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import settings

from bocau.base.db import make_engine, metadata
from tests.fakes.mariadb import Mariadb, installed
from tests.fakes.postgres import Postgres

NUMBERS = itertools.count(1)
# No test is timed: the machine may be busy. CI plays the same examples each time; explorers elsewhere find new ones.
settings.register_profile("bocau", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("bocau")
os.environ["BOCAU_ZONE"] = "UTC"  # times in tests are written in it, whatever the machine and the default say


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    server = Postgres()
    yield server
    server.remove()


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    name = f"t{os.getpid()}_{next(NUMBERS)}"
    yield postgres.create(name)
    postgres.drop(name)


@pytest.fixture(scope="session")
def mariadb() -> Iterator[Mariadb]:
    if not installed():
        pytest.skip("MariaDB's server is not installed on this machine")
    server = Mariadb()
    yield server
    server.remove()


@pytest.fixture
def mariadb_url(mariadb: Mariadb) -> Iterator[str]:
    name = f"t{next(NUMBERS)}"
    yield mariadb.create(name)
    mariadb.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'bocau.db'}"
    return str(request.getfixturevalue("postgres_url"))


def load_tables() -> None:
    """Import every room's tables, so that the metadata is whole."""
    import importlib

    import bocau

    root = Path(bocau.__file__).parent
    for path in sorted(root.glob("*/tables.py")) + sorted(root.glob("base/db/instance.py")):
        importlib.import_module(".".join(("bocau", *path.relative_to(root).with_suffix("").parts)))


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    """An engine on an empty database with all tables."""
    load_tables()
    made = make_engine(database_url)
    metadata.create_all(made)
    yield made
    made.dispose()
