from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bocau import bell
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
    bell.app.amqp._producer_pool = None  # it would remember this broker's address
    made.close()


@pytest.fixture
def make_world(tmp_path: Path, nursery: Nursery, request: pytest.FixtureRequest) -> Iterator[Make]:
    """World of a given database kind ("sqlite", "postgresql") and settings."""
    made: list[World] = []

    def make(kind: str = "postgresql", **given: Any) -> World:
        folder = tmp_path / f"world{len(made)}"
        folder.mkdir()
        url = _furnished(request, folder) if kind == "sqlite" else request.getfixturevalue("postgresql_url")
        made.append(World(folder, url, nursery, **given))
        return made[-1]

    yield make
    for world in made:
        world.close()


def _furnished(request: pytest.FixtureRequest, folder: Path) -> str:
    request.getfixturevalue("furnish")(folder)
    return f"sqlite:///{folder / 'bocau.db'}"


@pytest.fixture
def world(make_world: Make) -> World:
    """On PostgreSQL, with the usual settings."""
    return make_world()
