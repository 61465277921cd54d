"""A part of a file as contacts, in the very bytes that PostgreSQL's COPY takes; others read the values out of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import compress
from typing import Any, NamedTuple

from bocau.audience import places
from bocau.audience.imports.statuses import Block
from bocau.sheets import Problem

NOTHING = "\\N"
BLANKS = ("\\", "\t", "\n", "\r")
"""What COPY's text format writes in another way."""
ESCAPES = tuple(zip(BLANKS, ("\\\\", "\\t", "\\n", "\\r"), strict=True))
BEHIND = ("origin", "created_at", "updated_at")
"""The last columns of each line."""
KINDS = {"n": float, "d": int}
"""What is no text: family of a slot → how it is read."""


class Page(NamedTuple):
    """What a chunk has on one page. ``number``: the page's place in ``tables.contact_pages``. ``names``: slots.
    ``text``: the values of each contact in a line of its own, in the chunk's order."""

    number: int
    names: tuple[str, ...]
    text: bytes

    @property
    def blank(self) -> str:
        """The line of a contact that has no value on the page."""
        return "\t".join([NOTHING] * len(self.names))

    @property
    def lines(self) -> list[str]:
        return self.text.decode().split("\n")[:-1]

    @property
    def values(self) -> list[Sequence[Any]]:
        """The values of each of ``names``."""
        return _columns(self.names, self.lines)


@dataclass(frozen=True)
class Chunk:
    """Rows behind each other as contacts. ``first``, ``last``: rows of the file. ``at``: ms, when its new contacts are
    made; it is different in each chunk of a run. ``rows``: each contact's. ``names``: columns of ``contact``; what is on
    pages is in ``pages``.

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
    pages: tuple[Page, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of ``contact`` that each line of the text has."""
        return ("recipient", *self.names, *BEHIND)

    @cached_property
    def lists(self) -> list[Sequence[Any]]:
        """The values of each of ``columns``."""
        return _columns(self.columns, self.text.decode().split("\n")[:-1])

    @cached_property
    def recipients(self) -> Sequence[str]:
        return _values("recipient", [line.partition(b"\t")[0].decode() for line in self.text.split(b"\n")[:-1]])

    @cached_property
    def values(self) -> dict[str, Sequence[Any]]:
        """The values by column and slot: ``names``, then those of the pages."""
        own = dict(zip(self.names, self.lists[1 : -len(BEHIND)], strict=True))
        return own | {name: values for page in self.pages for name, values in zip(page.names, page.values, strict=True)}

    def only(self, keep: Sequence[bool]) -> "Chunk":
        """The same without the contacts that are not to be kept."""
        pages = tuple(page._replace(text=_only(page.text, keep)) for page in self.pages)
        return replace(self, rows=list(compress(self.rows, keep)), text=_only(self.text, keep), pages=pages)


def written(value: str | float | None) -> str:
    """A value as COPY reads it."""
    if type(value) is not str:
        return NOTHING if value is None else repr(value)
    for sign, instead in ESCAPES:
        value = value.replace(sign, instead)
    return value


def _only(text: bytes, keep: Sequence[bool]) -> bytes:
    return b"".join(compress(text.splitlines(keepends=True), keep))


def _columns(names: Sequence[str], lines: Sequence[str]) -> list[Sequence[Any]]:
    cells: Iterable[Sequence[str]] = (
        zip(*(line.split("\t") for line in lines), strict=True) if lines else [()] * len(names)
    )
    return [_values(name, column) for name, column in zip(names, cells, strict=True)]


def _values(name: str, column: Sequence[str]) -> Sequence[Any]:
    turn = int if name in BEHIND else KINDS.get(name[0]) if places.is_slot(name) else None
    if turn is not None:
        return [None if text == NOTHING else turn(text) for text in column]
    return list(map(_read, column)) if "\\" in "".join(column) else column


def _read(text: str) -> str | None:
    if text == NOTHING:
        return None
    pieces = text.split("\\\\")
    for sign, instead in ESCAPES[1:]:
        pieces = [piece.replace(instead, sign) for piece in pieces]
    return "\\".join(pieces)
