"""What is known about contacts besides name and address: each attribute has a name, a kind and a slot (``places``)."""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import orjson
import sqlalchemy as sa

from bocau.audience import places
from bocau.audience import tables as t
from bocau.audience.requests import AttributeChange, AttributeCreation
from bocau.audience.states import Kind
from bocau.audience.values import Attribute, clean
from bocau.base.db import Connection
from bocau.base.errors import BocauError
from bocau.base.given import NOT_GIVEN, over
from bocau.base.words import N_

__all__ = ["RESERVED", "Attribute", "change", "define", "every", "find", "hold", "remove"]

NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}\Z")
RESERVED = frozenset(
    (
        "id",
        "address",
        "email",
        "recipient",
        "domain",
        "name",
        "language",
        "zone",
        "status",
        "joined",
        "created_at",
        "updated_at",
        "origin",
        "tag",
        "tags",
        "list",
        "lists",
        "and",
        "or",
        "not",
        "in",
        "is",
        "within",
        "true",
        "false",
        "none",
        "null",
        "empty",
        "row",
    )
)
"""Names that mean something of the contact itself or a word of the segment language."""
MOST_CHOICES = 200


class AttributeUnknownError(BocauError):
    code = "attribute-unknown"
    sentence = N_("There is no attribute “{name}”.")
    hint = N_("See all of them: bocau contacts attributes list")

    def __init__(self, name: str, close: Sequence[str] = ()) -> None:
        super().__init__(name=clean(name)[:80], close=list(close))


class AttributeTakenError(BocauError):
    code = "attribute-taken"
    sentence = N_("There is an attribute “{name}” already, and it is different ({kind}). Nothing was changed.")
    hint = N_("Choose another name.")


class AttributeNameWrongError(BocauError):
    code = "attribute-name-wrong"
    sentence = N_("An attribute cannot be called “{name}”. Nothing was changed.")
    hint = N_("Use lower-case letters, digits and _, no digit first, and no word that already has a meaning.")


class AttributeChoicesWrongError(BocauError):
    code = "attribute-choices-wrong"
    sentence = N_("These cannot be the choices of “{name}”. Nothing was changed.")
    hint = N_("Give 1 to 200 different choices to an attribute of kind choice, and none to any other.")


class AttributeChoiceUsedError(BocauError):
    code = "attribute-choice-used"
    sentence = N_("Some contacts have “{choice}” as their {name}. Nothing was changed.")
    hint = N_("Change these contacts first, or keep the choice.")


class SlotsFullError(BocauError):
    code = "attribute-slots-full"
    sentence = N_("There is no room for “{name}”: all {count} places for this kind are taken. Nothing was changed.")
    hint = N_("Remove an attribute that nobody needs: bocau contacts attributes remove")


def every(connection: Connection) -> list[Attribute]:
    """All attributes, by name."""
    return [_read(row) for row in connection.execute(sa.select(t.attribute).order_by(t.attribute.c.name))]


def find(connection: Connection, named: str) -> Attribute:
    """The attribute a person means by its name or its label, whatever the case. Raises AttributeUnknownError."""
    known, wanted = every(connection), clean(named)
    for form in (str, str.casefold):
        for one in known:
            if form(wanted) in (form(one.name), form(one.label)):
                return one
    words = [word for one in known for word in (one.name, one.label)]
    raise AttributeUnknownError(wanted, get_close_matches(wanted, words, 3))


def define(connection: Connection, creation: AttributeCreation, now: int) -> Attribute:
    """Make an attribute and give it a slot; the same one again is no harm.

    Two at a time agree. Raises AttributeNameWrongError, AttributeTakenError, AttributeChoicesWrongError, SlotsFullError.
    """
    name, kind = creation.name, creation.kind
    _check_name(name)
    kept = _checked(name, kind, creation.choices)
    slots = places.slots_of(kind)
    for _ in range(len(slots) + 1):
        known = {one.name: one for one in every(connection)}
        if name in known:
            return _same(known[name], kind, kept)
        taken = {one.slot for one in known.values()}
        free = next((slot for slot in slots if slot not in taken), None)
        if free is None:
            raise SlotsFullError(name=name, count=len(slots))
        attribute = Attribute(name, _labelled(creation.label, name), kind, kept, free, creation.pattern)
        if _insert(connection, attribute, now):
            return attribute
    raise SlotsFullError(name=name, count=len(slots))


def change(connection: Connection, name: str, wanted: AttributeChange) -> Attribute:
    """Change what is given; the attribute as it is now. What uses an old name is not changed here: that is a flow's.

    Raises AttributeUnknownError, AttributeNameWrongError, AttributeTakenError, AttributeChoicesWrongError,
    AttributeChoiceUsedError.
    """
    new = over(wanted.name, name)
    if wanted.name is not NOT_GIVEN:
        _check_name(new)
    known = {one.name: one for one in every(connection)}
    if name not in known:
        raise AttributeUnknownError(name)
    if new != name and new in known:
        raise AttributeTakenError(name=new, kind=known[new].kind.value)
    one = known[name]._replace(name=new)
    if wanted.label is not NOT_GIVEN:
        one = one._replace(label=_labelled(wanted.label, new))
    if wanted.choices is not NOT_GIVEN:
        one = one._replace(choices=_checked(name, one.kind, wanted.choices))
        _refuse_lost(connection, one)
    values = {"name": one.name, "label": one.label, "choices": orjson.dumps(one.choices).decode()}
    connection.execute(sa.update(t.attribute).where(t.attribute.c.name == name).values(**values))
    return one


def hold(connection: Connection, wanted: Mapping[str, str]) -> str | None:
    """Keep attributes from being removed until this transaction ends, so that no value is written into a slot that
    another attribute gets. ``wanted``: name → slot. The first that has this slot no more, else None."""
    if not wanted:
        return None
    # By the primary key: through the index of slots InnoDB would lock that index alone, which ``remove`` does not look at.
    query = sa.select(t.attribute.c.name, t.attribute.c.slot).where(t.attribute.c.name.in_(wanted))
    there = {row.name: row.slot for row in connection.execute(query.with_for_update(read=True))}
    return next((name for name, slot in wanted.items() if there.get(name) != slot), None)


def remove(connection: Connection, name: str) -> int:
    """Delete the attribute and everybody's value; how many had one. Raises AttributeUnknownError.

    The attribute's row is locked first: whoever writes a value holds it too (``hold``)."""
    query = sa.select(t.attribute.c.slot).where(t.attribute.c.name == name)
    slot = connection.execute(query.with_for_update()).scalar()
    if slot is None:
        raise AttributeUnknownError(name)
    count = places.clear(connection, slot)
    connection.execute(sa.delete(t.attribute).where(t.attribute.c.name == name))
    return count


def _read(row: sa.Row[Any]) -> Attribute:
    return Attribute(row.name, row.label, Kind(row.kind), tuple(orjson.loads(row.choices)), row.slot, row.pattern)


def _labelled(label: str, name: str) -> str:
    return clean(label)[:200] or name


def _check_name(name: str) -> None:
    if not NAME.match(name) or name in RESERVED:
        raise AttributeNameWrongError(name=clean(name)[:80])


def _checked(name: str, kind: Kind, choices: Sequence[str]) -> tuple[str, ...]:
    kept = tuple(dict.fromkeys(clean(choice) for choice in choices))
    right = 0 < len(kept) <= MOST_CHOICES and all(0 < len(one) <= 200 for one in kept)
    if right != (kind == Kind.choice) or (kept and kind != Kind.choice):
        raise AttributeChoicesWrongError(name=name)
    return kept


def _same(known: Attribute, kind: Kind, choices: tuple[str, ...]) -> Attribute:
    if known.kind != kind or not set(choices) <= set(known.choices):
        raise AttributeTakenError(name=known.name, kind=known.kind.value)
    return known


def _insert(connection: Connection, attribute: Attribute, now: int) -> bool:
    """False when another connection took the name or the slot meanwhile."""
    values = attribute._asdict() | {"choices": orjson.dumps(attribute.choices).decode(), "created_at": now}
    try:
        with connection.begin_nested():
            connection.execute(sa.insert(t.attribute).values(**values | {"kind": attribute.kind.value}))
    except sa.exc.IntegrityError:
        return False
    return True


def _refuse_lost(connection: Connection, one: Attribute) -> None:
    """Raises AttributeChoiceUsedError when somebody has a choice that is no more."""
    column = places.column(one.slot)
    lost = sa.select(column).where(column.is_not(None), column.not_in(one.choices)).limit(1)
    found = connection.execute(lost).scalar()
    if found is not None:
        raise AttributeChoiceUsedError(choice=found, name=one.label)
