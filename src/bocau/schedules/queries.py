"""Schedules read, and their times of the past."""

from typing import Any

import orjson
import sqlalchemy as sa

from bocau.base.db import Connection
from bocau.schedules import tables as t
from bocau.schedules.errors import ScheduleUnknownError
from bocau.schedules.shapes import Does, Firing, Plan, Policy, Report, Schedule, State
from bocau.schedules.when import Rule

BIGGEST = 2**63 - 1


def every(connection: Connection) -> list[Schedule]:
    """All schedules, those that come next first."""
    order = (t.schedule.c.next_at.is_(None), t.schedule.c.next_at, t.schedule.c.id)
    return [shaped(row) for row in connection.execute(sa.select(t.schedule).order_by(*order))]


def show(connection: Connection, schedule_id: int) -> Schedule:
    """Raises ScheduleUnknownError."""
    return shaped(row_of(connection, schedule_id))


def find(connection: Connection, word: str) -> Schedule:
    """By number or name. Raises ScheduleUnknownError."""
    schedule_id = int(word) if word.isascii() and word.isdigit() else 0
    known = t.schedule.c.id == schedule_id if 0 < schedule_id <= BIGGEST else t.schedule.c.name == word
    row = connection.execute(sa.select(t.schedule).where(known)).first()
    if row is None:
        raise ScheduleUnknownError(id=word[:200])
    return shaped(row)


def history(connection: Connection, schedule_id: int, limit: int = 50) -> list[Firing]:
    """Times that came, the newest first."""
    query = sa.select(t.firing).where(t.firing.c.schedule == schedule_id).order_by(t.firing.c.at.desc()).limit(limit)
    return [fired(row) for row in connection.execute(query)]


def launching(connection: Connection, campaign_id: int) -> list[str]:
    """Names of the schedules with a time to come that launch a campaign, or copies of it."""
    mine = (t.schedule.c.campaign == campaign_id, t.schedule.c.next_at.is_not(None))
    return list(connection.execute(sa.select(t.schedule.c.name).where(*mine).order_by(t.schedule.c.name)).scalars())


def row_of(connection: Connection, schedule_id: int, *, lock: bool = False) -> Any:
    """Raises ScheduleUnknownError."""
    query = sa.select(t.schedule).where(t.schedule.c.id == schedule_id)
    row = connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise ScheduleUnknownError(id=schedule_id)
    return row


def shaped(row: Any) -> Schedule:
    report = Report.from_json(row.report) if row.report else None
    plan = Plan(
        name=row.name,
        does=Does(row.does),
        rule=rule_of(row),
        campaign=row.campaign,
        report=report,
        policy=Policy(row.policy),
        grace=row.grace,
    )
    return Schedule(id=row.id, plan=plan, next_at=row.next_at, paused=row.paused, created_at=row.created_at)


def rule_of(row: Any) -> Rule:
    return Rule(kind=row.kind, text=row.rule, zone=row.zone, start=row.start_at)


def fired(row: Any) -> Firing:
    return Firing(
        row.schedule,
        row.at,
        row.fired_at,
        State(row.state),
        row.campaign,
        row.submission,
        row.attempts,
        row.due_at,
        orjson.loads(row.detail),
    )
