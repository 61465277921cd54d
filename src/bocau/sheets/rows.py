"""Rows of people: which rows of a block have a good address, and what is wrong with the others."""

from collections.abc import Sequence
from typing import NamedTuple

from bocau.base.words import N_, Phrase, say
from bocau.cells import Cell
from bocau.sheets.columns import Columns
from bocau.sheets.headings import is_address
from bocau.sheets.table import Block
from bocau.wire.address import Address, AddressWrongError, check_loosely

MAX_NAME = 200  # characters of a display name
SWALLOWED = N_("a quotation mark seems to have swallowed the rows after it")
TOO_MANY_CELLS = N_("more cells than columns; the extra ones were left out")
NUL_CHARACTER = N_("a NUL character in the cell")
LOST = N_("letters seem to be lost: question marks stand in their place")
READ_AS = N_("read as {address}")
DUPLICATE = N_("duplicate of row {row}")


class Problem(NamedTuple):
    """What is wrong with one row. ``mailed``: the row is used all the same. ``cells``: the row as it was read, when it
    should be corrected and sent."""

    row: int
    column: str
    value: str
    reason: str | Phrase
    mailed: bool = False
    cells: Sequence[Cell] = ()

    def why(self) -> str:
        """The reason in the current language."""
        return say(self.reason) if isinstance(self.reason, str) else str(self.reason)


class Rows:
    """The usable rows of one block while they are worked on; the lists run side by side."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.cells: list[Sequence[Cell]] = []
        self.addresses: list[Address] = []
        self.problems: list[Problem] = []
        self.dropped: set[int] = set()  # places in the lists


class Picker:
    """Chooses the rows of blocks that can be used. ``delimiter``: the file's, empty when there is none."""

    def __init__(self, columns: Columns, delimiter: str) -> None:
        self.columns, self.delimiter, self.width = columns, delimiter, len(columns.headings)

    def pick(self, block: Block) -> Rows:
        """Its usable rows; those that swallowed others are dropped."""
        rows = self._usable(block)
        if block.broken and self.delimiter:
            self._find_swallowed(rows)
        return rows

    def _usable(self, block: Block) -> Rows:
        """Rows with a good address and as many cells as there are columns; empty rows are left out silently."""
        rows, place, width = Rows(), self.columns.email, self.width
        for number, whole in zip(block.numbers, block.rows, strict=True):
            cells = whole if len(whole) == width else self._fitted(rows, number, whole)
            try:
                address, changed = check_loosely(str(cells[place]))
            except AddressWrongError as error:
                if any(str(cell).strip() for cell in whole):
                    self._problem(rows, number, place, cells, error.reason)
                continue
            if changed:
                self._changed(rows, number, cells, address)
            rows.numbers.append(number)
            rows.cells.append(cells)
            rows.addresses.append(address)
        return rows

    def _find_swallowed(self, rows: Rows) -> None:
        """Drop rows with other people's rows inside a cell, as two stray quotation marks make them: what belongs to
        others must not be mailed to anybody."""
        for at, cells in enumerate(rows.cells):
            for place, cell in enumerate(cells):
                if "\n" in str(cell) and any(map(self._is_row, str(cell).splitlines()[1:])):
                    self.drop(rows, at, place, SWALLOWED)
                    break

    def _is_row(self, line: str) -> bool:
        cells = line.split(self.delimiter)
        return len(cells) > max(1, self.columns.email) and is_address(cells[self.columns.email].strip(' "'))

    def _fitted(self, rows: Rows, number: int, cells: Sequence[Cell]) -> Sequence[Cell]:
        if len(cells) < self.width:
            return [*cells, *[""] * (self.width - len(cells))]
        extra = [str(cell) for cell in cells[self.width :] if str(cell).strip()]
        if extra:
            label, value = self.columns.label(self.width), " | ".join(extra)
            rows.problems.append(Problem(number, label, value, TOO_MANY_CELLS, mailed=True))
        return cells[: self.width]

    def drop(self, rows: Rows, at: int, place: int, reason: str | Phrase) -> None:
        """Leave the row at this place of the lists out, and say why."""
        rows.dropped.add(at)
        self._problem(rows, rows.numbers[at], place, rows.cells[at], reason)

    def _changed(self, rows: Rows, number: int, cells: Sequence[Cell], address: Address) -> None:
        """Tell what was left out around an address."""
        place = self.columns.email
        reason = Phrase(READ_AS, address=address.address)
        label = self.columns.label(place)
        rows.problems.append(Problem(number, label, str(cells[place]), reason, mailed=True, cells=cells))

    def _problem(self, rows: Rows, number: int, place: int, cells: Sequence[Cell], reason: str | Phrase) -> None:
        label = self.columns.label(place)
        rows.problems.append(Problem(number, label, str(cells[place]), reason, cells=cells))


def display_name(text: str) -> str:
    """A cell as the name in To: one line, printable, of a bearable length."""
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else " " for letter in text)
        text = " ".join(text.split())
    return text.strip()[:MAX_NAME].rstrip()
