"""Real databases for every test: SQLite files, one PostgreSQL and one MariaDB server per process of the run, started and
stopped here. Nothing of the machine's surroundings counts, and what a test leaves running is its fault.

A test's database is empty and has all tables. It is the same one again and again; a test that makes tables of its own,
or changes more than rows, is marked ``own_database``.
"""

import gc
import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import settings

from tests.fakes import ending, leftovers, surroundings, together

surroundings.make()  # before anything of the product is imported
gc.disable()  # until thousands of tests are collected: none of it becomes garbage

from bocau import migrations  # noqa: E402
from bocau.base.db import make_engine  # noqa: E402
from tests.fakes import mariadb as mariadb_server  # noqa: E402
from tests.fakes.kept import Kept, make_sqlite  # noqa: E402
from tests.fakes.mariadb import Mariadb, installed  # noqa: E402
from tests.fakes.postgres import CARELESS, Postgres  # noqa: E402

NUMBERS = itertools.count(1)
# No test is timed: the machine may be busy. CI plays the same examples each time; explorers elsewhere find new ones.
settings.register_profile("bocau", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("bocau")
Server = Postgres | Mariadb


def pytest_configure(config: pytest.Config) -> None:
    ending.watch(config)


def pytest_collection_finish() -> None:
    """What was collected stays to the end: it is not looked through again and again."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def nothing_outlives_the_run() -> Iterator[None]:
    yield
    leftovers.check_run()


@pytest.fixture(autouse=True)
def nothing_is_left_running() -> Iterator[None]:
    before = leftovers.running()
    yield
    found = leftovers.left(before)
    assert not found, f"left running: {found}"


# -- servers


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Postgres]:
    server = Postgres(**CARELESS)
    assert server.process is not None
    leftovers.keep(server.process.pid)
    yield server
    server.remove()


@pytest.fixture(scope="session")
def mariadb() -> Iterator[Mariadb]:
    if not installed():
        pytest.skip("MariaDB's server is not installed on this machine")
    server = Mariadb(*mariadb_server.CARELESS)
    leftovers.keep(server.process.pid)
    yield server
    server.remove()


# -- databases


@pytest.fixture(scope="session")
def kept_postgresql(postgresql: Postgres) -> Iterator[Kept]:
    made = Kept(postgresql.create("kept"))
    yield made
    made.close()


@pytest.fixture(scope="session")
def kept_mariadb(mariadb: Mariadb) -> Iterator[Kept]:
    made = Kept(mariadb.create("kept"))
    yield made
    made.close()


@pytest.fixture(scope="session")
def kept_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with all tables, to be copied."""
    return make_sqlite(tmp_path_factory.mktemp("kept") / "bocau.db")


def lend(kept: Kept) -> Iterator[str]:
    """The kept database for one test."""
    yield kept.url
    open_still = kept.left_open()
    if open_still:
        kept.end_sessions()
    kept.empty()
    assert not open_still, f"sessions were left open: {open_still}"


def make_own(server: Server) -> Iterator[str]:
    """A database without any tables for one test."""
    name = f"own{next(NUMBERS)}"
    yield server.create(name)
    server.drop(name)


def with_tables(urls: Iterator[str]) -> Iterator[str]:
    for url in urls:
        made = make_engine(url)
        migrations.upgrade(made)
        made.dispose()
        yield url


@pytest.fixture
def postgresql_url(request: pytest.FixtureRequest) -> Iterator[str]:
    yield from _url(request, "postgresql")


@pytest.fixture
def mariadb_url(request: pytest.FixtureRequest) -> Iterator[str]:
    yield from _url(request, "mariadb")


def _url(request: pytest.FixtureRequest, server: str) -> Iterator[str]:
    if request.node.get_closest_marker("own_database"):
        yield from with_tables(make_own(request.getfixturevalue(server)))
    else:
        yield from lend(request.getfixturevalue(f"kept_{server}"))


@pytest.fixture
def sqlite_url(tmp_path: Path, kept_sqlite: Path) -> str:
    shutil.copyfile(kept_sqlite, tmp_path / "bocau.db")
    return f"sqlite:///{tmp_path / 'bocau.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """The kinds of database that tests run on here; a folder may say it otherwise."""
    return str(request.param)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, database_kind: str) -> str:
    return str(request.getfixturevalue(f"{database_kind}_url"))


@pytest.fixture
def empty_database_url(request: pytest.FixtureRequest, database_kind: str, tmp_path: Path) -> Iterator[str]:
    """A database without any tables."""
    if database_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        yield from make_own(request.getfixturevalue(database_kind))


@pytest.fixture
def engine(request: pytest.FixtureRequest, database_kind: str, database_url: str) -> Iterator[sa.Engine]:
    """An engine on an empty database with all tables. What it compiled for other tests is known already, where it can."""
    kept = f"kept_{database_kind}" in request.fixturenames and database_kind != "sqlite"
    made = request.getfixturevalue(f"kept_{database_kind}").borrowed() if kept else make_engine(database_url)
    yield made
    made.dispose()


@pytest.fixture
def furnish(kept_sqlite: Path) -> Callable[[Path], None]:
    """Put an empty database with all tables into a data folder."""

    def furnished(home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(kept_sqlite, home / "bocau.db")

    return furnished


# -- order


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Journeys wait more than they work."""
    return 2 * (os.cpu_count() or 1)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """In the order of chance, but what takes long comes first: nobody waits at the end for one process. Tests that share
    what a module made stay together."""
    items.sort(key=lambda item: "journeys" not in item.path.parts)
    for item in items:
        if "house" in item.path.parts:
            item.add_marker(pytest.mark.xdist_group("house"))  # each reads all files, once in a process
        elif shared := together.group(item):
            item.add_marker(pytest.mark.xdist_group(shared))
