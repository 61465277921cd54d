"""Tags: words that contacts carry."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from bocau.audience.matching import plain
from bocau.audience.tables import contact_tag, tag
from bocau.audience.values import called, clean
from bocau.base.db import Session
from bocau.base.db.adding import new_rows
from bocau.base.errors import BocauError
from bocau.base.words import N_

LONGEST = 100


class TagWrongError(BocauError):
    code = "tag-wrong"
    sentence = N_("A tag needs 1 to 100 characters of one line. Nothing was changed.")
    hint = N_("Choose a short word.")


class TagUnknownError(BocauError):
    code = "tag-unknown"
    sentence = N_("There is no tag “{name}”.")
    hint = N_("Write it exactly as it was given; see: bocau contacts tags")


def every(session: Session) -> list[dict[str, Any]]:
    """All tags by name, each with ``id``, ``name`` and how many ``contacts`` carry it."""
    query = (
        sa.select(tag.c.id, tag.c.name, sa.func.count(contact_tag.c.contact).label("contacts"))
        .outerjoin(contact_tag, contact_tag.c.tag == tag.c.id)
        .group_by(tag.c.id, tag.c.name)
        .order_by(tag.c.name)
    )
    return [plain(row) for row in session.execute(query)]


def find(session: Session, name: str) -> int:
    """The tag's id. Raises TagUnknownError."""
    found = session.execute(sa.select(tag.c.id).where(tag.c.name == clean(name))).scalar()
    if found is None:
        raise TagUnknownError(name=clean(name)[:LONGEST])
    return int(found)


def find_or_make(session: Session, name: str, now: int) -> int:
    """The tag's id; made where it is new. Raises TagWrongError."""
    text = called(name, LONGEST)
    if text is None:
        raise TagWrongError()
    found = session.execute(sa.select(tag.c.id).where(tag.c.name == text)).scalar()
    if found is None:
        session.execute(new_rows(session, tag).values(name=text, created_at=now))
        found = session.execute(sa.select(tag.c.id).where(tag.c.name == text)).scalar_one()
    return int(found)


def put(session: Session, name: str, contact_ids: Sequence[int], now: int) -> int:
    """Give the tag to contacts; how many did not have it. Raises TagWrongError."""
    if not contact_ids:
        return 0
    number = find_or_make(session, name, now)
    had = _on(session, number, contact_ids)
    lines = [{"tag": number, "contact": one, "at": now} for one in dict.fromkeys(contact_ids)]
    session.execute(new_rows(session, contact_tag), lines)
    return _on(session, number, contact_ids) - had


def take(session: Session, name: str, contact_ids: Sequence[int]) -> int:
    """Take the tag off contacts; how many had it. Raises TagUnknownError."""
    number = find(session, name)
    gone = sa.delete(contact_tag).where(contact_tag.c.tag == number, contact_tag.c.contact.in_(contact_ids))
    return session.execute(gone).rowcount


def remove(session: Session, name: str) -> int:
    """Delete a tag; how many carried it. Raises TagUnknownError."""
    number = find(session, name)
    count = session.execute(sa.delete(contact_tag).where(contact_tag.c.tag == number)).rowcount
    session.execute(sa.delete(tag).where(tag.c.id == number))
    return count


def _on(session: Session, number: int, contact_ids: Sequence[int]) -> int:
    query = sa.select(sa.func.count()).where(contact_tag.c.tag == number, contact_tag.c.contact.in_(contact_ids))
    return int(session.execute(query).scalar_one())
