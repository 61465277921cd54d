"""A value without a column: what it shows by itself, else as people of a zone write it.

Where their habits do not decide either, nobody can be asked any more: one sign before exactly three digits then stands
between thousands, and the day comes before the month. Pure.
"""

from datetime import date, datetime

from bocau.cells import dates, numbers
from bocau.cells.habits import habits_of
from bocau.cells.numbers import Shape
from bocau.cells.reading import DIGITS
from bocau.cells.words import MISSING

NO_DAY = date.min
"""Today, where no year is guessed."""


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
