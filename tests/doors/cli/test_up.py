"""`bocau up` with real processes: what it starts, what it says, and that nothing outlives it."""

import json
import os
import re
import signal
import socket
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bocau.base.presence import present
from bocau.wire import fetch
from tests.fakes.installation import House, until
from tests.fakes.together import made_once

PARTS = {"broker", "sandbox", "urgent", "bulk", "beat", "web"}


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")


@made_once
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """An installation that is up."""
    made = House(tmp_path_factory.mktemp("up") / "home")
    process = made.up()
    yield made
    process.terminate()
    process.communicate(timeout=60)


def test_everything_is_well_once_it_is_up(house: House) -> None:
    told = house.run("doctor", "--json")
    found = {check["id"]: check["state"] for check in json.loads(told.stdout)["checks"]}
    assert (told.returncode, set(found.values())) == (0, {"ok"}), told.stdout
    assert fetch.status("127.0.0.1", house.web, "/") == 200
    assert fetch.status("127.0.0.1", house.web, "/readyz") == 200


def test_second_one_on_the_same_data_folder_is_refused(house: House) -> None:
    told = house.run("up", "--json")
    assert told.returncode == 1
    assert json.loads(told.stderr)["error"]["code"] == "already-up"
    assert str(house.web) in told.stderr


def test_nobody_else_may_come_near_the_broker(house: House) -> None:
    path = Path((house.home / "broker.url").read_text().strip().removeprefix("redis+socket://"))
    assert path.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("pattern", ["valkey-server|redis-server", "bocau web", "bocau worker .*bulk", "bocau beat"])
def test_killed_part_comes_back(house: House, pattern: str) -> None:
    before = house.find(pattern)
    os.kill(before, signal.SIGKILL)
    until(lambda: any(re.search(pattern, words) and pid > before for pid, words in house.processes().items()))
    until(lambda: fetch.status("127.0.0.1", house.web, "/readyz") == 200)
    until(lambda: len([seen for seen in present(house.home) if seen.part == "worker"]) == 2)


def test_nothing_outlives_kill_9_and_the_next_start_is_clean_until_sigterm_ends_it_in_order(tmp_path: Path) -> None:
    house = House(tmp_path / "home")
    process = house.up()
    process.kill()
    process.communicate()
    until(lambda: house.processes() == {})
    house.log.write_text("")
    as_set = {name: house.environ.pop(name) for name in ("BOCAU_HOME", "BOCAU_WEB_PORT", "BOCAU_SANDBOX_PORT")}
    process = house.up("--home", str(house.home), "--port", str(house.web), "--sandbox-port", str(house.sandbox))
    house.environ |= as_set  # what the options said, every part follows
    assert fetch.status("127.0.0.1", house.web, "/readyz") == 200
    runtime = Path((house.home / "broker.url").read_text().strip().removeprefix("redis+socket://")).parent
    assert len(house.processes()) >= len(PARTS) and runtime.is_dir()
    process.terminate()
    process.communicate(timeout=60)
    assert process.returncode == 0, house.log.read_text()
    assert house.processes() == {}
    assert "part_killed" not in house.log.read_text() and "Traceback" not in house.log.read_text()
    assert not (house.home / "broker.url").exists() and not runtime.exists()


def test_taken_port_is_named_with_its_setting(tmp_path: Path) -> None:
    house = House(tmp_path / "home")
    with socket.create_server(("127.0.0.1", house.web)):
        told = house.run("up")
    assert told.returncode == 1 and house.processes() == {}
    assert f"Port {house.web}" in told.stderr and "BOCAU_WEB_PORT" in told.stderr
    with socket.create_server(("127.0.0.1", house.sandbox)):
        assert "BOCAU_SANDBOX_PORT" in house.run("up").stderr


def test_data_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    house = House(tmp_path / "file" / "home")
    told = house.run("up", "--json")
    assert json.loads(told.stderr)["error"]["code"] == "home-unwritable"


def test_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    house = House(tmp_path / "home")
    assert house.run("db", "upgrade").returncode == 0
    with sqlite3.connect(house.home / "bocau.db") as raw:
        raw.execute("update schema_version set version_num = '9999'")
    raw.close()
    told = house.run("up", "--json")
    assert (told.returncode, json.loads(told.stderr)["error"]["code"]) == (1, "database-newer")
    assert house.processes() == {}
