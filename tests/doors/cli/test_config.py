from pathlib import Path

import pytest

from bocau.base.config import Settings, unknown
from bocau.doors.cli.config import MASK, masked
from tests.doors.cli.conftest import Called, Cli


def line(called: Called, name: str) -> dict[str, object]:
    lines = called.data["settings"]
    assert isinstance(lines, list)
    return next(line for line in lines if line["name"] == name)


def test_every_setting_is_shown(cli: Cli) -> None:
    lines = cli("config", "--json").data["settings"]
    assert isinstance(lines, list) and [line["name"] for line in lines] == list(Settings.model_fields)


def test_each_value_tells_where_it_comes_from(cli: Cli, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home.mkdir()
    (home / "key").write_text("k" * 64 + "\n")
    (home / "bocau.toml").write_text("web_port = 9000\nsandbox_port = 2525\n")
    monkeypatch.setenv("BOCAU_SANDBOX_PORT", "2626")
    monkeypatch.delenv("BOCAU_WEB_PORT")
    monkeypatch.setenv("BOCAU_SECRET_KEY_FILE", str(home / "key"))
    called = cli("config", "--json")
    assert (line(called, "web_port")["value"], line(called, "web_port")["origin"]) == (9000, "toml")
    assert (line(called, "sandbox_port")["value"], line(called, "sandbox_port")["origin"]) == (2626, "env")
    assert line(called, "secret_key")["origin"] == "file"
    assert line(called, "worker_children")["origin"] == "default"


def test_part_of_a_setting_from_the_environment_counts(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOCAU_SMTP_TIMEOUTS__DOT", "7")
    found = line(cli("config", "--json"), "smtp_timeouts")
    assert found["origin"] == "env" and found["value"]["dot"] == 7  # type: ignore[index]


def test_no_secret_is_shown(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOCAU_DATABASE_URL", "postgresql://bocau:hunter2@db.test/bocau?sslpassword=hunter2")
    monkeypatch.setenv("BOCAU_BROKER_URL", "redis://:hunter2@broker.test:6379/0")
    monkeypatch.setenv("BOCAU_RELAY_URL", "smtps://user:hunter2@relay.test")
    monkeypatch.setenv("BOCAU_SECRET_KEY", "hunter2" * 8)
    for called in (cli("config"), cli("config", "--json")):
        assert called.code == 0 and "hunter2" not in called.out + called.err
        assert "db.test/bocau" in called.out and "relay.test" in called.out


@pytest.mark.parametrize(
    ("secret", "shown"),
    [
        ("", ""),
        ("abc", MASK),
        ("postgresql://u:p@h:5/d", f"postgresql://u:{MASK}@h:5/d"),
        ("redis://:p@h", f"redis://:{MASK}@h"),
        ("smtp://token@h", f"smtp://{MASK}@h"),
        ("sqlite:///folder/bocau.db", "sqlite:///folder/bocau.db"),
        ("smtp://h:port", MASK),
        ("mailto:lan@h", MASK),
    ],
)
def test_addresses_are_shown_without_what_opens_them(secret: str, shown: str) -> None:
    assert masked(secret) == shown


def test_slips_of_the_keyboard_are_found() -> None:
    environ = {
        "BOCAU_WEB_PRT": "1",
        "BOCAU_WEB_PORT": "1",
        "BOCAU_SECRET_KEY_FILE": "x",
        "BOCAU_CONFIG": "x",
        "BOCAU_STREAMS__BULK__JITTER": "1",
        "PATH": "x",
    }
    assert unknown(environ) == ["BOCAU_WEB_PRT"]
