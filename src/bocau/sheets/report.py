"""The list of rows with problems: a CSV file that a spreadsheet opens without harm and the same command reads again."""

import csv
import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from bocau.base.words import N_, say
from bocau.cells import guarded
from bocau.sheets.rows import Problem

MAX_VALUE = 200  # characters of a value that is shown
FIRST = 5  # problems kept for a glance


class Report:
    """Writes problems as they come: row, column, value, reason, whether the row was used, then the row itself.

    Nothing is there before the first problem; the file appears whole when it is ``done``. ``count``: rows that were
    not used; ``notes``: rows that were, but are worth a look. ``used``: the heading that says so, marked with N_.
    ``kept``: where it is written until then, so that who is killed and goes on behind row ``behind`` has all of it.
    """

    def __init__(
        self,
        path: Path,
        headings: Sequence[str],
        used: str = N_("mailed"),
        *,
        kept: Path | None = None,
        behind: int = 0,
    ) -> None:
        self.path, self.headings, self.used = path, headings, used
        self.count = self.notes = 0
        self.first: list[Problem] = []
        self._last = 0  # row last counted
        self._waiting = kept or path.with_name(f".{path.name}.{os.getpid()}")
        self._file: Any = None
        self._writer: Any = None
        if kept is not None and kept.exists():
            self._go_on(behind)

    def add(self, problems: Iterable[Problem]) -> None:
        """Write problems down. Raises OSError when the file cannot be written."""
        for problem in problems:
            if len(self.first) < FIRST:
                self.first.append(problem)
            self._write(problem)
            if problem.mailed:
                self.notes += 1
            elif problem.row != self._last:
                self.count, self._last = self.count + 1, problem.row

    def keep(self) -> None:
        """What was added so far outlives this process, and this machine."""
        if self._file is not None:
            self._file.flush()
            os.fsync(self._file.fileno())

    def done(self) -> Path | None:
        """Finish the file. Where it is; None when there was no problem."""
        if self._file is None:
            return None
        self._file.close()
        shutil.move(self._waiting, self.path)
        self._file = None
        return self.path

    def pause(self) -> Path | None:
        """A copy of what is told so far, for whoever stops here; it can go on later. None when there was no problem."""
        if self._file is None:
            return None
        self._file.close()
        shutil.copyfile(self._waiting, self.path)
        self._file = None
        return self.path

    def drop(self) -> None:
        """Leave no file behind."""
        if self._file is not None:
            self._file.close()
            self._waiting.unlink(missing_ok=True)
            self._file = None

    def _go_on(self, behind: int) -> None:
        """Take up what was written before of rows up to ``behind``: what comes after them is told once more."""
        with self._waiting.open(encoding="utf-8-sig", newline="") as old:
            lines = [one for one in csv.reader(old) if len(one) > 1 and one[0].isdigit() and int(one[0]) <= behind]
        if not lines:
            self._waiting.unlink()
            return
        new = self._waiting.with_suffix(".new")
        self._open(new)
        self._writer.writerows(lines)
        self.keep()
        new.replace(self._waiting)

    def _open(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file)
        titles = (N_("row"), N_("column"), N_("value"), N_("reason"), self.used)
        self._writer.writerow([*map(say, titles), *map(guarded, self.headings)])

    def _write(self, problem: Problem) -> None:
        if self._file is None:
            self._open(self._waiting)
        mailed = say(N_("yes") if problem.mailed else N_("no"))
        told = (problem.row, problem.column, problem.value[:MAX_VALUE], problem.why(), mailed)
        self._writer.writerow([*map(guarded, told), *map(_seen, problem.cells)])


def _seen(cell: object) -> object:
    """A cell as people see it."""
    return guarded(str(cell))
