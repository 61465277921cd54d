import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bocau.base import embedded
from tests.base.test_supervise import gone


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """With a short path, as it has on a real machine."""
    with tempfile.TemporaryDirectory(prefix="run") as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield Path(folder)


def test_socket_lies_in_a_folder_of_our_own(runtime: Path, tmp_path: Path) -> None:
    path = embedded.socket(tmp_path)
    assert path.parent.parent == runtime
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert embedded.socket(tmp_path) == path


def test_two_data_folders_never_share_a_socket(runtime: Path, tmp_path: Path) -> None:
    assert embedded.socket(tmp_path / "a") != embedded.socket(tmp_path / "b")


def test_too_long_a_path_is_left_for_a_shorter_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = tmp_path / ("x" * 100)
    long.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(long))
    path = embedded.socket(tmp_path)
    assert not path.is_relative_to(long) and len(bytes(path)) <= embedded.SOCKET_MAX
    path.parent.rmdir()


def test_folder_somebody_else_put_there_is_refused(runtime: Path, tmp_path: Path) -> None:
    folder = embedded.socket(tmp_path).parent
    folder.rmdir()
    (tmp_path / "elsewhere").mkdir()
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(embedded.RuntimeFolderWrongError):
        embedded.socket(tmp_path)


def test_server_is_found_on_the_path_when_the_wheel_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "redis-server"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert embedded.server() == program


def test_missing_server_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(embedded.BrokerMissingError):
        embedded.server()


def test_broker_keeps_what_it_was_told_through_kill_9(runtime: Path, tmp_path: Path) -> None:
    import redis

    def start() -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            embedded.command(tmp_path), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        _wait_for(client)
        return process

    with redis.Redis(unix_socket_path=str(embedded.socket(tmp_path))) as client:
        first = start()
        client.set("ring", "bulk")
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("port") == {"port": "0"}
        client.execute_command("CONFIG", "SET", "appendfsync", "always")
        client.set("ring", "bulk")
        first.kill()
        first.wait()
        second = start()
        assert client.get("ring") == b"bulk"
        client.shutdown(nosave=True)
    second.wait(20)
    assert gone(first.pid) and gone(second.pid)


def _wait_for(client: object) -> None:
    import time

    import redis

    assert isinstance(client, redis.Redis)
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            if client.ping():
                return
        except redis.ConnectionError:
            time.sleep(0.02)
    raise AssertionError("the broker did not start")


def test_broken_data_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / "broker").mkdir()
    (tmp_path / "broker" / "torn").touch()
    aside = embedded.set_aside(tmp_path)
    assert aside is not None and (aside / "torn").exists()
    assert list((tmp_path / "broker").iterdir()) == []
