"""Which messages something happened to: for rules about what people did."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from bocau.events import tables as t
from bocau.events.kinds import Kind

PERSON = "person"
HINT = "hint"
"""The detail of an opening that a mail provider's proxy fetched, late enough to be for its reader."""


def by_reader(kind: str, detail: Mapping[str, Any]) -> bool:
    """Whether a fact is taken for what the mail's reader did: by a person, or an opening that is a hint of one."""
    return detail.get("by", PERSON) == PERSON or (kind == Kind.opened and detail.get(HINT) is True)


def having_read() -> "sa.Select[Any]":
    """A SELECT of the messages that were read: a reader opened them (``by_reader``), or followed a link, with or without
    pictures."""
    read = t.event.c.kind.in_((Kind.opened.value, Kind.clicked.value))
    hint = sa.and_(t.event.c.kind == Kind.opened.value, t.event.c.detail.like(f'%"{HINT}":true%'))
    person = t.event.c.detail.like(f'%"by":"{PERSON}"%')
    return sa.select(t.event.c.message).where(read, t.event.c.message != 0, sa.or_(person, hint))


def having(kind: Kind | str, *, by: str = "") -> "sa.Select[Any]":
    """A SELECT of the messages that have an event of this kind. ``by``: only those whose detail says so of ``by``."""
    query = sa.select(t.event.c.message).where(t.event.c.kind == str(kind), t.event.c.message != 0)
    return query.where(t.event.c.detail.like(f'%"by":"{by}"%')) if by else query


def details(kind: Kind | str, messages: "sa.Select[Any]") -> "sa.Select[Any]":
    """A SELECT of ``detail`` (JSON) and how many of the ``messages`` have an event of this kind with it, as ``n``."""
    mine = (t.event.c.kind == str(kind), t.event.c.message.in_(messages))
    return (
        sa.select(t.event.c.detail, sa.func.count(t.event.c.message.distinct()).label("n"))
        .where(*mine)
        .group_by(t.event.c.detail)
    )
