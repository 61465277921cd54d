"""Leases, circuits, stored relays and senders on a real MariaDB, where it is installed (`.ci/run` installs it)."""

import inspect
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from bocau.base.db import make_engine
from tests.fakes.mariadb import installed
from tests.relays import test_circuits, test_leases, test_senders, test_stored

pytestmark = pytest.mark.skipif(not installed(), reason="MariaDB's server is not installed on this machine")
FILES = (test_circuits, test_leases, test_senders, test_stored)
PLAIN = [
    test for file in FILES for name, test in inspect.getmembers(file, inspect.isfunction) if name.startswith("test_")
]
CASES = [test for test in PLAIN if list(inspect.signature(test).parameters) == ["engine"]]


@pytest.fixture
def maria_engine(mariadb_url: str) -> Iterator[sa.Engine]:
    made = make_engine(mariadb_url, pool_size=10)
    yield made
    made.dispose()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.__module__.rpartition('.')[2]}.{case.__name__}")
def test_same_as_elsewhere(maria_engine: sa.Engine, case: Callable[[sa.Engine], None]) -> None:
    case(maria_engine)
