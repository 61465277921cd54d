"""Times of the day as people say them, taken out of a folded phrase. Pure."""

import re
from collections.abc import Callable
from typing import NamedTuple

from bocau.base.words import N_

PART = r"(?:\s*(am|pm|sang|trua|chieu|toi|dem)(?!\w))?"
LEAD = r"(?:\b(?:vao\s+luc|luc|at)\s+)?\b"
MINUTES = r"(?:\s*(?:phut|p)\b)?"
NOT_DATE = r"(?![\d/.-])(?!\s*(?:tuan|ngay|thang|lan|weeks?|days?)\b)"
WORDS = (
    (re.compile(r"\b(?:giua trua|noon|midday)\b"), "12:00"),
    (re.compile(r"\b(?:nua dem|midnight)\b"), "12 gio dem"),
    (re.compile(r"\b([ap])\.\s?m\b\.?"), r"\1m"),
    (re.compile(r"\b(?:in the|buoi) (?:morning)\b|\bbuoi sang\b"), "sang"),
    (re.compile(r"\bin the afternoon\b|\bbuoi chieu\b"), "chieu"),
    (re.compile(r"\bin the evening\b|\bbuoi toi\b"), "toi"),
    (re.compile(r"\bat night\b|\bban dem\b"), "dem"),
)


class Clock(NamedTuple):
    hour: int
    minute: int


class HourWrongError(ValueError):
    """``args[0]``: why, a marked text."""


NONE = N_("there is no such time of day")
OTHER = N_("this hour does not go with this part of the day")
Made = tuple[int, int, str]


def _before(match: re.Match[str]) -> Made:
    hour, minutes = int(match["hour"]), int(match["less"])
    if not 1 <= minutes <= 59 or hour < 1:
        raise HourWrongError(NONE)
    return hour - 1, 60 - minutes, match[3] or ""


def _half(match: re.Match[str]) -> Made:
    return int(match[1]), 30, match[2] or ""


def _plain(match: re.Match[str]) -> Made:
    return int(match["hour"]), int(match["minute"] or 0), match["part"] or ""


def _quarter_to(match: re.Match[str]) -> Made:
    return int(match[1]) - 1, 45, match[2] or ""


def _quarter_past(match: re.Match[str]) -> Made:
    return int(match[1]), 15, match[2] or ""


PARTED = PART.replace("(am", "(?P<part>am")
FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Made]], ...] = (
    (re.compile(LEAD + r"(?P<hour>\d{1,2})\s*(?:gio|h)\s*kem\s*(?P<less>\d{1,2})" + MINUTES + PART), _before),
    (re.compile(LEAD + r"(\d{1,2})\s*(?:gio|h)?\s*ruoi\b" + PART), _half),
    (re.compile(LEAD + r"half past (\d{1,2})\b" + PART), _half),
    (re.compile(LEAD + r"(?:a )?quarter to (\d{1,2})\b" + PART), _quarter_to),
    (re.compile(LEAD + r"(?:a )?quarter past (\d{1,2})\b" + PART), _quarter_past),
    (
        re.compile(LEAD + r"(?P<hour>\d{1,2})\s*[:h]\s?(?P<minute>\d{2})" + NOT_DATE + MINUTES + PARTED + r"(?!\w)"),
        _plain,
    ),
    (
        re.compile(LEAD + r"(?P<hour>\d{1,2})\s*gio\s+(?P<minute>\d{1,2})" + NOT_DATE + MINUTES + PARTED + r"(?!\w)"),
        _plain,
    ),
    (re.compile(LEAD + r"(?P<hour>\d{1,2})\s*(?:gio|h|o'clock)" + PARTED + r"(?!\w)(?P<minute>)"), _plain),
    (re.compile(LEAD + r"(?P<hour>\d{1,2})\s*(?P<part>am|pm)(?!\w)(?P<minute>)"), _plain),
    (re.compile(r"\b(?:vao\s+luc|luc|at)\s+(?P<hour>\d{1,2})" + NOT_DATE + PARTED + r"(?!\w)(?P<minute>)"), _plain),
)
LOOSE = re.compile(r"\b(sang|trua|chieu|toi|dem)\b(?! gio)")


def take(said: str) -> tuple[str, list[Clock]]:
    """``said`` without its times, and the times in order, each once. Raises HourWrongError."""
    for pattern, plain in WORDS:
        said = pattern.sub(plain, said)
    found: list[Made] = []
    for pattern, read in FORMS:
        while match := pattern.search(said):
            found.append(read(match))
            said = f"{said[: match.start()]} {said[match.end() :]}"
    loose = LOOSE.findall(said)
    if len(loose) == 1 and len(found) == 1 and not found[0][2]:
        said, found = LOOSE.sub(" ", said), [(*found[0][:2], loose[0])]
    return " ".join(said.split()), sorted({_clock(*one) for one in found})


def _clock(hour: int, minute: int, part: str) -> Clock:
    """Raises HourWrongError: what is no time, and what nobody can mean, like 15 giờ sáng."""
    if minute > 59 or hour > 23:
        raise HourWrongError(NONE)
    if not part:
        return Clock(hour, minute)
    if part in ("am", "pm") and not 1 <= hour <= 12:
        raise HourWrongError(NONE)
    shown = HALVES[part].get(hour)
    if shown is None:
        raise HourWrongError(OTHER)
    return Clock(shown, minute)


def _same(*hours: int) -> dict[int, int]:
    return {hour: hour for hour in hours}


HALVES: dict[str, dict[int, int]] = {
    "am": {**_same(*range(1, 12)), 12: 0},
    "pm": {**{hour: hour + 12 for hour in range(1, 12)}, 12: 12},
    "sang": _same(*range(12)),
    "trua": {1: 13, 2: 14, **_same(10, 11, 12, 13, 14)},
    "chieu": {**{hour: hour + 12 for hour in range(1, 8)}, **_same(*range(12, 20))},
    "toi": {**{hour: hour + 12 for hour in range(5, 12)}, 12: 0, **_same(*range(17, 24))},
    "dem": {**_same(0, 1, 2, 3, 4), 9: 21, 10: 22, 11: 23, 12: 0, **_same(21, 22, 23)},
}
"""Part of the day → hour as it is said → hour of the day."""
