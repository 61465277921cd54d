"""Which parts run on this machine: each living process holds a lock on a small file; the lock ends with the process.

A file ``$BOCAU_HOME/run/<part>-<uuid>.here`` is locked (``base.locks``) for life, so kill -9 needs no clean-up and no
clock: whoever looks next deletes what nobody holds. Other machines' processes are not seen.
"""

import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import orjson

from bocau.base import locks
from bocau.base.clock import now_ms


@dataclass(frozen=True)
class Seen:
    """A living process. ``since`` in ms; ``facts`` is what it told of itself."""

    part: str
    pid: int
    since: int
    facts: dict[str, Any]


_held: list[tuple[IO[bytes], Path]] = []


def announce(home: Path, part: str, **facts: object) -> Callable[[], None]:
    """Say that this process is ``part`` (web, worker, beat, broker, sandbox) until it ends or the answer is called.

    Children made by fork are not counted as present. Raises OSError when the folder cannot be written.
    """
    folder = home / "run"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{part}-{uuid.uuid4().hex}.here"
    handle = path.open("x+b")
    locks.lock(handle)
    handle.write(orjson.dumps({"pid": os.getpid(), "since": now_ms(), "facts": facts}))
    handle.flush()
    entry = (handle, path)
    _held.append(entry)

    def leave() -> None:
        if entry in _held:
            _held.remove(entry)
            path.unlink(missing_ok=True)
            handle.close()

    return leave


def present(home: Path) -> list[Seen]:
    """Every part that runs on this machine now, oldest first."""
    found = [_look(path) for path in sorted((home / "run").glob("*-*.here"))]
    return sorted((seen for seen in found if seen is not None), key=lambda seen: seen.since)


def _look(path: Path) -> Seen | None:
    try:
        with path.open("rb") as probe:
            if not locks.try_lock(probe, shared=True):
                return _told(path, probe.read())
            if probe.read():  # written and held by nobody; an empty one is just being made
                path.unlink(missing_ok=True)
    except OSError:
        return None
    return None


def _told(path: Path, text: bytes) -> Seen | None:
    try:
        data = orjson.loads(text)
        return Seen(path.name.rsplit("-", 1)[0], int(data["pid"]), int(data["since"]), dict(data["facts"]))
    except (ValueError, KeyError, TypeError):
        return None


def _let_go_in_child() -> None:
    for handle, _ in _held:
        handle.close()
    _held.clear()


os.register_at_fork(after_in_child=_let_go_in_child)
