"""Rules that leave out months, or years, because these have no such day. Pure: whoever shows a rule says so."""

from typing import Any

from dateutil import rrule

from bocau.base.words import N_, Phrase
from bocau.schedules import rrules
from bocau.schedules.when import Rule
from bocau.schedules.zones import wall

SHORTEST = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
"""Days of each month in a common year."""
ALL = tuple(range(1, 13))
FIFTH = 5
WORDS = {
    "months": N_("Months without this day are left out. For the last day of every month: {example}"),
    "years": N_("Years without this day are left out."),
}


def skips(rule: Rule) -> str | None:
    """``months`` or ``years``, of which the rule leaves some out; None: none. The rule has been checked."""
    if rule.kind == "once":
        return None
    return _cron(rule.text.split()) if rule.kind == "cron" else _rrule(rrules.parse(rule.text), rule)


def told(rule: Rule) -> Phrase | None:
    """The same in words."""
    left_out = skips(rule)
    return (
        Phrase(WORDS[left_out], example="0 8 L * *" if rule.kind == "cron" else "BYMONTHDAY=-1") if left_out else None
    )


def _cron(fields: list[str]) -> str | None:
    """Where days of the month and of the week are both given, either is enough."""
    day, month, weekday = fields[2:]
    if weekday != "*":
        fifths = all(one.endswith("#5") for one in weekday.split(","))
        return "months" if fifths and day == "*" else None
    days = day.split(",")
    if not all(one.isdecimal() for one in days):
        return None
    months = [int(one) for one in month.split(",")] if all(one.isdecimal() for one in month.split(",")) else ALL
    return _short({int(one) for one in days}, months)


def _rrule(made: dict[str, Any], rule: Rule) -> str | None:
    freq = made["freq"]
    if freq not in (rrule.MONTHLY, rrule.YEARLY):
        return None
    months = made.get("bymonth", ALL)
    if places := [abs(day.n) for day in made.get("byweekday", []) if day.n]:
        by_month = freq == rrule.MONTHLY or "bymonth" in made
        if len(places) < len(made["byweekday"]):
            return None
        return ("months" if min(places) >= FIFTH else None) if by_month else "years" if min(places) > 52 else None
    if made.keys() & {"byyearday", "byweekno"}:
        rare = {"byyearday": 366, "byweekno": 53}
        return "years" if any(min(map(abs, made.get(name, [0]))) >= most for name, most in rare.items()) else None
    if "byweekday" in made:
        return None
    start = wall(rule.start, rule.zone)
    if freq == rrule.YEARLY and "bymonth" not in made:
        months = [start.month] if "bymonthday" not in made else ALL
    return _short({abs(day) for day in made.get("bymonthday", [start.day])}, months)


def _short(days: set[int], months: Any) -> str | None:
    if any(min(days) > SHORTEST[month - 1] for month in months):
        return "years" if list(months) == [2] else "months"
    return None
