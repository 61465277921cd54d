"""Times as people say them, in English and Vietnamese, turned into rules. Pure.

every Monday 08:00 Asia/Ho_Chi_Minh      thứ hai hằng tuần 08:00
every weekday 8:00                       ngày làm việc 8 giờ 30
every 2 hours                            mỗi 2 giờ
every month on day 1 at 09:00            ngày 1 hằng tháng lúc 9 giờ
2026-12-01 08:00 Europe/Berlin           2026-12-01 lúc 8 giờ
"""

import re
import unicodedata

from bocau.base.words import N_, Phrase
from bocau.schedules.errors import WhenWrongError
from bocau.schedules.when import Rule, check

ZONE = re.compile(r"(?:^|\s)\(?([A-Z][A-Za-z_]+(?:/[A-Za-z0-9_+-]+)+|UTC|GMT)\)?\s*$")
CLOCK = re.compile(
    r"(?:\b(?:at|luc|vao luc)\s+)?\b(?:(\d{1,2})[:h](\d{2})|(\d{1,2})\s*h\b|(\d{1,2})(?::(\d{2}))?\s*(am|pm))(?!\w)"
)
OCLOCK = re.compile(r"\b(?:at|luc|vao luc)\s+(\d{1,2})(?:\s*(?:gio|o'clock)(?:\s+(\d{1,2}))?)?(?!\w)")
GIO = re.compile(r"\b(\d{1,2})\s*gio(?:\s+(\d{1,2}))?\s*(sang|chieu|toi)?\s*$")
DATE = re.compile(r"(?:^|\b(?:on|ngay)\s+)(\d{4})-(\d{2})-(\d{2})(?!\d)")
DAY_T = re.compile(r"(\d{4}-\d{2}-\d{2})t(?=\d)")
HOURS = re.compile(r"(?:every|moi|cu moi|cu)\s+(?:(\d{1,3})\s*)?(?:hours?|gio|tieng)(?:\s+mot lan)?\Z")
MONTH_DAY = (
    re.compile(r"(?:every month|monthly)(?: on)?(?: the)?(?: day)? (\d{1,2}|last)(?:st|nd|rd|th)?(?: day)?\Z"),
    re.compile(r"(?:on )?(?:the |day )(\d{1,2}|last)(?:st|nd|rd|th)?(?: day)? (?:of )?(?:every|each) month\Z"),
    re.compile(r"(?:vao )?ngay (\d{1,2}|cuoi)(?: cung)? (?:hang|moi|cua moi) thang\Z"),
    re.compile(r"(?:hang|moi) thang(?: vao)? ngay (\d{1,2}|cuoi)(?: cung)?\Z"),
)
DAILY = {"every day", "daily", "each day", "hang ngay", "moi ngay"}
WEEKDAYS = {
    "every weekday",
    "each weekday",
    "weekdays",
    "moi ngay lam viec",
    "ngay lam viec",
    "cac ngay lam viec",
    "hang ngay lam viec",
}
WEEKENDS = {"every weekend", "weekends", "moi cuoi tuan", "cuoi tuan", "cuoi tuan hang tuan"}
DAYS = {
    "sunday": 0,
    "sun": 0,
    "chu nhat": 0,
    "monday": 1,
    "mon": 1,
    "thu hai": 1,
    "thu 2": 1,
    "tuesday": 2,
    "tue": 2,
    "thu ba": 2,
    "thu 3": 2,
    "wednesday": 3,
    "wed": 3,
    "thu tu": 3,
    "thu 4": 3,
    "thursday": 4,
    "thu nam": 4,
    "thu 5": 4,
    "friday": 5,
    "fri": 5,
    "thu sau": 5,
    "thu 6": 5,
    "saturday": 6,
    "sat": 6,
    "thu bay": 6,
    "thu 7": 6,
}
LONGEST = 200
WORDS = (
    "and at cuoi cung cua cu day days each every first gio h hang hour hours last lan luc mot month monthly moi ngay "
    "o'clock of on thang the tieng toi sang chieu va vao week weekly am pm &"
)
KNOWN = re.compile(
    r"[\d:h-]+(?:st|nd|rd|th|am|pm)?|(?:"
    + "|".join({one for name in (*DAYS, *DAILY, *WEEKDAYS, *WEEKENDS, WORDS) for one in name.split()})
    + r")s?"
)
"""One word that has a place in what people say."""


def read(text: str, zone: str) -> Rule:
    """The rule a person said; ``zone`` when they named none. Raises WhenWrongError, ZoneUnknownError."""
    said = unicodedata.normalize("NFC", " ".join(text.split()))
    if len(said) > LONGEST:
        raise wrong(text, N_("it is too long"))
    named = ZONE.search(said)
    rest = DAY_T.sub(r"\1 ", folded(said[: named.start()] if named else said))
    return check(_rule(text, rest, named[1] if named else zone))


def folded(text: str) -> str:
    """Small letters without marks: ``Thứ Hai hằng tuần`` → ``thu hai hang tuan``."""
    plain = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    kept = "".join(" " if char in ",;" else char for char in plain if not unicodedata.combining(char))
    return " ".join(kept.split())


def _rule(text: str, rest: str, zone: str) -> Rule:
    if every := HOURS.match(rest):
        return _hours(text, int(every[1] or 1), zone)
    rest, clock = _clock(text, rest)
    date = DATE.search(rest)
    if date:
        if DATE.sub("", rest, count=1).strip() or clock is None:
            raise wrong(text, N_("a day needs a time, and nothing else"))
        return Rule(kind="once", text=f"{'-'.join(date.groups())}T{clock[0]:02}:{clock[1]:02}", zone=zone)
    days = _days(rest)
    if days is None:
        raise _unknown(text)
    if clock is None:
        raise wrong(text, N_("it does not say at what time"))
    return Rule(kind="cron", text=f"{clock[1]} {clock[0]} {days}", zone=zone)


def _hours(text: str, count: int, zone: str) -> Rule:
    if count < 1 or 24 % count:
        raise wrong(text, N_("the hours must divide a day evenly; use --rrule for others"))
    return Rule(kind="cron", text="0 0 * * *" if count == 24 else f"0 */{count} * * *", zone=zone)


def _clock(text: str, rest: str) -> tuple[str, tuple[int, int] | None]:
    """The text without its time, and the time."""
    for form in (CLOCK, OCLOCK, GIO):
        match = form.search(rest)
        if match is None:
            continue
        hour, minute = _time(match)
        if hour > 23 or minute > 59:
            raise wrong(text, N_("there is no such time of day"))
        return " ".join((rest[: match.start()] + " " + rest[match.end() :]).split()), (hour, minute)
    return rest, None


def _time(match: re.Match[str]) -> tuple[int, int]:
    given = [group for group in match.groups() if group is not None]
    half = given.pop() if given[-1] in ("am", "pm", "sang", "chieu", "toi") else ""
    hour, minute = int(given[0]), int(given[1]) if len(given) > 1 else 0
    if half in ("am", "pm") and not 1 <= hour <= 12:
        return 99, minute
    if half == "am":
        return hour % 12, minute
    if half == "pm" or (half in ("chieu", "toi") and hour < 12):
        return hour % 12 + 12, minute
    return hour, minute


def _days(rest: str) -> str | None:
    """Day, month and weekday of cron; None when it is not understood."""
    if rest in DAILY:
        return "* * *"
    if rest in WEEKDAYS:
        return "* * 1-5"
    if rest in WEEKENDS:
        return "* * 0,6"
    for form in MONTH_DAY:
        if match := form.match(rest):
            day = match[1]
            return "L * *" if day in ("last", "cuoi") else f"{int(day)} * *" if 1 <= int(day) <= 31 else None
    return _week(rest)


def _week(rest: str) -> str | None:
    """Named days, with or without ``every`` and ``hằng tuần``."""
    bare = re.sub(r"\A(?:every|each|moi|weekly on|on|vao)\s+|\s+(?:hang tuan|moi tuan|every week|weekly)\Z", "", rest)
    bare = re.sub(r"\A(?:hang tuan|moi tuan)(?: vao)?\s+", "", bare)
    found: set[int] = set()
    while bare:
        name = next((one for one in sorted(DAYS, key=len, reverse=True) if re.match(rf"{one}s?\b", bare)), None)
        if name is None:
            return None
        found.add(DAYS[name])
        bare = re.sub(rf"\A{name}s?\s*(?:and\s+|va\s+|&\s*)?", "", bare)
    return f"* * {','.join(map(str, sorted(found)))}" if found else None


def _unknown(text: str) -> WhenWrongError:
    """With the words that nobody knows, as they were written."""
    named = ZONE.search(text)
    words = (text[: named.start()] if named else text).split()
    strange = [one for one in words if not all(KNOWN.fullmatch(part) for part in folded(one).split())]
    if strange:
        return wrong(text, N_("“{words}” is not understood"), words=" ".join(strange)[:60])
    return wrong(text, N_("it is not understood"))


def wrong(text: str, reason: str, **fields: object) -> WhenWrongError:
    example = Phrase(
        N_(
            "every Monday 08:00 Asia/Ho_Chi_Minh; every weekday 8:00; every 2 hours; every month on day 1 at 09:00; "
            "2026-12-01 08:00. Or give --cron or --rrule."
        )
    )
    return WhenWrongError(text=text[:80], reason=Phrase(reason, **fields), example=example)
