"""Numbers that several processes of one host add up: a memory-mapped file each, summed by whoever reads.

A file is locked (``base.locks``) by its process for life. The file of a process that has ended, even by kill -9, is
folded into ``retired.json``, so sums never fall and files never pile up. Space is allocated before it is mapped: writing
to a hole on a full disk would kill the process (SIGBUS), and counting must never stop anything.
"""

import mmap
import os
import struct
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

import orjson

from bocau.base import locks

Key = tuple[str, ...]
FILE_SIZE = 256 * 1024  # about 3,000 numbers; more are not counted
RETRY_AFTER = 30.0
_LENGTH = struct.Struct("<Q")
_NUMBER = struct.Struct("<d")


class Shares:
    """This process's numbers, in ``folder`` when given, else in memory only. Safe for threads and after forks."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._own = threading.Lock()
        self._values: dict[Key, float] = {}
        self._file: _File | None = None
        self._pid, self._next_try = os.getpid(), 0.0

    def add(self, amounts: Iterable[tuple[Key, float]]) -> None:
        """Add each amount to its key's number. About 0.5 µs a key; never raises for a disk's sake."""
        with self._own:
            if self._pid != os.getpid():
                self._forget()
            if self._file is None and self.folder is not None and time.monotonic() >= self._next_try:
                self._open(self.folder)
            values, file = self._values, self._file
            for key, amount in amounts:
                value = values[key] = values.get(key, 0.0) + amount
                if file is not None:
                    file.write(key, value)

    def sums(self) -> dict[Key, float]:
        """Key → sum over all processes that are or were. Raises OSError when the folder cannot be used."""
        if self.folder is None:
            with self._own:
                return dict(self._values)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.folder / "lock").open("ab") as lock:
            locks.lock(lock)
            return _sums(self.folder, self._file.path if self._file and self._pid == os.getpid() else None)

    def close(self) -> None:
        """End this process's share; its numbers stay counted."""
        with self._own:
            self._forget()

    def _forget(self) -> None:
        """Let go of the file: at the end, or in a forked child, where it is the parent's (whose lock stays)."""
        if self._file is not None:
            self._file.close()
        self._file, self._values, self._pid, self._next_try = None, {}, os.getpid(), 0.0

    def _open(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file = _File(folder / f"{uuid.uuid4().hex}.share")
        except OSError:
            self._next_try = time.monotonic() + RETRY_AFTER
            return
        for key, value in self._values.items():
            self._file.write(key, value)


class _File:
    """Bytes used so far, then for each number: length of its name, name (JSON, padded to eight bytes), number."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._handle: IO[bytes] = path.open("x+b")
        try:
            locks.lock(self._handle)
            os.posix_fallocate(self._handle.fileno(), 0, FILE_SIZE)
            self._map = mmap.mmap(self._handle.fileno(), FILE_SIZE)
        except OSError:
            self._handle.close()
            path.unlink(missing_ok=True)
            raise
        self._places: dict[Key, int] = {}
        self._used = _LENGTH.size
        self._map[: self._used] = _LENGTH.pack(self._used)

    def write(self, key: Key, value: float) -> None:
        place = self._places.get(key)
        if place is None:
            place = self._places[key] = self._new_place(key)
        if place:
            self._map[place : place + 8] = _NUMBER.pack(value)

    def _new_place(self, key: Key) -> int:
        name = orjson.dumps(key)
        name += b" " * (-len(name) % 8)
        end = self._used + _LENGTH.size + len(name) + _NUMBER.size
        if end > FILE_SIZE:
            return 0
        self._map[self._used : end] = _LENGTH.pack(len(name)) + name + _NUMBER.pack(0.0)
        self._used = end
        self._map[: _LENGTH.size] = _LENGTH.pack(end)  # last: a reader never sees half an entry
        return end - _NUMBER.size

    def close(self) -> None:
        self._map.close()
        self._handle.close()


def _sums(folder: Path, own: Path | None) -> dict[Key, float]:
    """Fold the dead, then add up. The caller holds the folder's lock."""
    totals, folded = _retired(folder)
    _delete(folder, folded)  # folded before, by somebody killed before deleting them
    living: list[Path] = []
    dead: list[Path] = []
    for path in sorted(folder.glob("*.share")):
        (living if path == own or _is_held(path) else dead).append(path)
    for path in dead:
        _add_file(totals, path)
    if dead:
        _retire(folder, totals, [path.name for path in dead])
    for path in living:
        _add_file(totals, path)
    return dict(totals)


def _retired(folder: Path) -> tuple[dict[Key, float], list[str]]:
    totals: dict[Key, float] = defaultdict(float)
    try:
        data = orjson.loads((folder / "retired.json").read_bytes())
        for key, value in data["sums"]:
            totals[tuple(key)] += float(value)
        return totals, [str(name) for name in data["folded"]]
    except (OSError, ValueError, KeyError, TypeError):
        return defaultdict(float), []


def _retire(folder: Path, totals: dict[Key, float], names: list[str]) -> None:
    fresh = folder / "retired.new"
    fresh.write_bytes(orjson.dumps({"sums": [[list(key), value] for key, value in totals.items()], "folded": names}))
    fresh.replace(folder / "retired.json")
    _delete(folder, names)


def _delete(folder: Path, names: list[str]) -> None:
    for name in names:
        if name.endswith(".share") and "/" not in name:
            (folder / name).unlink(missing_ok=True)


def _is_held(path: Path) -> bool:
    try:
        with path.open("rb") as probe:
            free = locks.try_lock(probe, shared=True)
            return not free or path.stat().st_size == 0  # just made, not yet locked by its maker
    except OSError:
        return True


def _add_file(totals: dict[Key, float], path: Path) -> None:
    """Add a file's numbers; one cut off by a crash or a full disk counts for nothing."""
    try:
        read = list(_numbers(path.read_bytes()))
    except (OSError, ValueError, TypeError, struct.error):
        return
    for key, value in read:
        totals[key] += value


def _numbers(data: bytes) -> Iterator[tuple[Key, float]]:
    used = min(_LENGTH.unpack_from(data, 0)[0], len(data))
    place = _LENGTH.size
    while place < used:
        length = _LENGTH.unpack_from(data, place)[0]
        place += _LENGTH.size
        name = data[place : place + length]
        place += length
        yield tuple(orjson.loads(name)), _NUMBER.unpack_from(data, place)[0]
        place += _NUMBER.size
