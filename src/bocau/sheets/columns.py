"""Which column is what: the address, the name, the files, and how each cell is taken."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from bocau.base.words import N_, say
from bocau.cells import Cell
from bocau.sheets import headings
from bocau.sheets.errors import (
    ColumnUnknownError,
    EmailColumnMissingError,
    EmailColumnUnclearError,
    HeadingsMissingError,
)
from bocau.sheets.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """Columns a person named, by heading or field; empty: found. ``kinds``: what columns are, in words
    of ``cells.WORDS``, whatever their cells show."""

    email: str = ""
    name: str = ""
    files: str = ""
    kinds: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table. ``keys``: their template fields. ``email``, ``name``, ``files``: places from 0.
    ``wished``: place → a word of ``cells.WORDS``."""

    headings: tuple[str, ...]
    keys: tuple[str, ...]
    email: int
    name: int | None
    files: int | None
    wished: Mapping[int, str]

    def label(self, place: int) -> str:
        """A column for people."""
        return label(self.headings, place)

    @property
    def gives_name(self) -> bool:
        """Whether a column of names that is called otherwise is offered as ``name`` too."""
        return self.name is not None and "name" not in self.keys

    def known(self) -> list[str]:
        """All that a template may use: fields and headings."""
        return [*self.keys, *(["name"] if self.gives_name else []), *filter(None, self.headings)]

    def by_heading(self) -> dict[str, str]:
        """Heading → field, for ``row['Họ tên']``; of equal headings the first."""
        pairs = zip(self.headings, self.keys, strict=True)
        found: dict[str, str] = {}
        for heading, key in pairs:
            if heading:
                found.setdefault(heading, key)
        return found


def choose(table: Table, wishes: Wishes) -> Columns:
    """Find the columns of a table. Reads its first block at most.

    Raises EmailColumnMissingError, EmailColumnUnclearError, HeadingsMissingError, ColumnUnknownError.
    """
    names = table.headings
    keys = headings.fields(names)
    email = _email(table, keys, wishes.email)
    return Columns(
        headings=tuple(names),
        keys=tuple(keys),
        email=email,
        name=_asked(table, keys, wishes.name, "--name-column") if wishes.name else headings.known(keys, headings.NAME),
        files=_asked(table, keys, wishes.files, "--attach-column") if wishes.files else None,
        wished={_asked(table, keys, name, "--type"): kind for name, kind in wishes.kinds.items()},
    )


def label(names: Sequence[str], place: int) -> str:
    """A heading for people, also where the file gives none."""
    return names[place] if place < len(names) and names[place] else say(N_("column {number}"), number=place + 1)


def listed(names: Sequence[str]) -> str:
    """Headings for a sentence, as many as one can read."""
    shown = [label(names, place) for place in range(min(len(names), 30))]
    return ", ".join(shown) + (", …" if len(names) > 30 else "")


def _asked(table: Table, keys: Sequence[str], wanted: str, option: str) -> int:
    place = headings.find(wanted, table.headings, keys)
    if place is None:
        columns = listed(table.headings)
        raise ColumnUnknownError(
            option=option, path=table.path.name, column=headings.tidy(wanted)[:80], columns=columns
        )
    return place


def _email(table: Table, keys: Sequence[str], wanted: str) -> int:
    if wanted:
        return _asked(table, keys, wanted, "--email-column")
    place = headings.known(keys, headings.EMAIL)
    if place is not None:
        return place
    if any(map(headings.is_address, table.headings)):
        raise HeadingsMissingError(path=table.path.name)
    rows = [[str(cell) for cell in row] for row in _first_rows(table)]
    found = headings.by_content(rows, len(table.headings))
    if not found:
        raise EmailColumnMissingError(path=table.path.name, columns=listed(table.headings))
    if len(found) > 1:
        raise _unclear(table.path, table.headings, found)
    return found[0]


def _unclear(path: Path, names: Sequence[str], found: Sequence[int]) -> EmailColumnUnclearError:
    return EmailColumnUnclearError(path=path.name, candidates=", ".join(label(names, place) for place in found))


def _first_rows(table: Table) -> Sequence[Sequence[Cell]]:
    blocks = table.blocks(200)
    return list(chain.from_iterable(block.rows for block, _ in zip(blocks, range(1), strict=False)))
