"""The first pass over a file: what kind each column is, and how many people are in it."""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from bocau.base import clock
from bocau.cells import Cell, Kind, Meaning, Question, Study, habits_of, settle
from bocau.cells.plain import all_plain_numbers, is_doubtful, is_plain_number
from bocau.intake.errors import FileHasNobodyError
from bocau.sheets.columns import Columns, Wishes, choose
from bocau.sheets.errors import ColumnsUnclearError
from bocau.sheets.table import Table
from bocau.wire.address import AddressWrongError, check_loosely

SHARES = 64


@dataclass(frozen=True, slots=True)
class Survey:
    """What a file holds. ``meanings``: of its columns; a number unless a person said otherwise only where it looks the same in
    a mail as in the file, and is the same to people here. ``rows``: those with anything in them; ``good``: with an address
    that can be used; ``people``: different ones among these; ``real``: good rows whose domain is not reserved for tests."""

    columns: Columns
    meanings: tuple[Meaning, ...]
    rows: int
    good: int
    people: int
    real: int


def survey(table: Table, wishes: Wishes | None = None) -> Survey:
    """Find the columns and read the whole table once. Memory does not grow with it, but for 8 bytes a row.

    Raises FileHasNobodyError, ColumnsUnclearError, EmailColumnMissingError, ColumnUnknownError and their kin.
    """
    columns = choose(table, wishes or Wishes())
    width = len(columns.headings)
    habit = habits_of(str(clock.zone())).decimal
    guesses = [_Guess(habit) for _ in range(width)]
    studies = {place: Study(columns.label(place), columns.keys[place]) for place in columns.wished}
    people = _Distinct()
    rows = good = real = 0
    for block in table.blocks():
        filled = [row for row in block.rows if any(row)]
        rows += len(filled)
        for place, study in studies.items():
            study.add([row[place] if place < len(row) else "" for row in block.rows], block.numbers)
        for guess, cells in zip(guesses, zip_longest(*filled, fillvalue=""), strict=False):
            guess.look(cells, typed=table.typed)
        keys, reserved = _addresses(filled, columns.email)
        people.add(keys)
        good += len(keys)
        real += len(keys) - reserved
    if not good:
        raise FileHasNobodyError(path=table.path.name, column=columns.label(columns.email))
    wished = _wished(table, columns, studies)
    meanings = tuple(wished.get(place) or guess.meaning for place, guess in enumerate(guesses))
    return Survey(columns, meanings, rows, good, people.count(), real)


def _wished(table: Table, columns: Columns, studies: dict[int, Study]) -> dict[int, Meaning]:
    """What a person said, with the signs of the cells. Raises ColumnsUnclearError."""
    zone = habits_of(str(clock.zone()))
    settled = {place: settle(columns.wished[place], study, zone) for place, study in studies.items()}
    questions = [one for one in settled.values() if isinstance(one, Question)]
    if questions:
        raise ColumnsUnclearError(questions, table.path.name)
    return {place: one for place, one in settled.items() if isinstance(one, Meaning)}


def _addresses(rows: Iterable[Sequence[Cell]], place: int) -> tuple[list[str], int]:
    """The keys of good addresses, and how many of them are at reserved domains."""
    keys, reserved = [], 0
    for row in rows:
        if place >= len(row):
            continue
        try:
            found, _ = check_loosely(str(row[place]))
        except AddressWrongError:
            continue
        keys.append(found.recipient)
        reserved += found.reserved
    return keys, reserved


class _Guess:
    """Is a column a number in every cell that is filled? One exception settles it; so do fractions that are all thousands to
    people whose sign before a fraction is ``habit``."""

    def __init__(self, habit: str) -> None:
        self.habit, self.open, self.seen = habit, True, False
        self.fractions = self.doubtful = False

    def look(self, cells: Sequence[Any], *, typed: bool) -> None:
        if not self.open:
            return
        if typed:
            filled = [cell.strip() if type(cell) is str else cell for cell in cells]
            filled = [cell for cell in filled if cell != ""]
            self.open = all(map(is_plain_number, filled))
        else:
            filled = list(filter(None, map(str.strip, cells)))
            self.open = all_plain_numbers(filled)
        self.seen = self.seen or bool(filled)
        if self.open and not self.fractions and self.habit != ".":
            doubts = [is_doubtful(cell, self.habit) for cell in filled if type(cell) is float or "." in str(cell)]
            self.doubtful, self.fractions = self.doubtful or any(doubts), not all(doubts)

    @property
    def meaning(self) -> Meaning:
        doubtful = self.doubtful and not self.fractions
        return Meaning(Kind.number, ".") if self.open and self.seen and not doubtful else Meaning()


class _Distinct:
    """Counts different texts in eight bytes each, by their hashes; hashes are seeded, so nobody can make them meet."""

    def __init__(self) -> None:
        self.shares = [array("q") for _ in range(SHARES)]

    def add(self, texts: Iterable[str]) -> None:
        shares = self.shares
        for text in texts:
            number = hash(text)
            shares[number % SHARES].append(number)

    def count(self) -> int:
        return sum(len(set(share)) for share in self.shares)
