"""A time has come: one due schedule in one transaction, so that two clocks at once, or a late one, fire it once.

The row's lock decides who looks at a schedule, and the primary key of ``firing`` that no time is ever fired twice. What a
firing does is committed with it. A report is made later, outside the transaction (see ``reports``).
"""

from collections.abc import Iterable
from typing import Any

import orjson
import sqlalchemy as sa

from bocau import campaigns
from bocau.base.db import Connection, ring_after_commit
from bocau.base.errors import BocauError, kept
from bocau.base.queues import CHORES_DUE
from bocau.campaigns.installation import Installation
from bocau.schedules import failing
from bocau.schedules import tables as t
from bocau.schedules.queries import row_of, rule_of
from bocau.schedules.shapes import Does, Fired, Policy, State
from bocau.schedules.when import newest, next_after

MOST_TOLD = 100
"""Missed times that are written down one by one."""
MOST_NAMES = 20


def fire_due(connection: Connection, now: int, installation: Installation) -> Fired | None:
    """Fire one schedule whose time has come; None when there is none. ``now`` in ms.

    After an absence only the newest time counts. By policy ``skip`` it is fired when it is at most ``grace`` late, by
    ``once`` always; all others are recorded as skipped.
    """
    row = _due(connection, now)
    if row is None:
        return None
    rule = rule_of(row)
    try:
        at = newest(rule, row.next_at, now)
    except BocauError as error:
        return _broken(connection, row, now, error, installation)
    connection.execute(sa.update(t.schedule).where(t.schedule.c.id == row.id).values(next_at=next_after(rule, at)))
    skipped = _skip(connection, row.id, _between(rule, row.next_at, at), now)
    if _known(connection, row.id, at):
        return Fired(row.id, row.name, at, State.skipped, None, skipped)
    if row.policy == Policy.skip and now - at > row.grace:
        skipped += _skip(connection, row.id, [at], now)
        return Fired(row.id, row.name, at, State.skipped, None, skipped)
    return _fire(connection, row, at, now, installation)._replace(skipped=skipped)


def _broken(connection: Connection, row: Any, now: int, error: BocauError, installation: Installation) -> Fired:
    """A rule that cannot be followed any more, such as of a zone that was given up, must not stand in others' way."""
    connection.execute(sa.update(t.schedule).where(t.schedule.c.id == row.id).values(paused=True))
    if not _known(connection, row.id, row.next_at):
        failing.tell(connection, row.id, row.next_at, error, now=now, installation=installation)
        _record(connection, row.id, row.next_at, now, state=State.failed, detail=kept(error))
    return Fired(row.id, row.name, row.next_at, State.failed)


def run(connection: Connection, schedule_id: int, now: int, installation: Installation) -> Fired:
    """Fire it now, whatever its times are; they stay as they are. Raises ScheduleUnknownError."""
    row = row_of(connection, schedule_id, lock=True)
    if _known(connection, schedule_id, now):
        return Fired(row.id, row.name, now, State.skipped)
    return _fire(connection, row, now, now, installation)


def _due(connection: Connection, now: int) -> Any:
    query = (
        sa.select(t.schedule)
        .where(t.schedule.c.paused == sa.false(), t.schedule.c.next_at <= now)
        .order_by(t.schedule.c.next_at, t.schedule.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return connection.execute(query).first()


def _fire(connection: Connection, row: Any, at: int, now: int, installation: Installation) -> Fired:
    """Do it, in a savepoint: what cannot be done is written down and is not tried again by itself."""
    if row.does == Does.report:
        _record(connection, row.id, at, now, state=State.making, due_at=now)
        ring_after_commit(connection, CHORES_DUE)
        return Fired(row.id, row.name, at, State.making)
    step = connection.begin_nested()
    try:
        launched = _launch(connection, row, now, installation)
    except BocauError as error:
        step.rollback()
        failing.tell(connection, row.id, at, error, now=now, installation=installation)
        _record(connection, row.id, at, now, state=State.failed, detail=kept(error))
        return Fired(row.id, row.name, at, State.failed)
    step.commit()
    _record(connection, row.id, at, now, state=State.done, campaign=launched)
    return Fired(row.id, row.name, at, State.done, launched)


def _launch(connection: Connection, row: Any, now: int, installation: Installation) -> int:
    """The campaign that was launched: the schedule's own, or a fresh copy of it."""
    campaign_id = int(row.campaign)
    if row.does == Does.copy:
        campaign_id = _copy(connection, campaign_id, now)
    campaigns.launch(connection, campaign_id, now, installation)
    return campaign_id


def _copy(connection: Connection, schedule_id: int, now: int) -> int:
    """A copy, also when somebody else takes the name that was free for it at the same moment."""
    for _ in range(MOST_NAMES):
        try:
            with connection.begin_nested():
                return campaigns.copy(connection, schedule_id, now)
        except campaigns.CampaignNameTakenError:
            continue
    return campaigns.copy(connection, schedule_id, now)


def _between(rule: Any, first: int, last: int) -> Iterable[int]:
    """Times from ``first`` up to, and without, ``last``; at most so many as are told one by one."""
    at: int | None = first
    for _ in range(MOST_TOLD):
        if at is None or at >= last:
            return
        yield at
        at = next_after(rule, at)


def _skip(connection: Connection, schedule_id: int, times: Iterable[int], now: int) -> int:
    missed = [at for at in times if not _known(connection, schedule_id, at)]
    for at in missed:
        _record(connection, schedule_id, at, now, state=State.skipped)
    return len(missed)


def _known(connection: Connection, schedule_id: int, at: int) -> bool:
    query = sa.select(t.firing.c.at).where(t.firing.c.schedule == schedule_id, t.firing.c.at == at)
    return connection.execute(query).first() is not None


def _record(connection: Connection, schedule_id: int, at: int, now: int, **values: Any) -> None:
    detail = orjson.dumps(values.pop("detail", {})).decode()
    state = int(values.pop("state"))
    connection.execute(
        sa.insert(t.firing).values(schedule=schedule_id, at=at, fired_at=now, state=state, detail=detail, **values)
    )
