"""One database of each kind for all stories: every story empties it first."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bocau import migrations
from bocau.base.db import make_engine
from tests.fakes.postgres import Postgres
from tests.ledger.play import Play


def at_ease(raw: Any, record: Any) -> None:
    """No story loses the database's own commits: SQLite need not wait for its disk."""
    raw.execute("PRAGMA synchronous=OFF")


@pytest.fixture(scope="session")
def sqlite_ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.Engine]:
    made = make_engine(f"sqlite:///{tmp_path_factory.mktemp('ground') / 'bocau.db'}")
    sa.event.listen(made, "connect", at_ease)
    yield from with_tables(made)


@pytest.fixture(scope="session")
def postgresql_ground(postgresql: Postgres) -> Iterator[sa.Engine]:
    yield from with_tables(make_engine(postgresql.create("ground")))


def with_tables(made: sa.Engine) -> Iterator[sa.Engine]:
    migrations.upgrade(made)
    yield made
    made.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def ground(request: pytest.FixtureRequest) -> sa.Engine:
    made = request.getfixturevalue(f"{request.param}_ground")
    assert isinstance(made, sa.Engine)
    return made


@pytest.fixture
def play(ground: sa.Engine, tmp_path: Path) -> Iterator[Play]:
    """A world that is checked and drained at the end."""
    made = Play(ground, tmp_path / "journal")
    yield made
    try:
        made.check()
        made.drain()
    finally:
        made.close()
