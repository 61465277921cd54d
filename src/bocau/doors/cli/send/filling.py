"""Messages go into the ledger, a chunk a transaction; workers hear of each, so sending begins while we read."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from bocau import ledger
from bocau.base.words import N_, say
from bocau.doors.cli.terminal.frame import tell
from bocau.doors.cli.terminal.meter import Meter
from bocau.flows.sending import Found, People, Sending
from bocau.ledger import NewMessage
from bocau.wiring import Parts


class Load(NamedTuple):
    """A file of people, and where its rows with problems are listed."""

    people: People
    report: Path


class Filling:
    """One submission on its way into the ledger; what is known of it if Ctrl-C comes in between.

    ``started``: monotonic seconds.
    """

    def __init__(self) -> None:
        self.complete = False
        self.rejected = self.last_row = 0
        self.report: Path | None = None
        self.started = time.monotonic()
        self.meter = Meter()
        self._sending: Sending | None = None

    @property
    def found(self) -> Found | None:
        """What is known of the submission; None before it is opened."""
        return self._sending.found if self._sending else None

    def few(self, sending: Sending, messages: Sequence[NewMessage], *, again: bool) -> None:
        """A few messages at once."""
        self._sending = sending
        self._opened(sending.few(messages, again=again))
        self.complete = True

    def chunks(self, parts: Parts, sending: Sending, load: Load, *, again: bool) -> None:
        """A file, chunk by chunk. What an interrupted run left in is found again and skipped."""
        self._sending = sending
        found = sending.begin(again=again)
        self._opened(found)
        if found.complete:
            self.complete = True
            return
        self.meter.begin(load.people.found.people)
        for step in sending.steps(load.people, load.report):
            self.last_row = step.last
            self.meter.look(parts, step.submission_id)
        ended = sending.finish()
        self.complete, self.report, self.rejected = True, ended.report, ended.rejected

    def stop(self) -> None:
        """Let go of the terminal and of an unfinished report."""
        self.meter.end()
        if self._sending is not None and not self.complete:
            self._sending.drop()

    def interrupted(self) -> str:
        """What Ctrl-C did not end."""
        if self.found is None:
            return say(N_("Nothing was sent."))
        submission_id = self.found.submission_id
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

    def _opened(self, found: Found) -> None:
        if found.created:
            tell(say(N_("Submission {id}"), id=found.submission_id))
            return
        self.rejected = found.rejected
        text = N_("This is already submission {id}; it continues where it is (--again sends it once more).")
        if found.state is ledger.SubmissionState.finished:
            text = N_("This was sent before as submission {id}; nobody gets it twice (--again sends it once more).")
        tell(say(text, id=found.submission_id))
