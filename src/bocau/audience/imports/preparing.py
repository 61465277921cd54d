"""Blocks of a file become chunks of contacts, column by column, without a database: values checked, slots filled.

A value that its attribute cannot hold is left out and told; the person comes in all the same.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import compress
from operator import itemgetter
from typing import Any, NamedTuple, cast
from zoneinfo import available_timezones

from bocau.audience.contacts import LANGUAGE, MOST_NAME
from bocau.audience.imports.shapes import Column, Plan, Run
from bocau.audience.states import Kind
from bocau.audience.tables import LONGEST
from bocau.audience.values import UNKEPT, Attribute, ValueWrongError, clean, converter
from bocau.base.words import N_, Phrase
from bocau.sheets import Block, Columns, Picker, Problem, Table
from bocau.sheets.headings import fields
from bocau.sheets.rows import DUPLICATE, Rows, display_name
from bocau.wire.address import check_plain

CHUNK = 10_000
KEPT = 50_000
"""Cells whose value is remembered, for each column."""
WHOLE = re.compile(r"(?:(?:0|-?[1-9][0-9]{0,14})?\n)*\Z")
"""Cells that are whole numbers or empty, one a line."""


class Chunk(NamedTuple):
    """Rows behind each other as contacts; the lists run side by side, in the order of ``recipients``, which rise.

    ``values``: one list for each of ``names``, which are columns of ``contact``. ``at``: ms, when its new contacts are
    made; it is different in each chunk of a run. ``first``, ``last``: rows of the file."""

    first: int
    last: int
    at: int
    rows: Sequence[int]
    recipients: Sequence[str]
    names: tuple[str, ...]
    values: list[Sequence[Any]]
    problems: list[Problem]

    def only(self, keep: Sequence[bool]) -> "Chunk":
        """The same without the contacts that are not to be kept."""
        return self._replace(
            rows=list(compress(self.rows, keep)),
            recipients=list(compress(self.recipients, keep)),
            values=[list(compress(column, keep)) for column in self.values],
        )


def chunks(table: Table, run: Run, clock: Callable[[], int], size: int = CHUNK) -> Iterator[Chunk]:
    """All rows behind the run's position. ``clock``: ms now.

    Raises what reading a table raises; a bad row raises nothing."""
    work, latest = _Work(run.plan, table.delimiter), run.latest
    for block in table.blocks(size):
        if block.numbers[-1] > run.position:
            latest = max(clock(), latest + 1)
            yield work.chunk(block, latest)


class _Chosen(NamedTuple):
    """Rows with good addresses. ``kept``: places of those that come in."""

    rows: Rows
    recipients: list[str]
    addresses: list[str]
    kept: Iterable[int]


class _Work:
    """One plan's columns, each with the way its cells are turned."""

    def __init__(self, plan: Plan, delimiter: str) -> None:
        names = [one.heading for one in plan.columns]
        email = plan.place("email")
        assert email is not None
        columns = Columns(tuple(names), tuple(fields(names)), email, None, None, {})
        self.picker = Picker(columns, delimiter)
        self.email = email
        taken = [(at, one) for at, one in enumerate(plan.columns) if one.target and at != email]
        self.turns = [(at, one.slot or one.target, _turn(one)) for at, one in taken]

    def chunk(self, block: Block, at: int) -> Chunk:
        rows, recipients, addresses, kept = self._plainly(block) or self._closely(block)
        columns: Sequence[Sequence[Any]] = list(zip(*rows.cells, strict=True)) or [()] * self.picker.width
        names, values = ["address"], [addresses]
        for place, name, turn in self.turns:
            names.append(name)
            values.append(self._turned(rows, place, columns[place], turn))
        order = sorted(kept, key=recipients.__getitem__)
        pick = _picker(order)
        rows.problems.sort(key=lambda one: one.row)
        return Chunk(
            block.numbers[0], block.numbers[-1], at, pick(rows.numbers), pick(recipients), tuple(names),
            [pick(column) for column in values], rows.problems,
        )  # fmt: skip

    def _plainly(self, block: Block) -> "_Chosen | None":
        """All rows of the block at once, when nothing is wrong with any of them."""
        if block.broken or set(map(len, block.rows)) != {self.picker.width}:
            return None
        cells = [row[self.email] for row in block.rows]
        keys = check_plain(cells) if set(map(type, cells)) == {str} else None  # type: ignore[arg-type]
        if keys is None or len(set(keys)) < len(keys):
            return None
        rows = Rows()
        rows.numbers, rows.cells = list(block.numbers), list(block.rows)
        return _Chosen(rows, keys, keys, range(len(keys)))

    def _closely(self, block: Block) -> "_Chosen":
        rows = self.picker.pick(block)
        kept = self._once(rows)
        recipients = [one.recipient for one in rows.addresses]
        return _Chosen(rows, recipients, [one.address for one in rows.addresses], kept)

    def _once(self, rows: Rows) -> set[int]:
        """Places of rows that are not dropped, each person's first."""
        first: dict[str, int] = {}
        kept = set()
        for place, one in enumerate(rows.addresses):
            if place in rows.dropped:
                continue
            before = first.setdefault(one.recipient, rows.numbers[place])
            if before == rows.numbers[place]:
                kept.add(place)
            else:
                self.picker.drop(rows, place, self.email, Phrase(DUPLICATE, row=before))
        return kept

    def _turned(self, rows: Rows, place: int, cells: Sequence[Any], turn: "_Turn") -> list[Any]:
        quick = turn.quickly(cells)
        if quick is not None:
            return quick
        made = []
        for at, cell in enumerate(cells):
            try:
                made.append(turn.slowly(cell))
            except ValueWrongError as error:
                made.append(turn.empty)
                self._note(rows, at, place, cell, cast(Phrase, error.fields["reason"]))
            except ValueError as error:
                made.append(turn.empty)
                self._note(rows, at, place, cell, error.args[0])
        return made

    def _note(self, rows: Rows, at: int, place: int, cell: object, reason: str | Phrase) -> None:
        if at not in rows.dropped:
            label = self.picker.columns.label(place)
            rows.problems.append(
                Problem(rows.numbers[at], label, str(cell), reason, mailed=True, cells=rows.cells[at])
            )


class _Turn:
    """How one column's cells are turned: a whole column at once where that is certain to be right, else one by one."""

    empty: Any = None

    def __init__(self, convert: Callable[[Any], Any]) -> None:
        self.convert = convert
        self.memory: dict[Any, Any] = {}

    def quickly(self, cells: Sequence[Any]) -> list[Any] | None:
        """None when a cell needs a closer look."""
        memory = self.memory
        try:
            return [memory[cell] for cell in cells]
        except KeyError:
            return None

    def slowly(self, cell: Any) -> Any:
        """Raises ValueWrongError or ValueError with a reason."""
        if cell in self.memory:
            return self.memory[cell]
        value = self.convert(cell)
        if type(cell) is str:  # 1, 1.0 and True would be one key
            if len(self.memory) >= KEPT:
                self.memory.clear()
            self.memory[cell] = value
        return value


class _Text(_Turn):
    """Texts of an attribute."""

    most = LONGEST

    def quickly(self, cells: Sequence[Any]) -> list[Any] | None:
        try:
            joined = "\n".join(cells)
        except TypeError:
            return None
        if not unicodedata.is_normalized("NFC", joined) or UNKEPT.search(joined) or not self.fits(joined):
            return None
        made = list(map(str.strip, cells))
        if made and max(map(len, made)) > self.most:
            return None
        return self.filled(made)

    def fits(self, joined: str) -> bool:
        return True

    def filled(self, made: list[str]) -> list[Any]:
        return [text or None for text in made] if "" in made else made

    def slowly(self, cell: Any) -> Any:
        return self.convert(cell)


class _Name(_Text):
    """Names: one line, cut where they are too long."""

    most, empty = MOST_NAME, ""

    def fits(self, joined: str) -> bool:
        return joined.replace("\n", "").isprintable()

    def filled(self, made: list[str]) -> list[Any]:
        return made


class _Number(_Turn):
    """Numbers."""

    def quickly(self, cells: Sequence[Any]) -> list[Any] | None:
        try:
            joined = "\n".join(cells) + "\n"
        except TypeError:
            return None
        if WHOLE.match(joined) and joined.count("\n") == len(cells):
            return [float(cell) if cell else None for cell in cells]
        return None


class _Own(_Turn):
    """Language and zone."""

    empty = ""


def _picker(order: Sequence[int]) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """A function that gives the items at these places."""
    if len(order) > 1:
        return itemgetter(*order)
    return lambda column: [column[place] for place in order]


def _turn(column: Column) -> _Turn:
    if column.target == "name" and not column.kind:
        return _Name(lambda cell: clean(display_name(str(cell)))[:MOST_NAME])
    if not column.kind:
        return _Own(_language if column.target == "language" else _zone)
    attribute = Attribute(column.target, column.heading, column.attribute_kind(), column.choices, column.slot)
    convert = converter(attribute, column.decimal)
    kind = {Kind.text: _Text, Kind.number: _Number}.get(attribute.kind, _Turn)
    return kind(convert)


def _language(cell: Any) -> str:
    code = clean(str(cell)).casefold().replace("_", "-")
    code = {"tiếng việt": "vi", "việt": "vi", "tiếng anh": "en", "vietnamese": "vi", "english": "en"}.get(
        code, code
    )
    if (code and not LANGUAGE.match(code)) or len(code) > 16:
        raise ValueError(N_("it is no language code"))
    return code


def _zone(cell: Any) -> str:
    zone = clean(str(cell))
    if zone and zone not in _zones():
        raise ValueError(N_("it is no time zone"))
    return zone


@cache
def _zones() -> frozenset[str]:
    """All names of time zones; finding them reads a folder."""
    return frozenset(available_timezones())
