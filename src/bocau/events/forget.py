"""The one change to history: what a person's mails say about them is taken out of it when they are to be forgotten."""

from collections.abc import Sequence

import orjson
import sqlalchemy as sa

from bocau.base.db import Connection
from bocau.base.db.slices import slices
from bocau.events import tables as t

KEPT = frozenset(("code", "enhanced", "relay", "reason", "by", "hint", "link", "at"))
"""Of an event's detail: what says nothing about a person. Servers like to repeat addresses in their texts."""


def forget(connection: Connection, messages: Sequence[int]) -> int:
    """Take free texts out of the events of these messages; how many events had any."""
    changed = 0
    for some in slices(messages):
        rows = connection.execute(sa.select(t.event.c.id, t.event.c.detail).where(t.event.c.message.in_(some))).all()
        for row in rows:
            data = orjson.loads(row.detail)
            kept = {name: value for name, value in data.items() if name in KEPT}
            if kept != data:
                values = {"detail": orjson.dumps(kept).decode()}
                connection.execute(sa.update(t.event).where(t.event.c.id == row.id).values(**values))
                changed += 1
    return changed
