"""An import of contacts from the first look at its columns to its undoing: a chunk a transaction, progress as data.

Whoever takes a table in does so in this order, and shows what comes back::

    importing = Importing(engine, table, clock)
    proposal = importing.look(wishes)                 # what each column becomes; nothing is stored
    run = importing.begin(proposal.columns, wanted)            # begun, or found where it was
    for step in importing.steps(place):               # each is committed when it comes
        …
    ended = importing.finish()

A process that is gone in between began nothing that is lost: the same again finds the run and goes on behind its last
row. ``clock`` gives ms now.
"""

import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from bocau import sheets
from bocau.audience import imports, lists, tags
from bocau.audience.imports import NO_HEADINGS
from bocau.base.db import reading, transaction
from bocau.base.words import N_
from bocau.sheets import Report, Table

Clock = Callable[[], int]
BY_ITSELF = sheets.Reading()
"""A file that shows by itself how it is read."""
ROWS = ("made", "changed", "same", "refused")
"""Counts of a run that are rows of its file."""


@dataclass(frozen=True)
class Wanted:
    """What is to become of the people. ``merge``: of those who are there, see ``imports.Merge``. ``to_list``: a list's
    name or id; ``tag``: a name. ``source`` and ``consent``: where they agreed, and to which words."""

    merge: str = imports.Merge.skip.value
    to_list: str | None = None
    tag: str | None = None
    source: str = ""
    consent: str = ""
    reading: sheets.Reading = BY_ITSELF


class Place(NamedTuple):
    """Where rows with problems are listed: ``kept`` until the import is over, whoever goes on with it; ``path`` then."""

    path: Path
    kept: Path


class Step(NamedTuple):
    """A chunk that is in. ``rows``: of the file, with something in them, this chunk's; ``done``: so many altogether;
    ``position``: the last row that is dealt with."""

    rows: int
    done: int
    position: int
    stored: imports.Stored


class Ended(NamedTuple):
    """A run as it stands, and where its rows with problems are; None when there were none."""

    run: imports.Run
    report: Path | None


class Importing:
    """One table on its way into the contacts. ``run``: what is known of it since it was begun."""

    def __init__(self, engine: sa.Engine, table: Table, clock: Clock) -> None:
        self.engine, self.table, self.clock = engine, table, clock
        self._run: imports.Run | None = None
        self._report: Report | None = None
        self._paused: Path | None = None

    @property
    def run(self) -> imports.Run:
        """Only behind ``begin`` or ``resume``."""
        assert self._run is not None
        return self._run

    @property
    def done(self) -> int:
        """Rows that were in when it was begun, or found."""
        return sum(self.run.counts[name] for name in ROWS)

    def look(self, wishes: imports.Wishes) -> imports.Proposal:
        """What each column becomes, with an example of each. Raises what ``imports.propose`` raises."""
        with reading(self.engine) as connection:
            return imports.propose(connection, self.table, wishes)

    def begin(self, columns: tuple[imports.Column, ...], wanted: Wanted) -> imports.Run:
        """Make what is new, attributes and tag, and open the run; or find the one of this file and these wishes that is
        not over. All or nothing. Raises ListUnknownError, ImportConsentMissingError and what ``imports.define`` raises."""
        now, look = self.clock(), wanted.reading
        with transaction(self.engine) as connection:
            plan = imports.Plan(
                columns,
                wanted.merge,
                lists.find(connection, wanted.to_list).id if wanted.to_list else 0,
                tags.find_or_make(connection, wanted.tag, now) if wanted.tag else 0,
                wanted.source,
                wanted.consent,
                (look.encoding, look.delimiter, look.sheet, *([] if look.headings else [NO_HEADINGS])),
            )
            plan = imports.define(connection, plan, now)
            self._run = imports.begin(connection, self.table.path, self.table.digest, plan, now)
        return self._run

    def resume(self, import_id: int, path: Path) -> imports.Run:
        """Take up a run that was stopped or cut off. ``path``: the file as people call it. Raises ImportUnknownError,
        ImportOverError, ImportFileDiffersError."""
        with transaction(self.engine) as connection:
            self._run = imports.resume(connection, import_id, path, self.table.digest, self.clock())
        return self._run

    def chunks(self) -> Iterator[imports.Chunk]:
        """All that is left of the file, as contacts; needs no database, so another process may be ahead with it."""
        return imports.chunks(self.table, self.run, self.clock)

    def steps(self, place: Place, chunks: Iterable[imports.Chunk] | None = None) -> Generator[Step, None, None]:
        """Store chunk after chunk. ``chunks``: those of ``chunks()``, made ahead.

        Whoever ends in between keeps what was told of problems so far. Raises ImportUndoneError when somebody stopped the
        run, ImportStaleError, and what reading a table raises."""
        behind = self.run.position if self.run.resumed else 0
        headings = self.table.headings
        report = self._report = Report(place.path, headings, N_("imported"), kept=place.kept, behind=behind)
        done = self.done
        try:
            for chunk in self.chunks() if chunks is None else chunks:
                with transaction(self.engine) as connection:
                    stored = imports.store(connection, self.run, chunk)
                    report.add(stored.problems)
                    report.keep()  # before the commit: what is told twice is found by its row, what is not told is lost
                rows = _rows(chunk)
                done += rows
                yield Step(rows, done, chunk.last, stored)
        except BaseException:
            self._pause()
            raise

    def finish(self) -> Ended:
        """All of the file is in. Who was stopped meanwhile stays stopped."""
        assert self._report is not None
        with transaction(self.engine) as connection:
            self._run = imports.finish(connection, self.run.id, self.clock())
        return Ended(self._run, self._report.done())

    def stop(self) -> Ended:
        """No further chunk is stored; it can go on later. One that is over stays as it is."""
        with suppress(imports.ImportOverError), transaction(self.engine) as connection:
            self._run = imports.stop(connection, self.run.id, self.clock())
        return Ended(self.run, self._pause())

    def _pause(self) -> Path | None:
        """Close the report where it is; whoever goes on takes it up."""
        if self._report is not None:
            self._paused = self._report.pause() or self._paused
        return self._paused


@contextmanager
def tables(path: Path) -> Iterator[list[Path]]:
    """The tables of a file; those of a ZIP file are unpacked as long as they are needed. Raises FileUnreadableError,
    ArchiveWrongError."""
    with tempfile.TemporaryDirectory(prefix="bocau-import-") as folder:
        yield sheets.unpacked(path, Path(folder))


@contextmanager
def taken_up(engine: sa.Engine, import_id: int, path: Path, clock: Clock) -> Iterator[Importing]:
    """Go on with a run; its table is found among those of the file by its bytes, and read as it was.

    Raises ImportUnknownError, ImportOverError, ImportFileDiffersError, and what reading a table raises."""
    with reading(engine) as connection:
        run = imports.show(connection, import_id)
    encoding, delimiter, sheet, *others = run.plan.reading
    look = sheets.Reading(encoding=encoding, delimiter=delimiter, sheet=sheet, headings=NO_HEADINGS not in others)
    with tables(path) as files, _of_digest(files, look, run.digest) as table:
        if table is None:
            raise imports.ImportFileDiffersError(path=path.name, id=import_id)
        importing = Importing(engine, table, clock)
        importing.resume(import_id, path)
        yield importing


def undo(engine: sa.Engine, import_id: int, clock: Clock) -> Generator[imports.Undone, None, None]:
    """Take an import back, slice after slice, each committed when it comes; the same again goes on where it was.

    Raises ImportUnknownError, ImportBusyError."""
    with transaction(engine) as connection:
        imports.undo_anew(connection, import_id, clock())
    more = True
    while more:
        with transaction(engine) as connection:
            undone = imports.undo_slice(connection, import_id, clock())
        more = undone.more
        yield undone


@contextmanager
def _of_digest(files: list[Path], look: sheets.Reading, digest: str) -> Iterator[Table | None]:
    for file in files:
        with sheets.open_table(file, look) as table:
            if table.digest == digest:
                yield table
                return
    yield None


def _rows(chunk: imports.Chunk) -> int:
    """How many rows with something in them it stands for: people, and those that were refused."""
    refused = {one.row for one in chunk.problems if not one.mailed}
    return len(chunk.rows) + len(refused)
