"""XLSX spreadsheets as blocks of rows. The sheet is held in memory by calamine, so its size is bounded before."""

import datetime
import hashlib
import re
import zipfile
from collections.abc import Iterator
from datetime import time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from bocau.base import clock
from bocau.base.words import N_, Phrase, figure, say
from bocau.cells import Cell, Shown, habits_of, unguarded
from bocau.sheets import headings, letters, styles
from bocau.sheets.errors import FileEmptyError, SheetMissingError, SpreadsheetWrongError
from bocau.sheets.formats import clock as time_of_day
from bocau.sheets.formats import shown
from bocau.sheets.table import BLOCK_ROWS, HEADINGS_WITHIN, Block, Reading

MAX_FILE = 200 << 20  # bytes
MAX_UNPACKED = 1 << 30  # bytes of all parts
MAX_CELLS = 30_000_000  # rows times columns: calamine keeps a place for each
PIECE = 1 << 20
SAMPLE_ROWS = 500
"""Rows whose letters are looked at."""
PLACE = re.compile(rb"""\br=["']([A-Z]{1,3})([0-9]{1,7})["']""")


class XlsxTable:
    """An open spreadsheet; owns ``handle`` once it is made."""

    typed = True
    delimiter = ""

    def __init__(self, path: Path, handle: BinaryIO, reading: Reading) -> None:
        self.path, self.handle = path, handle
        check_size(path, handle)
        self.digest = _digest(handle)
        handle.seek(0)
        self.sheet = _sheet(path, handle, reading.sheet)
        self.habits = habits_of(str(clock.zone()))
        self.looks = _looks(handle, self.sheet.name)
        self.letters: letters.Scheme | None = None
        first = islice(self.sheet.iter_rows(), SAMPLE_ROWS)
        self.letters = letters.scheme_of(cell for row in first for cell in row if type(cell) is str)
        self.top, self.headings = self._find_headings() if reading.headings else self._unnamed()

    @property
    def about(self) -> str:
        told = f"XLSX, “{headings.tidy(self.sheet.name)}”"
        if self.letters is not None:
            told += f", {self.letters.value}"
        if hidden := sum(row > self.top for row in self.looks.hidden):
            told = say(
                N_("{sheet}, with {count} hidden rows, which are taken in too"), sheet=told, count=figure(hidden)
            )
        return told

    def blocks(self, size: int = BLOCK_ROWS) -> Iterator[Block]:
        """All rows behind the headings."""
        rows = islice(self.sheet.iter_rows(), self.top, None)
        number = self.top + 1
        while part := [list(row) for row in islice(rows, size)]:
            yield Block(range(number, number + len(part)), self._shown(part, number - 1))
            number += len(part)

    def _shown(self, rows: list[list[Any]], first: int) -> list[list[Cell]]:
        """Cells as people see them. ``first``: the first row, from 0."""
        left = (self.sheet.start or (0, 0))[1]
        for at, of_rows in self.looks.columns.items():
            for row, style in zip(rows, of_rows[first : first + len(rows)], strict=False):
                if style and 0 <= at - left < len(row):
                    row[at - left] = self._one(row[at - left], style)
        if self.letters is not None:
            read = self.letters.read
            rows = [[read(cell) if type(cell) is str else cell for cell in row] for row in rows]
        return [[plain(cell) for cell in row] for row in rows]

    def _one(self, cell: Any, style: int) -> Any:
        if style in styles.WRONG:
            return styles.WRONG[style]
        if isinstance(cell, str | bool) or cell is None:
            return cell
        if isinstance(cell, datetime.datetime) and cell.time() == time():
            cell = cell.date()
        number = int(cell) if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15 else cell
        return shown(number, self.looks.formats[style], self.habits)

    def close(self) -> None:
        self.handle.close()

    def __enter__(self) -> "XlsxTable":
        return self

    def __exit__(self, *details: object) -> None:
        self.close()

    def _unnamed(self) -> tuple[int, list[str]]:
        return 0, headings.unnamed(self.path, islice(self.sheet.iter_rows(), HEADINGS_WITHIN))

    def _find_headings(self) -> tuple[int, list[str]]:
        found: tuple[int, list[str]] | None = None
        for number, row in enumerate(self.sheet.iter_rows(), start=1):
            cells = [str(cell) for cell in self._shown([list(row)], number - 1)[0]]
            filled = any(cell.strip() for cell in cells)
            if headings.looks_like_headings(cells) or (filled and found is None):
                found = (number, cells)
            if found and (number >= HEADINGS_WITHIN or headings.looks_like_headings(found[1])):
                break
        if found is None:
            raise FileEmptyError(path=self.path.name)
        return found[0], headings.named(self.path, found[1])


def plain(cell: Any) -> Cell:
    """A cell as text, whole number, broken number or truth. Integral floats become whole; days keep their value beside
    what is seen, which is ISO 8601 where no format says otherwise."""
    kind = type(cell)
    if kind is str:
        return unguarded(cell)
    if kind is bool or kind is int or kind is Shown:
        return cell  # type: ignore[no-any-return]
    if kind is float:
        return int(cell) if cell.is_integer() and abs(cell) < 1e15 else float(cell)
    if kind is datetime.datetime:
        if cell.time() == time():
            return Shown(str(cell.date()), cell.date())
        return Shown(cell.isoformat(" ", "seconds" if cell.second else "minutes"), cell)
    if kind is datetime.date:
        return Shown(str(cell), cell)
    if kind is time or kind is timedelta:
        return time_of_day(cell)
    return "" if cell is None else str(cell)


def check_size(path: Path, handle: BinaryIO) -> None:
    """Raise SpreadsheetWrongError for what would fill the memory: parts that unpack to too much, or cells far out.

    The parts are unpacked once here, so sizes that lie are found too.
    """
    try:
        with zipfile.ZipFile(handle) as parts:
            infos = parts.infolist()
            if sum(info.file_size for info in infos) > MAX_UNPACKED or len(infos) > 10_000:
                raise _too_large(path)
            for info in infos:
                if info.filename.startswith("xl/worksheets/") and info.filename.endswith(".xml"):
                    _check_sheet(path, parts, info)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise _broken(path) from error


def _looks(handle: BinaryIO, sheet: str) -> styles.Looks:
    handle.seek(0)
    with zipfile.ZipFile(handle) as parts:
        return styles.looks(parts, sheet)


def _check_sheet(path: Path, parts: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
    columns: set[bytes] = set()
    last = 0
    with parts.open(info) as part:
        rest = b""
        while piece := part.read(PIECE):
            places = PLACE.findall(rest + piece)
            columns.update(column for column, _ in places)
            last = max(last, max((int(row) for _, row in places), default=0))
            rest = piece[-24:]
    if last * max((styles.column(one) + 1 for one in columns), default=0) > MAX_CELLS:
        raise _too_large(path)


def _sheet(path: Path, handle: BinaryIO, wanted: str) -> Any:
    """The sheet asked for, else the first visible one that has rows."""
    import python_calamine

    try:
        book = python_calamine.load_workbook(handle)
        shown = [meta.name for meta in book.sheets_metadata if str(meta.visible).endswith("Visible")]
        if wanted:
            if wanted not in book.sheet_names:
                raise SheetMissingError(
                    path=path.name,
                    sheet=headings.tidy(wanted),
                    sheets=", ".join(map(headings.tidy, book.sheet_names[:50])),
                )
            return book.get_sheet_by_name(wanted)
        for name in shown or book.sheet_names:
            sheet = book.get_sheet_by_name(name)
            if sheet.total_height:
                return sheet
    except python_calamine.CalamineError as error:
        raise _broken(path) from error
    raise FileEmptyError(path=path.name)


def _digest(handle: BinaryIO) -> str:
    handle.seek(0)
    digest = hashlib.sha256()
    while piece := handle.read(PIECE):
        digest.update(piece)
    return digest.hexdigest()


def _too_large(path: Path) -> SpreadsheetWrongError:
    return SpreadsheetWrongError(path=path.name, reason=Phrase(N_("it is too large; CSV can be of any size")))


def _broken(path: Path) -> SpreadsheetWrongError:
    return SpreadsheetWrongError(path=path.name, reason=Phrase(N_("it is not a complete .xlsx file")))
