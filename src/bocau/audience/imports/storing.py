"""A chunk is stored: new contacts, changed ones, the list and the tag, and how far the run is, in one transaction.

The order of locks is the same for all: the run, its attributes (shared), new recipients as they rise, known contacts as
their recipients rise. Since MySQL locks also what an INSERT only looks at, imports take turns there.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import sqlalchemy as sa

from bocau.audience import attributes, erased
from bocau.audience import tables as t
from bocau.audience.imports import membership, merging
from bocau.audience.imports.chunk import Chunk
from bocau.audience.imports.errors import ImportStaleError, ImportUndoneError
from bocau.audience.imports.filling import insert
from bocau.audience.imports.shapes import Run, State, is_export
from bocau.audience.matching import any_of
from bocau.audience.states import How, Status
from bocau.audience.suppressions import Suppression, suppress_many
from bocau.base.db import Connection
from bocau.base.words import N_
from bocau.sheets import Problem

ERASED = N_("the person asked to be erased")


class Stored(NamedTuple):
    """What became of a chunk. ``problems``: by row. ``again``: it was stored before, by another process."""

    made: int = 0
    changed: int = 0
    same: int = 0
    refused: int = 0
    subscribed: int = 0
    away: int = 0
    problems: Sequence[Problem] = ()
    again: bool = False


def store(connection: Connection, run: Run, chunk: Chunk) -> Stored:
    """Store one chunk of a running import. A chunk that is in already changes nothing.

    Raises ImportUndoneError when somebody stopped the run, ImportStaleError."""
    known = _lock(connection, run, chunk)
    if known >= chunk.last:
        return Stored(again=True)
    if known >= chunk.first:
        chunk = chunk.only([row > known for row in chunk.rows])
        chunk = replace(chunk, problems=[one for one in chunk.problems if one.row > known])
    _hold_slots(connection, run)
    chunk = _without_erased(connection, run, chunk)
    made = insert(connection, run.id, chunk)
    met = merging.Met()
    if made < len(chunk.rows):
        met = merging.merge(connection, run, chunk)
    on_list, away = membership.join(connection, run, chunk, made, met)
    merging.note(connection, run.id, chunk.at, met)
    _suppress(connection, run, chunk)
    problems = sorted([*chunk.problems, *met.problems], key=lambda one: one.row)
    refused = len({one.row for one in problems if not one.mailed})
    done = Stored(made, met.changed, met.same, refused, on_list, away, problems)
    _note(connection, run.id, chunk, done)
    return done


def _lock(connection: Connection, run: Run, chunk: Chunk) -> int:
    """Lock the run; how far it is."""
    if connection.dialect.name not in ("postgresql", "sqlite"):
        first = sa.select(t.import_run.c.id).order_by(t.import_run.c.id).limit(1)
        connection.execute(first.with_for_update())
    query = sa.select(t.import_run.c.state, t.import_run.c.position).where(t.import_run.c.id == run.id)
    row = connection.execute(query.with_for_update()).one_or_none()
    if row is None or row.state != State.running:
        raise ImportUndoneError(id=run.id, row=row.position if row else 0)
    return int(row.position)


def _hold_slots(connection: Connection, run: Run) -> None:
    """Nobody removes the attributes while the chunk is stored. Raises ImportStaleError when a slot has come to mean
    something else."""
    gone = attributes.hold(connection, {one.target: one.slot for one in run.plan.columns if one.slot})
    if gone is not None:
        raise ImportStaleError(name=gone, id=run.id)


def _without_erased(connection: Connection, run: Run, chunk: Chunk) -> Chunk:
    if erased.key(connection) is None:  # nobody was ever erased
        return chunk
    gone = erased.among(connection, chunk.recipients)
    if not gone:
        return chunk
    label = merging.email_label(run)
    told = [
        Problem(row, label, recipient, ERASED)
        for row, recipient in zip(chunk.rows, chunk.recipients, strict=True)
        if recipient in gone
    ]
    kept = chunk.only([recipient not in gone for recipient in chunk.recipients])
    return replace(kept, problems=[*kept.problems, *told])


def _suppress(connection: Connection, run: Run, chunk: Chunk) -> None:
    """Keep mail away from those of whom the file says so. It stays when the import is undone."""
    here = set(chunk.recipients) if chunk.blocked else ()
    said = {recipient: block for recipient, block in chunk.blocked.items() if recipient in here}
    held = _statuses(connection, list(said)) if is_export([one.heading for one in run.plan.columns]) else {}
    stopped = [
        Suppression(recipient, block.reason, block.scope, f"import {run.id}", block.word)
        for recipient, block in said.items()
        if held.get(recipient) != block.word  # our own export says what is so already
    ]
    if stopped:
        suppress_many(connection, stopped, chunk.at, How.imported)


def _statuses(connection: Connection, recipients: Sequence[str]) -> dict[str, str]:
    """Recipient → the name of the contact's status."""
    query = sa.select(t.contact.c.recipient, t.contact.c.status)
    rows = connection.execute(query.where(any_of(connection, t.contact.c.recipient, recipients))) if recipients else ()
    return {row.recipient: Status(row.status).name for row in rows}


def _note(connection: Connection, run_id: int, chunk: Chunk, done: Stored) -> None:
    counts = ("made", "changed", "same", "refused", "subscribed", "away")
    values: dict[str, Any] = {name: t.import_run.c[name] + getattr(done, name) for name in counts}
    values |= {"position": chunk.last, "latest": chunk.at, "updated_at": chunk.at}
    connection.execute(sa.update(t.import_run).where(t.import_run.c.id == run_id).values(**values))
