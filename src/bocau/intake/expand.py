"""The second pass: rows become messages, in chunks; what is wrong with a row is told and the others go on."""

from collections.abc import Callable, Iterator, Sequence
from itertools import compress
from typing import Any, NamedTuple

import orjson

from bocau.base.words import N_, Phrase, say
from bocau.intake.headings import is_address
from bocau.intake.kinds import TURN, Cell, Kind, Value
from bocau.intake.survey import Survey
from bocau.intake.table import BLOCK_ROWS, Block, Table
from bocau.ledger import NewMessage
from bocau.wire.address import Address, AddressWrongError, check

MAX_DATA = 60_000  # bytes of one row's merge data as JSON; MySQL's TEXT holds 65,535
MAX_NAME = 200  # characters of a display name

SWALLOWED = N_("a quotation mark seems to have swallowed the rows behind it")
TOO_MANY_CELLS = N_("more cells than columns; what is too much was left out")
NUL_CHARACTER = N_("a NUL character in the cell")
TOO_MUCH_DATA = N_("more than 60,000 bytes of data in the row")
DUPLICATE = N_("duplicate of row {row}")


class Problem(NamedTuple):
    """What is wrong with one row. ``mailed``: the row goes out all the same. ``cells``: the row as it was read, when it
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


class Chunk(NamedTuple):
    """Messages of rows behind each other, ready for the ledger, and what was wrong. ``last``: the last row read."""

    messages: list[NewMessage]
    problems: list[Problem]
    last: int

    def with_duplicates(self, found: Survey, pairs: Sequence[tuple[int, int]]) -> list[Problem]:
        """All problems by row, with those of rows whose recipient came before: (row, first row), as the ledger tells."""
        if not pairs:
            return self.problems
        label = found.columns.label(found.columns.email)
        values = {message.row: message.address for message in self.messages}
        told = [
            Problem(row, label, values.get(row, ""), Phrase(DUPLICATE, row=first)) for row, first in pairs
        ]
        return sorted([*self.problems, *told], key=lambda problem: problem.row)


Enclose = Callable[[str], str]  # a cell → JSON list of stored files; raises FileNotEnclosedError


class FileNotEnclosedError(Exception):
    """A row's own file cannot go with its mail; the argument is the reason."""

    def __init__(self, reason: str | Phrase) -> None:
        super().__init__(reason)
        self.reason = reason


def expand(
    table: Table, found: Survey, enclose: Enclose | None = None, *, limit: int | None = None
) -> Iterator[Chunk]:
    """Every row of the table, as ``found`` by the first pass. ``limit``: at most so many messages.

    Raises what reading a table raises; a bad row raises nothing.
    """
    work = _Work(found, enclose if found.columns.files is not None else None, table.delimiter)
    left = limit
    for block in table.blocks(BLOCK_ROWS if limit is None else max(1, min(limit, BLOCK_ROWS))):
        chunk = work.chunk(block)
        if left is not None:
            chunk = _cut(chunk, left)
            left -= len(chunk.messages)
        yield chunk
        if left == 0:
            return


def _cut(chunk: Chunk, most: int) -> Chunk:
    if len(chunk.messages) < most:
        return chunk
    messages = chunk.messages[:most]
    last = messages[-1].row if messages else 0
    return chunk._replace(
        messages=messages, problems=[one for one in chunk.problems if one.row <= last], last=last
    )


class _Rows:
    """The usable rows of one block while they are worked on; the lists run side by side."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.cells: list[Sequence[Cell]] = []
        self.addresses: list[Address] = []
        self.problems: list[Problem] = []
        self.dropped: set[int] = set()  # places in the lists


class _Work:
    """Turns blocks to chunks, column by column, which is several times faster than cell by cell."""

    def __init__(self, found: Survey, enclose: Enclose | None, delimiter: str) -> None:
        self.delimiter = delimiter
        self.columns, self.kinds, self.enclose = found.columns, found.kinds, enclose
        self.width = len(found.columns.headings)
        self.named = found.columns.gives_name
        self.keys = (*found.columns.keys, "name") if self.named else found.columns.keys

    def chunk(self, block: Block) -> Chunk:
        rows = self._usable(block)
        if block.broken and self.delimiter:
            self._find_swallowed(rows)
        messages = self._messages(rows) if rows.numbers else []
        problems = rows.problems
        if problems:
            mailed = {message.row for message in messages}
            problems = [one._replace(mailed=one.mailed and one.row in mailed) for one in problems]
            problems.sort(key=lambda problem: problem.row)
        return Chunk(messages, problems, block.numbers[-1])

    def _messages(self, rows: _Rows) -> list[NewMessage]:
        columns = list(zip(*rows.cells, strict=True))
        turned = [self._turned(rows, place, cells) for place, cells in enumerate(columns)]
        addresses = [one.address for one in rows.addresses]
        turned[self.columns.email] = list(addresses)
        names = self._names(columns)
        data = self._data(rows, [*turned, names] if self.named else turned)
        files = self._files(rows, columns)
        recipients = [one.recipient for one in rows.addresses]
        made = map(
            NewMessage._make, zip(recipients, addresses, names, rows.numbers, data, files, strict=True)
        )
        if rows.dropped:
            return list(compress(made, [place not in rows.dropped for place in range(len(data))]))
        return list(made)

    def _usable(self, block: Block) -> _Rows:
        """Rows with a good address and as many cells as there are columns; empty rows are left out silently."""
        rows, place, width = _Rows(), self.columns.email, self.width
        for number, whole in zip(block.numbers, block.rows, strict=True):
            cells = whole if len(whole) == width else self._fitted(rows, number, whole)
            try:
                address = check(str(cells[place]))
            except AddressWrongError as error:
                if any(str(cell).strip() for cell in whole):
                    self._problem(rows, number, place, cells, error.reason)
                continue
            rows.numbers.append(number)
            rows.cells.append(cells)
            rows.addresses.append(address)
        return rows

    def _find_swallowed(self, rows: _Rows) -> None:
        """Drop rows with other people's rows inside a cell, as two stray quotation marks make them: what belongs to
        others must not be mailed to anybody."""
        for at, cells in enumerate(rows.cells):
            for place, cell in enumerate(cells):
                if "\n" in str(cell) and any(map(self._is_row, str(cell).splitlines()[1:])):
                    self._drop(rows, at, place, SWALLOWED)
                    break

    def _is_row(self, line: str) -> bool:
        cells = line.split(self.delimiter)
        return len(cells) > max(1, self.columns.email) and is_address(cells[self.columns.email].strip(' "'))

    def _fitted(self, rows: _Rows, number: int, cells: Sequence[Cell]) -> Sequence[Cell]:
        if len(cells) < self.width:
            return [*cells, *[""] * (self.width - len(cells))]
        extra = [str(cell) for cell in cells[self.width :] if str(cell).strip()]
        if extra:
            label, value = self.columns.label(self.width), " | ".join(extra)
            rows.problems.append(Problem(number, label, value, TOO_MANY_CELLS, mailed=True))
        return cells[: self.width]

    def _turned(self, rows: _Rows, place: int, cells: Sequence[Any]) -> list[Value]:
        """One column's cells as templates get them."""
        turn = TURN[self.kinds[place]]
        try:
            turned = list(map(str.strip if turn is TURN[Kind.text] else turn, cells))
        except (ValueError, TypeError):
            turned = [self._one(rows, at, place, cell) for at, cell in enumerate(cells)]
        if self.kinds[place] is Kind.text and "\0" in "".join(map(str, turned)):
            for at, value in enumerate(turned):
                if "\0" in str(value):
                    self._drop(rows, at, place, NUL_CHARACTER)
        return turned

    def _one(self, rows: _Rows, at: int, place: int, cell: Cell) -> Value:
        try:
            return TURN[self.kinds[place]](cell)
        except ValueError as error:
            self._drop(rows, at, place, str(error))
            return None

    def _data(self, rows: _Rows, turned: Sequence[Sequence[Value]]) -> list[str]:
        keys, dumps = self.keys, orjson.dumps
        raw = [dumps(dict(zip(keys, values, strict=True))) for values in zip(*turned, strict=True)]
        if max(map(len, raw)) > MAX_DATA:
            for at, text in enumerate(raw):
                if len(text) > MAX_DATA:
                    self._drop(rows, at, self.columns.email, TOO_MUCH_DATA)
        return [text.decode() for text in raw]

    def _names(self, columns: list[Any]) -> list[str]:
        if self.columns.name is None:
            return [""] * len(columns[0])
        return [display_name(str(cell)) for cell in columns[self.columns.name]]

    def _files(self, rows: _Rows, columns: list[Any]) -> list[str | None]:
        made: list[str | None] = [None] * len(rows.numbers)
        place = self.columns.files
        if self.enclose is None or place is None:
            return made
        for at, cell in enumerate(columns[place]):
            if at in rows.dropped:
                continue
            try:
                made[at] = self.enclose(str(cell).strip()) or None
            except FileNotEnclosedError as error:
                self._drop(rows, at, place, error.reason)
        return made

    def _drop(self, rows: _Rows, at: int, place: int, reason: str | Phrase) -> None:
        rows.dropped.add(at)
        self._problem(rows, rows.numbers[at], place, rows.cells[at], reason)

    def _problem(
        self, rows: _Rows, number: int, place: int, cells: Sequence[Cell], reason: str | Phrase
    ) -> None:
        label = self.columns.label(place)
        rows.problems.append(Problem(number, label, str(cells[place]), reason, cells=cells))


def display_name(text: str) -> str:
    """A cell as the name in To: one line, printable, of a bearable length."""
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else " " for letter in text)
        text = " ".join(text.split())
    return text.strip()[:MAX_NAME].rstrip()
