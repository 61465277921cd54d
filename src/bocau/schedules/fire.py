"""A time has come: one due schedule in one transaction, so that two clocks at once, or a late one, fire it once.

The row's lock decides who looks at a schedule, and the primary key of ``firing`` that no time is ever fired twice. What a
firing does is committed with it. A report is made later, outside the transaction (see ``reports``).
"""

from collections.abc import Iterable
from typing import Any

import orjson
import sqlalchemy as sa

from bocau import campaigns
from bocau.base.db import Session
from bocau.base.errors import BocauError, kept
from bocau.campaigns.around import Around
from bocau.schedules.queries import row_of, rule_of
from bocau.schedules.shapes import Does, Fired, Policy, State
from bocau.schedules.tables import firing, schedule
from bocau.schedules.when import newest, next_after

MOST_TOLD = 100
"""Missed times that are written down one by one."""
MOST_NAMES = 20


def fire_due(session: Session, now: int, around: Around) -> Fired | None:
    """Fire one schedule whose time has come; None when there is none. ``now`` in ms.

    After an absence only the newest time counts. By policy ``skip`` it is fired when it is at most ``grace`` late, by
    ``once`` always; all others are recorded as skipped.
    """
    row = _due(session, now)
    if row is None:
        return None
    rule = rule_of(row)
    try:
        at = newest(rule, row.next_at, now)
    except BocauError as error:
        return _broken(session, row, now, error)
    session.execute(sa.update(schedule).where(schedule.c.id == row.id).values(next_at=next_after(rule, at)))
    skipped = _skip(session, row.id, _between(rule, row.next_at, at), now)
    if _known(session, row.id, at):
        return Fired(row.id, row.name, at, State.skipped, None, skipped)
    if row.policy == Policy.skip and now - at > row.grace:
        skipped += _skip(session, row.id, [at], now)
        return Fired(row.id, row.name, at, State.skipped, None, skipped)
    return _fire(session, row, at, now, around)._replace(skipped=skipped)


def _broken(session: Session, row: Any, now: int, error: BocauError) -> Fired:
    """A rule that cannot be followed any more, such as of a zone that was given up, must not stand in others' way."""
    session.execute(sa.update(schedule).where(schedule.c.id == row.id).values(paused=True))
    if not _known(session, row.id, row.next_at):
        _record(session, row.id, row.next_at, now, state=State.failed, detail=kept(error))
    return Fired(row.id, row.name, row.next_at, State.failed)


def run(session: Session, number: int, now: int, around: Around) -> Fired:
    """Fire it now, whatever its times are; they stay as they are. Raises ScheduleUnknownError."""
    row = row_of(session, number, lock=True)
    if _known(session, number, now):
        return Fired(row.id, row.name, now, State.skipped)
    return _fire(session, row, now, now, around)


def _due(session: Session, now: int) -> Any:
    query = (
        sa.select(schedule)
        .where(schedule.c.paused == sa.false(), schedule.c.next_at <= now)
        .order_by(schedule.c.next_at, schedule.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return session.execute(query).first()


def _fire(session: Session, row: Any, at: int, now: int, around: Around) -> Fired:
    """Do it, in a savepoint: what cannot be done is written down and is not tried again by itself."""
    if row.does == Does.report:
        _record(session, row.id, at, now, state=State.making, due_at=now)
        return Fired(row.id, row.name, at, State.making)
    step = session.begin_nested()
    try:
        launched = _launch(session, row, now, around)
    except BocauError as error:
        step.rollback()
        _record(session, row.id, at, now, state=State.failed, detail=kept(error))
        return Fired(row.id, row.name, at, State.failed)
    step.commit()
    _record(session, row.id, at, now, state=State.done, campaign=launched)
    return Fired(row.id, row.name, at, State.done, launched)


def _launch(session: Session, row: Any, now: int, around: Around) -> int:
    """The campaign that was launched: the schedule's own, or a fresh copy of it."""
    number = int(row.campaign)
    if row.does == Does.copy:
        number = _copy(session, number, now)
    campaigns.launch(session, number, now, around)
    return number


def _copy(session: Session, number: int, now: int) -> int:
    """A copy, also when somebody else takes the name that was free for it at the same moment."""
    for _ in range(MOST_NAMES):
        try:
            with session.begin_nested():
                return campaigns.copy(session, number, now)
        except campaigns.CampaignNameTakenError:
            continue
    return campaigns.copy(session, number, now)


def _between(rule: Any, first: int, last: int) -> Iterable[int]:
    """Times from ``first`` up to, and without, ``last``; at most so many as are told one by one."""
    at: int | None = first
    for _ in range(MOST_TOLD):
        if at is None or at >= last:
            return
        yield at
        at = next_after(rule, at)


def _skip(session: Session, number: int, times: Iterable[int], now: int) -> int:
    missed = [at for at in times if not _known(session, number, at)]
    for at in missed:
        _record(session, number, at, now, state=State.skipped)
    return len(missed)


def _known(session: Session, number: int, at: int) -> bool:
    query = sa.select(firing.c.at).where(firing.c.schedule == number, firing.c.at == at)
    return session.execute(query).first() is not None


def _record(session: Session, number: int, at: int, now: int, **values: Any) -> None:
    detail = orjson.dumps(values.pop("detail", {})).decode()
    state = int(values.pop("state"))
    session.execute(
        sa.insert(firing).values(schedule=number, at=at, fired_at=now, state=state, detail=detail, **values)
    )
