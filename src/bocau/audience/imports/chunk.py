"""A part of a file as contacts, in the very bytes that PostgreSQL's COPY takes; others read the values out of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import compress
from typing import Any

from bocau.audience.imports.statuses import Block
from bocau.audience.tables import D_SLOTS, N_SLOTS
from bocau.sheets import Problem

NOTHING = "\\N"
BLANKS = ("\\", "\t", "\n", "\r")
"""What COPY's text format writes in another way."""
ESCAPES = tuple(zip(BLANKS, ("\\\\", "\\t", "\\n", "\\r"), strict=True))
BEHIND = ("origin", "created_at", "updated_at")
"""The last columns of each line."""
WHOLE = frozenset([*D_SLOTS, *BEHIND])
BROKEN = frozenset(N_SLOTS)


@dataclass(frozen=True)
class Chunk:
    """Rows behind each other as contacts. ``first``, ``last``: rows of the file. ``at``: ms, when its new contacts are
    made; it is different in each chunk of a run. ``rows``: each contact's. ``names``: columns of ``contact``.

    ``blocked``: recipient → why no mail goes there; all of them come in. ``text``: a line for each contact, their
    recipients rising: recipient, ``names``, ``BEHIND``."""

    first: int
    last: int
    at: int
    rows: Sequence[int]
    names: tuple[str, ...]
    text: bytes
    problems: list[Problem]
    blocked: Mapping[str, Block] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of ``contact`` that each line of the text has."""
        return ("recipient", *self.names, *BEHIND)

    @cached_property
    def lists(self) -> list[Sequence[Any]]:
        """The values of each of ``columns``."""
        lines = [line.split("\t") for line in self.text.decode().split("\n")[:-1]]
        cells = zip(*lines, strict=True) if lines else [()] * len(self.columns)
        return [_values(name, column) for name, column in zip(self.columns, cells, strict=True)]

    @property
    def recipients(self) -> Sequence[str]:
        return self.lists[0]

    @property
    def values(self) -> list[Sequence[Any]]:
        """The values of each of ``names``."""
        return self.lists[1 : -len(BEHIND)]

    def only(self, keep: Sequence[bool]) -> "Chunk":
        """The same without the contacts that are not to be kept."""
        lines = compress(self.text.splitlines(keepends=True), keep)
        return replace(self, rows=list(compress(self.rows, keep)), text=b"".join(lines))


def written(value: str | float | None) -> str:
    """A value as COPY reads it."""
    if type(value) is not str:
        return NOTHING if value is None else repr(value)
    for sign, instead in ESCAPES:
        value = value.replace(sign, instead)
    return value


def _values(name: str, column: Sequence[str]) -> Sequence[Any]:
    if name in WHOLE or name in BROKEN:
        turn = float if name in BROKEN else int
        return [None if text == NOTHING else turn(text) for text in column]
    return list(map(_read, column)) if "\\" in "".join(column) else column


def _read(text: str) -> str | None:
    if text == NOTHING:
        return None
    pieces = text.split("\\\\")
    for sign, instead in ESCAPES[1:]:
        pieces = [piece.replace(instead, sign) for piece in pieces]
    return "\\".join(pieces)
