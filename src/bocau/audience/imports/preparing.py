"""Blocks of a file become chunks of contacts, column by column, without a database.

A value that its attribute cannot hold is left out and told; the person comes in all the same.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar, cast

from bocau.audience import places
from bocau.audience.imports import converting, statuses
from bocau.audience.imports.chunk import Chunk, Page, written
from bocau.audience.imports.converting import Converter
from bocau.audience.imports.shapes import Column, Plan, Run
from bocau.audience.values import ValueChangedError, ValueWrongError
from bocau.base.words import Phrase
from bocau.cells import seen
from bocau.sheets import Block, Columns, Picker, Problem, Table
from bocau.sheets.doubts import doubts
from bocau.sheets.headings import FAMILY_FIRST, fields, slug
from bocau.sheets.letters import lost
from bocau.sheets.rows import DUPLICATE, LOST, Rows
from bocau.wire.address import check_plain

T = TypeVar("T")
CHUNK = 10_000
"""Rows of a transaction: enough that its round trips and its commit are a small part."""
BLOCK = 1000
"""Rows that are worked on at once: few enough to stay in a processor's cache."""


def chunks(table: Table, run: Run, clock: Callable[[], int], size: int = CHUNK) -> Iterator[Chunk]:
    """All rows behind the run's position. ``clock``: ms now.

    Raises what reading a table raises; a bad row raises nothing."""
    work, latest, step = _Work(run, table.delimiter), run.latest, min(size, BLOCK)
    coming: _Coming | None = None
    for block in table.blocks(step):
        if block.numbers[-1] <= run.position:
            continue
        if coming is None:
            latest = max(clock(), latest + 1)
            coming = _Coming(block.numbers[0], latest)
        work.add(coming, block)
        if coming.last - coming.first + 1 + step > size:
            yield work.chunk(coming)
            coming = None
    if coming is not None:
        yield work.chunk(coming)


@dataclass
class _Coming:
    """A chunk that grows; the lists run side by side. ``pages``: number → lines. ``places``: recipient → row."""

    first: int
    at: int
    last: int = 0
    rows: list[int] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    pages: dict[int, list[str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)
    blocked: dict[str, statuses.Block] = field(default_factory=dict)


class _Chosen(NamedTuple):
    """Rows with good addresses. ``kept``: places of those that come in; None: all."""

    rows: Rows
    recipients: list[str]
    addresses: list[str]
    kept: Sequence[int] | None = None


class _Group(NamedTuple):
    """Columns that are kept together."""

    names: tuple[str, ...]
    converters: list[tuple[int, Converter]]


class _Work:
    """One run's columns, each with its converter."""

    def __init__(self, run: Run, delimiter: str) -> None:
        self.run = run.id
        plan: Plan = run.plan
        names = [one.heading for one in plan.columns]
        email = plan.place("email")
        assert email is not None
        columns = Columns(tuple(names), tuple(fields(names)), email, None, None, {})
        self.picker = Picker(columns, delimiter)
        self.email = email
        self.blocked = [at for at, one in enumerate(plan.columns) if one.target == "blocked"]
        self.fields = columns.keys
        self.parts = _parts(plan)
        apart = (email, *self.blocked, *self.parts)
        taken = [(at, one) for at, one in enumerate(plan.columns) if one.target and at not in apart]
        if self.parts:
            taken.append((len(plan.columns), Column("", "name")))
        self.groups: dict[int | None, _Group] = {None: _Group(("address",), [])}
        for at, one in taken:
            name = one.slot or one.target
            group = self.groups.get(places.page_number(name), _Group((), []))
            group.converters.append((at, converting.of_column(one)))
            self.groups[places.page_number(name)] = group._replace(names=(*group.names, name))

    def chunk(self, coming: _Coming) -> Chunk:
        order = sorted(range(len(coming.rows)), key=coming.recipients.__getitem__)
        rows, lines = _picked(coming.rows, order), _picked(coming.lines, order)
        end = f"\t{self.run}\t{coming.at}\t{coming.at}\n"
        text = (end.join(lines) + end).encode() if lines else b""
        problems = sorted(coming.problems, key=lambda one: one.row)
        pages = tuple(
            Page(number, self.groups[number].names, _whole(_picked(lines, order)))
            for number, lines in sorted(coming.pages.items())
        )
        return Chunk(
            coming.first, coming.last, coming.at, rows, self.groups[None].names, text, problems, coming.blocked, pages
        )

    def add(self, coming: _Coming, block: Block) -> None:
        """Put a block's contacts into the chunk that grows."""
        rows, recipients, addresses, kept = self._plainly(block, coming.places) or self._closely(block, coming.places)
        columns: list[Sequence[Any]] = list(zip(*rows.cells, strict=True)) or [()] * self.picker.width
        if self.parts:
            columns.append([_joined(cells) for cells in zip(*(columns[at] for at in self.parts), strict=True)])
        for at, doubt in doubts(recipients):
            self._note(rows, at, self.email, rows.cells[at][self.email], doubt)
        for place in self.blocked:
            self._block(coming, rows, recipients, place, columns[place])
        for number, group in self.groups.items():
            values = [self._converted(rows, place, columns[place], one) for place, one in group.converters]
            if number is None:
                lines = list(map("\t".join, zip(recipients, addresses, *values, strict=True)))
                coming.lines += _picked(lines, kept)
            else:
                lines = list(map("\t".join, zip(*values, strict=True)))
                coming.pages.setdefault(number, []).extend(_picked(lines, kept))
        coming.last = block.numbers[-1]
        coming.problems += rows.problems
        coming.rows += _picked(rows.numbers, kept)
        coming.recipients += _picked(recipients, kept)

    def _plainly(self, block: Block, places: dict[str, int]) -> "_Chosen | None":
        """All rows of the block at once, when nothing is wrong with any of them."""
        if block.broken or set(map(len, block.rows)) != {self.picker.width}:
            return None
        cells = [row[self.email] for row in block.rows]
        keys = check_plain(cells) if set(map(type, cells)) == {str} else None  # type: ignore[arg-type]
        if keys is None or not places.keys().isdisjoint(keys):
            return None
        found = dict(zip(keys, block.numbers, strict=True))
        if len(found) < len(keys):
            return None
        places |= found
        rows = Rows()
        rows.numbers, rows.cells = list(block.numbers), list(block.rows)
        return _Chosen(rows, keys, keys)

    def _closely(self, block: Block, places: dict[str, int]) -> "_Chosen":
        rows = self.picker.pick(block)
        kept = self._once(rows, places)
        recipients = [one.recipient for one in rows.addresses]
        return _Chosen(rows, recipients, [one.address for one in rows.addresses], kept)

    def _once(self, rows: Rows, places: dict[str, int]) -> list[int]:
        """Places of rows that are not dropped, each person's first."""
        kept = []
        for place, one in enumerate(rows.addresses):
            if place in rows.dropped:
                continue
            before = places.setdefault(one.recipient, rows.numbers[place])
            if before == rows.numbers[place]:
                kept.append(place)
            else:
                self.picker.drop(rows, place, self.email, Phrase(DUPLICATE, row=before))
        return kept

    def _converted(self, rows: Rows, place: int, cells: Sequence[Any], converter: Converter) -> Sequence[str]:
        if converter.letters and _perhaps_lost(cells):
            self._tell_lost(rows, place, cells)
        quick = converter.quickly(cells)
        if quick is not None:
            return quick
        made = []
        for at, cell in enumerate(cells):
            try:
                made.append(converter.slowly(cell))
            except ValueChangedError as error:
                made.append(written(error.slot))
                self._note(rows, at, place, cell, cast(Phrase, error.fields["reason"]))
            except ValueWrongError as error:
                made.append(converter.empty)
                self._note(rows, at, place, cell, cast(Phrase, error.fields["reason"]))
            except ValueError as error:
                made.append(converter.empty)
                self._note(rows, at, place, cell, error.args[0])
        return made

    def _tell_lost(self, rows: Rows, place: int, cells: Sequence[Any]) -> None:
        for at, cell in enumerate(cells):
            if lost(str(cell)):
                self._note(rows, at, place, cell, LOST)

    def _block(self, coming: _Coming, rows: Rows, recipients: Sequence[str], place: int, cells: Sequence[Any]) -> None:
        """Put down who gets no mail; of several reasons the first, or one that stops all mail."""
        for at, cell in enumerate(cells):
            said = statuses.read(self.fields[place], str(cell))
            if said is None or at in rows.dropped:
                continue
            if isinstance(said, statuses.Block):
                held = coming.blocked.get(recipients[at], said)
                coming.blocked[recipients[at]] = held if held.scope == "all" else said
            self._note(rows, at, place, cell, said.told() if isinstance(said, statuses.Block) else said)

    def _note(self, rows: Rows, at: int, place: int, cell: object, reason: str | Phrase) -> None:
        if at not in rows.dropped:
            label = self.picker.columns.label(place)
            rows.problems.append(
                Problem(rows.numbers[at], label, seen(cell), reason, mailed=True, cells=rows.cells[at])
            )


def _perhaps_lost(cells: Sequence[Any]) -> bool:
    """False: no letter can be lost in these cells."""
    try:
        joined = "".join(cells)
    except TypeError:
        joined = "".join(map(str, cells))
    return "?" in joined or "\ufffd" in joined or "\0" in joined


def _whole(lines: Sequence[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode() if lines else b""


def _picked(column: Sequence[T], places: Sequence[int] | None) -> Sequence[T]:
    """The items at these places; None: all."""
    return column if places is None else [column[place] for place in places]


def _parts(plan: Plan) -> tuple[int, ...]:
    """The columns that a name is put together from, in its order; none where one column has all of it."""
    given, family = plan.place("given_name"), plan.place("family_name")
    if given is None or family is None or plan.place("name") is not None:
        return tuple(at for at in (given, family) if at is not None and plan.place("name") is None)
    return (family, given) if slug(plan.columns[family].heading) in FAMILY_FIRST else (given, family)


def _joined(cells: Sequence[Any]) -> str:
    return " ".join(filter(None, (seen(cell).strip() for cell in cells)))
