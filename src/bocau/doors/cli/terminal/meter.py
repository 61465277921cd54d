"""The progress bar of a submission, on standard error; silent with ``--json``."""

import time
from typing import Any

from bocau import ledger, relays
from bocau.base.db import reading
from bocau.base.words import N_, figure, say
from bocau.doors.cli.terminal.screen import as_json, console, part_of
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
        self._bar: Any = None
        self._task: Any = None

    def begin(self, total: int) -> None:
        """Show the bar. ``total``: mails, as far as is known."""
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        self.total = total
        if self._bar is not None or as_json():
            return
        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=40),
            TextColumn("{task.fields[count]}", markup=False),
            TextColumn("{task.fields[rate]}", markup=False),
            TimeElapsedColumn(),
            console=console(stderr=True),
        )
        self._task = self._bar.add_task(say(N_("Sending")), total=total or None, rate="", count=part_of(0, total))
        self._bar.start()

    def look(self, parts: Parts, submission_id: int, *, now: bool = False) -> Progress | None:
        """Read how far it is, not more often than is useful; the last answer otherwise."""
        if not now and time.monotonic() - self._seen < EVERY:
            return self.last
        with reading(parts.db) as connection:
            told = ledger.progress(connection, submission_id)
            stuck = told == self.last and told.open > 0 and bool(relays.circuits(connection))
        self.last = told
        self._seen = time.monotonic()
        if self._bar is not None:
            done = max(0, told.total - told.open - told.deferred)
            text = say(N_("Waiting for the relay")) if stuck else say(N_("Sending"))
            total = told.total if told.expanded else max(self.total, told.total)
            rate = self._bar.tasks[0].speed
            shown = say(N_("{rate} mails/s"), rate=figure(rate, 0)) if rate else ""
            self._bar.update(
                self._task, completed=done, total=total, description=text, rate=shown, count=part_of(done, total)
            )
        return told

    def end(self) -> None:
        """Take the bar away; what it showed stays on the screen."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
