"""A site over an empty database of each kind, and a browser-like client for it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache

from bocau import wiring
from bocau.base import metrics
from bocau.base.config import Settings
from bocau.base.words import language
from bocau.doors.site import create_app

SECRET = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """SQLite; a test marked ``on_both`` runs on PostgreSQL too."""
    return str(request.getfixturevalue(f"{getattr(request, 'param', 'sqlite')}_url"))


on_both = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def settings(home: Path, database_url: str) -> Settings:
    return Settings(home=home, database_url=database_url, secret_key=SECRET)


@pytest.fixture
def parts(settings: Settings) -> Iterator[wiring.Parts]:
    made = wiring.parts(settings)
    yield made
    made.close()


class Compiled(BytecodeCache):
    """Templates compiled once for all tests."""

    kept: ClassVar[dict[str, bytes]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


@pytest.fixture
def app(parts: wiring.Parts) -> Iterator[Flask]:
    before = language.get()
    made = create_app(parts)
    made.jinja_env.bytecode_cache = Compiled()
    yield made
    metrics.keep_in(None)
    language.set(before)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def token_of(page: str) -> str:
    """The form token a page carries."""
    found = re.search(r'name="token" value="([0-9a-f]{64})"', page)
    assert found is not None
    return found[1]
