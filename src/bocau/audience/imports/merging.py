"""Rows about contacts that are there already: locked, merged as the plan says, and kept as they were.

``import_before.before`` is a JSON object: ``columns`` (name → value as it was), ``updated_at``; ``state``, ``since`` and
``origin`` of the subscription that the import changed, null for one it made; ``tag`` true when it gave the tag; ``status``
of who had not confirmed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
import sqlalchemy as sa

from bocau.audience import contacts, places
from bocau.audience import tables as t
from bocau.audience.imports.chunk import Chunk
from bocau.audience.imports.shapes import Merge, Run
from bocau.audience.matching import any_of
from bocau.audience.states import Status
from bocau.base.db import Connection
from bocau.base.db.adding import new_rows
from bocau.base.words import N_
from bocau.sheets import Problem

FURTHER_UP = N_("the person is already further up in the file")
LEFT_EMPTY = (None, "")


@dataclass
class Met:
    """Contacts that were there before. ``before``: contact → what changed of it, as it was; ``rows``: contact → row."""

    changed: int = 0
    same: int = 0
    before: dict[int, dict[str, Any]] = field(default_factory=dict)
    rows: dict[int, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def email_label(run: Run) -> str:
    """The heading of the addresses."""
    place = run.plan.place("email")
    return run.plan.columns[place].heading if place is not None else ""


def merge(connection: Connection, run: Run, chunk: Chunk) -> Met:
    """Lock the contacts that were there, in the order of their recipients, and change them as the plan says."""
    met = Met()
    found = _known(connection, run, chunk)
    earlier = _earlier(connection, run, [row.id for row in found])
    away = places.read(connection, list(chunk.values), [row.id for row in found])
    order = {recipient: place for place, recipient in enumerate(chunk.recipients)}
    changes: list[dict[str, Any]] = []
    pages: dict[int, dict[str, Any]] = {}
    for row in found:
        place = order[row.recipient]
        if row.origin == run.id or row.id in earlier:
            met.problems.append(Problem(chunk.rows[place], email_label(run), row.recipient, FURTHER_UP))
            continue
        held: Mapping[str, Any] = {**row._mapping, **away[row.id]} if away else row._asdict()
        fresh = _fresh(run.plan.merge, chunk, place, held)
        met.rows[row.id], met.before[row.id] = chunk.rows[place], {}
        if not fresh:
            met.same += 1
            continue
        met.changed += 1
        was = {name: held[name] for name in fresh}
        met.before[row.id] = {"columns": was, "updated_at": row.updated_at}
        changes.append({"b_id": row.id, "b_at": chunk.at} | _whole(chunk, held, fresh))
        if away:
            pages[row.id] = _on_pages(chunk, held, fresh)
    _change(connection, chunk, changes)
    places.write(connection, pages)
    _activate(connection, [row for row in found if row.recipient not in chunk.blocked], met)
    return met


def note(connection: Connection, run_id: int, at: int, met: Met) -> None:
    """Keep what was there before, for the undoing."""
    lines = [
        {
            "run": run_id,
            "contact": contact_id,
            "row": met.rows[contact_id],
            "at": at,
            "before": orjson.dumps(was).decode(),
        }
        for contact_id, was in met.before.items()
    ]
    if lines:
        connection.execute(new_rows(connection, t.import_before), lines)


def _known(connection: Connection, run: Run, chunk: Chunk) -> list[sa.Row[Any]]:
    names = ("id", "recipient", "origin", "status", "updated_at", *chunk.names)
    made_now = (t.contact.c.origin == run.id) & (t.contact.c.created_at == chunk.at)
    query = sa.select(*(t.contact.c[name] for name in names)).where(
        any_of(connection, t.contact.c.recipient, chunk.recipients), ~made_now
    )
    by_bytes = (
        sa.collate(t.contact.c.recipient, "C") if connection.dialect.name == "postgresql" else t.contact.c.recipient
    )
    return list(connection.execute(query.order_by(by_bytes).with_for_update()))


def _activate(connection: Connection, found: list[sa.Row[Any]], met: Met) -> None:
    """Who was known from a form only is known from a file now; not whom that file calls unconfirmed too."""
    waiting = [row.id for row in found if row.id in met.rows and row.status == Status.unconfirmed.value]
    for contact_id in waiting:
        met.before[contact_id]["status"] = Status.unconfirmed.value
    if waiting:
        contacts.activate(connection, waiting)


def _earlier(connection: Connection, run: Run, ids: list[int]) -> set[int]:
    """Those that an earlier row of the same file was about."""
    query = sa.select(t.import_before.c.contact).where(
        t.import_before.c.run == run.id, t.import_before.c.contact.in_(ids)
    )
    return set(connection.execute(query).scalars()) if ids else set()


def _fresh(merge: str, chunk: Chunk, place: int, held: Mapping[str, Any]) -> dict[str, Any]:
    """Column or slot → new value, for what changes. A blank cell never empties what is there."""
    if merge == Merge.skip:
        return {}
    fresh = {}
    for name, column in chunk.values.items():
        value, was = column[place], held[name]
        if name == "address" or value in LEFT_EMPTY or value == was:
            continue
        if merge == Merge.overwrite or was in LEFT_EMPTY:
            fresh[name] = value
    return fresh


def _whole(chunk: Chunk, held: Mapping[str, Any], fresh: dict[str, Any]) -> dict[str, Any]:
    """Every column, so that one statement serves all rows."""
    return {f"b_{name}": fresh.get(name, held[name]) for name in chunk.names}


def _on_pages(chunk: Chunk, held: Mapping[str, Any], fresh: dict[str, Any]) -> dict[str, Any]:
    """Every slot on each page that something changes on."""
    changed = [page for page in chunk.pages if not fresh.keys().isdisjoint(page.names)]
    return {name: fresh.get(name, held[name]) for page in changed for name in page.names}


def _change(connection: Connection, chunk: Chunk, changes: list[dict[str, Any]]) -> None:
    if not changes:
        return
    values: dict[str, Any] = {name: sa.bindparam(f"b_{name}") for name in chunk.names}
    values["updated_at"] = sa.bindparam("b_at")
    done = sa.update(t.contact).where(t.contact.c.id == sa.bindparam("b_id")).values(**values)
    connection.execute(done, changes)
