"""Saved rules: kept by name, counted, sampled."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa

from bocau.audience import attributes, contacts
from bocau.audience import tables as t
from bocau.audience.requests import SegmentChange, SegmentCreation
from bocau.audience.segments.conditions import compile  # noqa: A004
from bocau.audience.segments.reading import Thing, namings, read
from bocau.audience.segments.renaming import Renaming, renamed
from bocau.audience.segments.tree import Call, Compare, Every, Node, Not, Some
from bocau.audience.segments.wrong import SegmentWrongError
from bocau.audience.shapes import History
from bocau.audience.values import UNKEPT, Attribute, called, clean
from bocau.base.db import Connection
from bocau.base.errors import BocauError
from bocau.base.given import NOT_GIVEN
from bocau.base.words import N_

LONGEST_NAME = 100
ROOM = "64MB"


class SegmentUnknownError(BocauError):
    code = "segment-unknown"
    sentence = N_("There is no segment “{name}”.")
    hint = N_("See all of them: bocau segments list")


class SegmentTakenError(BocauError):
    code = "segment-taken"
    sentence = N_("There is a segment “{name}” already. Nothing was changed.")
    hint = N_("Choose another name, or replace the rule: --replace")


class SegmentNameWrongError(BocauError):
    code = "segment-name-wrong"
    sentence = N_("A segment needs a name of 1 to 100 characters on one line. Nothing was changed.")
    hint = N_("Choose a short name.")


class SegmentTooLongError(BocauError):
    code = "segment-too-long"
    sentence = N_("The segment “{name}” would become too long with the new name. Nothing was changed.")
    hint = N_("Choose a shorter name, or make the segment's rule shorter first.")


class Segment(NamedTuple):
    """Times are ms since the epoch."""

    id: int
    name: str
    rule: str
    created_at: int
    updated_at: int


def find(connection: Connection, name: str) -> Segment:
    """Raises SegmentUnknownError."""
    row = connection.execute(sa.select(t.segment).where(t.segment.c.name == clean(name))).one_or_none()
    if row is None:
        raise SegmentUnknownError(name=clean(name)[:LONGEST_NAME])
    return Segment(**row._mapping)


def every(connection: Connection) -> list[Segment]:
    """All segments, by name."""
    return [Segment(**row._mapping) for row in connection.execute(sa.select(t.segment).order_by(t.segment.c.name))]


def save(connection: Connection, creation: SegmentCreation, now: int, *, history: History | None = None) -> Segment:
    """Keep a rule under a name. What campaigns read at their launch stays as it was.

    Raises SegmentWrongError, SegmentNameWrongError, SegmentTakenError.
    """
    named, rule = _named(creation.name), _ruled(connection, creation.rule, history, now)
    values = {"rule": rule, "updated_at": now}
    if creation.replace:
        changed = connection.execute(sa.update(t.segment).where(t.segment.c.name == named).values(**values)).rowcount
        if changed:
            return find(connection, named)
    try:
        with connection.begin_nested():
            connection.execute(sa.insert(t.segment).values(name=named, created_at=now, **values))
    except sa.exc.IntegrityError as error:
        raise SegmentTakenError(name=named) from error
    return find(connection, named)


def change(
    connection: Connection, name: str, wanted: SegmentChange, now: int, *, history: History | None = None
) -> Segment:
    """Change what is given; the segment as it is now. Another name alone is no change of the rule's time.

    Raises SegmentUnknownError, SegmentWrongError, SegmentNameWrongError, SegmentTakenError.
    """
    segment = find(connection, name)
    values: dict[str, Any] = {}
    if wanted.name is not NOT_GIVEN:
        values["name"] = _named(wanted.name)
    if wanted.rule is not NOT_GIVEN:
        values |= {"rule": _ruled(connection, wanted.rule, history, now), "updated_at": now}
    if not values:
        return segment
    try:
        with connection.begin_nested():
            connection.execute(sa.update(t.segment).where(t.segment.c.id == segment.id).values(**values))
    except sa.exc.IntegrityError as error:
        raise SegmentTakenError(name=values.get("name", segment.name)) from error
    return segment._replace(**values)


def remove(connection: Connection, name: str) -> None:
    """Delete a segment. Who asks sees first that no draft names it; what was launched goes on.

    Raises SegmentUnknownError.
    """
    segment = find(connection, name)
    connection.execute(sa.delete(t.segment).where(t.segment.c.id == segment.id))


def naming(connection: Connection, thing: Thing, *names: str) -> list[str]:
    """Names of the segments whose rule asks for a thing by one of its names. Rules that nobody can read any more name
    none."""
    known = attributes.every(connection)
    return [one.name for one in every(connection) if _names(one.rule, known, thing, names)]


def follow(connection: Connection, renaming: Renaming, known: Sequence[Attribute]) -> list[str]:
    """Let all rules follow a new name; the names of the segments that did. ``known``: all attributes, as they were called
    before. Rules that nobody can read any more stay as they are.

    Raises SegmentTooLongError, after which nothing of this may be kept.
    """
    followed = []
    for one in every(connection):
        if not _names(one.rule, known, renaming.thing, (renaming.old,)):
            continue
        try:
            rule = renamed(one.rule, known, renaming)
        except SegmentWrongError:
            raise SegmentTooLongError(name=one.name) from None
        connection.execute(sa.update(t.segment).where(t.segment.c.id == one.id).values(rule=rule))
        followed.append(one.name)
    return followed


def _names(rule: str, known: Sequence[Attribute], thing: Thing, names: Sequence[str]) -> bool:
    try:
        return any(one.thing == thing and one.name in names for one in namings(rule, known))
    except SegmentWrongError:
        return False


def _parts(node: Every | Some | Not) -> tuple[Node, ...]:
    return (node.part,) if isinstance(node, Not) else node.parts


def how_many(connection: Connection, rule: str, history: History | None, now: int) -> int:
    """Contacts the rule chooses, exactly, whatever their status. Raises SegmentWrongError."""
    where = compile(connection, rule, history, now, whole=True)
    give_room(connection, rule)
    return int(connection.execute(sa.select(sa.func.count()).select_from(t.contact).where(where)).scalar_one())


def sample(
    connection: Connection, rule: str, history: History | None, now: int, limit: int = 5
) -> list[dict[str, Any]]:
    """The first people the rule chooses, by id: ``address``, ``name``, and the value of each attribute it names.

    Raises SegmentWrongError.
    """
    known = _named_in(read(rule, attributes.every(connection)))
    where = compile(connection, rule, history, now)
    found = contacts.people(connection, known, where, limit=limit)
    return [{"address": one.address, "name": one.name, "attributes": orjson.loads(one.data)} for one in found]


def give_room(connection: Connection, rule: str) -> None:
    """Before everybody a rule chooses is counted.

    Beside an OR, PostgreSQL hashes a campaign's hundred thousand openers only where its memory for it is enough; else it
    looks them up for each contact, which takes three times as long. Where they are joined, more memory makes it hash the
    contacts instead, which takes twice as long. Until the transaction ends.
    """
    if connection.dialect.name == "postgresql" and _looks_up(read(rule, attributes.every(connection)), joined=True):
        connection.execute(sa.select(sa.func.set_config("work_mem", ROOM, True)))


def _looks_up(node: Node, *, joined: bool) -> bool:
    """Whether a list, a tag, a campaign or a page stands where no join answers for it. ``joined``: what holds of all holds
    of this."""
    if isinstance(node, Call):
        return not joined
    if isinstance(node, Compare):
        return not joined and node.field.page() is not None
    joined &= isinstance(node, Every) or (isinstance(node, Not) and isinstance(node.part, Call | Compare))
    return any(_looks_up(part, joined=joined) for part in _parts(node))


def _named_in(node: Node) -> list[Attribute]:
    if isinstance(node, Compare):
        return [node.field.attribute] if node.field.attribute is not None else []
    if isinstance(node, Call):
        return []
    named = [one for part in _parts(node) for one in _named_in(part)]
    return list({one.name: one for one in named}.values())


def _ruled(connection: Connection, rule: str, history: History | None, now: int) -> str:
    """The rule as it is kept. Raises SegmentWrongError."""
    text = UNKEPT.sub("\N{REPLACEMENT CHARACTER}", rule).strip()
    compile(connection, text, history, now)
    return text


def _named(name: str) -> str:
    text = called(name, LONGEST_NAME)
    if text is None:
        raise SegmentNameWrongError()
    return text
