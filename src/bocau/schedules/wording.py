"""Rules in words, for those who read a schedule. Pure. Only forms that people say have words; others stay as they are."""

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


def in_words(rule: Rule) -> Phrase | None:
    """``every Monday at 08:00``; None when it has no such words."""
    if rule.kind == "once":
        day, _, time = rule.text.partition("T")
        return Phrase(N_("once, on {day} at {time}"), day=day, time=time)
    fields = rule.text.split()
    if rule.kind != "cron" or len(fields) != 5 or fields[3] != "*":
        return None
    minute, hour, day, _, weekday = fields
    if (minute, day, weekday) == ("0", "*", "*") and hour.startswith("*"):
        return _hourly(hour)
    if not (minute.isdecimal() and hour.isdecimal()):
        return None
    return _daily(day, weekday, f"{int(hour):02}:{int(minute):02}")


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
    numbers = weekday.split(",")
    if day != "*" or not all(one.isdecimal() and int(one) < len(DAYS) for one in numbers):
        return None
    named = reduce(
        lambda one, other: Phrase("{one}, {other}", one=one, other=other), [Phrase(DAYS[int(one)]) for one in numbers]
    )
    return Phrase(N_("every {days} at {time}"), days=named, time=time)
