"""What somebody asks of a schedule that is there: the same for a command, a page and a program.

What is not given stays as it was; an empty value is a value. What it comes to says ``merge``. What a schedule is made from
is a ``Plan``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bocau.base.given import NOT_GIVEN, Given
from bocau.content import Source
from bocau.schedules.shapes import Does, Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """A time as people write it. ``kind``: words, cron or rrule. ``zone`` empty: where the schedule is, or this
    installation; words may name another."""

    kind: str
    text: str
    zone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a report's data come from. ``kind``: file, url or sql; ``place``: path, address or a database's name."""

    kind: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportChange:
    """``query``: only of a database, which keeps the one it has; ``content``: another template, ``to``, ``attach`` and
    ``chart`` and
    ``types``: instead of all there was. ``reply_to``, ``chart``: empty takes them away."""

    data: Given[Place] = NOT_GIVEN
    query: Given[str] = NOT_GIVEN
    content: Given[Source] = NOT_GIVEN
    sender: Given[str] = NOT_GIVEN
    to: Given[tuple[str, ...]] = NOT_GIVEN
    reply_to: Given[str] = NOT_GIVEN
    attach: Given[tuple[str, ...]] = NOT_GIVEN
    chart: Given[Mapping[str, Any]] = NOT_GIVEN
    skip_empty: Given[bool] = NOT_GIVEN
    types: Given[Mapping[str, str]] = NOT_GIVEN


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleChange:
    """A change of a schedule. ``zone``: of the rule it has, or of ``when`` where that says none. ``campaign``: by number
    or name; a campaign's schedule stays one, and a report's stays a report's. ``grace`` in ms."""

    name: Given[str] = NOT_GIVEN
    when: Given[When] = NOT_GIVEN
    zone: Given[str] = NOT_GIVEN
    does: Given[Does] = NOT_GIVEN
    campaign: Given[str] = NOT_GIVEN
    report: ReportChange = field(default_factory=ReportChange)
    policy: Given[Policy] = NOT_GIVEN
    grace: Given[int] = NOT_GIVEN
