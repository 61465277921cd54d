from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bocau.bell import broker as bell
from tests.fakes import leftovers
from tests.journeys.broker import Broker
from tests.journeys.nursery import Nursery
from tests.journeys.world import World

Make = Callable[..., World]


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    made = Nursery()
    leftovers.keep(made.pid)
    yield made
    made.close()


@pytest.fixture
def broker() -> Iterator[Broker]:
    made = Broker()
    yield made
    bell.app.close()
    made.close()


@pytest.fixture
def make_world(
    tmp_path: Path, nursery: Nursery, postgresql_url: str, furnish: Callable[[Path], None]
) -> Iterator[Make]:
    """World of a given database kind ("sqlite", "postgresql") and settings."""
    made: list[World] = []

    def make(kind: str = "postgresql", **given: Any) -> World:
        folder = tmp_path / f"world{len(made)}"
        furnish(folder)
        url = f"sqlite:///{folder / 'bocau.db'}" if kind == "sqlite" else postgresql_url
        made.append(World(folder, url, nursery, **given))
        return made[-1]

    yield make
    for world in made:
        world.close()


@pytest.fixture
def world(make_world: Make) -> World:
    """On PostgreSQL, with the usual settings."""
    return make_world()
