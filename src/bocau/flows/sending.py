"""Mails to a few people or to a file of them, on their way into one submission: a chunk a transaction, progress as data.

Whoever sends to a file does so in this order, and shows what comes back::

    people = look(table, order, wanted, enclose)      # read once; nothing is stored
    sending = Sending(engine, people.order, people.key, clock)
    found = sending.begin(again=False)                # opened, or found where it is
    if not found.complete:
        for step in sending.steps(people, path):      # each is committed when it comes, and may be sent already
            …
        ended = sending.finish()

A process that is gone in between loses nothing: the same key again finds the submission, reads the file from its beginning
and leaves out who is in. ``clock`` gives ms now.
"""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import NamedTuple

import orjson
import sqlalchemy as sa

from bocau import intake, ledger
from bocau.base.db import reading, transaction
from bocau.base.errors import BocauError
from bocau.base.words import N_
from bocau.intake import Chunk, Order, Reading, Report, Survey, Table, Wishes
from bocau.ledger import NewMessage, SubmissionState


class SubmissionCancelledError(BocauError):
    code = "submission-cancelled"
    sentence = N_("This was cancelled as submission {id}. Nothing more was sent.")
    hint = N_("With --again it is sent once more.")


@dataclass(frozen=True)
class Wanted:
    """How a file of people is read. ``limit``: at most so many of them; None: all."""

    reading: Reading
    wishes: Wishes
    limit: int | None = None


@dataclass(frozen=True)
class People:
    """A file that was read once. ``order``: what they are sent, with the file's columns. ``enclose``: their own files."""

    table: Table
    found: Survey
    order: Order
    wanted: Wanted
    enclose: Callable[[str], str] | None = None

    @property
    def count(self) -> int:
        """How many get a mail."""
        return min(self.found.people, self.wanted.limit or self.found.people)

    @property
    def key(self) -> str:
        """The submission's: equal for the same file, read in the same way, and the same order."""
        wishes = self.wanted.wishes
        told = [wishes.email, wishes.name, wishes.files, dict(wishes.kinds)]
        return intake.key_of(self.order, self.table.digest, self._look, told, self.wanted.limit)

    @property
    def _look(self) -> dict[str, object]:
        """How it is read; a row of headings is nothing to speak of."""
        told = asdict(self.wanted.reading)
        return told if not told["headings"] else {name: value for name, value in told.items() if name != "headings"}

    def chunks(self, limit: int | None = None) -> Iterator[Chunk]:
        """Their messages, from the beginning. ``limit``: other than wanted. Raises what reading a table raises."""
        return intake.expand(self.table, self.found, self.enclose, limit=limit or self.wanted.limit)

    def refuse_problems(self, path: Path) -> None:
        """All or nothing: read the file once more; what is wrong with any row is listed at ``path``. Raises
        RowsRefusedError."""
        intake.strictly(self.table, self.found, self.report(path), self.enclose)

    def report(self, path: Path) -> Report:
        """A list of rows with problems, not begun."""
        return Report(path, self.found.columns.headings)


class Found(NamedTuple):
    """A submission as it was opened. ``created``: nobody had its key before. ``complete``: all of its mails are in.
    ``sent``: mails that went out before; ``rejected``: rows of the file that never became mails, told before."""

    submission_id: int
    state: SubmissionState
    created: bool
    complete: bool
    sent: int = 0
    rejected: int = 0


class Step(NamedTuple):
    """A chunk that is in. ``added``: mails that are new; ``last``: the file's row that was read last."""

    submission_id: int
    added: int
    last: int


class Ended(NamedTuple):
    """Everything is in. ``rejected``: rows that became no mail; ``notes``: rows that did, but are worth a look.
    ``report``: where both are listed; None when there are none."""

    rejected: int
    notes: int
    report: Path | None


def few(
    order: Order, people: Sequence[str], data: Mapping[str, str], kinds: Mapping[str, str], limit: int | None = None
) -> list[NewMessage]:
    """Messages to a few people, all with the same data, which must have what the order uses.

    Raises AddressWrongError, DataWrongError, FieldsMissingError."""
    messages = intake.few(people, data, kinds)[:limit]
    named = ["name"] if all(message.name for message in messages) else []
    intake.check_fields(order, [*orjson.loads(messages[0].data), *named])
    return messages


def look(table: Table, order: Order, wanted: Wanted, enclose: Callable[[str], str] | None = None) -> People:
    """Read the file once: which column is what, how many people. Raises FieldsMissingError, FileHasNobodyError and what
    reading a table raises."""
    survey = intake.survey(table, wanted.wishes)
    order = replace(order, options=replace(order.options, columns=survey.columns.by_heading()))
    intake.check_fields(order, survey.columns.known())
    return People(table, survey, order, wanted, enclose)


class Sending:
    """One submission on its way into the ledger. ``found``: what is known of it since it was begun."""

    def __init__(self, engine: sa.Engine, order: Order, key: str, clock: Callable[[], int]) -> None:
        self.engine, self.order, self.key, self.clock = engine, order, key, clock
        self.found: Found | None = None
        self._report: Report | None = None

    def few(self, messages: Sequence[NewMessage], *, again: bool) -> Found:
        """A few messages in one transaction; the same key again adds nothing. ``again``: a submission anew.

        Raises SubmissionCancelledError."""
        with transaction(self.engine) as connection:
            done = intake.submit(connection, self.order, messages, self.key, self.clock(), again=again)
        return self._opened(done.opened)

    def begin(self, *, again: bool) -> Found:
        """Open the key's submission, or find it. Raises SubmissionCancelledError."""
        with transaction(self.engine) as connection:
            opened = intake.begin(connection, self.order, self.key, self.clock(), again=again)
        return self._opened(opened)

    def steps(self, people: People, path: Path) -> Generator[Step, None, None]:
        """Put the people in, chunk after chunk. ``path``: where rows with problems are listed in the end.

        Whoever ends in between leaves no list behind. Raises what reading a table raises."""
        assert self.found is not None
        submission_id = self.found.submission_id
        report = self._report = people.report(path)
        try:
            for chunk in people.chunks():
                with transaction(self.engine) as connection:
                    added = intake.add(connection, submission_id, chunk.messages)
                report.add(chunk.with_duplicates(people.found, added.duplicates))
                yield Step(submission_id, added.added, chunk.last)
        except BaseException:
            report.drop()
            raise

    def finish(self) -> Ended:
        """All of the file is in."""
        assert self.found is not None and self._report is not None
        report = self._report
        with transaction(self.engine) as connection:
            intake.finish(connection, self.found.submission_id, report.count)
        return Ended(report.count, report.notes, report.done())

    def drop(self) -> None:
        """Leave no unfinished list of problems behind. The same again is no harm."""
        if self._report is not None:
            self._report.drop()

    def _opened(self, opened: ledger.Opened) -> Found:
        self.found = Found(opened.id, opened.state, opened.created, opened.expanded)
        if opened.state is SubmissionState.cancelled:
            raise SubmissionCancelledError(id=opened.id)
        if not opened.created:
            with reading(self.engine) as connection:
                sent = ledger.counts(connection, opened.id)["sent"]
                stored = ledger.show_submission(connection, opened.id) or {}
            self.found = self.found._replace(sent=sent, rejected=int(stored.get("rejected") or 0))
        return self.found
