"""What a test has left running: threads, child processes, and at the end of a run whatever carries its mark."""

import os
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from tests.fakes.surroundings import MARK

PATIENCE = 10.0
"""Seconds for what is about to end."""
OUTLIVED = "still running at the end of the run"
"""What the check of a whole run says, whichever test it is that fails by it."""
OURS = frozenset(("doorbell",))
"""Names of threads that end with a process, and whose makers close them before."""
_kept: set[int] = set()


class Running(NamedTuple):
    """Threads that keep a process alive or are ``OURS``, and children (dead ones that nobody waited for too)."""

    threads: frozenset[threading.Thread]
    children: frozenset[int]


def keep(pid: int) -> None:
    """This child serves several tests; somebody else ends it."""
    _kept.add(pid)


def running() -> Running:
    here = {thread for thread in threading.enumerate() if not thread.daemon or thread.name in OURS}
    return Running(frozenset(here), frozenset(_children() - _kept))


def left(before: Running) -> list[str]:
    """What runs now and did not run before, in words."""
    end = time.monotonic() + PATIENCE
    while True:
        now = running()
        threads, children = now.threads - before.threads, now.children - before.children
        if not (threads or children) or time.monotonic() > end:
            return [f"thread {thread.name}" for thread in threads] + [_told(pid) for pid in children]
        time.sleep(0.005)


def check_run() -> None:
    """Nothing that this run started may live any more, child or not. Raises AssertionError."""
    found = _outlived()
    assert not found, f"{OUTLIVED}: {found}"


def _outlived() -> list[str]:
    mark = f"{MARK}={os.environ[MARK]}\0".encode()
    end = time.monotonic() + PATIENCE
    while True:
        found = [pid for pid in _pids() if pid != os.getpid() and mark in _read(pid, "environ")]
        if not found or time.monotonic() > end:
            return [_told(pid) for pid in found]
        time.sleep(0.05)


def _children() -> set[int]:
    found: set[int] = set()
    for task in Path("/proc/self/task").glob("*/children"):
        try:
            found.update(map(int, task.read_text().split()))
        except OSError:
            continue  # a thread that has just ended
    return found


def _pids() -> Iterable[int]:
    return (int(folder.name) for folder in Path("/proc").glob("[0-9]*"))


def _read(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""


def _told(pid: int) -> str:
    return f"process {pid}: {_read(pid, 'cmdline').replace(bytes(1), b' ').decode(errors='replace')[:300]}"
