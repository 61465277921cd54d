"""Leases, circuits, stored relays and senders on a real MariaDB, where it is installed (`.ci/run` installs it)."""

import inspect
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from bocau.base.db import make_engine, metadata, transaction
from bocau.relays import tables
from tests.conftest import load_tables
from tests.fakes.mariadb import Mariadb, installed
from tests.relays import test_circuits, test_leases, test_senders, test_stored

pytestmark = pytest.mark.skipif(not installed(), reason="MariaDB's server is not installed on this machine")
FILES = (test_circuits, test_leases, test_senders, test_stored)
PLAIN = [
    test
    for file in FILES
    for name, test in inspect.getmembers(file, inspect.isfunction)
    if name.startswith("test_")
]
CASES = [test for test in PLAIN if list(inspect.signature(test).parameters) == ["engine"]]


TABLES = (tables.relay, tables.relay_health, tables.relay_share, tables.sender, tables.sender_key)


@pytest.fixture(scope="module")
def server() -> Iterator[sa.Engine]:
    mariadb = Mariadb()
    load_tables()
    made = make_engine(mariadb.create("t"), pool_size=10)
    metadata.create_all(made, tables=TABLES)
    yield made
    made.dispose()
    mariadb.remove()


@pytest.fixture
def maria_engine(server: sa.Engine) -> sa.Engine:
    with transaction(server) as session:
        for table in TABLES:
            session.execute(sa.delete(table))
    return server


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case.__module__.rpartition('.')[2]}.{case.__name__}"
)
def test_same_as_elsewhere(maria_engine: sa.Engine, case: Callable[[sa.Engine], None]) -> None:
    case(maria_engine)
