"""The ledger's verbs on a real MariaDB, where it is installed (`.ci/run` installs it)."""

import inspect
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from bocau.base.db import make_engine, metadata
from tests.conftest import load_tables
from tests.fakes.mariadb import Mariadb, installed
from tests.ledger import test_protocol_verbs as verbs

pytestmark = pytest.mark.skipif(not installed(), reason="MariaDB's server is not installed on this machine")
PLAIN = [test for name, test in inspect.getmembers(verbs, inspect.isfunction) if name.startswith("test_")]
CASES = [test for test in PLAIN if list(inspect.signature(test).parameters) == ["engine"]]


@pytest.fixture(scope="module")
def mariadb() -> Iterator[Mariadb]:
    server = Mariadb()
    yield server
    server.remove()


@pytest.fixture
def maria_engine(mariadb: Mariadb, request: pytest.FixtureRequest) -> Iterator[sa.Engine]:
    load_tables()
    made = make_engine(mariadb.create("t"))
    metadata.create_all(made)
    yield made
    made.dispose()
    mariadb.drop("t")


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.__name__))
def test_same_as_elsewhere(maria_engine: sa.Engine, case: Callable[[sa.Engine], None]) -> None:
    case(maria_engine)


@pytest.mark.parametrize("attempted", [True, False])
def test_replay_same_as_elsewhere(maria_engine: sa.Engine, attempted: bool) -> None:
    verbs.test_replay_tells_attempted_from_never_tried(maria_engine, attempted)
