"""How far a submission is, read in the ledger and shown as a bar."""

import time

from bocau import ledger, relays
from bocau.base.db import reading
from bocau.base.words import N_, say
from bocau.doors.cli.terminal.bar import Bar
from bocau.ledger import Progress
from bocau.wiring import Parts

EVERY = 0.2
"""Seconds between two looks into the ledger."""


class Meter:
    """How far a submission is, as a bar for people and as a ``Progress`` for whoever waits."""

    def __init__(self) -> None:
        self.total = 0
        self.last: Progress | None = None
        self._seen = 0.0
        self._bar: Bar | None = None

    def begin(self, total: int) -> None:
        """Show the bar. ``total``: mails, as far as is known."""
        self.total = total
        if self._bar is None:
            self._bar = Bar(say(N_("Sending")), total=total, rate=True)
            self._bar.begin()

    def look(self, parts: Parts, submission_id: int, *, now: bool = False) -> Progress | None:
        """Read how far it is, not more often than is useful; the last answer otherwise."""
        if not now and time.monotonic() - self._seen < EVERY:
            return self.last
        with reading(parts.db) as connection:
            progress = ledger.progress(connection, submission_id)
            stuck = progress == self.last and progress.open > 0 and bool(relays.circuits(connection))
        self.last = progress
        self._seen = time.monotonic()
        if self._bar is not None:
            done = max(0, progress.total - progress.open - progress.deferred)
            total = progress.total if progress.expanded else max(self.total, progress.total)
            self._bar.move(done, total, say(N_("Waiting for the relay")) if stuck else "")
        return progress

    def end(self) -> None:
        """Take the bar away; what it showed stays on the screen."""
        if self._bar is not None:
            self._bar.end()
            self._bar = None
