"""Hits in files, one per process, until the database has them.

A file is locked by the process that writes it (``base.locks``), for as long as that lives; who gets the lock may delete it.
It gets its name only once it is locked. A line: checksum (CRC-32 in hex), blank, JSON array, newline; one write each.
"""

import os
import threading
import uuid
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import orjson

from bocau.base import locks

ENDING = ".log"
LARGEST = 4 << 20
"""Bytes of a file before the next one is begun."""
AGENT_MOST = 300


class Hit(NamedTuple):
    """Somebody or something fetched the pixel (``link`` 0) or followed a link. ``at``: ms since the epoch."""

    at: int
    message: int
    submission: int
    link: int
    agent: str
    head: bool = False


class Spool:
    """The files of one process in ``folder``; safe for its threads and after a fork."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._owner, self._file, self._size = 0, -1, 0

    def append(self, hit: Hit) -> None:
        """Keep a hit. Raises OSError: it is not kept."""
        line = written(hit)
        with self._lock:
            if self._owner != os.getpid() or self._size >= LARGEST:
                self._begin()
            done = os.write(self._file, line)
            self._size += done
            if done != len(line):
                self._size = LARGEST  # nothing may follow a line that is cut
                raise OSError(f"only {done} of {len(line)} bytes of a hit were written")

    def _begin(self) -> None:
        if self._file >= 0:
            self._owner, old, self._file = 0, self._file, -1
            os.close(old)  # after a fork this closes only our own copy
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = self.folder / f"{uuid.uuid4().hex}.new"
        file = os.open(name, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        locks.lock(file)
        name.rename(name.with_suffix(ENDING))
        self._owner, self._file, self._size = os.getpid(), file, 0


def written(hit: Hit) -> bytes:
    """The line of a hit."""
    body = orjson.dumps([*hit._replace(agent=hit.agent[:AGENT_MOST].encode("utf-8", "replace").decode())])
    return b"%08x %b\n" % (zlib.crc32(body), body)


def read(path: Path, offset: int, limit: int) -> Iterator[tuple[int, int, Hit | None]]:
    """Whole lines from ``offset``, at most ``limit``: its begin, its end, its hit (None if damaged)."""
    with path.open("rb") as file:
        file.seek(offset)
        for _ in range(limit):
            line = file.readline()
            if not line.endswith(b"\n"):
                return
            yield offset, offset + len(line), parsed(line)
            offset += len(line)


def parsed(line: bytes) -> Hit | None:
    """The hit of a line; None when the line is damaged."""
    mark, _, body = line.rstrip(b"\n").partition(b" ")
    if mark != b"%08x" % zlib.crc32(body):
        return None
    try:
        return Hit(*orjson.loads(body))
    except (ValueError, TypeError):
        return None


def files(folder: Path) -> list[Path]:
    """All files that hold hits."""
    return sorted(folder.glob("*" + ENDING))


def forget(path: Path, taken: int) -> bool:
    """Delete a file of which ``taken`` bytes are in the database, when nobody writes it any more and that is all but the
    start of a line its writer died in."""
    with path.open("rb") as file:
        if not locks.try_lock(file):
            return False
        file.seek(taken)
        if b"\n" in file.read():
            return False
        path.unlink(missing_ok=True)
    return True
