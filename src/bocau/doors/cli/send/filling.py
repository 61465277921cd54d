"""Messages go into the ledger, a chunk a transaction, and workers are rung for each: sending begins while we read."""

import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from bocau import bell, intake, ledger
from bocau.base.clock import now_ms
from bocau.base.db import reading, transaction
from bocau.base.errors import BocauError
from bocau.base.words import N_, say
from bocau.doors.cli.terminal.frame import tell
from bocau.doors.cli.terminal.meter import Meter
from bocau.ledger import NewMessage
from bocau.wiring import Parts

SILENCE = 15.0
"""Seconds without ringing after a ring that nobody heard."""


class SubmissionCancelledError(BocauError):
    code = "submission-cancelled"
    sentence = N_("This was cancelled as submission {id}. Nothing more was sent.")
    hint = N_("With --again it is sent once more.")


class Load(NamedTuple):
    """A list on its way into a submission."""

    order: intake.Order
    key: str
    chunks: Iterable[intake.Chunk]
    found: intake.Survey
    report: intake.Report


class Filling:
    """One submission on its way into the ledger; what is known of it if Ctrl-C comes in between.

    ``sent_before``: mails sent by an earlier run of the same command. ``started``: monotonic seconds.
    """

    def __init__(self) -> None:
        self.submission: ledger.Opened | None = None
        self.complete = False
        self.rejected = self.notes = self.sent_before = self.last_row = 0
        self.report: Path | None = None
        self.started = time.monotonic()
        self.meter = Meter()
        self._silent_until = 0.0
        self._writing: intake.Report | None = None

    def few(self, parts: Parts, order: intake.Order, messages: Sequence[NewMessage], key: str, *, again: bool) -> None:
        """A few messages at once."""
        with transaction(parts.db) as connection:
            done = intake.submit(connection, order, messages, key, now_ms(), again=again)
        self._opened(parts, done.opened)
        self.complete = True
        self._ring(order.queue)

    def chunks(self, parts: Parts, load: Load, *, again: bool) -> None:
        """A file, chunk by chunk. What an interrupted run left in is found again and skipped."""
        with transaction(parts.db) as connection:
            opened = intake.begin(connection, load.order, load.key, now_ms(), again=again)
        self._opened(parts, opened)
        if opened.expanded:
            self.complete = True
            return
        report = self._writing = load.report
        self.meter.begin(load.found.people)
        for chunk in load.chunks:
            self._add(parts, opened.id, chunk, load)
            self._ring(load.order.queue)
            self.meter.look(parts, opened.id)
        with transaction(parts.db) as connection:
            intake.finish(connection, opened.id, report.count)
        self._ring(load.order.queue)
        self.complete, self.report = True, report.done()
        self.rejected, self.notes = report.count, report.notes

    def stop(self) -> None:
        """Let go of the terminal and of an unfinished report."""
        self.meter.end()
        if self._writing is not None and not self.complete:
            self._writing.drop()

    def interrupted(self) -> str:
        """What Ctrl-C did not end."""
        if self.submission is None:
            return say(N_("Nothing was sent."))
        submission_id = self.submission.id
        if not self.complete:
            text = N_(
                "Rows up to {row} are accepted and will be sent. Run the same command again for the others; "
                "nobody gets it twice. To see it: bocau submissions show {id}"
            )
            return say(text, row=self.last_row, id=submission_id)
        text = N_(
            "Sending continues. Run the same command again to see how far it is, or: bocau submissions show "
            "{id}. To pause it: bocau submissions pause {id}"
        )
        return say(text, id=submission_id)

    def _opened(self, parts: Parts, opened: ledger.Opened) -> None:
        self.submission = opened
        if opened.state is ledger.SubmissionState.cancelled:
            raise SubmissionCancelledError(id=opened.id)
        if opened.created:
            tell(say(N_("Submission {id}"), id=opened.id))
            return
        with reading(parts.db) as connection:
            self.sent_before = ledger.counts(connection, opened.id)["sent"]
            stored = ledger.show_submission(connection, opened.id) or {}
        self.rejected = int(stored.get("rejected") or 0)
        text = N_("This is already submission {id}; it continues where it is (--again sends it once more).")
        if opened.state is ledger.SubmissionState.finished:
            text = N_("This was sent before as submission {id}; nobody gets it twice (--again sends it once more).")
        tell(say(text, id=opened.id))

    def _ring(self, queue: str) -> None:
        """Ring, unless the broker was away a moment ago: each try may take seconds, and workers look by themselves."""
        if time.monotonic() >= self._silent_until and not bell.ring(queue):
            self._silent_until = time.monotonic() + SILENCE

    def _add(self, parts: Parts, submission_id: int, chunk: intake.Chunk, load: Load) -> None:
        with transaction(parts.db) as connection:
            added = intake.add(connection, submission_id, chunk.messages)
        load.report.add(chunk.with_duplicates(load.found, added.duplicates))
        self.last_row = chunk.last
