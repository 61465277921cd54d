"""Mailing lists: made, named, counted, deleted. Who is on them: ``subscriptions``."""

from typing import Any, NamedTuple

import sqlalchemy as sa

from bocau.audience import tables as t
from bocau.audience.requests import ListChange, ListCreation
from bocau.audience.states import OptIn, Subscribed
from bocau.audience.values import called, clean
from bocau.base.db import Connection
from bocau.base.db.adding import add_row
from bocau.base.errors import BocauError
from bocau.base.given import NOT_GIVEN
from bocau.base.words import N_

LONGEST_NAME = 100
LONGEST_LABEL = 200
COLUMNS = {"name": "name", "label": "label", "about": "told", "opt_in": "opt_in", "hidden": "hidden"}
"""What a request says → its column."""


class ListUnknownError(BocauError):
    code = "list-unknown"
    sentence = N_("There is no list “{name}”.")
    hint = N_("See all of them: bocau lists list")


class ListTakenError(BocauError):
    code = "list-taken"
    sentence = N_("There is a list “{name}” already. Nothing was changed.")
    hint = N_("Choose another name.")


class ListNameWrongError(BocauError):
    code = "list-name-wrong"
    sentence = N_("A list cannot be called “{name}”. Nothing was changed.")
    hint = N_("Use 1 to 100 characters on one line, and not only digits.")


class MailingList(NamedTuple):
    """``name``: by which people and segments call it. ``label`` and ``told``: what its members read.
    ``opt_in`` double: who comes by a form is asked by mail first. ``hidden``: not offered on the preference page."""

    id: int
    name: str
    label: str
    told: str
    opt_in: OptIn
    hidden: bool
    created_at: int

    def title(self) -> str:
        """What its members read."""
        return self.label or self.name


def create(connection: Connection, creation: ListCreation, now: int) -> int:
    """Make a list; its id. Raises ListTakenError, ListNameWrongError."""
    values = _values(creation) | {"created_at": now}
    try:
        with connection.begin_nested():
            return add_row(connection, t.mailing_list, values)
    except sa.exc.IntegrityError as error:
        raise ListTakenError(name=values["name"]) from error


def every(connection: Connection) -> list[MailingList]:
    """All lists, by name."""
    rows = connection.execute(sa.select(t.mailing_list).order_by(t.mailing_list.c.name))
    return [MailingList(**row._mapping) for row in rows]


def find(connection: Connection, named: str) -> MailingList:
    """The list of this name, or of this number. Raises ListUnknownError."""
    wanted = clean(named)
    where = t.mailing_list.c.name == wanted
    if wanted.isascii() and wanted.isdigit() and len(wanted) < 18:
        where |= t.mailing_list.c.id == int(wanted)
    row = connection.execute(sa.select(t.mailing_list).where(where)).one_or_none()
    if row is None:
        raise ListUnknownError(name=wanted[:LONGEST_NAME])
    return MailingList(**row._mapping)


def with_id(connection: Connection, list_id: int) -> MailingList | None:
    """The list of this id; None when there is none."""
    row = connection.execute(sa.select(t.mailing_list).where(t.mailing_list.c.id == list_id)).one_or_none()
    return None if row is None else MailingList(**row._mapping)


def change(connection: Connection, list_id: int, wanted: ListChange) -> None:
    """Change what is given; nothing when nothing is. Raises ListUnknownError, ListTakenError, ListNameWrongError."""
    values = _values(wanted)
    if not values:
        return
    try:
        with connection.begin_nested():
            done = sa.update(t.mailing_list).where(t.mailing_list.c.id == list_id).values(**values)
            found = connection.execute(done).rowcount
    except sa.exc.IntegrityError as error:
        raise ListTakenError(name=values.get("name", "")) from error
    if not found:
        raise ListUnknownError(name=list_id)


def counts(connection: Connection) -> dict[int, dict[str, int]]:
    """List id → state → contacts; reads all subscriptions. Every list is a key."""
    made = {one.id: {state.name: 0 for state in Subscribed} for one in every(connection)}
    query = sa.select(t.subscription.c.list, t.subscription.c.state, sa.func.count().label("n"))
    for row in connection.execute(query.group_by(t.subscription.c.list, t.subscription.c.state)):
        if row.list in made:
            made[row.list][Subscribed(row.state).name] = row.n
    return made


def delete(connection: Connection, list_id: int) -> int:
    """Delete a list; how many were on it. What they agreed to stays in their record."""
    count = connection.execute(sa.delete(t.subscription).where(t.subscription.c.list == list_id)).rowcount
    connection.execute(sa.delete(t.mailing_list).where(t.mailing_list.c.id == list_id))
    return count


def _values(asked: ListCreation | ListChange) -> dict[str, Any]:
    """The columns of what is given. Raises ListNameWrongError."""
    tidy = {"name": _named, "label": _labelled, "about": clean}
    given = {name: value for name in COLUMNS if (value := getattr(asked, name)) is not NOT_GIVEN}
    return {COLUMNS[name]: tidy[name](value) if name in tidy else value for name, value in given.items()}


def _labelled(label: str) -> str:
    return clean(label)[:LONGEST_LABEL]


def _named(name: str) -> str:
    text = called(name, LONGEST_NAME)
    if text is None or text.isdigit():
        raise ListNameWrongError(name=clean(name)[:LONGEST_NAME])
    return text
