"""Dates as people write them, with or without a time of day. Pure.

The year comes first or last; ``05/03/2026`` is the fifth of March or the third of May, which its column, its file or the zone
decides. A year of two digits is the nearest one that is less than twenty years ahead.
"""

import re
from datetime import date, datetime, time
from typing import NamedTuple

from bocau.base.words import N_

ORDERS = ("dmy", "mdy")
NOT_A_DATE = N_("it is not a date")
NO_SUCH_DAY = N_("there is no such day")
TWO_DAYS = N_("it can be two dates: day or month first")
SHORT_YEAR = N_("a year of two digits; taken for {year}")
AHEAD = 20
"""Years that a year of two digits may be ahead of today."""
_TIME = r"[0-9]{1,2}[:hH][0-9]{2}(?::[0-9]{2}(?:\.0{1,9})?)?(?:[ ]?(?:[AaPp][Mm]|SA|CH))?"
_DATE = re.compile(
    rf"""
    (?:(?P<before>{_TIME}),?[ ]+)?
    (?: (?P<year>[0-9]{{4}})(?P<sep1>[-/.])(?P<month>[0-9]{{1,2}})(?P=sep1)(?P<day>[0-9]{{1,2}})
      | (?P<first>[0-9]{{1,2}})(?P<sep2>[-/.])(?P<second>[0-9]{{1,2}})(?P=sep2)(?P<last>[0-9]{{4}}|[0-9]{{2}}) )
    (?P<behind>(?:T|,?[ ]+){_TIME})?
    \Z""",
    re.VERBOSE | re.ASCII,
)
_CLOCK = re.compile(r"([0-9]{1,2})[:hH]([0-9]{2})(?::([0-9]{2}))?(?:\.0+)?[ ]?([AaPp][Mm]|SA|CH)?\Z", re.ASCII)
_TOKENS = re.compile(r"yyyy|yy|MM|M|dd|d|HH|H|mm|ss|'[^']*'|.", re.DOTALL)


class Written(NamedTuple):
    """A text in the form of a date. ``numbers``: year, month, day, or the three as they stand when the year is last.
    ``clock``: None without a time of day."""

    numbers: tuple[int, int, int]
    year_first: bool
    short: bool
    clock: time | None
    match: "re.Match[str]"

    @property
    def doubtful(self) -> bool:
        """Whether it is one day or another, as the day or the month comes first."""
        one, two, _ = self.numbers
        return not self.year_first and one <= 12 and two <= 12 and one != two

    @property
    def form(self) -> tuple[str, ...]:
        """What a pattern is made of: the sign before the time, whether numbers below ten have a nought, and so on."""
        match = self.match
        first, second, separator = match.group(
            *(("month", "day", "sep1") if self.year_first else ("first", "second", "sep2"))
        )
        bare = len(first) == 1 or len(second) == 1
        noughts = first[0] == "0" or second[0] == "0"
        spoken = match["before"] or match["behind"] or ""
        clock = "HH:mm:ss" if spoken.count(":") == 2 else "HH:mm" if spoken else ""
        year_at = "first" if self.year_first else "last"
        padding = "bare" if bare else "nought" if noughts else "any"
        return (
            "T" if spoken[:1] == "T" else "",
            padding,
            separator,
            year_at,
            clock,
            "first" if match["before"] else "",
        )


def look(text: str) -> Written | None:
    """What a text says as a date, whether or not there is such a day; None when it has another form."""
    if len(text) > 40:
        return None
    match = _DATE.match(text)
    if match is None or (match["before"] and match["behind"]):
        return None
    spoken = match["before"] or match["behind"]
    clock = None
    if spoken:
        clock = clock_of(spoken.lstrip("T, "))
        if clock is None:
            return None
    if match["year"]:
        return Written((int(match["year"]), int(match["month"]), int(match["day"])), True, False, clock, match)
    numbers = (int(match["first"]), int(match["second"]), int(match["last"]))
    return Written(numbers, False, len(match["last"]) == 2, clock, match)


def clock_of(text: str) -> time | None:
    """A time of day alone: ``14:05``, ``8h30``, ``09:05:30 SA``; None when it is none."""
    match = _CLOCK.match(text)
    if match is None:
        return None
    hour, half = int(match[1]), (match[4] or "").upper()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half in ("PM", "CH") else 0)
    try:
        return time(hour, int(match[2]), int(match[3] or 0))
    except ValueError:
        return None


def day_of(written: Written, order: str, today: date) -> date:
    """The day it is. ``order``: empty when nobody knows. Raises ValueError with a reason for people."""
    if written.year_first:
        return _day(*written.numbers)
    one, two, year = written.numbers
    if written.short:
        year = full_year(year, today)
    if order:
        return _day(year, *((two, one) if order == "dmy" else (one, two)))
    if written.doubtful:
        raise ValueError(TWO_DAYS)
    return _day(year, min(one, two), max(one, two))


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError(NO_SUCH_DAY) from None


def full_year(short: int, today: date) -> int:
    """The year that two digits mean."""
    latest = today.year + AHEAD
    year = latest - latest % 100 + short
    return year if year <= latest else year - 100


def read(text: str, order: str, today: date) -> datetime | date:
    """The day a text is, with its time of day where it says one. Raises ValueError with a reason for people."""
    written = look(text)
    if written is None:
        raise ValueError(NOT_A_DATE)
    return moment(written, order, today)


def moment(written: Written, order: str, today: date) -> datetime | date:
    """The day, with its time of day where there is one. Raises ValueError with a reason for people."""
    day = day_of(written, order, today)
    return day if written.clock is None else datetime.combine(day, written.clock)


def shown(value: date | datetime, pattern: str) -> str:
    """A day as a pattern has it (CLDR letters: ``dd/MM/yyyy HH:mm``); ISO 8601 for an empty one."""
    if not pattern and isinstance(value, datetime):
        return value.isoformat("T", "seconds" if value.second else "minutes")
    if not pattern:
        return value.isoformat()
    return "".join(_piece(token, value) for token in _TOKENS.findall(pattern))


def pattern_of(forms: "set[tuple[str, ...]]", order: str) -> str:
    """One pattern for a column whose texts have these forms; empty, ISO, when they have too little in common."""
    frames = {form[:1] + form[2:] for form in forms}
    if len(frames) != 1:
        return ""
    first, separator, year_at, clock, clock_first = next(iter(frames))
    padded = all(form[1] != "bare" for form in forms)
    day, month = ("dd", "MM") if padded else ("d", "M")
    places = [month, day] if year_at == "first" or order == "mdy" else [day, month]
    pieces = ["yyyy", *places] if year_at == "first" else [*places, "yyyy"]
    text = separator.join(pieces)
    if clock:
        text = f"{clock} {text}" if clock_first else f"{text}{'T' if first == 'T' else ' '}{clock}"
    return text if text not in ("yyyy-MM-dd", "yyyy-MM-ddTHH:mm") else ""


def _piece(token: str, value: date | datetime) -> str:
    clock = value.time() if isinstance(value, datetime) else time()
    made = {
        "yyyy": f"{value.year:04}",
        "yy": f"{value.year % 100:02}",
        "MM": f"{value.month:02}",
        "M": str(value.month),
        "dd": f"{value.day:02}",
        "d": str(value.day),
        "HH": f"{clock.hour:02}",
        "H": str(clock.hour),
        "mm": f"{clock.minute:02}",
        "ss": f"{clock.second:02}",
    }
    return made.get(token, token.strip("'"))
