"""Where the values of attributes are kept: a slot is a column of ``contact``, or of one of its pages.

Slots of a family are numbered: the first are columns of ``contact``, the next those of the first page, and so on. Pages are
tables of their own, so that a segment reads one of them and no more. Who writes on a page holds the contact's row locked;
a row without any value is deleted.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from bocau.audience import tables as t
from bocau.audience.states import Kind
from bocau.base.db import Connection
from bocau.base.db.adding import new_rows
from bocau.base.db.slices import slices

FAMILY = {
    Kind.text: "t",
    Kind.choice: "t",
    Kind.list: "t",
    Kind.number: "n",
    Kind.boolean: "n",
    Kind.datetime: "n",
    Kind.date: "d",
}
"""Kind → family of slots (``tables.FAMILIES``)."""
SLOT = re.compile(r"[tnd]\d{2,3}\Z", re.ASCII)


@cache
def slots_of(kind: Kind) -> tuple[str, ...]:
    """Every slot that an attribute of this kind may have, in the order in which they are given."""
    family = FAMILY[kind]
    count = t.FIRST[family] + t.PAGES * t.ON_PAGE
    return tuple(f"{family}{number:02}" for number in range(1, count + 1))


@cache
def column(slot: str) -> sa.Column[Any]:
    """The slot's column, of ``contact`` or of a page."""
    page = page_of(slot)
    if page is None:
        return t.contact.c[slot]
    place = (int(slot[1:]) - t.FIRST[slot[0]] - 1) % t.ON_PAGE
    return page.c[f"{slot[0]}{place + 1:02}"]


@cache
def is_slot(name: str) -> bool:
    """Whether a column of an import or a select is a slot, and not one of the contact's own."""
    return SLOT.match(name) is not None


@cache
def page_of(name: str) -> sa.Table | None:
    """The page of a slot; None for what is in ``contact``, also a column of its own."""
    number = page_number(name)
    return None if number is None else t.contact_pages[number]


@cache
def page_number(name: str) -> int | None:
    """The place of ``page_of`` in ``tables.contact_pages``."""
    further = int(name[1:]) - t.FIRST[name[0]] - 1 if is_slot(name) else -1
    return None if further < 0 else further // t.ON_PAGE


def by_page(names: Iterable[str]) -> dict[sa.Table, list[str]]:
    """Page → those of the slots that are on it; what is in ``contact`` is left out."""
    found: dict[sa.Table, list[str]] = {}
    for name in names:
        page = page_of(name)
        if page is not None:
            found.setdefault(page, []).append(name)
    return found


def used(connection: Connection) -> list[sa.Table]:
    """The pages on which an attribute has its slot."""
    return list(by_page(sorted(connection.execute(sa.select(t.attribute.c.slot)).scalars())))


def joined(names: Iterable[str]) -> sa.FromClause:
    """``contact``, with the pages of these slots beside it."""
    whole: sa.FromClause = t.contact
    for page in by_page(names):
        whole = whole.outerjoin(page, page.c.contact == t.contact.c.id)
    return whole


def labelled(names: Iterable[str]) -> list[sa.Label[Any]]:
    """The slots' columns, called like the slots; for a select from ``joined``."""
    return [column(name).label(name) for name in names]


def read(connection: Connection, names: Sequence[str], ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """Contact → slot → value, of those slots that are on pages."""
    on_pages = [name for names in by_page(names).values() for name in names]
    found: dict[int, dict[str, Any]] = {}
    for some in slices(list(ids) if on_pages else [], 5000):
        query = sa.select(t.contact.c.id, *labelled(on_pages)).select_from(joined(on_pages))
        for row in connection.execute(query.where(t.contact.c.id.in_(some))):
            found[row.id] = dict(zip(on_pages, row[1:], strict=True))
    return found


def split(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is in ``contact``, and what is on pages."""
    away = {name: value for name, value in values.items() if page_of(name) is not None}
    return {name: value for name, value in values.items() if name not in away}, away


def write(connection: Connection, changes: Mapping[int, Mapping[str, Any]]) -> None:
    """Set slots that are on pages: contact → slot → value. The contacts' rows are locked by who asks."""
    together: dict[tuple[sa.Table, tuple[str, ...]], dict[int, Mapping[str, Any]]] = {}
    for contact_id, values in changes.items():
        for page, names in by_page(values).items():
            together.setdefault((page, tuple(names)), {})[contact_id] = values
    for (page, slots), people in together.items():
        connection.execute(new_rows(connection, page), [{"contact": one} for one in people])
        new: dict[str, Any] = {column(name).name: sa.bindparam(f"b_{name}") for name in slots}
        lines = [{"b_id": one} | {f"b_{name}": values[name] for name in slots} for one, values in people.items()]
        connection.execute(sa.update(page).where(page.c.contact == sa.bindparam("b_id")).values(new), lines)
        if any(all(values[name] is None for name in slots) for values in people.values()):
            for some in slices(list(people)):
                _tidy(connection, page, page.c.contact.in_(some))


def clear(connection: Connection, slot: str) -> int:
    """Take everybody's value out of a slot; how many had one."""
    here = column(slot)
    changed = sa.update(here.table).where(here.is_not(None)).values({here: None})
    count = connection.execute(changed).rowcount
    page = page_of(slot)
    if page is not None:
        _tidy(connection, page)
    return count


def forget(connection: Connection, pages: Iterable[sa.Table], ids: Sequence[int]) -> int:
    """Delete what these pages hold of contacts; how many rows."""
    return sum(connection.execute(sa.delete(page).where(page.c.contact.in_(ids))).rowcount for page in pages)


def _tidy(connection: Connection, page: sa.Table, *where: sa.ColumnElement[bool]) -> None:
    """Delete rows that hold nothing any more."""
    nothing = [one.is_(None) for one in page.c if one is not page.c.contact]
    connection.execute(sa.delete(page).where(*where, *nothing))
