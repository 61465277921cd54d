"""The diary of one worker process: what it was about to send and what was replied; it survives kill -9.

A record before a mail's last byte (A), one after its reply (R), plain ``pwrite`` once per loop tick. The file is
locked for as long as its process lives (``base.locks``), so whoever gets the lock knows that the owner is dead. (The
lock survives in a forked child, so the engine's process never forks.)

Record: marker, length of the rest, CRC32 of the rest, kind, body. A process that dies in a write leaves a torn tail;
a torn middle means that the file system lost pages, and then the absence of a record proves nothing.
"""

import mmap
import os
import time
import uuid
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from struct import Struct
from typing import NamedTuple, TypeVar

import orjson

from bocau.base import locks
from bocau.base.clock import now_ms
from bocau.base.errors import BocauError
from bocau.base.words import N_
from bocau.ledger.protocol import DOUBT, NEVER, Fact, Result, Told
from bocau.ledger.states import MessageState

MARK = b"\xb0\xca"
HEAD = Struct("<2sHI")
KEY = Struct("<cqhqi")  # kind, message, attempt, batch, token
REPLY = Struct("<bhiqB")  # told, code, relay, delay, length of the enhanced code
SETTLED = Struct("<iq")  # seq, time in ms
MARGIN = 1 << 20  # always preallocated ahead, so that replies fit on a full disk
LONGEST = 1 << 10  # no record is longer; so much free space stands behind the last one of every file with attempts
TOLD: tuple[MessageState | str, ...] = (MessageState.sent, MessageState.deferred, MessageState.failed, DOUBT)
SUFFIX, DONE, SLOT, NEW = ".log", ".done", ".slot", ".new"
VERSION = 1
T = TypeVar("T")


class JournalFullError(BocauError):
    code = "journal-full"
    sentence = N_("The disk under the journal {path} is full. Sending has stopped; no mail is lost.")
    hint = N_("Free some space; sending resumes by itself.")


class JournalForeignError(BocauError):
    code = "journal-foreign"
    sentence = N_("The journal {path} belongs to another database. It was left untouched.")
    hint = N_("Move it back to the installation it comes from.")


class Journal:
    """The writing side. ``attempt`` and ``reply`` only fill a buffer; ``flush`` writes it with one call."""

    def __init__(self, folder: Path, ledger: str) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.id = str(uuid.uuid4())
        self.path = folder / (self.id + SUFFIX)
        born = self.path.with_suffix(NEW)  # a name nobody adopts, until it is locked and says whose it is
        self._fd = os.open(born, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        locks.lock(self._fd)
        self._buffer: list[bytes] = []
        self.size = self._reserved = 0
        self._slot = _slot(self.path.with_suffix(SLOT))
        head = {"version": VERSION, "ledger": ledger, "boot": boot_id(), "pid": os.getpid()}
        self._add(b"H" + orjson.dumps(head))
        self.flush()
        born.rename(self.path)

    def composing(self, message: int) -> None:
        """Say which message is being made, without a system call; 0 when done. The page survives kill -9."""
        self._slot[0] = message

    def attempt(self, message: int, attempt: int, batch: int, token: int) -> None:
        """A: the last byte of this mail may go once this record is flushed."""
        self._add(KEY.pack(b"A", message, attempt, batch, token))

    def never(self, message: int, attempt: int, batch: int, token: int) -> None:
        """N: this attempt is taken back; the mail surely was not accepted, and nobody counts it."""
        self._add(KEY.pack(b"N", message, attempt, batch, token))

    def reply(self, result: Result, batch: int, token: int) -> None:
        """R: what the relay said, or that it fell silent after the last byte."""
        told = TOLD.index(DOUBT if result.doubt else result.state)
        status = (result.enhanced or "").encode()
        numbers = REPLY.pack(told, result.code or 0, result.relay or 0, result.delay or 0, len(status))
        text = (result.reply or "").encode()[:400]
        self._add(KEY.pack(b"R", result.id, result.attempt, batch, token) + numbers + status + text)

    def settled(self, batch: int, token: int, seq: int) -> None:
        """S: the database acknowledged this settle. Tells later whether the database went back in time."""
        self._add(KEY.pack(b"S", 0, 0, batch, token) + SETTLED.pack(seq, now_ms()))

    def flush(self) -> None:
        """Write what is buffered. Raises JournalFullError when no room is left for further attempts.

        A short write is not counted: the next one overwrites it, and until then its CRC does not hold.
        """
        if self.size + MARGIN > self._reserved:
            self._reserve()
        data = b"".join(self._buffer)
        if os.pwrite(self._fd, data, self.size) != len(data):
            raise JournalFullError(path=self.path)
        self.size += len(data)
        self._buffer.clear()

    def has_room(self) -> bool:
        """Whether attempts may be made: their replies surely fit on the disk."""
        if self.size + MARGIN <= self._reserved:
            return True
        self._reserve()
        return self.size + MARGIN <= self._reserved

    def deleted(self) -> bool:
        """Whether somebody deleted the file: what is written to it now, no successor will read."""
        return os.fstat(self._fd).st_nlink == 0

    def close(self) -> None:
        """Clean end (X): every fact in it is committed. The file is kept for a while under another name."""
        self._add(b"X")
        self.flush()
        os.ftruncate(self._fd, self.size)
        retire(self.path)
        self.abandon()

    def abandon(self) -> None:
        """Let go of the lock without a word, as a killed process does: a successor replays the file."""
        self._slot.release()
        os.close(self._fd)
        self._fd = -1  # a reply that comes now must not be written to whatever gets this number next

    def _add(self, body: bytes) -> None:
        self._buffer.append(HEAD.pack(MARK, len(body), zlib.crc32(body)) + body)

    def _reserve(self) -> None:
        try:
            os.posix_fallocate(self._fd, self._reserved, 4 * MARGIN)
        except OSError:
            return
        self._reserved += 4 * MARGIN


class Header(NamedTuple):
    """What the first record says."""

    ledger: str
    boot: str


class Record(NamedTuple):
    kind: bytes
    message: int
    attempt: int
    batch: int
    token: int
    rest: bytes


def read(path: Path) -> tuple[Header | None, list[Record], bool]:
    """Header, records in order, and whether nothing is missing between or behind them.

    No header: nothing was ever written, or somebody deleted it. A file without preallocated space behind its last record
    was cut. Behind it may be one record that was being written; anything further on is what is left of records that were.
    """
    data = follow(path, Path.read_bytes) or b""
    header, records, whole = None, [], True
    end = 0
    for start, body in _bodies(data):
        whole = whole and start == end
        end = start + HEAD.size + len(body)
        if body[:1] == b"H":
            head = orjson.loads(body[1:])
            header = Header(head["ledger"], head["boot"])
        elif len(body) >= KEY.size:
            records.append(Record._make((*KEY.unpack_from(body), body[KEY.size :])))
    return header, records, whole and len(data) - end > LONGEST and not data[end + LONGEST :].strip(b"\0")


def _bodies(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(offset, body) of every record whose CRC holds; what does not is skipped up to the next marker."""
    position = data.find(MARK)
    while position != -1 and position + HEAD.size <= len(data):
        _, length, crc = HEAD.unpack_from(data, position)
        body = data[position + HEAD.size : position + HEAD.size + length]
        if length and len(body) == length and zlib.crc32(body) == crc:
            yield position, body
            position = data.find(MARK, position + HEAD.size + length)
        else:
            position = data.find(MARK, position + 1)


def told(path: Path, ledger: str) -> Told:
    """What a dead process's journal tells. Raises JournalForeignError for another database's journal."""
    header, records, whole = read(path)
    if header is not None and header.ledger != ledger:
        raise JournalForeignError(path=path)
    facts: dict[tuple[int, int], Fact] = {}
    attempted: set[tuple[int, int]] = set()
    for record in records:
        key = (record.message, record.attempt)
        if record.kind == b"A":
            attempted.add(key)
            facts.pop(key, None)
        elif record.kind == b"N":
            facts[key] = Fact(record.message, record.attempt, NEVER)
        elif record.kind == b"R":
            facts[key] = _fact(record)
    intact = header is not None and whole and header.boot == boot_id()
    return Told(path.stem, facts, attempted, intact, _composing(path.with_suffix(SLOT)) if intact else 0)


def settles(path: Path, ledger: str, since: int = 0) -> dict[int, tuple[int, int]]:
    """batch → the newest (token, seq) this database acknowledged to this journal after ``since`` (ms).

    Nothing from another database's journal.
    """
    header, records, _ = read(path)
    newest: dict[int, tuple[int, int]] = {}
    if header is None or header.ledger != ledger:
        return newest
    for record in records:
        if record.kind == b"S":
            seq, at = SETTLED.unpack_from(record.rest)
            mark = (record.token, seq)
            if at > since:
                newest[record.batch] = max(newest.get(record.batch, mark), mark)
    return newest


def _fact(record: Record) -> Fact:
    told, code, relay, delay, length = REPLY.unpack_from(record.rest)
    status = record.rest[REPLY.size : REPLY.size + length].decode("ascii", "replace")
    text = record.rest[REPLY.size + length :].decode("utf-8", "replace")
    waits = delay if TOLD[told] == MessageState.deferred else None
    return Fact(record.message, record.attempt, TOLD[told], code or None, status or None, text or None, relay, waits)


def lock(path: Path) -> int | None:
    """The descriptor of a journal whose owner is dead, locked; None when somebody holds it or it is gone."""
    try:
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        if locks.try_lock(fd) and os.fstat(fd).st_ino == path.stat().st_ino:  # not held, and not renamed meanwhile
            return fd
    except OSError:
        pass
    os.close(fd)
    return None


def retire(path: Path) -> None:
    """Every fact of it is committed and acknowledged: keep it under a name nobody replays."""
    with suppress(FileNotFoundError):  # somebody deleted it
        os.utime(path)
        path.rename(path.with_suffix(DONE))
    path.with_suffix(SLOT).unlink(missing_ok=True)


def clear(folder: Path, keep: float) -> None:
    """Delete what was retired, or begun and never finished by a killed process, more than ``keep`` seconds ago."""
    for path in [*folder.glob("*" + DONE), *folder.glob("*" + NEW)]:
        with suppress(FileNotFoundError):  # another process clears as well, or has just begun its journal
            if path.stat().st_mtime < time.time() - keep:
                path.with_suffix(SLOT).unlink(missing_ok=True)
                path.unlink()


def found(folder: Path) -> list[tuple[float, Path]]:
    """(time of the last write in s, path) of every journal kept, oldest first. The path is that of its owner's lifetime."""
    paths = {path.with_suffix(SUFFIX) for ending in (SUFFIX, DONE) for path in folder.glob("*" + ending)}
    times = ((follow(path, lambda there: there.stat().st_mtime), path) for path in paths)
    return sorted((time, path) for time, path in times if time is not None)


def follow(path: Path, ask: Callable[[Path], T]) -> T | None:
    """What is asked of a journal that may be retired at any moment; None when it is gone altogether."""
    for there in (path, path.with_suffix(DONE)):
        with suppress(FileNotFoundError):
            return ask(there)
    return None


def boot_id() -> str:
    """Changes with every boot of the machine; where the system has none, nothing counts as intact."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return str(uuid.uuid4())


def _slot(path: Path) -> memoryview:
    with path.open("wb+") as handle:
        handle.truncate(8)
        return memoryview(mmap.mmap(handle.fileno(), 8)).cast("q")


def _composing(path: Path) -> int:
    try:
        return int.from_bytes(path.read_bytes()[:8], "little")
    except OSError:
        return 0
