"""What is shown of a schedule and of its times, the same to a page, a command and a program.

Times are ms since the epoch. ``as_dict`` is the JSON that programs get, with times of the schedule's zone; its keys stay.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bocau.base import clock
from bocau.base.db import Connection
from bocau.schedules import queries, zones
from bocau.schedules.failing import last_failed
from bocau.schedules.shapes import Does, Firing, Policy, Report, Schedule, State
from bocau.schedules.skipping import skips
from bocau.schedules.when import Rule, following

NEXT = 5
"""Times to come that are shown of one schedule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """``source``: kind, place and query of its data. ``chart``: empty when there is none."""

    source: Mapping[str, str]
    sender: str
    to: tuple[str, ...]
    attach: tuple[str, ...]
    chart: Mapping[str, Any]
    skip_empty: bool

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "source": dict(self.source),
            "from": self.sender,
            "to": list(self.to),
            "attach": list(self.attach),
            "chart": dict(self.chart),
            "skip_empty": self.skip_empty,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class TimesView:
    """A rule and its times to come; fewer than asked for when it ends."""

    rule: Rule
    coming: tuple[int, ...]

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {"rule": _rule(self.rule), "next": _times(self.coming, self.rule)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleView:
    """``campaign``: what it launches or copies. ``grace`` in ms. ``next_at`` None: it has ended. ``coming``: its times to
    come, none while it is paused; None: nobody looked. ``problem``: why its newest time failed, in the current language; None:
    it did not."""

    id: int
    name: str
    does: Does
    campaign: int | None
    rule: Rule
    report: ReportView | None
    policy: Policy
    grace: int
    paused: bool
    next_at: int | None
    coming: tuple[int, ...] | None = None
    problem: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """As JSON; ``next`` where it is known."""
        data = {
            "id": self.id,
            "name": self.name,
            "does": self.does.value,
            "campaign": self.campaign,
            "rule": _rule(self.rule),
            "report": self.report.as_dict() if self.report else None,
            "missed": self.policy.value,
            "grace_minutes": self.grace // 60_000,
            "paused": self.paused,
            "next_at": None if self.next_at is None else zones.exact(self.next_at, self.rule.zone),
        }
        if self.problem:
            data["problem"] = self.problem
        return data if self.coming is None else data | {"next": _times(self.coming, self.rule)}


@dataclass(frozen=True, slots=True, kw_only=True)
class FiringView:
    """A time that came. ``rows``: of a report; ``code``, ``problem``: what went wrong, in the current language; None and
    empty: nothing did. ``put_off``: another attempt follows, at ``due_at``."""

    zone: str
    at: int
    fired_at: int
    state: State
    campaign: int | None
    submission: int | None
    attempts: int
    due_at: int | None
    rows: int | None
    code: str | None
    problem: str
    put_off: bool

    def as_dict(self) -> dict[str, Any]:
        """As JSON; ``rows``, ``code`` and ``error`` where there are such."""
        more = {"rows": self.rows, "code": self.code, "error": self.problem or None}
        return {
            "at": zones.exact(self.at, self.zone),
            "fired_at": clock.exact(self.fired_at),
            "state": self.state.name,
            "campaign": self.campaign,
            "submission": self.submission,
            "attempts": self.attempts,
            "again_at": clock.exact(self.due_at),
            **{name: value for name, value in more.items() if value is not None},
        }


def every(connection: Connection) -> list[ScheduleView]:
    """All schedules, those that come next first."""
    failed = last_failed(connection)
    return [view_of(one, problem=_problem(failed, one.id)) for one in queries.every(connection)]


def view(connection: Connection, word: str) -> ScheduleView:
    """One with its times to come, by number or name. Raises ScheduleUnknownError."""
    one = queries.find(connection, word)
    problem = _problem(last_failed(connection), one.id)
    if one.paused or one.next_at is None:
        return view_of(one, (), problem=problem)
    return view_of(one, (one.next_at, *following(one.plan.rule, one.next_at, NEXT - 1)), problem=problem)


def _problem(failed: Mapping[int, tuple[str, Firing]], schedule_id: int) -> str | None:
    return failed[schedule_id][1].problem if schedule_id in failed else None


def view_of(one: Schedule, coming: tuple[int, ...] | None = None, *, problem: str | None = None) -> ScheduleView:
    """A schedule that was read already."""
    plan = one.plan
    return ScheduleView(
        id=one.id,
        name=plan.name,
        does=plan.does,
        campaign=plan.campaign,
        rule=plan.rule,
        report=_report(plan.report) if plan.report else None,
        policy=plan.policy,
        grace=plan.grace,
        paused=one.paused,
        next_at=one.next_at,
        coming=coming,
        problem=problem,
    )


def history(connection: Connection, schedule: Schedule, limit: int = 50) -> list[FiringView]:
    """Its times that came, the newest first."""
    return [_firing(one, schedule.plan.rule.zone) for one in queries.history(connection, schedule.id, limit)]


def times(rule: Rule, now: int, count: int = NEXT) -> TimesView:
    """The first ``count`` after ``now`` (ms)."""
    return TimesView(rule=rule, coming=tuple(following(rule, now, count)))


def _report(report: Report) -> ReportView:
    return ReportView(
        source=report.source,
        sender=report.sender,
        to=report.to,
        attach=report.attach,
        chart=report.chart,
        skip_empty=report.skip_empty,
    )


def _firing(one: Firing, zone: str) -> FiringView:
    return FiringView(
        zone=zone,
        at=one.at,
        fired_at=one.fired_at,
        state=one.state,
        campaign=one.campaign,
        submission=one.submission,
        attempts=one.attempts,
        due_at=one.due_at,
        rows=one.detail.get("rows"),
        code=one.detail.get("code"),
        problem=one.problem,
        put_off=one.put_off,
    )


def _rule(rule: Rule) -> dict[str, str]:
    """``skips``: months or years, when it leaves some out."""
    left_out = skips(rule)
    return {"kind": rule.kind, "text": rule.text, "zone": rule.zone} | ({"skips": left_out} if left_out else {})


def _times(found: tuple[int, ...], rule: Rule) -> list[str]:
    return [zones.exact(at, rule.zone) for at in found]
