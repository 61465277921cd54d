"""Days as people say them, folded and without their time: which days of cron, or of RRULE, are meant. Pure."""

import re
from typing import NamedTuple

from bocau.base.words import N_


class Days(NamedTuple):
    """``cron``: day of the month, month and day of the week; else ``rrule``. ``last``: only the last of the days that the
    rule has in each month. ``named``: it is one day or another, not any."""

    cron: str = ""
    rrule: str = ""
    last: bool = False
    named: bool = True


class DaysWrongError(ValueError):
    """``args[0]``: why, a marked text."""


DAYS = {
    "sunday": 0,
    "sun": 0,
    "chu nhat": 0,
    "cn": 0,
    "monday": 1,
    "mon": 1,
    "thu hai": 1,
    "thu 2": 1,
    "t2": 1,
    "tuesday": 2,
    "tues": 2,
    "tue": 2,
    "thu ba": 2,
    "thu 3": 2,
    "t3": 2,
    "wednesday": 3,
    "wed": 3,
    "thu tu": 3,
    "thu 4": 3,
    "t4": 3,
    "thursday": 4,
    "thurs": 4,
    "thu nam": 4,
    "thu 5": 4,
    "t5": 4,
    "friday": 5,
    "fri": 5,
    "thu sau": 5,
    "thu 6": 5,
    "t6": 5,
    "saturday": 6,
    "sat": 6,
    "thu bay": 6,
    "thu 7": 6,
    "t7": 6,
}
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
RRULE_DAYS = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")
LEAP = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
DAILY = frozenset(("every day", "everyday", "daily", "each day", "hang ngay", "moi ngay", "tat ca cac ngay"))
WEEKDAYS = re.compile(
    r"(?:(?:every|each|all) )?(?:weekdays?|workdays?|working days?|business days?)\Z|"
    r"(?:(?:cac|moi|hang) )?ngay (?:lam viec|trong tuan)(?: (?:hang|moi) tuan)?\Z"
)
WEEKENDS = re.compile(r"(?:(?:every|each) )?weekends?\Z|(?:(?:moi|cac|ngay) )*cuoi tuan(?: (?:hang|moi) tuan)?\Z")
RANGE = re.compile(
    r"(?:from |tu )?(?P<first>DAY)s? ?(?:-|to|through|den) ?(?P<last>DAY)s?\Z".replace("DAY", r"[a-z0-9 ]+?")
)
FORTNIGHT = (
    re.compile(r"(?:every|each) (?:2|two|other|second) weeks? (?P<days>.+)\Z"),
    re.compile(r"(?P<days>.+?) (?:every|each) (?:2|two|other|second) weeks?\Z"),
    re.compile(r"every (?:other|second) (?P<days>.+)\Z"),
    re.compile(r"(?:biweekly|fortnightly|every fortnight) (?P<days>.+)\Z"),
    re.compile(r"(?:(?:moi|cu|cu moi) )?(?:2|hai) tuan(?: (?:mot|1) lan)? (?P<days>.+)\Z"),
    re.compile(r"(?P<days>.+?) (?:(?:moi|cu|cu moi) )?(?:2|hai) tuan(?: (?:mot|1) lan)?\Z"),
    re.compile(r"(?P<days>.+?) cach tuan\Z"),
)
OF_MONTH = r"(?: (?:of )?(?:month|(?:every|each) month)| monthly)?"
NTH = (
    re.compile(
        rf"(?:every |each )?(?P<nth>first|1st|second|2nd|third|3rd|fourth|4th|last) (?P<day>[a-z]+){OF_MONTH}\Z"
    ),
    re.compile(r"(?:every month|monthly) (?P<nth>first|1st|second|2nd|third|3rd|fourth|4th|last) (?P<day>[a-z]+)\Z"),
    re.compile(
        r"(?P<day>thu (?:\d|[a-z]+)|chu nhat|t\d|cn) (?P<nth>dau tien|dau|thu nhat|thu hai|thu ba|thu tu|cuoi cung|cuoi)"
        r"(?: (?:cua|trong|hang|moi))* thang\Z"
    ),
    re.compile(
        r"(?P<day>thu (?:\d|[a-z]+)|chu nhat|t\d|cn) tuan (?P<nth>dau tien|dau|thu nhat|thu hai|thu 2|thu ba|thu 3|thu tu|"
        r"thu 4|cuoi cung|cuoi)(?: (?:cua|trong|hang|moi))* thang\Z"
    ),
)
PLACES = {
    "first": "#1",
    "1st": "#1",
    "dau": "#1",
    "dau tien": "#1",
    "thu nhat": "#1",
    "second": "#2",
    "2nd": "#2",
    "thu hai": "#2",
    "thu 2": "#2",
    "third": "#3",
    "3rd": "#3",
    "thu ba": "#3",
    "thu 3": "#3",
    "fourth": "#4",
    "4th": "#4",
    "thu tu": "#4",
    "thu 4": "#4",
    "last": "L",
    "cuoi": "L",
    "cuoi cung": "L",
}
NUMBERS = r"(?P<days>(?:\d{1,2}(?:st|nd|rd|th)?|last|first|dau|cuoi)(?: (?:\d{1,2}(?:st|nd|rd|th)?|last|cuoi))*)"
EACH_MONTH = r"(?:every month|each month|monthly|month)"
VI_MONTH = r"(?:(?:hang|moi|cua moi|cua|trong) )?thang"
MONTH_DAY = (
    re.compile(rf"{EACH_MONTH} (?:days? )?{NUMBERS}(?: day)?\Z"),
    re.compile(rf"(?:days? )?{NUMBERS}(?: days?)?(?: of)? {EACH_MONTH}\Z"),
    re.compile(rf"(?:cac )?ngay {NUMBERS}(?: cung| tien)?(?: (?:cua|trong))? {VI_MONTH}\Z"),
    re.compile(rf"(?:hang|moi) thang (?:cac )?ngay {NUMBERS}(?: cung| tien)?\Z"),
    re.compile(r"(?P<days>dau|cuoi) (?:(?:hang|moi) )?thang(?: hang thang)?\Z"),
)
QUARTER = re.compile(
    r"(?:(?P<first>first|1st|last) day (?:of )?)?(?:(?:every |each )?quarter|quarterly)(?: (?P<then>first|last) day)?\Z|"
    r"(?:ngay )?(?:(?P<dau>dau tien|dau|cuoi cung|cuoi) )?(?:(?:cua|moi|hang) )*quy\Z"
)
YEARLY = (
    re.compile(r"(?:hang nam |moi nam )?ngay (?P<day>\d{1,2}) thang (?P<month>\d{1,2})(?: (?:hang|moi) nam)?\Z"),
    re.compile(r"(?:every year|yearly|annually|each year) (?P<month>[a-z]+) (?P<day>\d{1,2})(?:st|nd|rd|th)?\Z"),
    re.compile(r"(?P<month>[a-z]+) (?P<day>\d{1,2})(?:st|nd|rd|th)? (?:every year|yearly|annually|each year)\Z"),
)
WEEK = re.compile(
    r"\A(?:(?:every|each|moi|cac ngay|vao|weekly|hang tuan|moi tuan|every week) )+|"
    r" (?:hang tuan|moi tuan|trong tuan|every week|each week|weekly)\Z"
)
DIGIT = re.compile(r"(thu \d|t\d)((?: \d)+)(?![\d])")
NAMES = frozenset(
    word
    for text in (
        *DAYS,
        *DAILY,
        *PLACES,
        *MONTHS,
        "weekday weekdays ngay lam viec trong tuan cuoi weekend cac moi hang every each week weekly month monthly thang cua of "
        "day days last first quy quarter quarterly year nam yearly lan mot hai two other den tu to from through",
    )
    for word in text.split()
) | {f"{name}s" for name in DAYS if " " not in name}
"""Words that have a place in what people say of days."""


def days(said: str) -> Days | None:
    """What is meant; None when it is not understood. Raises DaysWrongError when it is, and there are no such days."""
    if said in DAILY:
        return Days("* * *", named=False)
    if WEEKDAYS.match(said):
        return Days("* * 1-5")
    if WEEKENDS.match(said):
        return Days("* * 0,6")
    for read in (_fortnight, _nth, _month, _quarter, _yearly):
        if found := read(said):
            return found
    week = _week(said)
    return Days(f"* * {','.join(map(str, week))}") if week else None


def _fortnight(said: str) -> Days | None:
    for form in FORTNIGHT:
        match = form.match(said)
        week = _week(match["days"]) if match else []
        if week:
            return Days(rrule=f"FREQ=WEEKLY;INTERVAL=2;BYDAY={','.join(RRULE_DAYS[day] for day in week)}")
    return None


def _nth(said: str) -> Days | None:
    for form in NTH:
        match = form.match(said)
        if match is None:
            continue
        week = _week(match["day"])
        if len(week) == 1:
            return Days(f"* * {week[0]}{PLACES[match['nth']]}")
    return None


def _month(said: str) -> Days | None:
    """Raises DaysWrongError."""
    match = next(filter(None, (form.match(said) for form in MONTH_DAY)), None)
    if match is None:
        return None
    named = [re.sub(r"(?<=\d)(?:st|nd|rd|th)\Z", "", one) for one in match["days"].split()]
    numbers = sorted({{"last": 31, "cuoi": 31, "first": 1, "dau": 1}.get(one) or int(one) for one in named})
    if not 1 <= numbers[0] <= numbers[-1] <= 31:
        raise DaysWrongError(N_("no month has such a day"))
    if numbers[-1] in (29, 30):
        if len(numbers) > 1:
            raise DaysWrongError(N_("day 29 or 30 is not in every month; make a rule of its own for it"))
        last = ",".join(map(str, range(28, numbers[0] + 1)))
        return Days(rrule=f"FREQ=MONTHLY;BYMONTHDAY={last}", last=True)
    if {29, 30} & set(numbers):
        raise DaysWrongError(N_("day 29 or 30 is not in every month; make a rule of its own for it"))
    return Days(f"{','.join('L' if day == 31 else str(day) for day in numbers)} * *")


def _quarter(said: str) -> Days | None:
    match = QUARTER.match(said)
    if match is None:
        return None
    which = match["first"] or match["then"] or match["dau"] or ""
    return Days("L 3,6,9,12 *" if which.startswith(("last", "cuoi")) else "1 1,4,7,10 *")


def _yearly(said: str) -> Days | None:
    """Raises DaysWrongError."""
    for form in YEARLY:
        match = form.match(said)
        if match is None:
            continue
        name, day = match["month"], int(match["day"])
        month = int(name) if name.isdigit() else MONTHS.index(name[:3]) + 1 if name[:3] in MONTHS else 0
        if not 1 <= month <= 12 or not 1 <= day <= LEAP[month - 1]:
            raise DaysWrongError(N_("there is no such day of the year"))
        if (day, month) == (29, 2):
            raise DaysWrongError(N_("February 29 is only in leap years; choose another day"))
        return Days(f"{day} {month} *")
    return None


def _week(said: str) -> list[int]:
    """Days of the week, Sunday 0, in order; empty when it names anything else."""
    bare = WEEK.sub("", WEEK.sub("", said))
    if span := RANGE.match(bare):
        first, last = (DAYS.get(span[name].removesuffix("s"), DAYS.get(span[name], -1)) for name in ("first", "last"))
        last = DAYS.get(f"thu {span['last']}", last) if last < 0 else last
        if first >= 0 and last >= 0:
            return sorted((first + step) % 7 for step in range((last - first) % 7 + 1))
    bare = DIGIT.sub(lambda found: found[1] + "".join(f" thu {one}" for one in found[2].split()), bare)
    found: set[int] = set()
    while bare:
        name = next((one for one in BY_LENGTH if re.match(rf"{one}s?(?!\w)", bare)), None)
        if name is None:
            return []
        found.add(DAYS[name])
        bare = re.sub(rf"\A{name}s?\s*(?:moi\s+|every\s+)?", "", bare)
    return sorted(found)


BY_LENGTH = sorted(DAYS, key=len, reverse=True)
