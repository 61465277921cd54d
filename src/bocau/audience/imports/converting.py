"""How the cells of a column become values of a contact, as COPY writes them: many at once where that is certain to be
right, else one by one."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

from bocau.audience.contacts import MOST_NAME
from bocau.audience.imports.chunk import BLANKS, NOTHING, written
from bocau.audience.imports.shapes import Column
from bocau.audience.states import Kind
from bocau.audience.tables import LONGEST
from bocau.audience.values import Attribute, ValueWrongError, clean, converter
from bocau.base.places import language_named, zone_named
from bocau.base.words import N_
from bocau.sheets.rows import display_name

KEPT = 50_000
"""Cells whose value is remembered, for each column."""
CODE = re.compile(r"(?:^|\n)0[0-9]")
"""Digits that are no number to count with."""
DIGITS = 15
"""A double has room for every whole number of so many digits."""


def of_column(column: Column) -> "Converter":
    """For a column that is taken in and is not the addresses."""
    if column.target == "name" and not column.kind:
        return _Name(_name)
    if not column.kind:
        return _Own(_language if column.target == "language" else _zone)
    attribute = Attribute(column.target, column.heading, column.attribute_kind(), column.choices, column.slot)
    kind = {Kind.text: _Text, Kind.number: _Number}.get(attribute.kind, Converter)
    return kind(converter(attribute, column.meaning()))


class Converter:
    """How one column's cells become values. ``empty``: what stands for a cell that cannot be one. ``letters``: whether they
    are words, in which letters may be lost."""

    empty = NOTHING
    letters = False

    def __init__(self, convert: Callable[[Any], Any]) -> None:
        self.memory = _Memory(convert)

    def quickly(self, cells: Sequence[Any]) -> Sequence[str] | None:
        """None when a cell needs a closer look."""
        try:
            return list(map(self.memory.__getitem__, cells))
        except (ValueWrongError, ValueError):
            return None

    def slowly(self, cell: Any) -> str:
        """Raises ValueWrongError or ValueError with a reason."""
        return self.memory[cell]


class _Memory(dict[Any, str]):
    """Cells and what became of them."""

    def __init__(self, convert: Callable[[Any], Any]) -> None:
        self.convert = convert

    def __missing__(self, cell: Any) -> str:
        made = written(self.convert(cell))
        if type(cell) is str:  # 1, 1.0 and True would be one key
            if len(self) >= KEPT:
                self.clear()
            self[cell] = made
        return made


class _Text(Converter):
    """Texts of an attribute."""

    most, letters = LONGEST, True

    def quickly(self, cells: Sequence[Any]) -> Sequence[str] | None:
        try:
            joined = "".join(cells)
            joined.encode()
        except (TypeError, UnicodeEncodeError):
            return None
        if any(sign in joined for sign in ("\x00", *BLANKS)) or not self.fits(joined):
            return None
        made = list(map(str.strip, cells))
        return self.filled(made) if max(map(len, made), default=0) <= self.most else None

    def fits(self, joined: str) -> bool:
        return joined.isascii() or unicodedata.is_normalized("NFC", joined)

    def filled(self, made: list[str]) -> list[str]:
        return [text or NOTHING for text in made] if "" in made else made

    def slowly(self, cell: Any) -> str:
        return written(self.memory.convert(cell))


class _Name(_Text):
    """Names: one line."""

    most, empty = MOST_NAME, ""

    def fits(self, joined: str) -> bool:
        return joined.isprintable() and super().fits(joined)

    def filled(self, made: list[str]) -> list[str]:
        return made


class _Number(Converter):
    """Numbers."""

    def quickly(self, cells: Sequence[Any]) -> Sequence[str] | None:
        try:
            joined = "".join(cells)
        except TypeError:
            return super().quickly(cells)
        plain = joined.isascii() and joined.isdigit() and max(map(len, cells)) <= DIGITS
        if plain and not CODE.search("\n".join(cells)):
            return [cell or NOTHING for cell in cells] if "" in cells else cells
        return super().quickly(cells)


class _Own(Converter):
    """Language and zone."""

    empty = ""


def _name(cell: Any) -> str:
    name = clean(str(cell))
    if len(name) > MOST_NAME:
        raise ValueError(N_("a name has at most 200 characters"))
    return clean(display_name(name))


def _language(cell: Any) -> str:
    return _named(cell, language_named, N_("it is not a language code"))


def _zone(cell: Any) -> str:
    return _named(cell, zone_named, N_("it is not a time zone"))


def _named(cell: Any, read: Callable[[str], str | None], reason: str) -> str:
    text = clean(str(cell))
    name = read(text) if text else ""
    if name is None:
        raise ValueError(reason)
    return name
