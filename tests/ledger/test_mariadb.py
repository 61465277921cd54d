"""The ledger's verbs on a real MariaDB, where it is installed (`.ci/run` installs it)."""

import inspect
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from bocau.base.db import make_engine
from tests.fakes.mariadb import installed
from tests.ledger import test_protocol_verbs as verbs

pytestmark = pytest.mark.skipif(not installed(), reason="MariaDB's server is not installed on this machine")
PLAIN = [test for name, test in inspect.getmembers(verbs, inspect.isfunction) if name.startswith("test_")]
CASES = [test for test in PLAIN if list(inspect.signature(test).parameters) == ["engine"]]


@pytest.fixture
def maria_engine(mariadb_url: str) -> Iterator[sa.Engine]:
    made = make_engine(mariadb_url)
    yield made
    made.dispose()


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.__name__))
def test_same_as_elsewhere(maria_engine: sa.Engine, case: Callable[[sa.Engine], None]) -> None:
    case(maria_engine)


@pytest.mark.parametrize("attempted", [True, False])
def test_replay_same_as_elsewhere(maria_engine: sa.Engine, attempted: bool) -> None:
    verbs.test_replay_tells_attempted_from_never_tried(maria_engine, attempted)
