"""Times as people say them, in English and Vietnamese, turned into rules. Pure.

every Monday 08:00 Asia/Ho_Chi_Minh      8h sáng thứ 2 hàng tuần
every weekday 8:00 and 17:00             các ngày trong tuần 8h và 17h
every 2 hours                            mỗi 15 phút
the last day of every month 9am          ngày cuối tháng lúc 9 giờ
first Monday of the month at noon        thứ 2 đầu tiên của tháng 12 giờ trưa
every two weeks on Friday 17:00          thứ 6 hai tuần một lần 5 giờ chiều
2026-12-01 08:00 Europe/Berlin           1/12/2026 lúc 8 giờ GMT+7
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from bocau.base.places import folded as plainly
from bocau.base.words import N_, Phrase
from bocau.schedules import hours
from bocau.schedules.days import NAMES, Days, DaysWrongError, days
from bocau.schedules.errors import WhenWrongError
from bocau.schedules.hours import Clock, HourWrongError
from bocau.schedules.when import Rule, check

ZONE = re.compile(
    r"(?:^|\s)\(?((?:[A-Za-z][A-Za-z_]+(?:/[A-Za-z0-9_+-]+)+)|(?:UTC|GMT)\s*(?:[+\-−]\s*\d{1,2}(?::?[0-5]\d)?)?|"
    r"[+\-−]\d{2}:?[0-5]\d|giờ (?:Việt Nam|Hà Nội))\)?\s*$",
    re.IGNORECASE,
)
DATE = re.compile(r"(?:^|\b(?:on|ngay)\s+)(\d{4})-(\d{2})-(\d{2})(?!\d)")
LOCAL_DATE = re.compile(r"(?:^|\b(on|ngay)\s+)(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?!\d)")
LONG_DATE = re.compile(r"\bngay (\d{1,2}) thang (\d{1,2}) nam (\d{4})\b")
DAY_T = re.compile(r"(\d{4}-\d{2}-\d{2})t(?=\d)")
STEPS = re.compile(
    r"(?:every|moi|cu moi|cu)\s+(?:(\d{1,3})\s*)?(hours?|gio|tieng|minutes?|mins?|phut)(?:\s+(?:mot|1) lan)?\Z"
)
LONGEST = 200
MINUTES = (15, 20, 30, 60)
MOST_CLOCKS = 24
EMPTY = frozenset(("and", "at", "on", "va", "vao", "luc", "the", "&"))
"""What may stand anywhere, and says nothing."""


class Said(NamedTuple):
    """A phrase: as it was given, and without its zone, folded."""

    text: str
    rest: str
    zone: str


def read(text: str, zone: str) -> Rule:
    """The rule a person said; ``zone`` when they named none. Raises WhenWrongError, ZoneUnknownError."""
    said = unicodedata.normalize("NFC", " ".join(text.split()))
    if len(said) > LONGEST:
        raise wrong(text, N_("it is too long"))
    named = ZONE.search(said)
    rest = DAY_T.sub(r"\1 ", folded(said[: named.start()] if named else said))
    return check(_rule(Said(text, rest, named[1] if named else zone)))


def folded(text: str) -> str:
    """Small letters without marks: ``Thứ Hai, hằng tuần`` → ``thu hai hang tuan``."""
    return plainly(re.sub("[,;]", " ", text))


def _rule(said: Said) -> Rule:
    """Raises WhenWrongError."""
    if steps := STEPS.match(said.rest):
        return _steps(said, int(steps[1] or 1), steps[2])
    try:
        rest, clocks = hours.take(said.rest)
    except HourWrongError as error:
        raise wrong(said.text, error.args[0]) from None
    if len(clocks) > MOST_CLOCKS:
        raise wrong(said.text, N_("it has too many times"))
    if once := _once(said, rest):
        if len(clocks) != 1:
            raise wrong(said.text, N_("a day needs a time, and nothing else"))
        return Rule(kind="once", text=f"{once}T{clocks[0].hour:02}:{clocks[0].minute:02}", zone=said.zone)
    try:
        found = days(" ".join(word for word in rest.split() if word not in EMPTY))
    except DaysWrongError as error:
        raise wrong(said.text, error.args[0]) from None
    if found is None:
        raise _unknown(said, rest, clocks)
    if not clocks:
        raise wrong(said.text, N_("it does not say at what time"))
    return _joined(said, found, clocks)


def _steps(said: Said, count: int, unit: str) -> Rule:
    if unit.startswith(("m", "p")):
        if count not in MINUTES:
            raise wrong(said.text, N_("the minutes must be 15, 20 or 30; use --cron for others"))
        return Rule(kind="cron", text="0 */1 * * *" if count == 60 else f"*/{count} * * * *", zone=said.zone)
    if count < 1 or 24 % count:
        raise wrong(said.text, N_("the hours must divide a day evenly; use --rrule for others"))
    return Rule(kind="cron", text="0 0 * * *" if count == 24 else f"0 */{count} * * *", zone=said.zone)


def _once(said: Said, rest: str) -> str:
    """The day, when it is one and nothing else is said; empty otherwise. Raises WhenWrongError."""
    for form in (DATE, LOCAL_DATE, LONG_DATE):
        match = form.search(rest)
        if match is None:
            continue
        if set(form.sub(" ", rest, count=1).split()) - EMPTY:
            raise wrong(said.text, N_("a day needs a time, and nothing else"))
        if form is DATE:
            return "-".join(match.groups())
        day, month, year = (int(part) for part in match.groups()[-3:])
        if form is LOCAL_DATE and match[1] != "ngay" and _is_either(day, month, said):
            day_first, month_first = f"{year}-{month:02}-{day:02}", f"{year}-{day:02}-{month:02}"
            reason = N_("the day can be read in two ways; write {one} or {other}")
            raise wrong(said.text, reason, one=day_first, other=month_first)
        return f"{year}-{month:02}-{day:02}"
    return ""


def _is_either(day: int, month: int, said: Said) -> bool:
    """Whether somebody may write the month first; who speaks Vietnamese does not."""
    return (
        day != month and day <= 12 and not re.search(r"\b(?:gio|luc|sang|trua|chieu|toi|dem|ngay)\b|\d\s*h", said.rest)
    )


def _joined(said: Said, found: Days, clocks: Sequence[Clock]) -> Rule:
    """One rule for the days at all the times. Raises WhenWrongError."""
    hour, minute = sorted({one.hour for one in clocks}), sorted({one.minute for one in clocks})
    if len(hour) * len(minute) != len(clocks):
        raise wrong(said.text, N_("times of a day with different minutes do not fit into one rule; make one for each"))
    if found.named and clocks[0] == Clock(0, 0) and re.search(r"\b(?:midnight|nua dem|dem|toi)\b", said.rest):
        raise wrong(said.text, N_("midnight may belong to either day; write 0:00 of the day that begins then"))
    at, past = ",".join(map(str, hour)), ",".join(map(str, minute))
    if found.cron:
        return Rule(kind="cron", text=f"{past} {at} {found.cron}", zone=said.zone)
    position = "".join(f",-{place}" for place in range(1, len(clocks) + 1))[1:]
    text = found.rrule + (f";BYSETPOS={position}" if found.last else "")
    return Rule(kind="rrule", text=f"{text};BYHOUR={at};BYMINUTE={past}", zone=said.zone)


def _unknown(said: Said, rest: str, clocks: Sequence[Clock]) -> WhenWrongError:
    """With the words that nobody knows, as they were written."""
    if clocks and not rest:
        return wrong(said.text, N_("it does not say on which days"))
    left = set(rest.split())
    strange = [one for one in said.text.split() if set(folded(one).split()) & left - NAMES]
    if strange:
        return wrong(said.text, N_("“{words}” is not understood"), words=" ".join(strange)[:60])
    return wrong(said.text, N_("it is not understood"))


def wrong(text: str, reason: str, **fields: object) -> WhenWrongError:
    example = Phrase(
        N_(
            "every Monday 08:00 Asia/Ho_Chi_Minh; every weekday 8:00 and 17:00; every 2 hours; every month on day 1 at "
            "09:00; first Monday of the month 9am; every two weeks on Friday 17:00; 2026-12-01 08:00. Or give --cron or "
            "--rrule."
        )
    )
    return WhenWrongError(text=text[:80], reason=Phrase(reason, **fields), example=example)
