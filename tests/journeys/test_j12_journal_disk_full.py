"""The disk under the journal fills up. Nothing more is sent, what is on the wire is kept, and it goes on by itself."""

import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.conftest import Make
from tests.journeys.world import CONNECTIONS, LONG

MAILS = 1500
MARGIN = 16 << 10
"""Of the journal, for these journeys; it is a megabyte in earnest."""


def small_disk(path: Path, size: str, remount: bool = False) -> bool:
    path.mkdir(exist_ok=True)
    options = f"{'remount,' if remount else ''}size={size}"
    return subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", path], capture_output=True).returncode == 0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "disk"
    if not small_disk(path, "128k"):
        pytest.skip("only root may mount a small file system")
    yield path
    subprocess.run(["umount", "-l", path], check=True)


def test_a_small_file_system(make_world: Make, disk: Path) -> None:
    world = make_world(BOCAU_JOURNAL_DIR=str(disk), BOCAU_MARGIN=str(MARGIN), **LONG)
    number = world.submit(MAILS, batches=500)
    world.start()
    world.until_taken(300)
    world.until(lambda: not world.held())
    taken = world.sink.taken()
    assert taken < MAILS
    assert world.counts(number) == {"sent": taken, "queued": MAILS - taken}
    small_disk(disk, "16m", remount=True)
    world.until_finished(number)
    assert world.counts(number) == {"sent": MAILS}
    assert world.account(number) == 0


def test_killed_when_it_is_full(make_world: Make, disk: Path) -> None:
    world = make_world(BOCAU_JOURNAL_DIR=str(disk), BOCAU_MARGIN=str(MARGIN), **LONG)
    number = world.submit(MAILS, batches=500)
    worker = world.start()
    world.until_taken(300)
    world.until(lambda: not world.held())
    worker.kill()
    (disk / "filler").write_bytes(bytes(32 << 10))
    world.start()
    world.until_said("worker_ready", 2)
    small_disk(disk, "16m", remount=True)
    world.until_finished(number)
    world.account(number, extra=CONNECTIONS)


def test_a_quota(make_world: Make) -> None:
    """A limit on the size of files, given and taken while it runs: works without root."""
    world = make_world(BOCAU_MARGIN=str(MARGIN), sink=("--latency-ms", "5"), **LONG)
    number = world.submit(MAILS, batches=500)
    worker = world.start()
    world.until_taken(100)
    resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (80 << 10, resource.RLIM_INFINITY))
    world.until(lambda: not world.held())
    taken = world.sink.taken()
    assert taken < MAILS
    resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    world.until_finished(number)
    assert world.counts(number) == {"sent": MAILS}
    assert world.account(number) == 0
