"""A worker is killed and its journal is gone, cut, holed, from before a reboot, or another database's."""

import os
import shutil
import uuid
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from bocau.delivery import journal
from tests.journeys.conftest import Make
from tests.journeys.world import CONNECTIONS, SHORT, World, streams

MAILS, WINDOW, PAGE = 800, 40, 4096
SLOW = ("--latency-ms", "10")


def killed(make_world: Make, damage: Callable[[Path], object]) -> tuple[World, int]:
    """In mid-run, with results that stand in the journal only; then the damage is done, and a successor starts."""
    world = make_world(sink=SLOW, BOCAU_WINDOW_MAX=str(WINDOW), **SHORT, **streams(doubt_hold=0.5))
    number = world.submit(MAILS, batches=300)
    proxy, led = world.through()
    worker = world.start(**led)
    world.until_taken(200)
    world.sink.do("hold")
    world.until(lambda: world.sink.do("counts")["held"] >= CONNECTIONS)
    proxy.hold()
    world.sink.do("release")
    world.until(lambda: world.replied() - world.counts(number).get("sent", 0) >= CONNECTIONS)
    worker.kill()
    proxy.heal()
    (path,) = (world.home / "journal").glob("*.log")
    damage(path)
    world.start()
    return world, number


def written(path: Path) -> int:
    """Bytes of the file that records fill."""
    return len(path.read_bytes().rstrip(b"\0"))


def cut(path: Path) -> None:
    """The last records are gone, without a trace in those that are left."""
    data = path.read_bytes()
    ends = [start + journal.HEAD.size + len(body) for start, body in journal._bodies(data)]
    os.truncate(path, ends[-25])


def hole(path: Path) -> None:
    """The page before the last one that is written to is zero."""
    page = (written(path) - 1) // PAGE - 1
    assert page > 0
    with path.open("r+b") as file:
        file.seek(page * PAGE)
        file.write(bytes(PAGE))


def head(path: Path, **changes: str) -> None:
    """Another word in the first record, of the same length."""
    data = bytearray(path.read_bytes())
    start, body = next(iter(journal._bodies(bytes(data))))
    for old, new in changes.items():
        before = journal.read(path)[0]
        assert before is not None
        body = body.replace(getattr(before, old).encode(), new.encode())
    record = journal.HEAD.pack(journal.MARK, len(body), zlib.crc32(body)) + body
    data[start : start + len(record)] = record
    path.write_bytes(data)


@pytest.mark.parametrize(
    "damage",
    [lambda path: shutil.rmtree(path.parent), cut, hole, lambda path: head(path, boot=str(uuid.uuid4()))],
    ids=["folder deleted", "cut", "a page of zeros", "another boot"],
)
def test_at_most_a_window_is_sent_twice_and_says_so(make_world: Make, damage: Callable[[Path], object]) -> None:
    world, number = killed(make_world, damage)
    world.until_finished(number)
    assert world.counts(number) == {"sent": MAILS}
    world.account(number, extra=WINDOW)


def test_replies_from_before_a_reboot_count(make_world: Make) -> None:
    world, number = killed(make_world, lambda path: head(path, boot=str(uuid.uuid4())))
    world.until_finished(number)
    assert world.said("journal_adopted")[0]["intact"] is False
    assert world.account(number, extra=CONNECTIONS) <= CONNECTIONS


def test_another_databases_journal_is_put_aside_untouched(make_world: Make) -> None:
    world, number = killed(make_world, lambda path: head(path, ledger=str(uuid.uuid4())))
    world.until_finished(number)
    world.account(number, extra=WINDOW)
    assert world.said("journal_foreign")
    (aside,) = (world.home / "journal").glob("*.foreign")
    assert journal.read(aside)[1]


def test_two_successors_at_once(make_world: Make) -> None:
    world = make_world(sink=SLOW, **streams(doubt_hold=60))
    number = world.submit(MAILS, batches=300)
    worker = world.start()
    world.until_taken(200)
    worker.kill()
    world.start()
    world.start()
    world.until_finished(number)
    world.account(number, extra=CONNECTIONS)
    assert len(world.said("journal_adopted")) == 1


def test_the_folder_is_deleted_under_a_living_worker(make_world: Make) -> None:
    world = make_world(sink=SLOW)
    number = world.submit(MAILS, batches=300)
    worker = world.start()
    world.until_taken(200)
    shutil.rmtree(world.home / "journal")
    world.until_finished(number)
    assert worker.end() == 0
    assert world.said("worker_ended")[0]["clean"]
    assert world.account(number) == 0
