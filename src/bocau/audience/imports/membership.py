"""Who comes in by a file is put on its list and carries its tag; who had left the list stays away."""

from typing import Any

import sqlalchemy as sa

from bocau.audience import tables as t
from bocau.audience.imports.chunk import Chunk
from bocau.audience.imports.merging import Met
from bocau.audience.imports.shapes import Run
from bocau.audience.states import Subscribed
from bocau.base.db import Connection
from bocau.base.db.adding import new_rows


def join(connection: Connection, run: Run, chunk: Chunk, made: int, met: Met) -> tuple[int, int]:
    """Subscribe and tag the chunk's contacts, ``made`` of them new: how many came on the list, and how many had left it."""
    on_list = away = 0
    if run.plan.list_id:
        _new_on_list(connection, run, chunk)
        came, away = _known_on_list(connection, run, chunk, met)
        on_list = made + came
    if run.plan.tag_id:
        _tag(connection, run, chunk, met)
    return on_list, away


def _made(run: Run, chunk: Chunk, *columns: sa.ColumnElement[int]) -> Any:
    """The contacts this chunk made."""
    query: Any = sa.select(*columns)
    return query.where(t.contact.c.origin == run.id, t.contact.c.created_at == chunk.at)


def _new_on_list(connection: Connection, run: Run, chunk: Chunk) -> None:
    values = (run.plan.list_id, t.contact.c.id, Subscribed.subscribed.value, chunk.at, run.id)
    columns = [sa.literal(one) if isinstance(one, int) else one for one in values]
    names = ["list", "contact", "state", "at", "origin"]
    connection.execute(sa.insert(t.subscription).from_select(names, _made(run, chunk, *columns)))


def _known_on_list(connection: Connection, run: Run, chunk: Chunk, met: Met) -> tuple[int, int]:
    if not met.rows:
        return 0, 0
    query = sa.select(t.subscription).where(
        t.subscription.c.list == run.plan.list_id, t.subscription.c.contact.in_(list(met.rows))
    )
    there = {row.contact: row for row in connection.execute(query.with_for_update())}
    away = sum(row.state == Subscribed.unsubscribed for row in there.values())
    fresh = {"state": Subscribed.subscribed.value, "at": chunk.at, "origin": run.id}
    waiting = [contact_id for contact_id, row in there.items() if row.state == Subscribed.unconfirmed]
    new = [contact_id for contact_id in met.rows if contact_id not in there]
    for contact_id in waiting:
        row = there[contact_id]
        met.before[contact_id]["was"] = {"state": row.state, "at": row.at, "origin": row.origin}
    for contact_id in new:
        met.before[contact_id]["was"] = None
    if waiting:
        here = (t.subscription.c.list == run.plan.list_id) & t.subscription.c.contact.in_(waiting)
        connection.execute(sa.update(t.subscription).where(here).values(**fresh))
    if new:
        lines = [{"list": run.plan.list_id, "contact": contact_id, **fresh} for contact_id in new]
        connection.execute(new_rows(connection, t.subscription), lines)
    return len(waiting) + len(new), away


def _tag(connection: Connection, run: Run, chunk: Chunk, met: Met) -> None:
    columns = (sa.literal(run.plan.tag_id), t.contact.c.id, sa.literal(chunk.at))
    given = sa.insert(t.contact_tag).from_select(["tag", "contact", "at"], _made(run, chunk, *columns))
    connection.execute(given)
    if not met.rows:
        return
    query = sa.select(t.contact_tag.c.contact).where(
        t.contact_tag.c.tag == run.plan.tag_id, t.contact_tag.c.contact.in_(list(met.rows))
    )
    had = set(connection.execute(query).scalars())
    new = [contact_id for contact_id in met.rows if contact_id not in had]
    for contact_id in new:
        met.before[contact_id]["tag"] = True
    lines = [{"tag": run.plan.tag_id, "contact": contact_id, "at": chunk.at} for contact_id in new]
    if lines:
        connection.execute(new_rows(connection, t.contact_tag), lines)
