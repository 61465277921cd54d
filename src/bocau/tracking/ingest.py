"""Hits from files into the timeline, in bulk, each once.

Beside a file stands how far it was taken: a mark is moved on before the caller commits, so it also says what the last event
is; only when that is found in the database the mark counts. Whoever dies in between takes the same hits again, and makes
the same events. Several processes may do this at a time.
"""

import os
from pathlib import Path
from typing import NamedTuple

import orjson
import structlog

from bocau import events
from bocau.base.config import Settings
from bocau.base.db import Connection
from bocau.events.having import HINT
from bocau.ledger import tally
from bocau.tracking import readers, spool
from bocau.tracking.spool import Hit

log = structlog.get_logger()
MOST = 5000
"""Hits in one call."""


class Mark(NamedTuple):
    """``sure`` bytes are in the database; ``then`` bytes are, if the event ``once`` is. ``once`` is empty for no event."""

    sure: int = 0
    then: int = 0
    once: str = ""


def folder(settings: Settings) -> Path:
    """Where the hits are."""
    return settings.home / "spool"


def ingest(connection: Connection, settings: Settings, secret: bytes, most: int = MOST) -> int:
    """Take at most ``most`` hits into the timeline; how many events were written, 0 when nothing is left.

    ``secret`` is not needed yet: hits are kept with their words opened.
    """
    hits: list[Hit] = []
    names: list[str] = []
    marks: dict[Path, Mark] = {}
    for path in spool.files(folder(settings)):
        if len(hits) >= most:
            break
        try:
            mark = _take(connection, path, most - len(hits), (hits, names))
        except FileNotFoundError:
            continue  # it is finished
        if mark.then > mark.sure:
            marks[path] = mark
    events.append(connection, _facts(connection, hits, names, int(settings.proxy_open_delay * 1000)))
    for path, mark in marks.items():
        _write(path, mark)
    return len(hits)


def _take(connection: Connection, path: Path, most: int, into: tuple[list[Hit], list[str]]) -> Mark:
    """Add a file's next hits; where that leads."""
    sure = _sure(connection, path)
    hits, names = into
    then, once = sure, ""
    for start, end, hit in spool.read(path, sure, most):
        then = end
        if hit is None:
            log.warning("hit_damaged", file=path.name, offset=start)
            continue
        once = f"hit:{path.stem}:{start}"
        hits.append(hit)
        names.append(once)
    if then == sure and spool.forget(path, sure):
        _beside(path).unlink(missing_ok=True)
        raise FileNotFoundError(path)
    return Mark(sure, then, once)


def _sure(connection: Connection, path: Path) -> int:
    """How many bytes of the file are certainly in the database."""
    try:
        mark = Mark(*orjson.loads(_beside(path).read_bytes()))
    except (OSError, ValueError, TypeError):
        return 0
    if not mark.once or events.known(connection, [mark.once]):
        return mark.then
    return mark.sure


def _facts(connection: Connection, hits: list[Hit], names: list[str], delay: int) -> list[events.Event]:
    """What the hits say. ``delay``: ms, see ``readers.hints``."""
    by = readers.judge(hits)
    fetched = {hit.message for hit, who in zip(hits, by, strict=True) if who == readers.PROXY and not hit.link}
    gone = tally.gone_at(connection, fetched - {0}) if fetched else {}
    return [
        _fact(hit, who, once, hint=readers.hints(hit, who, gone.get(hit.message), delay))
        for hit, who, once in zip(hits, by, names, strict=True)
    ]


def _fact(hit: Hit, by: str, once: str, *, hint: bool) -> events.Event:
    detail: dict[str, object] = {"by": by, "at": hit.at}
    if hint:
        detail[HINT] = True
    if hit.link:
        detail["link"] = hit.link
    if not hit.message:
        detail["submission"] = hit.submission
    kind = events.Kind.clicked if hit.link else events.Kind.opened
    return events.Event(hit.message, kind, 0, detail, once)


def _beside(path: Path) -> Path:
    return path.with_suffix(".at")


def _write(path: Path, mark: Mark) -> None:
    """Replace the mark at once; one that is lost makes no more than work done again."""
    new = path.with_suffix(f".at{os.getpid()}")
    new.write_bytes(orjson.dumps([*mark]))
    new.replace(_beside(path))
