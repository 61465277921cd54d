"""Imports for tests: a file goes in as a door would take it in."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bocau import sheets
from bocau.audience import imports
from bocau.base.db import transaction
from bocau.sheets import Problem
from tests.audience.people import NOW

LATER = count(NOW + 1000, 1000)


@dataclass
class Taken:
    """A run, and what it told."""

    run: imports.Run
    problems: list[Problem]

    def reasons(self) -> dict[int, str]:
        return {one.row: one.why() for one in self.problems if not one.mailed}


def clock() -> int:
    return next(LATER)


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def take(
    engine: sa.Engine,
    path: Path,
    wishes: imports.Wishes | None = None,
    *,
    chunks: int | None = None,
    size: int = 4000,
    **plan: Any,
) -> Taken:
    """Import a file. ``chunks``: only so many, as if the process were gone then."""
    problems: list[Problem] = []
    with sheets.open_table(path) as table:
        with transaction(engine) as connection:
            columns = imports.propose(connection, table, wishes or imports.Wishes()).columns
            made = imports.define(connection, imports.Plan(columns, **plan), clock())
            run = imports.begin(connection, table.path, table.digest, made, clock())
        for chunk in islice(imports.chunks(table, run, clock, size), chunks):
            with transaction(engine) as connection:
                problems += imports.store(connection, run, chunk).problems
        with transaction(engine) as connection:
            run = imports.finish(connection, run.id, clock()) if chunks is None else imports.show(connection, run.id)
    return Taken(run, problems)


def undo(engine: sa.Engine, run_id: int) -> None:
    with transaction(engine) as connection:
        imports.undo_anew(connection, run_id, clock())
    more = True
    while more:
        with transaction(engine) as connection:
            more = imports.undo_slice(connection, run_id, clock()).more


def rows(engine: sa.Engine, table: sa.Table) -> Iterator[Any]:
    with transaction(engine) as connection:
        return iter(connection.execute(sa.select(table)).all())
