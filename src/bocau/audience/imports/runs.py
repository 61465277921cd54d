"""Runs of imports: begun, found again, stopped, finished, listed."""

import hashlib
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa

from bocau.audience import tables as t
from bocau.audience.imports.errors import (
    ImportConsentMissingError,
    ImportFileDiffersError,
    ImportOverError,
    ImportUnknownError,
)
from bocau.audience.imports.shapes import Plan, Run, State
from bocau.audience.values import clean
from bocau.base.db import Connection
from bocau.base.db.adding import add_row

COUNTS = ("made", "changed", "same", "refused", "subscribed", "away", "removed", "restored", "kept")


def begin(connection: Connection, path: Path, digest: str, plan: Plan, now: int) -> Run:
    """Open a run, or find the unfinished one of the same file and plan: it goes on where it was.

    No mail asks anybody: onto a list with double opt-in come only people of whom the plan says how they agreed. Raises
    ImportConsentMissingError.
    """
    _check_consent(connection, plan)
    key = _key(digest, plan)
    query = sa.select(t.import_run).where(
        t.import_run.c.key == key, t.import_run.c.state.in_([State.running.value, State.stopped.value])
    )
    found = connection.execute(query.order_by(t.import_run.c.id.desc()).limit(1).with_for_update()).one_or_none()
    if found is not None:
        return _go_on(connection, _read(found), now)
    values = {
        "key": key,
        "file": clean(path.name)[:300],
        "digest": digest,
        "plan": plan.to_json(),
        "state": State.running.value,
        "latest": now,
        "created_at": now,
        "updated_at": now,
    }
    return show(connection, add_row(connection, t.import_run, values))


def _check_consent(connection: Connection, plan: Plan) -> None:
    asking = sa.select(t.mailing_list.c.name).where(
        t.mailing_list.c.id == plan.list_id, t.mailing_list.c.opt_in == "double"
    )
    name = connection.execute(asking).scalar()
    if name is not None and not (clean(plan.source) or clean(plan.text)):
        raise ImportConsentMissingError(name=name)


def resume(connection: Connection, run_id: int, path: Path, digest: str, now: int) -> Run:
    """Take up a run that was stopped, or whose process is gone.

    Raises ImportUnknownError, ImportOverError, ImportFileDiffersError."""
    run = show(connection, run_id, lock=True)
    if run.state not in (State.running, State.stopped):
        raise ImportOverError(id=run_id, state=run.state.title())
    if run.digest != digest:
        raise ImportFileDiffersError(path=path.name, id=run_id)
    return _go_on(connection, run, now)


def show(connection: Connection, run_id: int, *, lock: bool = False) -> Run:
    """One run. Raises ImportUnknownError."""
    query = sa.select(t.import_run).where(t.import_run.c.id == run_id)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise ImportUnknownError(id=run_id)
    return _read(row)


def every(connection: Connection, *, before: int | None = None, limit: int = 100) -> list[Run]:
    """Runs, the latest first. ``before``: pages by id."""
    query = sa.select(t.import_run).order_by(t.import_run.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(t.import_run.c.id < before)
    return [_read(row) for row in connection.execute(query)]


def stop(connection: Connection, run_id: int, now: int) -> Run:
    """Stop a run: no further chunk of it is stored, whoever reads its file. The same again is no harm.

    Raises ImportUnknownError, ImportOverError."""
    run = show(connection, run_id, lock=True)
    if run.state not in (State.running, State.stopped):
        raise ImportOverError(id=run_id, state=run.state.title())
    _set(connection, run_id, State.stopped, now)
    return replace(run, state=State.stopped, updated_at=now)


def finish(connection: Connection, run_id: int, now: int) -> Run:
    """Say that the whole file is in. Who was stopped meanwhile stays stopped."""
    run = show(connection, run_id, lock=True)
    if run.state is not State.running:
        return run
    _set(connection, run_id, State.finished, now)
    return replace(run, state=State.finished, updated_at=now)


def _go_on(connection: Connection, run: Run, now: int) -> Run:
    _set(connection, run.id, State.running, now)
    return replace(run, state=State.running, updated_at=now, resumed=True)


def _set(connection: Connection, run_id: int, state: State, now: int) -> None:
    here = sa.update(t.import_run).where(t.import_run.c.id == run_id)
    connection.execute(here.values(state=state.value, updated_at=now))


def _key(digest: str, plan: Plan) -> str:
    """Equal for the same file in the same way; what is new in a plan is not new the second time."""
    columns = tuple(one._replace(new=False, slot="") for one in plan.columns)
    told = replace(plan, columns=columns).to_json()
    return hashlib.sha256(f"{digest}\0{told}".encode()).hexdigest()


def _read(row: sa.Row[tuple[object, ...]]) -> Run:
    return Run(
        id=row.id,
        file=row.file,
        digest=row.digest,
        plan=Plan.from_json(row.plan),
        state=State(row.state),
        position=row.position,
        latest=row.latest,
        created_at=row.created_at,
        updated_at=row.updated_at,
        counts={name: row._mapping[name] for name in COUNTS},
    )
