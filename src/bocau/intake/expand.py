"""The second pass: rows become messages, in chunks; what is wrong with a row is told and the others go on."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from itertools import compress
from typing import Any, NamedTuple

import orjson

from bocau.base import clock
from bocau.base.words import N_, Phrase
from bocau.cells import Cell, ChangedError, Kind, Meaning, Reader, Shown, reader, reason_of
from bocau.cells import Value as CellValue
from bocau.cells.dates import shown
from bocau.cells.plain import as_plain_number
from bocau.cells.single import VALUES, kept_apart
from bocau.intake.survey import Survey
from bocau.ledger import NewMessage
from bocau.sheets.letters import lost
from bocau.sheets.rows import DUPLICATE, LOST, NUL_CHARACTER, Picker, Problem, Rows, display_name
from bocau.sheets.table import BLOCK_ROWS, Block, Table

MAX_DATA = 60_000  # bytes of one row's merge data as JSON; MySQL's TEXT holds 65,535

TOO_MUCH_DATA = N_("more than 60,000 bytes of data in the row")


class Chunk(NamedTuple):
    """Messages of rows behind each other, ready for the ledger, and what was wrong. ``last``: the last row read."""

    messages: list[NewMessage]
    problems: list[Problem]
    last: int

    def with_duplicates(self, survey: Survey, pairs: Sequence[tuple[int, int]]) -> list[Problem]:
        """All problems by row, with those of rows whose recipient came before: (row, first row), as the ledger tells."""
        if not pairs:
            return self.problems
        label = survey.columns.label(survey.columns.email)
        values = {message.row: message.address for message in self.messages}
        told = [Problem(row, label, values.get(row, ""), Phrase(DUPLICATE, row=first)) for row, first in pairs]
        return sorted([*self.problems, *told], key=lambda problem: problem.row)


Value = str | int | float | bool | None
"""What a template gets."""
Enclose = Callable[[str], str]  # a cell → JSON list of stored files; raises FileNotEnclosedError


class FileNotEnclosedError(Exception):
    """A row's own file cannot go with its mail; the argument is the reason."""

    def __init__(self, reason: str | Phrase) -> None:
        super().__init__(reason)
        self.reason = reason


def expand(
    table: Table, survey: Survey, enclose: Enclose | None = None, *, limit: int | None = None
) -> Iterator[Chunk]:
    """Every row of the table, as the first pass (``survey``) found it. ``limit``: at most so many messages.

    Raises what reading a table raises; a bad row raises nothing.
    """
    work = _Work(survey, enclose if survey.columns.files is not None else None, table)
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
    return chunk._replace(messages=messages, problems=[one for one in chunk.problems if one.row <= last], last=last)


class _Work(Picker):
    """Turns blocks to chunks, column by column, which is several times faster than cell by cell."""

    def __init__(self, survey: Survey, enclose: Enclose | None, table: Table) -> None:
        super().__init__(survey.columns, table.delimiter)
        self.readers = [_reader(survey, place) for place in range(len(survey.meanings))]
        self.enclose = enclose
        self.named = survey.columns.gives_name
        self.typed, self.zone = table.typed, clock.zone().key
        self.keys = (*survey.columns.keys, "name") if self.named else survey.columns.keys

    def chunk(self, block: Block) -> Chunk:
        rows = self.pick(block)
        messages = self._messages(rows) if rows.numbers else []
        problems = rows.problems
        if problems:
            mailed = {message.row for message in messages}
            problems = [one._replace(mailed=one.mailed and one.row in mailed) for one in problems]
            problems.sort(key=lambda problem: problem.row)
        return Chunk(messages, problems, block.numbers[-1])

    def _messages(self, rows: Rows) -> list[NewMessage]:
        columns = list(zip(*rows.cells, strict=True))
        turned = [self._turned(rows, place, cells) for place, cells in enumerate(columns)]
        addresses = [one.address for one in rows.addresses]
        turned[self.columns.email] = list(addresses)
        names = self._names(columns)
        data = self._data(rows, [*turned, names] if self.named else turned, self._kept_apart(columns))
        files = self._files(rows, columns)
        recipients = [one.recipient for one in rows.addresses]
        made = map(NewMessage._make, zip(recipients, addresses, names, rows.numbers, data, files, strict=True))
        if rows.dropped:
            return list(compress(made, [place not in rows.dropped for place in range(len(data))]))
        return list(made)

    def _turned(self, rows: Rows, place: int, cells: Sequence[Any]) -> list[Value]:
        """One column's cells as templates get them."""
        turn = self.readers[place]
        try:
            turned: list[Value] = list(map(turn or str.strip, cells))
        except (ValueError, TypeError):
            turned = [self._one(rows, at, place, cell) for at, cell in enumerate(cells)]
        joined = "\n".join(map(str, turned)) if turn is None else ""
        if "?" in joined or "\ufffd" in joined:
            self._tell_lost(rows, place, turned)
        if "\0" in joined:
            for at, value in enumerate(turned):
                if "\0" in str(value):
                    self.drop(rows, at, place, NUL_CHARACTER)
        return turned

    def _tell_lost(self, rows: Rows, place: int, turned: Sequence[Value]) -> None:
        label = self.columns.label(place)
        for at, value in enumerate(turned):
            if lost(str(value)):
                cells = rows.cells[at]
                rows.problems.append(Problem(rows.numbers[at], label, str(value), LOST, mailed=True, cells=cells))

    def _one(self, rows: Rows, at: int, place: int, cell: Cell) -> Value:
        turn = self.readers[place] or _text
        try:
            return turn(cell)
        except ChangedError as error:
            reason, label = reason_of(error), self.columns.label(place)
            rows.problems.append(Problem(rows.numbers[at], label, str(cell), reason, mailed=True, cells=rows.cells[at]))
            return as_value(error.value)
        except ValueError as error:
            self.drop(rows, at, place, reason_of(error))
            return None

    def _kept_apart(self, columns: Sequence[Sequence[Any]]) -> dict[int, dict[str, Value]]:
        """By place, what texts of spreadsheets' cells are that alone would be read as something else."""
        made: dict[int, dict[str, Value]] = {}
        for turn, cells in zip(self.readers, columns, strict=True) if self.typed else ():
            if turn is None and Shown in set(map(type, cells)):
                for at, cell in enumerate(cells):
                    if type(cell) is Shown and (value := kept_apart(cell, self.zone)) is not None:
                        made.setdefault(at, {})[cell.strip()] = value
        return made

    def _data(self, rows: Rows, turned: Sequence[Sequence[Value]], apart: Mapping[int, dict[str, Value]]) -> list[str]:
        keys, dumps = self.keys, orjson.dumps
        raw = [dumps(dict(zip(keys, values, strict=True))) for values in zip(*turned, strict=True)]
        for at, values in apart.items():
            raw[at] = raw[at][:-1] + b"," + dumps({VALUES: values})[1:]
        if max(map(len, raw)) > MAX_DATA:
            for at, text in enumerate(raw):
                if len(text) > MAX_DATA:
                    self.drop(rows, at, self.columns.email, TOO_MUCH_DATA)
        return [text.decode() for text in raw]

    def _names(self, columns: list[Any]) -> list[str]:
        if self.columns.name is None:
            return [""] * len(columns[0])
        return [display_name(str(cell)) for cell in columns[self.columns.name]]

    def _files(self, rows: Rows, columns: list[Any]) -> list[str | None]:
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
                self.drop(rows, at, place, error.reason)
        return made


def _reader(survey: Survey, place: int) -> Callable[[Any], Value] | None:
    """How a column's cells are read; None for texts, which are taken as they are shown."""
    meaning = survey.meanings[place]
    if place not in survey.columns.wished:
        return as_plain_number if meaning.kind is Kind.number else None
    return wished_reader(meaning)


def wished_reader(meaning: Meaning) -> Callable[[Any], Value] | None:
    """The same for what a person said of a column. Its answer raises ValueError, ChangedError."""
    if meaning.kind in (Kind.text, Kind.code, Kind.phone):
        return None
    read: Reader = reader(meaning)
    return lambda cell: as_value(read(cell))


def as_value(value: CellValue) -> Value:
    """As JSON: days as ISO 8601."""
    return shown(value, "") if isinstance(value, date) else value


def _text(cell: Cell) -> Value:
    """A spreadsheet's yes and no stay what they are."""
    return cell if type(cell) is bool else str(cell).strip()
