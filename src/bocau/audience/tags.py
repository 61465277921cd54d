"""Tags: words that contacts carry."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from bocau.audience import tables as t
from bocau.audience.matching import plain
from bocau.audience.values import called, clean
from bocau.base.db import Connection
from bocau.base.db.adding import new_rows
from bocau.base.errors import BocauError
from bocau.base.words import N_

LONGEST = 100


class TagWrongError(BocauError):
    code = "tag-wrong"
    sentence = N_("A tag needs 1 to 100 characters on one line. Nothing was changed.")
    hint = N_("Choose a short word.")


class TagUnknownError(BocauError):
    code = "tag-unknown"
    sentence = N_("There is no tag “{name}”.")
    hint = N_("Write it exactly as it was given; see: bocau contacts tags")


def every(connection: Connection) -> list[dict[str, Any]]:
    """All tags by name, each with ``id``, ``name`` and how many ``contacts`` carry it."""
    query = (
        sa.select(t.tag.c.id, t.tag.c.name, sa.func.count(t.contact_tag.c.contact).label("contacts"))
        .outerjoin(t.contact_tag, t.contact_tag.c.tag == t.tag.c.id)
        .group_by(t.tag.c.id, t.tag.c.name)
        .order_by(t.tag.c.name)
    )
    return [plain(row) for row in connection.execute(query)]


def find(connection: Connection, name: str) -> int:
    """The tag's id. Raises TagUnknownError."""
    found = connection.execute(sa.select(t.tag.c.id).where(t.tag.c.name == clean(name))).scalar()
    if found is None:
        raise TagUnknownError(name=clean(name)[:LONGEST])
    return int(found)


def find_or_make(connection: Connection, name: str, now: int) -> int:
    """The tag's id; made where it is new. Raises TagWrongError."""
    text = called(name, LONGEST)
    if text is None:
        raise TagWrongError()
    found = connection.execute(sa.select(t.tag.c.id).where(t.tag.c.name == text)).scalar()
    if found is None:
        connection.execute(new_rows(connection, t.tag).values(name=text, created_at=now))
        found = connection.execute(sa.select(t.tag.c.id).where(t.tag.c.name == text)).scalar_one()
    return int(found)


def put(connection: Connection, name: str, contact_ids: Sequence[int], now: int) -> int:
    """Give the tag to contacts; how many did not have it. Raises TagWrongError."""
    if not contact_ids:
        return 0
    tag_id = find_or_make(connection, name, now)
    had = _on(connection, tag_id, contact_ids)
    lines = [{"tag": tag_id, "contact": one, "at": now} for one in dict.fromkeys(contact_ids)]
    connection.execute(new_rows(connection, t.contact_tag), lines)
    return _on(connection, tag_id, contact_ids) - had


def take(connection: Connection, name: str, contact_ids: Sequence[int]) -> int:
    """Take the tag off contacts; how many had it. Raises TagUnknownError."""
    tag_id = find(connection, name)
    gone = sa.delete(t.contact_tag).where(t.contact_tag.c.tag == tag_id, t.contact_tag.c.contact.in_(contact_ids))
    return connection.execute(gone).rowcount


def remove(connection: Connection, name: str) -> int:
    """Delete a tag; how many carried it. Raises TagUnknownError."""
    tag_id = find(connection, name)
    count = connection.execute(sa.delete(t.contact_tag).where(t.contact_tag.c.tag == tag_id)).rowcount
    connection.execute(sa.delete(t.tag).where(t.tag.c.id == tag_id))
    return count


def _on(connection: Connection, tag_id: int, contact_ids: Sequence[int]) -> int:
    query = sa.select(sa.func.count()).where(t.contact_tag.c.tag == tag_id, t.contact_tag.c.contact.in_(contact_ids))
    return int(connection.execute(query).scalar_one())
