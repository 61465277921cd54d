"""Commands called as a terminal calls them, in this process."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import orjson
import pytest

from bocau.doors.cli import call
from tests.doors.cli.terminal import Open, Terminal
from tests.fakes.ports import free_port


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
    monkeypatch.setenv("BOCAU_WEB_PORT", str(free_port()))  # not those of an installation that runs here
    monkeypatch.setenv("BOCAU_SANDBOX_PORT", str(free_port()))
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


@pytest.fixture
def terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], furnish: Callable[[Path], None]
) -> Open:
    """Open a terminal for a noun, with an empty database: ``terminal("contacts")``."""

    def opened(noun: str) -> Terminal:
        furnish(tmp_path)
        return Terminal(tmp_path, noun, monkeypatch, capfd)

    return opened
