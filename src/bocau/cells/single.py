"""A value without a column: what it shows by itself, else as people of a zone write it.

Where their habits do not decide either, nobody can be asked any more: one sign before exactly three digits then stands
between thousands, and the day comes before the month. Pure.
"""

from datetime import date, datetime
from functools import lru_cache

from bocau.cells import dates, numbers
from bocau.cells.habits import habits_of
from bocau.cells.meaning import Shown
from bocau.cells.numbers import Shape
from bocau.cells.reading import DIGITS
from bocau.cells.words import MISSING

NO_DAY = date.min
"""Today, where no year is guessed."""
VALUES = "bocau_values"
"""A field of a mail's data: texts of the other fields that alone would be read as something else → what they are."""


def is_missing(text: str) -> bool:
    """Whether a text stands for no value: blanks, ``-``, ``n/a``."""
    return (bare := text.strip().casefold()) in MISSING or not bare


def number(text: str, zone: str) -> str:
    """A number with all its digits, as ``Decimal`` reads it; ``007`` too. ``zone``: IANA name of whose habits decide.

    Raises ValueError with a reason for people."""
    found, bare = numbers.look(text)
    if found is Shape.dots or found is Shape.commas:
        thousands = "," if found is Shape.dots else "."
        return numbers.spell(found, bare, numbers.sign_of(found, habits_of(zone).decimal) or thousands)
    return text if found is Shape.code and DIGITS.match(text) else numbers.spell(found, bare)


def moment(text: str, zone: str) -> datetime | date:
    """A day, with its time of day where there is one; a year of two digits is none, for it would have to be guessed.

    ``zone``: as of ``number``. Raises ValueError with a reason for people."""
    written = dates.look(text)
    if written is None or written.short:
        raise ValueError(dates.NOT_A_DATE)
    order = (habits_of(zone).order or "dmy") if written.doubtful else ""
    return dates.moment(written, order, NO_DAY)


def kept_apart(cell: Shown, zone: str) -> int | float | str | None:
    """What the text of a cell is, a number or a day in ISO 8601, when without the cell's value it would be read as another,
    or not at all; None when it would be read rightly. ``zone``: as of ``number``."""
    text = cell.strip()
    if isinstance(cell.value, date):
        day = _day(cell.value)
        return None if _read(text, zone) == day else dates.shown(cell.value if ":" in text else day, "")
    found, bare = numbers.look(text)
    if found is not Shape.dots and found is not Shape.commas:
        return None
    ways = [float(numbers.spell(found, bare, sign)) for sign in ",."]
    seen = min(ways, key=lambda one: abs(one - cell.value))  # type: ignore[operator]
    return None if float(number(text, zone)) == seen else seen


@lru_cache(maxsize=256)
def reads_back(pattern: str, zone: str) -> bool:
    """Whether days that are written by a pattern (of ``dates.shown``) are read rightly."""
    day = date(2026, 3, 5)
    return _read(dates.shown(day, pattern), zone) == day


def _read(text: str, zone: str) -> date | None:
    try:
        return _day(moment(text, zone))
    except ValueError:
        return None


def _day(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value
