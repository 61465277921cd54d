"""What each column of a file becomes: guessed from its heading and its cells, or as a person says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, zip_longest

from bocau.audience import attributes
from bocau.audience.imports.errors import ImportMapWrongError
from bocau.audience.imports.guessing import kind_of
from bocau.audience.imports.shapes import OWN, Column, Plan
from bocau.audience.requests import AttributeCreation
from bocau.audience.states import Kind
from bocau.audience.values import Attribute, decimal_sign
from bocau.base.db import Connection
from bocau.base.words import N_, Phrase
from bocau.sheets import Table, headings
from bocau.sheets import Wishes as Named
from bocau.sheets.columns import choose, listed
from bocau.sheets.errors import ColumnUnknownError

SAMPLE = 5000
"""Rows that a guess looks at."""
LANGUAGE = ("language", "lang", "locale", "ngon_ngu", "tieng", "ma_ngon_ngu")
ZONE = ("zone", "timezone", "time_zone", "tz", "mui_gio", "mui_gio_dia_phuong")
"""Field names of columns with a language and with a time zone."""


@dataclass(frozen=True)
class Wishes:
    """What a person says about the columns. ``mapped``: heading → target, empty to leave the column out. ``new``: make
    attributes of unknown columns. ``email``: heading of the column of addresses."""

    email: str = ""
    mapped: Mapping[str, str] = field(default_factory=dict)
    new: bool = True


def propose(connection: Connection, table: Table, wishes: Wishes) -> tuple[Column, ...]:
    """What each column becomes. Reads the first rows. Raises EmailColumnMissingError and its kin, ColumnUnknownError,
    ImportMapWrongError."""
    asked = _asked(table, wishes.mapped)
    email = next((table.headings[at] for at, target in asked.items() if target == "email"), wishes.email)
    found = choose(table, Named(email=email))
    cells, whole = _sample(table)
    known = attributes.every(connection)
    work = _Work(found.headings, found.keys, known, wishes.new)
    work.give(found.email, "email")
    for place, target in asked.items():
        if place != found.email:
            work.give(place, _target(found.headings[place], target, known))
    work.own(found.name)
    return tuple(
        work.column(place, cells[place] if place < len(cells) else (), whole=whole)
        for place in range(len(found.headings))
    )


def define(connection: Connection, plan: Plan, now: int) -> Plan:
    """Make the plan's new attributes, and find every attribute's slot.

    Raises AttributeTakenError, AttributeNameWrongError, SlotsFullError."""
    made = []
    for one in plan.columns:
        if one.target and one.kind:
            creation = AttributeCreation(name=one.target, kind=Kind(one.kind), label=one.heading, choices=one.choices)
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

    def give(self, place: int, target: str) -> None:
        if target and target in self.targets.values():
            reason = Phrase(N_("another column already becomes that"))
            raise ImportMapWrongError(column=self.names[place], target=target, reason=reason)
        self.targets[place] = target

    def own(self, name: int | None) -> None:
        """Name, language and zone, where nobody said otherwise."""
        guessed = (
            ("name", name),
            ("language", headings.known(self.keys, LANGUAGE)),
            ("zone", headings.known(self.keys, ZONE)),
        )
        for target, place in guessed:
            if place is not None and place not in self.targets and target not in self.targets.values():
                self.targets[place] = target

    def column(self, place: int, cells: Sequence[str], *, whole: bool) -> Column:
        heading, target = self.names[place], self.targets.get(place)
        if target in OWN or target == "":
            return Column(heading, target or "")
        attribute = self.known.get(target or self.keys[place])
        if attribute is None and target is None:
            attribute = self.by_label.get(heading.casefold())
        if attribute is not None:
            taken = target is None and attribute.name in self.targets.values()
            if taken:
                return Column(heading, "")
            self.targets[place] = attribute.name
            decimal = decimal_sign(cells) if attribute.kind == Kind.number else "."
            return Column(heading, attribute.name, attribute.kind.value, False, decimal, "", attribute.choices)
        name = target or self._name(place)
        if not name or (target is None and (not self.new or not any(map(str.strip, cells)))):
            return Column(heading, "")
        kind, choices, decimal = kind_of(cells, whole=whole)
        self.targets[place] = name
        return Column(heading, name, kind.value, True, decimal, "", choices)

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


def _sample(table: Table) -> tuple[list[tuple[str, ...]], bool]:
    """The first rows' cells by column, and whether these are all rows."""
    blocks = list(islice(table.blocks(SAMPLE), 2))
    rows = blocks[0].rows if blocks else []
    cells = [tuple(map(str, column)) for column in zip_longest(*rows, fillvalue="")]
    return cells, len(blocks) < 2
