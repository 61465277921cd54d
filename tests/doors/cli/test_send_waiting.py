"""`bocau send` with a real worker and a real SMTP server: waiting, resuming, and how it ends."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bocau.base.db import reading, transaction
from bocau.doors.cli.send import waiting
from bocau.ledger import SubmissionState, list_submissions, pause, progress
from tests.doors.cli.conftest import Called, Cli
from tests.journeys.conftest import nursery  # noqa: F401 - a fixture
from tests.journeys.nursery import Nursery
from tests.journeys.world import World

COUNT = 2000


@pytest.fixture
def world(
    cli: Cli,
    home: Path,
    database_url: str,
    nursery: Nursery,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[World]:
    monkeypatch.setenv("BOCAU_DATABASE_URL", database_url)
    home.mkdir()
    made = World(home, database_url, nursery)
    for name, value in made.env.items():
        if name.startswith("BOCAU_"):
            monkeypatch.setenv(name, value)
    monkeypatch.setattr(waiting, "STILL", 60.0)  # workers here are not announced
    people = "".join(f"p{number}@mail.test,Người {number}\n" for number in range(COUNT))
    (tmp_path / "list.csv").write_text("email,name\n" + people, encoding="utf-8")
    (tmp_path / "mail.txt").write_text("Chào {{ name }}", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    yield made
    made.close()


@pytest.fixture
def arguments() -> list[str]:
    return [
        "send",
        "--from",
        "Hẹn <hen@clinic.test>",
        "--subject",
        "Chào {{ name }}",
        "--csv",
        "list.csv",
        "--text",
        "mail.txt",
        "--yes",
    ]


@pytest.fixture
def send(cli: Cli, world: World, arguments: list[str]) -> Callable[..., Called]:
    return lambda *further: cli(*arguments, *further, "--json")


def test_waits_until_everybody_has_their_mail(send: Callable[..., Called], world: World) -> None:
    world.start()
    called = send()
    assert called.code == 0
    assert (called.data["sent"], called.data["failed"], called.data["deferred"]) == (COUNT, 0, 0)
    assert set(world.sink.accepted().values()) == {1}
    assert len(world.sink.accepted()) == COUNT
    assert isinstance(called.data["rate"], float) and called.data["rate"] > 0


def test_table_ends_the_command(cli: Cli, world: World, arguments: list[str]) -> None:
    world.start()
    called = cli(*arguments, "--limit", "10")
    assert called.code == 0
    header, _, cells = called.out.strip().splitlines()[-3:]
    assert header.split() == ["Sent", "Deferred", "Failed", "Seconds", "Mails/s"]
    assert cells.split()[:3] == ["10", "0", "0"]


def test_refused_mails_end_with_code_4(send: Callable[..., Called], world: World) -> None:
    world.sink.rule("rcpt", match="p7@", reply="550 5.1.1 No such user")
    world.start()
    called = send("--limit", "20")
    assert called.code == 4
    assert (called.data["sent"], called.data["failed"]) == (19, 1)


def test_deferred_mails_end_the_waiting_with_code_3(send: Callable[..., Called], world: World) -> None:
    ladder = {"ladder": [600.0], "time_to_live": 6000, "doubt_hold": 3.0, "jitter": 0.1}
    world.sink.rule("rcpt", match="p7@", reply="451 4.3.0 Later")
    world.start(BOCAU_STREAMS=json.dumps({"transactional": ladder, "bulk": ladder}))
    called = send("--limit", "20")
    assert called.code == 3
    assert (called.data["sent"], called.data["deferred"]) == (19, 1)


def test_without_a_worker_it_says_so_and_ends_with_code_5(
    send: Callable[..., Called], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as impatient:
        impatient.setattr(waiting, "STILL", 0.3)
        called = send()
    assert called.code == 5
    assert "No worker is running" in called.err
    assert called.data["queued"] == COUNT
    world.start()
    assert send().data["sent"] == COUNT
    assert set(world.sink.accepted().values()) == {1}


def test_paused_submission_ends_the_waiting_with_code_3(send: Callable[..., Called], world: World) -> None:
    number = send("--no-wait").data["submission"]
    with transaction(world.db) as connection:
        pause(connection, int(str(number)))
    called = send()
    assert called.code == 3
    assert f"bocau submissions resume {number}" in called.err


def command(world: World, arguments: list[str]) -> subprocess.Popen[str]:
    program = "from bocau.doors.cli import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        env=world.env | {"BOCAU_LANGUAGE": "en"},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def submitted(world: World) -> int:
    """How many messages the newest submission has."""
    with reading(world.db) as connection:
        found = list_submissions(connection, 1)
        return int(found[0]["total"]) if found else 0


def expanded(world: World) -> bool:
    """Whether the newest submission has all its messages."""
    with reading(world.db) as connection:
        return progress(connection, int(list_submissions(connection, 1)[0]["id"])).expanded


def test_ctrl_c_ends_the_waiting_not_the_sending(
    world: World, arguments: list[str], send: Callable[..., Called]
) -> None:
    world.sink.do("set", latency_ms=4)
    world.start()
    waiting_command = command(world, arguments)
    world.until(lambda: submitted(world) == COUNT and expanded(world))
    world.until_taken(world.sink.taken() + 100)  # meanwhile the command knows it too
    waiting_command.send_signal(signal.SIGINT)
    _, err = waiting_command.communicate(timeout=30)
    assert waiting_command.returncode == 130
    assert "Sending continues" in err and "Traceback" not in err
    called = send()
    assert called.code == 0
    assert called.data["sent"] == COUNT
    assert set(world.sink.accepted().values()) == {1}


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_command_stopped_while_it_reads_is_resumed_by_the_same_command(
    world: World, arguments: list[str], send: Callable[..., Called], how: signal.Signals, tmp_path: Path
) -> None:
    people = "".join(f"p{number}@mail.test,Người {number}\n" for number in range(40_000))
    (tmp_path / "list.csv").write_text("email,name\n" + people, encoding="utf-8")
    reading_command = command(world, [*arguments, "--no-wait"])
    world.until(lambda: submitted(world) >= 1000, every=0.002)
    reading_command.send_signal(how)
    _, err = reading_command.communicate(timeout=30)
    before = submitted(world)
    with reading(world.db) as connection:
        (only,) = list_submissions(connection)
        told = progress(connection, only["id"])
    assert 1000 <= before < 40_000, "the command was through before it could be stopped"
    assert not told.expanded
    assert told.state is SubmissionState.running
    if how == signal.SIGINT:
        assert reading_command.returncode == 130, err
        assert "Run the same command again for the others" in err
    called = send("--no-wait")
    assert called.data["submission"] == only["id"]
    assert called.data["total"] == called.data["queued"] == 40_000
