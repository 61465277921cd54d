import sqlite3
from pathlib import Path

import pytest

from bocau.base.db import make_engine, transaction
from bocau.base.db.instance import put
from bocau.delivery import backwards
from bocau.doors.cli.doctor import machine
from bocau.doors.cli.terminal.frame import Exit
from tests.doors.cli.conftest import Called, Cli


def states(called: Called) -> dict[str, str]:
    checks = called.data["checks"]
    assert isinstance(checks, list)
    return {check["id"]: check["state"] for check in checks}


def test_doctor_makes_nothing(cli: Cli, home: Path) -> None:
    assert cli("doctor").code == 0
    assert not home.exists()
    home.mkdir()
    cli("doctor")
    assert list(home.iterdir()) == []


def test_what_is_well_and_what_is_not_have_stable_ids(cli: Cli) -> None:
    cli("db", "upgrade")
    called = cli("doctor", "--json")
    found = states(called)
    assert called.code == Exit.error and called.data["ok"] is False
    assert {name for name, state in found.items() if state == "ok"} == {
        "settings",
        "home",
        "disk",
        "journal",
        "secret",
        "database",
        "migrations",
        "sending",
        "due",
        "clock",
        "dns",
    }
    assert {name for name, state in found.items() if state != "ok"} == {"broker", "workers", "relay"}


def test_every_finding_that_is_not_well_has_a_hint(cli: Cli) -> None:
    cli("db", "upgrade")
    checks = cli("doctor", "--json").data["checks"]
    assert isinstance(checks, list)
    assert [check["id"] for check in checks if check["state"] != "ok" and not check["hint"]] == []


def test_sandbox_that_is_down_is_started_not_given_another_port(cli: Cli) -> None:
    cli("db", "upgrade")
    (found,) = [one for one in cli("doctor", "--json").data["checks"] if one["id"] == "relay"]
    assert "bocau up" in found["hint"] and "587" not in found["hint"] and "BOCAU_BROKER_URL" not in found["hint"]


def test_tables_that_are_not_up_to_date_are_found(cli: Cli, home: Path) -> None:
    cli("db", "upgrade")
    with sqlite3.connect(home / "bocau.db") as raw:
        raw.execute("delete from schema_version")
    raw.close()
    found = states(cli("doctor", "--json"))
    assert found["migrations"] == "failed" and "relay" not in found


def test_sending_that_was_halted_is_found_until_a_person_has_looked(cli: Cli, home: Path) -> None:
    cli("db", "upgrade")
    engine = make_engine(f"sqlite:///{home / 'bocau.db'}")
    with transaction(engine) as connection:
        put(connection, backwards.HALTED, "went back in time")
    engine.dispose()
    called = cli("doctor", "--json")
    assert states(called)["sending"] == "failed" and "bocau db resume" in called.out
    assert states(cli("doctor", "--json"))["sending"] == "failed"  # asking lifts nothing
    cli("db", "resume")
    assert states(cli("doctor", "--json"))["sending"] == "ok"


def test_database_that_is_away_is_found(cli: Cli, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cli("db", "upgrade")
    monkeypatch.setenv("BOCAU_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    assert states(cli("doctor", "--json"))["database"] == "failed"


def test_unknown_setting_is_found(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOCAU_WEB_PRT", "1")
    called = cli("doctor", "--json")
    assert states(called)["settings"] == "warning" and "BOCAU_WEB_PRT" in called.out


def test_full_disk_is_found(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "LEAST", 1 << 62)
    assert states(cli("doctor", "--json"))["disk"] == "failed"


def test_journal_on_a_network_file_system_is_refused(cli: Cli, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "file_system", lambda path: "nfs4")
    called = cli("doctor", "--json")
    assert (called.code, states(called)["journal"]) == (Exit.error, "failed")


def test_file_system_is_that_of_the_nearest_mount(tmp_path: Path) -> None:
    (tmp_path / "a b" / "c").mkdir(parents=True)
    place = str(tmp_path).replace(" ", "\\040")
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        f"1 0 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n2 1 0:9 / {place}/a\\040b rw - nfs4 server:/x rw\n"
    )
    assert machine.file_system(tmp_path, mounts) == "ext4"
    assert machine.file_system(tmp_path / "a b" / "c", mounts) == "nfs4"
    assert machine.file_system(tmp_path, tmp_path / "nothing") == "unknown"
