"""Which messages something happened to: for rules about what people did."""

from typing import Any

import sqlalchemy as sa

from bocau.events import tables as t
from bocau.events.kinds import Kind


def having(kind: Kind | str, *, by: str = "") -> "sa.Select[Any]":
    """A SELECT of the messages that have an event of this kind. ``by``: only those whose detail says so of ``by``."""
    query = sa.select(t.event.c.message).where(t.event.c.kind == str(kind), t.event.c.message != 0)
    return query.where(t.event.c.detail.like(f'%"by":"{by}"%')) if by else query
