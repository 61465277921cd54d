"""How submissions go on: counts that cost the database little however often pages ask, and rates from looking twice."""

import threading
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bocau import ledger
from bocau.base.clock import now_ms
from bocau.base.db import Connection

WINDOW = 12.0  # seconds a rate is taken over
YOUNG = 120_000  # ms a submission counts as just begun
RARELY = 25.0  # a count is asked again when so many times its own cost has gone by
REMEMBERED = 200
SHOWN = ("sent", "queued", "deferred", "doubted", "failed", "expired", "suppressed", "cancelled", "unknown")
TROUBLED = ("failed", "expired", "unknown")
OPEN = ("queued", "deferred", "doubted")


@dataclass(frozen=True)
class Line:
    """One submission as pages show it. ``rate``: mails a second that left it lately, None when unknown."""

    row: dict[str, Any]
    counts: dict[str, int]
    rate: float | None

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def open(self) -> int:
        return sum(self.counts[state] for state in OPEN)

    @property
    def troubled(self) -> int:
        return sum(self.counts[state] for state in TROUBLED)

    @property
    def took(self) -> int | None:
        """Milliseconds from its start to its end."""
        finished = self.row["finished_at"]
        return None if finished is None else max(1, finished - self.row["created_at"])

    @property
    def speed(self) -> float | None:
        """Mails a second: lately while it runs, on the whole when it is over."""
        took = self.took
        return self.counts["sent"] * 1000 / took if took is not None else self.rate


def _since_start(row: dict[str, Any], done: int) -> float | None:
    """At the first look, the rate since the beginning; None when that is too long ago to tell of now."""
    elapsed = now_ms() - row["created_at"]
    return done * 1000 / elapsed if 0 < elapsed < YOUNG else None


@dataclass
class _Memory:
    mark: tuple[object, ...]
    counts: dict[str, int]
    asked_at: float
    cost: float


class Pulse:
    """One per process. Safe for threads."""

    def __init__(self) -> None:
        self._own = threading.Lock()
        self._memories: dict[int, _Memory] = {}
        self._samples: dict[int, deque[tuple[float, int]]] = {}

    def lines(self, connection: Connection, rows: Iterable[dict[str, Any]]) -> list[Line]:
        """The rows of ``ledger.list_submissions`` with counts and rates."""
        return [self.line(connection, row) for row in rows]

    def line(self, connection: Connection, row: dict[str, Any]) -> Line:
        counts = self._counts(connection, row)
        done = sum(counts.values()) - sum(counts[state] for state in OPEN)
        if row["state"] != "running":
            return Line(row, counts, None)
        rate = self._rate(row["id"], done)
        return Line(row, counts, _since_start(row, done) if rate is None else rate)

    def _counts(self, connection: Connection, row: dict[str, Any]) -> dict[str, int]:
        submission_id = row["id"]
        mark = (row["state"], row["finished_at"], row["expanded"])
        over = row["state"] in ("finished", "cancelled") and row["finished_at"] is not None
        with self._own:
            known = self._memories.get(submission_id)
        now = time.monotonic()
        if known and known.mark == mark and (over or now < known.asked_at + known.cost * RARELY):
            return known.counts
        counts = ledger.counts(connection, submission_id)
        with self._own:
            if len(self._memories) >= REMEMBERED:
                self._memories.pop(next(iter(self._memories)))
            self._memories[submission_id] = _Memory(mark, counts, now, time.monotonic() - now)
        return counts

    def _rate(self, submission_id: int, done: int) -> float | None:
        now = time.monotonic()
        with self._own:
            if submission_id not in self._samples and len(self._samples) >= REMEMBERED:
                self._samples.pop(next(iter(self._samples)))
            samples = self._samples.setdefault(submission_id, deque(maxlen=60))
            if not samples or now - samples[-1][0] > 0.5:
                samples.append((now, done))
            while len(samples) > 2 and now - samples[0][0] > WINDOW:
                samples.popleft()
            (then, before), (last, after) = samples[0], samples[-1]
        return (after - before) / (last - then) if last - then > 0.5 else None
