"""Times that came and could not be done: told by mail once for each cause, and listed until it goes again."""

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from bocau import campaigns
from bocau.base.db import Connection
from bocau.base.errors import BocauError, retold
from bocau.base.words import N_, Phrase
from bocau.campaigns import notices
from bocau.campaigns.installation import Installation
from bocau.campaigns.notices import Notice
from bocau.schedules import queries
from bocau.schedules import tables as t
from bocau.schedules.shapes import Firing, Report, State
from bocau.schedules.zones import told

SUBJECT = N_("Not sent: schedule “{name}”, {time}")
ONE = N_("Nothing was sent this time. Its other times are not touched.")
PAUSED = N_("Nothing was sent, and the schedule is paused. Nothing of it was lost.")


class Failing(NamedTuple):
    """What was due and did not go. ``kind``: campaign or schedule; ``problem``: in the current language."""

    kind: str
    id: int
    name: str
    problem: str


def failing(connection: Connection) -> list[Failing]:
    """All that could not start or stopped by itself: campaigns, and schedules whose newest time failed."""
    stuck = campaigns.queries.stuck(connection)
    found = [Failing("campaign", one.id, one.plan.name, retold(one.problem or {})) for one in stuck]
    return found + [Failing("schedule", key, name, one.problem) for key, (name, one) in last_failed(connection).items()]


def last_failed(connection: Connection) -> dict[int, tuple[str, Firing]]:
    """Schedule → its name and its newest time, where that failed."""
    newest = (
        sa.select(t.firing.c.schedule, sa.func.max(t.firing.c.at).label("at"))
        .where(t.firing.c.state.in_([int(one) for one in DECIDED]))
        .group_by(t.firing.c.schedule)
        .subquery("newest")
    )
    query = (
        sa.select(t.firing, t.schedule.c.name)
        .join(newest, (newest.c.schedule == t.firing.c.schedule) & (newest.c.at == t.firing.c.at))
        .join(t.schedule, t.schedule.c.id == t.firing.c.schedule)
        .where(t.firing.c.state == int(State.failed))
        .order_by(t.firing.c.schedule)
    )
    return {row.schedule: (row.name, queries.fired(row)) for row in connection.execute(query)}


DECIDED = (State.done, State.failed, State.empty)


def tell(
    connection: Connection, schedule_id: int, at: int, error: BocauError, *, now: int, installation: Installation
) -> None:
    """Mail whose sending it is, unless the time before failed for the same cause: that was told. Before it is recorded."""
    before = last_failed(connection).get(schedule_id)
    if before is not None and before[1].at < at and before[1].detail.get("code") == error.code:
        return
    row = queries.row_of(connection, schedule_id)
    sender, to = _whose(connection, row.report, row.campaign)
    subject = Phrase(SUBJECT, name=row.name, time=told(at, row.zone) if _is_zone(row.zone) else "")
    lines = notices.paragraphs(error, PAUSED if row.paused else ONE, f"bocau schedules show {schedule_id}")
    key = f"notice:schedule:{schedule_id}:{at}"
    notices.send(connection, Notice(key, sender, to, subject, lines), now, installation)


def _whose(connection: Connection, report: str | None, campaign: int | None) -> tuple[str, Sequence[str]]:
    """Sender of the notice, and who gets it."""
    if report:
        asked = Report.from_json(report)
        return asked.sender, [asked.reply_to or asked.sender]
    try:
        plan = campaigns.show(connection, campaign or 0).plan
    except campaigns.CampaignUnknownError:
        return "", []
    return plan.sender, [plan.options.reply_to or plan.sender]


def _is_zone(zone: str) -> bool:
    try:
        told(0, zone)
    except BocauError:
        return False
    return True
