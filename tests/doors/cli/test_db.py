import sqlite3
from pathlib import Path

import pytest

from bocau.doors.cli.terminal.frame import Exit
from tests.doors.cli.conftest import Cli


def test_upgrade_makes_the_tables_and_status_agrees(cli: Cli) -> None:
    assert cli("db", "status").code == Exit.error
    assert cli("db", "upgrade", "--json").data["steps"] != []
    called = cli("db", "status", "--json")
    assert (called.code, called.data["current"]) == (0, True)
    assert cli("db", "upgrade", "--json").data["steps"] == []


def test_command_refuses_tables_that_are_not_up_to_date(cli: Cli) -> None:
    assert cli("submissions", "list", "--json").error["code"] == "database-older"


def test_database_of_a_newer_version_is_refused_by_every_way_in(cli: Cli, home: Path) -> None:
    cli("db", "upgrade")
    with sqlite3.connect(home / "bocau.db") as raw:
        raw.execute("update schema_version set version_num = '9999'")
    raw.close()
    for arguments in (["db", "upgrade"], ["worker"], ["beat"], ["web"], ["submissions", "list"]):
        assert cli(*arguments, "--json").error["code"] == "database-newer", arguments


def test_foreign_secret_key_is_refused(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    cli("db", "upgrade")
    monkeypatch.setenv("BOCAU_SECRET_KEY", "another key, but as long as one must be")
    called = cli("submissions", "list", "--json")
    assert (called.code, called.error["code"]) == (Exit.error, "secret-foreign")
