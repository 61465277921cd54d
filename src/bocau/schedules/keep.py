"""Schedules made, changed, paused, resumed, removed."""

from dataclasses import replace

import sqlalchemy as sa

from bocau import campaigns
from bocau.base.config import Settings
from bocau.base.db import Connection
from bocau.base.db.adding import add_row
from bocau.base.words import N_, Phrase
from bocau.schedules import chart, reports
from bocau.schedules import tables as t
from bocau.schedules.errors import UNFIT, ScheduleEndedError, ScheduleNameTakenError, ScheduleWrongError, Unfit
from bocau.schedules.merge import fits, merged
from bocau.schedules.queries import row_of, rule_of, shaped
from bocau.schedules.requests import ScheduleChange
from bocau.schedules.shapes import Does, Plan, Report
from bocau.schedules.when import Rule, check, next_after


def create(connection: Connection, plan: Plan, now: int, settings: Settings | None = None) -> int:
    """A schedule; its id. ``now`` in ms. ``settings`` None: whether its report can be made is not looked at.

    Raises ScheduleWrongError, ScheduleNameTakenError, ScheduleEndedError, WhenWrongError, ZoneUnknownError,
    CampaignUnknownError, and what is wrong with a report.
    """
    if settings is not None and plan.report is not None:
        reports.check(plan.report, plan.name, settings)
    rule = checked(plan.rule, now)
    _check(connection, plan)
    first = next_after(rule, now)
    if first is None:
        raise ScheduleEndedError(text=rule.text)
    values = _columns(plan, rule) | {"next_at": first, "created_at": now, "changed_at": now}
    try:
        with connection.begin_nested():
            return add_row(connection, t.schedule, values)
    except sa.exc.IntegrityError:
        raise ScheduleNameTakenError(name=plan.name) from None


def change(
    connection: Connection, schedule_id: int, change: ScheduleChange, now: int, settings: Settings | None = None
) -> None:
    """Change a schedule; what is not given stays. ``settings``: as to ``create``.

    Raises ScheduleUnfitError, and what ``put`` and ``create`` raise.
    """
    old = shaped(row_of(connection, schedule_id, lock=True)).plan
    plan = merged(connection, old, change)
    if settings is not None and plan.report is not None:
        reports.check(plan.report, plan.name, settings, old.report)
    put(connection, schedule_id, plan, now)


def put(connection: Connection, schedule_id: int, plan: Plan, now: int) -> None:
    """Put another plan in a schedule's place; what has fired stays in its history.

    With another rule, or zone, its next time is the first of the new rule that is still to come, so none is fired twice;
    what was due by the old one and has not fired is let go. With the same, its times stay as they are. Raises
    ScheduleUnknownError and what ``create`` raises.
    """
    row = row_of(connection, schedule_id, lock=True)
    old, rule = rule_of(row), plan.rule
    rule = check(replace(rule, start=old.start if (rule.kind, rule.text) == (old.kind, old.text) else now))
    _check(connection, plan)
    values = _columns(plan, rule) | {"changed_at": now}
    if rule != old:
        values["next_at"] = next_after(rule, now)
        if values["next_at"] is None:
            raise ScheduleEndedError(text=rule.text)
    try:
        with connection.begin_nested():
            _put(connection, schedule_id, **values)
    except sa.exc.IntegrityError:
        raise ScheduleNameTakenError(name=plan.name) from None


def checked(rule: Rule, now: int) -> Rule:
    """The rule, counted from ``now`` unless it says from when. Raises WhenWrongError, ZoneUnknownError."""
    return check(replace(rule, start=rule.start or now))


def pause(connection: Connection, schedule_id: int, now: int) -> None:
    """Nothing fires until it is resumed. Raises ScheduleUnknownError."""
    row_of(connection, schedule_id, lock=True)
    _put(connection, schedule_id, paused=True, changed_at=now)


def resume(connection: Connection, schedule_id: int, now: int) -> None:
    """Go on with the next time that is still to come; those that passed in the pause were not missed.

    Raises ScheduleUnknownError, ScheduleEndedError.
    """
    row = row_of(connection, schedule_id, lock=True)
    if not row.paused:
        return
    later = next_after(rule_of(row), now)
    if later is None:
        raise ScheduleEndedError(text=row.rule)
    _put(connection, schedule_id, paused=False, next_at=later, changed_at=now)


def remove(connection: Connection, schedule_id: int) -> None:
    """Forget it and its history; what it launched stays. Raises ScheduleUnknownError."""
    row_of(connection, schedule_id, lock=True)
    connection.execute(sa.delete(t.firing).where(t.firing.c.schedule == schedule_id))
    connection.execute(sa.delete(t.schedule).where(t.schedule.c.id == schedule_id))


def _columns(plan: Plan, rule: Rule) -> dict[str, object]:
    return {
        "name": plan.name,
        "does": plan.does.value,
        "campaign": plan.campaign,
        "report": plan.report.to_json() if plan.report else None,
        "kind": rule.kind,
        "rule": rule.text,
        "zone": rule.zone,
        "start_at": rule.start,
        "policy": plan.policy.value,
        "grace": plan.grace,
    }


def _check(connection: Connection, plan: Plan) -> None:
    name = plan.name
    if not name.strip() or name != name.strip() or len(name) > 200 or not name.isprintable() or name.isdecimal():
        raise ScheduleWrongError(reason=Phrase(N_("its name must have 1 to 200 characters, and not only digits")))
    if (plan.does is Does.report) == (plan.report is None) or (plan.does is Does.report) != (plan.campaign is None):
        raise ScheduleWrongError(reason=Phrase(N_("it needs either a campaign or a report")))
    if plan.does is Does.launch and plan.rule.kind != "once":
        raise ScheduleWrongError(
            reason=Phrase(N_("a campaign is launched only once; for several times let copies of it be launched"))
        )
    if plan.grace < 0:
        raise ScheduleWrongError(reason=Phrase(N_("its grace is below zero")))
    if plan.report is not None:
        _check_report(plan.report)
    if plan.campaign is not None:
        campaigns.show(connection, plan.campaign)


def _check_report(report: Report) -> None:
    wanted = report.chart
    if not report.sender.strip() or not report.to:
        raise ScheduleWrongError(reason=Phrase(N_("a report needs a sender and recipients")))
    if wanted and not (wanted.get("kind") in chart.KINDS and wanted.get("x") and wanted.get("y")):
        raise ScheduleWrongError(reason=Phrase(N_("a chart needs a column of labels and one of numbers")))
    if not fits(report.source):
        raise ScheduleWrongError(reason=Phrase(UNFIT[Unfit.query]))


def _put(connection: Connection, schedule_id: int, **values: object) -> None:
    connection.execute(sa.update(t.schedule).where(t.schedule.c.id == schedule_id).values(**values))
