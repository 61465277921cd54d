"""Rules in words, for those who read a schedule. Pure. Only forms that people say have words; others stay as they are."""

import re
from functools import reduce

from bocau.base.words import N_, Phrase
from bocau.schedules.when import Rule

DAYS = (
    N_("Sunday"),
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)
WHOLE = {
    "* *": N_("every day at {time}"),
    "* 1-5": N_("every weekday at {time}"),
    "* 0,6": N_("every weekend at {time}"),
    "L *": N_("on the last day of every month at {time}"),
}


PLACES = {
    "#1": N_("on the first {day} of every month at {time}"),
    "#2": N_("on the second {day} of every month at {time}"),
    "#3": N_("on the third {day} of every month at {time}"),
    "#4": N_("on the fourth {day} of every month at {time}"),
    "L": N_("on the last {day} of every month at {time}"),
}
SEASONS = {
    ("1", "1,4,7,10"): N_("on the first day of every quarter at {time}"),
    ("L", "3,6,9,12"): N_("on the last day of every quarter at {time}"),
}
EVEN_MINUTES = ("5", "10", "12", "15", "20", "30")
RRULE_DAYS = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")
FORTNIGHT = re.compile(r"FREQ=WEEKLY;INTERVAL=2;BYDAY=([A-Z,]+);BYHOUR=([\d,]+);BYMINUTE=([\d,]+)\Z")
SHORTER = re.compile(r"FREQ=MONTHLY;BYMONTHDAY=28,29(,30)?;BYSETPOS=[-\d,]+;BYHOUR=([\d,]+);BYMINUTE=([\d,]+)\Z")


def in_words(rule: Rule) -> Phrase | None:
    """``every Monday at 08:00``; None when it has no such words."""
    if rule.kind == "once":
        day, _, time = rule.text.partition("T")
        return Phrase(N_("once, on {day} at {time}"), day=day, time=time)
    if rule.kind == "rrule":
        return _recurring(rule.text)
    fields = rule.text.split()
    if len(fields) != 5:
        return None
    minute, hour, day, month, weekday = fields
    if (month, day, weekday) == ("*", "*", "*") and (hour.startswith("*") or minute.startswith("*/")):
        return _stepped(minute, hour)
    times = _times(hour, minute)
    if times is None:
        return None
    if (day, month) in SEASONS and weekday == "*":
        return Phrase(SEASONS[day, month], time=times)
    return _daily(day, weekday, times) if month == "*" else None


def _recurring(text: str) -> Phrase | None:
    if match := FORTNIGHT.match(text):
        days = _listed([DAYS[RRULE_DAYS.index(one)] for one in match[1].split(",")])
        return Phrase(N_("every two weeks on {days} at {time}"), days=days, time=_times(match[2], match[3]))
    if match := SHORTER.match(text):
        told = N_("every month on day {day}, or on the last day of shorter months, at {time}")
        return Phrase(told, day=30 if match[1] else 29, time=_times(match[2], match[3]))
    return None


def _times(hour: str, minute: str) -> str | None:
    """``08:00, 17:00``; None when they are no plain numbers."""
    hours, minutes = hour.split(","), minute.split(",")
    if not all(one.isdecimal() for one in (*hours, *minutes)):
        return None
    return ", ".join(f"{int(one):02}:{int(other):02}" for one in hours for other in minutes)


def _stepped(minute: str, hour: str) -> Phrase | None:
    if hour == "*" and minute.startswith("*/"):
        count = minute.removeprefix("*/")
        return Phrase(N_("every {count} minutes"), count=count) if count in EVEN_MINUTES else None
    return _hourly(hour) if minute == "0" else None


def _hourly(hour: str) -> Phrase | None:
    if hour == "*":
        return Phrase(N_("every hour"))
    count = hour.removeprefix("*/")
    return Phrase(N_("every {count} hours"), count=count) if count.isdecimal() else None


def _daily(day: str, weekday: str, time: str) -> Phrase | None:
    if text := WHOLE.get(f"{day} {weekday}"):
        return Phrase(text, time=time)
    if weekday == "*" and day.isdecimal():
        return Phrase(N_("every month on day {day} at {time}"), day=int(day), time=time)
    if day == "*" and weekday[:1].isdecimal() and weekday[1:] in PLACES and int(weekday[0]) < len(DAYS):
        return Phrase(PLACES[weekday[1:]], day=Phrase(DAYS[int(weekday[0])]), time=time)
    numbers = weekday.split(",")
    if day != "*" or not all(one.isdecimal() and int(one) < len(DAYS) for one in numbers):
        return None
    named = _listed([DAYS[int(one)] for one in numbers])
    return Phrase(N_("every {days} at {time}"), days=named, time=time)


def _listed(days: list[str]) -> Phrase:
    return reduce(lambda one, other: Phrase("{one}, {other}", one=one, other=other), map(Phrase, days))
