"""Days of a rule's *now*. Days are counted from 1970-01-01, and begin at midnight where the installation is."""

from datetime import date, datetime, time, timedelta

from bocau.audience.values import EPOCH
from bocau.base.clock import here, zone

DAY = 86_400_000
"""Milliseconds."""
DAY_SECONDS = 86_400
OLDEST = 1900
"""Anniversaries of earlier years are not looked for."""


def today(now: int) -> int:
    """The day on which a moment (ms) falls."""
    return (here(now).date() - EPOCH).days


def midnight(day: int) -> int:
    """When a day begins, in ms. Where clocks jump over midnight, the moment they jump."""
    number = min(max(day, (date.min - EPOCH).days), (date.max - EPOCH).days)
    clock = datetime.combine(EPOCH + timedelta(days=number), time(), zone())
    offset = clock.utcoffset()
    assert offset is not None
    return (day * DAY) - offset // timedelta(milliseconds=1)


def anniversaries(first: int, count: int) -> list[int]:
    """Every day since 1900 whose anniversary falls on one of the days ``first`` to ``first + count``. Who was born on 29
    February is due on the 28th where there is no 29th."""
    found: set[int] = set()
    for number in range(count + 1):
        day = EPOCH + timedelta(days=first + number)
        for month, of_month in _kept(day):
            for year in range(OLDEST, day.year + 1):
                if (month, of_month) != (2, 29) or _leap(year):
                    found.add((date(year, month, of_month) - EPOCH).days)
    return sorted(one for one in found if one <= first + count)


def _kept(day: date) -> list[tuple[int, int]]:
    own = (day.month, day.day)
    return [own, (2, 29)] if own == (2, 28) and not _leap(day.year) else [own]


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
