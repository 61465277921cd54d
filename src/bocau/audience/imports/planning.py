"""What each column of a file becomes: guessed from its heading and its cells, or as a person says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, zip_longest

from bocau.audience import attributes
from bocau.audience.imports import statuses
from bocau.audience.imports.errors import ImportMapWrongError, ImportTypeWrongError
from bocau.audience.imports.guessing import KINDS, kind_of
from bocau.audience.imports.shapes import EXPORTED, OWN, Column, Example, Plan, Proposal, is_export
from bocau.audience.requests import AttributeCreation
from bocau.audience.states import KIND_WORDS, Kind
from bocau.audience.values import Attribute, Slot, ValueChangedError, ValueWrongError, converter, from_slot
from bocau.base import clock
from bocau.base.db import Connection
from bocau.base.words import N_, Phrase
from bocau.cells import Cell, Habits, Meaning, Question, Study, decide, habits_of, habits_of_file, seen, settle
from bocau.cells import Kind as CellKind
from bocau.sheets import Table, headings
from bocau.sheets import Wishes as Named
from bocau.sheets.columns import choose, listed
from bocau.sheets.errors import ColumnsUnclearError, ColumnUnknownError

SAMPLE = 5000
"""Rows that a guess looks at."""
LANGUAGE = ("language", "lang", "locale", "ngon_ngu", "tieng", "ma_ngon_ngu")
ZONE = ("zone", "timezone", "time_zone", "tz", "mui_gio", "mui_gio_dia_phuong")
"""Field names of columns with a language and with a time zone."""


@dataclass(frozen=True)
class Wishes:
    """What a person says about the columns. ``mapped``: heading → target, empty to leave the column out. ``new``: make
    attributes of unknown columns. ``email``: heading of the column of addresses. ``types``: heading → what its cells are, a
    word of ``cells.WORDS``."""

    email: str = ""
    mapped: Mapping[str, str] = field(default_factory=dict)
    new: bool = True
    types: Mapping[str, str] = field(default_factory=dict)


def propose(connection: Connection, table: Table, wishes: Wishes) -> Proposal:
    """What each column becomes. Reads the first rows. Raises EmailColumnMissingError and its kin, ColumnUnknownError,
    ImportMapWrongError, ColumnsUnclearError."""
    asked = _asked(table, wishes.mapped)
    exported = is_export(table.headings)
    email = next((table.headings[at] for at, target in asked.items() if target == "email"), wishes.email)
    email = email or (EXPORTED[0] if exported else "")
    found = choose(table, Named(email=email, kinds=wishes.types))
    sample = _Sample(table, found.keys)
    known = attributes.every(connection)
    work = _Work(found.headings, found.keys, known, wishes.new)
    work.own_columns = len(EXPORTED) if exported else 0
    work.types = found.wished
    work.give(found.email, "email")
    for place, target in asked.items():
        if place != found.email:
            work.give(place, _target(found.headings[place], target, known))
    work.own(found.name)
    work.blocked(sample)
    columns = tuple(work.column(place, sample) for place in range(len(found.headings)))
    if work.questions:
        raise ColumnsUnclearError(work.questions, table.path.name)
    examples = tuple(_example(column, sample, place) for place, column in enumerate(columns))
    return Proposal(columns, examples)


def define(connection: Connection, plan: Plan, now: int) -> Plan:
    """Make the plan's new attributes, and find every attribute's slot.

    Raises AttributeTakenError, AttributeNameWrongError, SlotsFullError."""
    made = []
    for one in plan.columns:
        if one.target and one.kind:
            creation = AttributeCreation(
                name=one.target, kind=Kind(one.kind), label=one.heading, choices=one.choices, pattern=one.pattern
            )
            done = attributes.define(connection, creation, now)
            one = one._replace(slot=done.slot, choices=done.choices)
        made.append(one)
    return replace(plan, columns=tuple(made))


class _Work:
    """Targets by place, each given once."""

    def __init__(self, names: Sequence[str], keys: Sequence[str], known: Sequence[Attribute], new: bool) -> None:
        self.names, self.keys, self.new = names, keys, new
        self.known = {one.name: one for one in known}
        self.by_label = {one.label.casefold(): one for one in reversed(known)}
        self.targets: dict[int, str] = {}
        self.types: Mapping[int, str] = {}
        self.own_columns = 0  # of our own export: its first ones are no attributes, whatever these are called
        self.questions: list[Question] = []

    def give(self, place: int, target: str) -> None:
        if target and target in self.targets.values():
            reason = Phrase(N_("another column already becomes that"))
            raise ImportMapWrongError(column=self.names[place], target=target, reason=reason)
        self.targets[place] = target

    def own(self, name: int | None) -> None:
        """Name, language and zone, where nobody said otherwise."""
        family = headings.known(self.keys, headings.FAMILY)
        given = headings.known(self.keys, headings.GIVEN)
        parted = family is not None and given is not None and (name is None or name == given)
        guessed = (
            *((("given_name", given), ("family_name", family)) if parted else (("name", name),)),
            ("language", headings.known(self.keys, LANGUAGE)),
            ("zone", headings.known(self.keys, ZONE)),
        )
        for target, place in guessed:
            if place is not None and place not in self.targets and target not in self.targets.values():
                self.targets[place] = target

    def blocked(self, sample: "_Sample") -> None:
        """The columns that say who gets no mail, where nobody said otherwise and no attribute is called so."""
        for place, key in enumerate(self.keys):
            free = place not in self.targets and key not in self.known and place not in self.types
            if free and statuses.may_say(key) and (statuses.says(key, sample.texts(place)) or sample.stops(place, key)):
                self.targets[place] = "blocked"

    def column(self, place: int, sample: "_Sample") -> Column:
        heading, target = self.names[place], self.targets.get(place)
        if target in OWN or target == "" or (target is None and place < self.own_columns):
            return Column(heading, target or "")
        attribute = self.known.get(target or heading) or self.known.get(target or self.keys[place])
        if attribute is None and target is None:
            attribute = self.by_label.get(heading.casefold())
        if attribute is not None:
            taken = target is None and attribute.name in self.targets.values()
            if taken:
                return Column(heading, "")
            self.targets[place] = attribute.name
            meaning = self._known_meaning(place, sample, attribute)
            return _column(heading, attribute.name, attribute.kind, meaning, attribute.choices)
        name = target or self._name(place)
        if not name or (target is None and (not self.new or not any(map(str.strip, sample.texts(place))))):
            return Column(heading, "")
        meaning = self._meaning(place, sample)
        kind, choices = kind_of(meaning, () if place in self.types else sample.texts(place), whole=sample.whole)
        self.targets[place] = name
        return _column(heading, name, kind, meaning, choices)._replace(new=True)

    def _meaning(self, place: int, sample: "_Sample") -> Meaning:
        """What its cells are. What nobody can know is put down as a question."""
        word = self.types.get(place)
        meaning = sample.settle(place, word) if word else sample.decide(place)
        if isinstance(meaning, Question):
            self.questions.append(meaning)
            return Meaning()
        return meaning

    def _known_meaning(self, place: int, sample: "_Sample", attribute: Attribute) -> Meaning:
        """The same for cells that become an attribute which is there. Raises ImportTypeWrongError."""
        known, wish = READ_AS.get(attribute.kind, "text"), self.types.get(place, "")
        word = _fitting(known, wish) if wish else known
        if word is None:
            kind = Phrase(KIND_WORDS[attribute.kind])
            raise ImportTypeWrongError(column=self.names[place], attribute=attribute.name, kind=kind, word=wish)
        meaning = sample.settle(place, word)
        if isinstance(meaning, Question):
            fits = [replace(one, word=word) for one in meaning.answers if (word := _fitting(known, one.word))]
            self.questions.append(replace(meaning, answers=fits))
            return Meaning()
        return meaning

    def _name(self, place: int) -> str:
        """A name for a new attribute; empty for a column without a heading."""
        key = self.keys[place]
        if not self.names[place]:
            return ""
        taken = {*self.known, *self.targets.values(), *attributes.RESERVED}
        while key in taken:
            key += "_"
        return key if attributes.NAME.match(key) else ""


def _asked(table: Table, mapped: Mapping[str, str]) -> dict[int, str]:
    """Place → target as said. Raises ColumnUnknownError."""
    keys = headings.fields(table.headings)
    found = {}
    for named, target in mapped.items():
        place = headings.find(named, table.headings, keys)
        if place is None:
            option = "--map" if target else "--skip"
            raise ColumnUnknownError(
                option=option, path=table.path.name, column=headings.tidy(named)[:80], columns=listed(table.headings)
            )
        found[place] = target
    return found


def _target(heading: str, target: str, known: Sequence[Attribute]) -> str:
    """One of OWN, a known attribute by name or label, or a name for a new one. Raises ImportMapWrongError."""
    if not target or target in OWN:
        return target
    for one in known:
        if target.casefold() in (one.name.casefold(), one.label.casefold()):
            return one.name
    name = headings.slug(target)
    if not attributes.NAME.match(name) or name in attributes.RESERVED:
        reason = Phrase(N_("no attribute can be called that"))
        raise ImportMapWrongError(column=heading, target=target, reason=reason)
    return name


class _Sample:
    """The first rows' cells by column, and whether these are all rows (``whole``)."""

    def __init__(self, table: Table, keys: Sequence[str]) -> None:
        self.table = table
        blocks = list(islice(table.blocks(SAMPLE), 2))
        self.whole = len(blocks) < 2
        self.rows = blocks[0].numbers if blocks else ()
        self.cells: list[tuple[Cell, ...]] = list(zip_longest(*(blocks[0].rows if blocks else ()), fillvalue=""))
        self.zone = habits_of(str(clock.zone()))
        self.studies = [
            self._studied(place, heading, key)
            for place, (heading, key) in enumerate(zip(table.headings, keys, strict=True))
        ]
        self.habits: Habits = habits_of_file(self.studies, self.zone)

    def texts(self, place: int) -> list[str]:
        """One column's cells, as people see them."""
        return list(map(seen, self.cells[place])) if place < len(self.cells) else []

    def stops(self, place: int, key: str) -> bool:
        """Whether a cell behind the first rows says that somebody gets no mail."""
        later = () if self.whole else islice(self.table.blocks(SAMPLE), 1, None)
        cells = (str(row[place]) for block in later for row in block.rows if place < len(row))
        return any(isinstance(statuses.read(key, cell), statuses.Block) for cell in cells)

    def decide(self, place: int) -> Meaning | Question:
        return decide(self.studies[place], self.habits, self.zone)

    def settle(self, place: int, word: str) -> Meaning | Question:
        return settle(word, self.studies[place], self.habits, self.zone)

    def _studied(self, place: int, heading: str, key: str) -> Study:
        study = Study(heading or key, key)
        if place < len(self.cells):
            study.add(self.cells[place], self.rows)
        return study


DAYS, TEXTS = ("date", "datetime"), ("text", "code", "phone")


def _fitting(known: str, word: str) -> str | None:
    """A word of cells.WORDS for cells that are read as ``known``, with its sign or order; None for one of another kind."""
    kind, _, sign = word.partition(":")
    if kind == known or {kind, known} <= {*DAYS} or {kind, known} <= {*TEXTS}:
        return f"{known}:{sign}" if sign else known
    return None


READ_AS = {kind: meaning.value for meaning, kind in KINDS.items()}
"""An attribute's kind → how its cells are read."""


def _column(heading: str, target: str, kind: Kind, meaning: Meaning, choices: tuple[str, ...]) -> Column:
    return Column(
        heading, target, kind.value, False, meaning.decimal, "", choices, order=meaning.order, pattern=meaning.pattern
    )


def _example(column: Column, sample: _Sample, place: int) -> Example:
    """Its first cell with something in it, and what that becomes."""
    cell = next((one for one in sample.cells[place] if str(one).strip()), "") if place < len(sample.cells) else ""
    if not column.kind or cell == "":
        return Example(Meaning(), seen(cell), seen(cell).strip())
    attribute = Attribute(column.target, column.heading, column.attribute_kind(), column.choices, "")
    value = from_slot(attribute, _kept(attribute, column, cell))
    shown = ", ".join(value) if isinstance(value, list) else "" if value is None else str(value)
    if attribute.kind in READ_AS:
        told = replace(column.meaning(), kind=CellKind(READ_AS[attribute.kind]))
        return Example(sample.studies[place].seen(told), seen(cell), shown)
    found = sample.decide(place)
    meaning = found if isinstance(found, Meaning) and found.kind in (CellKind.code, CellKind.phone) else Meaning()
    return Example(meaning, seen(cell), shown, found.against if isinstance(found, Meaning) else None)


def _kept(attribute: Attribute, column: Column, cell: Cell) -> Slot:
    try:
        return converter(attribute, column.meaning())(cell)
    except ValueChangedError as error:
        return error.slot
    except ValueWrongError:
        return None
