from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.journeys.world import World


@pytest.fixture
def world(tmp_path: Path, postgres_url: str) -> Iterator[World]:
    """On PostgreSQL."""
    made = World(tmp_path, postgres_url)
    yield made
    made.close()


@pytest.fixture
def make_world(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., World]]:
    """World of a given database kind ("sqlite", "postgresql") and settings."""
    made: list[World] = []

    def make(kind: str = "postgresql", **settings: str) -> World:
        folder = tmp_path / f"world{len(made)}"
        folder.mkdir()
        url = (
            f"sqlite:///{folder / 'bocau.db'}"
            if kind == "sqlite"
            else request.getfixturevalue("postgres_url")
        )
        made.append(World(folder, url, **settings))
        return made[-1]

    yield make
    for world in made:
        world.close()
