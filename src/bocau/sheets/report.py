"""The list of rows with problems: a CSV file that a spreadsheet opens without harm and the same command reads again."""

import csv
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from bocau.base.words import N_, say
from bocau.sheets.rows import Problem

DANGEROUS = re.compile(r"[=+\-@|\t\r\n%]")  # what a spreadsheet may take for the beginning of a formula
HARMLESS = re.compile(r"[+-]?[0-9 .,()/-]*\Z")  # numbers of all kinds
MAX_VALUE = 200  # characters of a value that is shown
FIRST = 5  # problems kept for a glance


class Report:
    """Writes problems as they come: row, column, value, reason, whether the row was used, then the row itself.

    Nothing is there before the first problem; the file appears whole when it is ``done``. ``count``: rows that were
    not used; ``notes``: rows that were, but are worth a look. ``used``: the heading that says so, marked with N_.
    """

    def __init__(self, path: Path, headings: Sequence[str], used: str = N_("mailed")) -> None:
        self.path, self.headings, self.used = path, headings, used
        self.count = self.notes = 0
        self.first: list[Problem] = []
        self._last = 0  # row last counted
        self._file: Any = None
        self._writer: Any = None

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

    def done(self) -> Path | None:
        """Finish the file. Where it is; None when there was no problem."""
        if self._file is None:
            return None
        self._file.close()
        self._waiting.replace(self.path)
        self._file = None
        return self.path

    def drop(self) -> None:
        """Leave no file behind."""
        if self._file is not None:
            self._file.close()
            self._waiting.unlink(missing_ok=True)
            self._file = None

    @property
    def _waiting(self) -> Path:
        return self.path.with_name(f".{self.path.name}.{os.getpid()}")

    def _write(self, problem: Problem) -> None:
        if self._file is None:
            self._file = self._waiting.open("w", encoding="utf-8-sig", newline="")
            self._writer = csv.writer(self._file)
            titles = (N_("row"), N_("column"), N_("value"), N_("reason"), self.used)
            self._writer.writerow([*map(say, titles), *map(harmless, self.headings)])
        mailed = say(N_("yes") if problem.mailed else N_("no"))
        told = (problem.row, problem.column, problem.value[:MAX_VALUE], problem.why(), mailed)
        self._writer.writerow([*map(harmless, told), *map(harmless, problem.cells)])


def harmless(cell: object) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP: CSV injection)."""
    text = str(cell).replace("\0", "\N{REPLACEMENT CHARACTER}")
    if DANGEROUS.match(text.lstrip()[:1] or text[:1]) and not HARMLESS.match(text):
        return "'" + text
    return text
