"""A rule says when: once, by cron, or by RRULE, in a named time zone. Pure: the moment is given."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

from cronsim import CronSim, CronSimError

from bocau.base.words import N_, Phrase
from bocau.schedules import rrules
from bocau.schedules.errors import WhenWrongError
from bocau.schedules.zones import calm, instants, known, wall

JUMP = timedelta(hours=3)
"""Farther than clocks jump for summer time."""
MOST = 10_000
"""Candidates that are looked at for one answer."""
FIELDS = (
    (N_("minute"), 0, 59),
    (N_("hour"), 0, 23),
    (N_("day of the month"), 1, 31),
    (N_("month"), 1, 12),
    (N_("day of the week"), 0, 7),
)
"""Of cron: what each is, its least and its greatest number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """``kind``: once, cron or rrule; ``text``: the wall time, the five fields, the parts. ``start``: ms, where an RRULE
    counts from."""

    kind: str
    text: str
    zone: str
    start: int = 0


def check(rule: Rule) -> Rule:
    """The rule when it can be followed, its zone by the name it has. Raises WhenWrongError, ZoneUnknownError."""
    rule = replace(rule, zone=known(rule.zone))
    if rule.kind == "once":
        _once(rule)
    elif rule.kind == "cron":
        _cron(rule, datetime(2026, 1, 1))
    else:
        rrules.parse(rule.text)
    return rule


def next_after(rule: Rule, instant: int) -> int | None:
    """The first time later than ``instant`` (ms); None when there is none within ten years or so.

    A time in a gap comes once, as much later as clocks jump; one in a fold comes once, at the first. What is meant for
    every hour comes in both hours of a fold.
    """
    both = hourly(rule)
    best: int | None = None
    before = wall(instant, rule.zone) - (timedelta() if calm(instant, rule.zone) else JUMP)
    for clock in islice(_walls(rule, before), MOST):
        if best is not None and (calm(best, rule.zone) or clock > wall(best, rule.zone) + JUMP):
            break
        found = [at for at in instants(clock, rule.zone, both=both) if at > instant]
        best = min([*found, *([] if best is None else [best])], default=None)
    return best


def following(rule: Rule, instant: int, count: int) -> list[int]:
    """The first ``count`` times after ``instant``; fewer when it ends."""
    found: list[int] = []
    while len(found) < count and (at := next_after(rule, found[-1] if found else instant)) is not None:
        found.append(at)
    return found


def newest(rule: Rule, first: int, now: int) -> int:
    """The last time from ``first`` (which is one) up to ``now``, without going through all of a long absence."""
    at = first
    for hours in (24 * 366, 24 * 31, 24 * 7, 24, 1):
        since = now - hours * 3_600_000
        if since > at and (nearer := next_after(rule, since)) is not None and nearer <= now:
            at = nearer
    while (later := next_after(rule, at)) is not None and later <= now:
        at = later
    return at


def hourly(rule: Rule) -> bool:
    """Whether it is meant for hours as they pass, not for an hour that a clock shows."""
    if rule.kind == "cron":
        return rule.text.split()[1].startswith("*")
    return rule.kind == "rrule" and rrules.parse(rule.text).get("freq") == rrules.HOURLY


def _walls(rule: Rule, after: datetime) -> Iterator[datetime]:
    """Wall times in order, later than ``after``."""
    if rule.kind == "once":
        clock = _once(rule)
        return iter([clock] if clock > after else [])
    if rule.kind == "cron":
        return _until_latest(_cron(rule, after))
    clock = wall(rule.start, rule.zone)
    offset = clock - wall(rule.start, "UTC")
    return rrules.walls(rule.text, clock, after, offset)


def _until_latest(moments: Iterator[datetime]) -> Iterator[datetime]:
    for clock in moments:
        if clock > rrules.LATEST:
            return
        yield clock


def _once(rule: Rule) -> datetime:
    try:
        found = datetime.strptime(rule.text, "%Y-%m-%dT%H:%M")
    except ValueError:
        found = None
    if found is None or not rrules.EARLIEST <= found < rrules.LATEST:
        reason = Phrase(
            N_("there is no such day or time") if found is None else N_("the year is before 1970 or after 2199")
        )
        raise WhenWrongError(text=rule.text[:80], reason=reason, example="2026-12-01 08:00")
    return found


def _cron(rule: Rule, after: datetime) -> Iterator[datetime]:
    fields = rule.text.split()
    if len(fields) != len(FIELDS) or len(rule.text) > 200:
        text = N_("cron has five fields (minute, hour, day of the month, month, day of the week) and this has {count}")
        raise _cron_wrong(rule, Phrase(text, count=len(fields)))
    try:
        return CronSim(rule.text, after)
    except CronSimError:
        raise _cron_wrong(rule, _which(fields)) from None


def _which(fields: Sequence[str]) -> Phrase:
    """Which of cron's fields is wrong, and what may stand there."""
    for place, (given, (part, least, most)) in enumerate(zip(fields, FIELDS, strict=True)):
        alone = ["*"] * len(FIELDS)
        alone[place] = given
        try:
            CronSim(" ".join(alone), datetime(2024, 1, 1))
        except CronSimError:
            text = N_(
                "field {place}, the {part}, is “{given}”; there may be numbers from {least} to {most}, written as "
                "*, 5, 1,15, 1-5 or */2"
            )
            return Phrase(text, place=place + 1, part=Phrase(part), given=given[:20], least=least, most=most)
    return Phrase(N_("none of these months has day {day}"), day=fields[2][:20])


def _cron_wrong(rule: Rule, reason: Phrase) -> WhenWrongError:
    example = Phrase(N_("{rule} (every Monday at 08:00)"), rule="0 8 * * 1")
    return WhenWrongError(text=rule.text[:80], reason=reason, example=example)
