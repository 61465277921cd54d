"""Column kinds: number, text, date. A column is a number only when turning it changes nothing anybody could see."""

import datetime
import re
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any

from bocau.base.words import N_

Cell = str | int | float | bool
Value = str | int | float | bool | None


class Kind(StrEnum):
    """What a column's cells become for templates. ``date`` is ISO text, and only by a person's wish."""

    text = "text"
    number = "number"
    date = "date"


NOT_A_NUMBER = N_("not a number")
NOT_A_DATE = N_("not a date")
# No leading zero, no plus, no exponent, at most 18 digits: codes, telephone and card numbers stay what they are.
WHOLE = re.compile(r"(?:0|-?[1-9][0-9]{0,17})\Z")
BROKEN = re.compile(r"-?(?:0|[1-9][0-9]{0,9})\.[0-9]{1,6}\Z")
ANY_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{1,12})?\Z")
DATES = (
    (re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[T ]00:00(?::00)?)?\Z"), (1, 2, 3)),
    (re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})\Z"), (3, 2, 1)),  # the day first, as in Việt Nam
)


def is_plain_number(cell: Cell) -> bool:
    """Whether the cell would look the same as a number: ``12``, ``-3``, ``1.5``; not ``007``, ``+1``, ``1.50``."""
    if type(cell) is not str:
        return type(cell) is not bool
    if WHOLE.match(cell):
        return True
    return BROKEN.match(cell) is not None and repr(float(cell)) == cell and cell != "-0.0"


def all_plain_numbers(cells: Iterable[str]) -> bool:
    """The same for many texts at once; empty cells say nothing."""
    return all(map(_quick_number, cells))


def _quick_number(cell: str) -> bool:
    return not cell or WHOLE.match(cell) is not None or is_plain_number(cell)


def as_text(cell: Cell) -> Value:
    """A cell of a text column. A spreadsheet's yes and no stay what they are."""
    if type(cell) is str:
        return cell.strip()
    return cell if type(cell) is bool else str(cell)


def as_number(cell: Cell) -> Value:
    """A cell of a number column; an empty one is None. Raises ValueError."""
    if type(cell) is not str:
        if type(cell) is bool:
            raise ValueError(NOT_A_NUMBER)
        return cell
    text = cell.strip()
    if not text:
        return None
    if not ANY_NUMBER.match(text):
        raise ValueError(NOT_A_NUMBER)
    return float(text) if "." in text else int(text)


def as_date(cell: Cell) -> Value:
    """A cell of a date column as ``2026-11-23``; an empty one is None. Raises ValueError."""
    text = str(cell).strip()
    if not text:
        return None
    for pattern, order in DATES:
        if match := pattern.match(text):
            year, month, day = (int(match[group]) for group in order)
            try:
                return datetime.date(year, month, day).isoformat()
            except ValueError:
                break
    raise ValueError(NOT_A_DATE)


TURN: dict[Kind, Callable[[Any], Value]] = {Kind.text: as_text, Kind.number: as_number, Kind.date: as_date}
