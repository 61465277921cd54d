"""What tests of the audience share: a moment, people, consent; every test runs on each database that is installed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from bocau.base.db import make_engine, metadata
from tests.conftest import load_tables


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'bocau.db'}"
    elif request.param == "postgresql":
        yield str(request.getfixturevalue("postgres_url"))
    else:
        yield str(request.getfixturevalue("mariadb_url"))


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    """An engine on an empty database with all tables."""
    load_tables()
    made = make_engine(database_url)
    metadata.create_all(made)
    yield made
    made.dispose()
