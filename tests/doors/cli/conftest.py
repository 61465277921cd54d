"""Commands called as a terminal calls them, in this process."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import orjson
import pytest

from bocau.doors.cli import call


class Called(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> dict[str, object]:
        """The result of a command called with ``--json``."""
        found: dict[str, object] = orjson.loads(self.out)
        return found

    @property
    def error(self) -> dict[str, str]:
        """The error of a command called with ``--json``."""
        found: dict[str, dict[str, str]] = orjson.loads(self.err)
        return found["error"]


Cli = Callable[..., Called]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of our own; English."""
    folder = tmp_path / "home"
    for name in ("BOCAU_DATABASE_URL", "BOCAU_BROKER_URL", "BOCAU_RELAY_URL", "BOCAU_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BOCAU_HOME", str(folder))
    monkeypatch.setenv("BOCAU_LANGUAGE", "en")
    return folder


@pytest.fixture
def cli(home: Path, capfd: pytest.CaptureFixture[str]) -> Cli:
    """Call a command: ``cli("db", "status", "--json")``."""

    def called(*arguments: str) -> Called:
        capfd.readouterr()
        code = call(arguments)
        out, err = capfd.readouterr()
        return Called(code, out, err)

    return called
