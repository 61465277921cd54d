"""Recurrence rules of RFC 5545 section 3.3.10, from HOURLY up, with bounds that no rule can burn time beyond. Pure."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from dateutil import rrule

from bocau.base.words import N_, Phrase
from bocau.schedules.errors import WhenWrongError

HOURLY = rrule.HOURLY
FREQUENCIES = {
    "HOURLY": rrule.HOURLY,
    "DAILY": rrule.DAILY,
    "WEEKLY": rrule.WEEKLY,
    "MONTHLY": rrule.MONTHLY,
    "YEARLY": rrule.YEARLY,
}
DAYS = {"MO": rrule.MO, "TU": rrule.TU, "WE": rrule.WE, "TH": rrule.TH, "FR": rrule.FR, "SA": rrule.SA, "SU": rrule.SU}
NUMBERS = {
    "BYMONTH": ("bymonth", 1, 12),
    "BYMONTHDAY": ("bymonthday", -31, 31),
    "BYYEARDAY": ("byyearday", -366, 366),
    "BYWEEKNO": ("byweekno", -53, 53),
    "BYHOUR": ("byhour", 0, 23),
    "BYMINUTE": ("byminute", 0, 59),
    "BYSETPOS": ("bysetpos", -366, 366),
}
EARLIEST, LATEST = datetime(1970, 1, 2), datetime(2200, 1, 1)
"""Wall times that are reckoned with, wherever clocks are; an UNTIL beyond means for ever."""
NAMES = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", *NUMBERS}
DAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)\Z")
EXAMPLE = "FREQ=WEEKLY;BYDAY=MO;BYHOUR=8;BYMINUTE=0"
MOST_INTERVAL = 1000
MOST_COUNT = 1000
MOST_A_DAY = 96
AHEAD = {rrule.HOURLY: 10, rrule.DAILY: 10, rrule.WEEKLY: 10, rrule.MONTHLY: 10, rrule.YEARLY: 30}
"""Years that are searched for the next time."""
SPANS = {rrule.HOURLY: timedelta(hours=1), rrule.DAILY: timedelta(days=1), rrule.WEEKLY: timedelta(weeks=1)}
CARRIED = (rrule.HOURLY, rrule.DAILY)


def parse(text: str) -> dict[str, Any]:
    """``FREQ=WEEKLY;BYDAY=MO`` as dateutil's arguments. Hours without minutes are full hours, whenever the rule was made; in
    RFC 5545 3.3.10 the minute would be that of the start. Raises WhenWrongError."""
    given = text.strip().upper().removeprefix("RRULE:")
    parts = [part.partition("=") for part in given.split(";") if part]
    names = [name for name, _, _ in parts]
    _only_known(text, given, names)
    values = {name: value for name, _, value in parts}
    if values.get("FREQ") not in FREQUENCIES:
        raise wrong(text, N_("FREQ must be HOURLY, DAILY, WEEKLY, MONTHLY or YEARLY"))
    made: dict[str, Any] = {"freq": FREQUENCIES[values["FREQ"]]}
    made["interval"] = _number(text, ("INTERVAL", values.get("INTERVAL", "1")), 1, MOST_INTERVAL)
    if "COUNT" in values:
        made["count"] = _number(text, ("COUNT", values["COUNT"]), 1, MOST_COUNT)
    if "UNTIL" in values:
        made["until"] = _until(text, values["UNTIL"])
        made["utc"] = values["UNTIL"].endswith("Z")
    if "WKST" in values:
        made["wkst"] = _days(text, ("WKST", values["WKST"]))[0]
    if "BYDAY" in values:
        made["byweekday"] = _days(text, ("BYDAY", values["BYDAY"]))
    for name in NUMBERS.keys() & values.keys():
        to, least, most = NUMBERS[name]
        made[to] = [_number(text, (name, one), least, most) for one in values[name].split(",")[:400]]
    if "byhour" in made:
        made.setdefault("byminute", [0])
    return _bounded(text, made)


def _only_known(text: str, given: str, names: Sequence[str]) -> None:
    """Raises WhenWrongError."""
    if not names:
        raise wrong(text, N_("there is nothing in it"))
    if len(given) > 500:
        raise wrong(text, N_("it is too long"))
    for at, name in enumerate(names):
        if name not in NAMES:
            known = ", ".join(sorted(NAMES))
            raise wrong(
                text, N_("“{part}” is not a part of a rule; the parts are {known}"), part=name[:40], known=known
            )
        if name in names[:at]:
            raise wrong(text, N_("{part} is given twice"), part=name)


def walls(text: str, start: datetime, after: datetime, offset: timedelta = timedelta()) -> Iterator[datetime]:
    """Wall times later than ``after``, counted from ``start``; ends some years on. ``offset``: what an UNTIL in UTC is
    behind the wall clock."""
    made = parse(text)
    if made.pop("utc", False):
        made["until"] += offset
    start = start.replace(second=0, microsecond=0)
    if "count" not in made:
        start, made = _nearer(made, start, after)
    horizon = min(LATEST, max(after, start) + timedelta(days=366 * AHEAD[made["freq"]] + made["interval"]))
    until = min(made.pop("until", horizon), horizon)
    count = made.pop("count", None)
    freq, interval = made["freq"], made["interval"]
    made = _carried(made) if freq in CARRIED else made
    number = 0
    for clock in rrule.rrule(dtstart=start, until=until, bysecond=0, **made):
        if freq in CARRIED and (_floor(freq, clock) - _floor(freq, start)) // SPANS[freq] % interval:
            continue
        number += 1
        if count is not None and number > count:
            return
        if clock > after:
            yield clock


def _carried(made: dict[str, Any]) -> dict[str, Any]:
    """Hours and days as parts of months: dateutil goes through a month at once, but looks at a whole year for each hour."""
    carried = made | {"freq": rrule.MONTHLY, "interval": 1}
    if not made.keys() & {"byweekday", "bymonthday", "byyearday", "byweekno"}:
        carried["byweekday"] = list(DAYS.values())
    if made["freq"] == HOURLY and "byhour" not in made:
        carried["byhour"] = list(range(24))
    return carried


def _floor(freq: int, clock: datetime) -> datetime:
    """The hour's or the day's beginning."""
    return clock.replace(minute=0) if freq == HOURLY else clock.replace(hour=0, minute=0)


def _nearer(made: dict[str, Any], start: datetime, after: datetime) -> tuple[datetime, dict[str, Any]]:
    """The same rule counted from a later start, so that years gone by cost nothing."""
    freq, interval = made["freq"], made["interval"]
    if freq in SPANS:
        step = SPANS[freq] * interval
        return start + max(0, (after - start) // step - 1) * step, made
    made = _explicit(made, start)
    months = interval * (12 if freq == rrule.YEARLY else 1)
    gone = (after.year - start.year) * 12 + after.month - start.month
    steps = max(0, gone // months - 1)
    if not steps:
        return start, made
    year, month = divmod(start.year * 12 + start.month - 1 + steps * months, 12)
    if freq == rrule.YEARLY:
        month = 0
    return start.replace(year=year, month=month + 1, day=1), made


def _explicit(made: dict[str, Any], start: datetime) -> dict[str, Any]:
    """With the days that the start stands for, said."""
    if made.keys() & {"byweekday", "bymonthday", "byyearday", "byweekno"}:
        return made
    made = made | {"bymonthday": [start.day]}
    return made if made["freq"] == rrule.MONTHLY else {"bymonth": [start.month]} | made


def _bounded(text: str, made: dict[str, Any]) -> dict[str, Any]:
    hours = 24 if made["freq"] == rrule.HOURLY and "byhour" not in made else len(set(made.get("byhour", [0])))
    if hours * len(set(made.get("byminute", [0]))) > MOST_A_DAY:
        raise wrong(text, N_("it has more than 96 times a day"))
    if "bysetpos" in made and not any(
        name in made for name in ("byweekday", "bymonthday", "byhour", "byyearday", "byweekno", "bymonth")
    ):
        raise wrong(text, N_("BYSETPOS needs another BY part"))
    if "bysetpos" in made and made["freq"] in CARRIED:
        raise wrong(text, N_("BYSETPOS goes with WEEKLY, MONTHLY and YEARLY"))
    if made["freq"] not in (rrule.MONTHLY, rrule.YEARLY) and any(day.n for day in made.get("byweekday", [])):
        raise wrong(text, N_("days with a number go with MONTHLY and YEARLY"))
    if "count" in made and "until" in made:
        raise wrong(text, N_("COUNT and UNTIL exclude each other"))
    return made


def _number(text: str, part: tuple[str, str], least: int, most: int) -> int:
    """``part``: name and value."""
    name, value = part
    if not re.fullmatch(r"[+-]?\d{1,5}", value, re.ASCII) or not least <= int(value) <= most:
        reason = N_("{part} is “{given}”; it takes numbers from {least} to {most}")
        raise wrong(text, reason, part=name, given=value[:20], least=least, most=most)
    if int(value) == 0 and least < 0:
        raise wrong(text, N_("{part} is 0; counting begins at 1, or at -1 from the end"), part=name)
    return int(value)


def _days(text: str, part: tuple[str, str]) -> list[Any]:
    """``part``: name and value."""
    name, value = part
    match = [DAY.match(one) for one in value.split(",")[:60]]
    made = []
    for one, given in zip(match, value.split(",")[:60], strict=True):
        if one is None or (one[1] is not None and not 1 <= abs(int(one[1])) <= 53):
            reason = N_("{part} is “{given}”; days are MO, TU, WE, TH, FR, SA, SU, or numbered as 1MO or -1FR")
            raise wrong(text, reason, part=name, given=given[:20])
        made.append(DAYS[one[2]](int(one[1])) if one[1] else DAYS[one[2]])
    return made


def _until(text: str, value: str) -> datetime:
    for form in ("%Y%m%dT%H%M%S", "%Y%m%d"):
        try:
            found = datetime.strptime(value.removesuffix("Z"), form)
        except ValueError:
            continue
        found = found if "T" in value else found.replace(hour=23, minute=59)
        return min(max(found, EARLIEST), LATEST)
    raise wrong(text, N_("UNTIL is written as 20261231T235900"))


def wrong(text: str, reason: str, **fields: object) -> WhenWrongError:
    example = Phrase(N_("{rule} (every Monday at 08:00)"), rule=EXAMPLE)
    return WhenWrongError(text=text[:80], reason=Phrase(reason, **fields), example=example)
