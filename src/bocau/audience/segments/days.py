"""Days of a rule's *now*. Days are counted from 1970-01-01, in UTC. Pure."""

from datetime import date, timedelta

from bocau.audience.values import EPOCH

DAY = 86_400_000
"""Milliseconds."""
OLDEST = 1900
"""Anniversaries of earlier years are not looked for."""


def today(now: int) -> int:
    return now // DAY


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
