"""Cells that look the same as numbers: what a mail prints of them is what stood in the file. Pure."""

import re
from collections.abc import Iterable

from bocau.cells.meaning import Shown
from bocau.cells.numbers import Shape, shape

# No leading zero, no plus, no exponent, at most 18 digits: codes, telephone and card numbers stay what they are.
WHOLE = re.compile(r"(?:0|-?[1-9][0-9]{0,17})\Z")
BROKEN = re.compile(r"-?(?:0|[1-9][0-9]{0,9})\.[0-9]{1,6}\Z")


def is_plain_number(cell: object) -> bool:
    """Whether the cell would look the same as a number: ``12``, ``-3``, ``1.5``; not ``007``, ``+1``, ``1.50``."""
    if isinstance(cell, str):
        if isinstance(cell, Shown):
            return False
        if WHOLE.match(cell):
            return True
        return BROKEN.match(cell) is not None and repr(float(cell)) == cell and cell != "-0.0"
    return not isinstance(cell, bool)


def is_doubtful(cell: object, habit: str) -> bool:
    """Whether a plain number is another one, ``345.678``, to people who do not write ``habit``, the sign before their
    fractions, as programs do."""
    return habit != "." and isinstance(cell, str) and shape(cell.strip()) is Shape.dots


def all_plain_numbers(cells: Iterable[str]) -> bool:
    """The same for many texts at once; empty cells say nothing."""
    return all(map(_quick_number, cells))


def as_plain_number(cell: object) -> int | float | None:
    """The number that a plain cell is; None for an empty one. Raises ValueError for a text that is none."""
    if not isinstance(cell, str):
        assert isinstance(cell, int | float)
        return cell
    text = cell.strip()
    if not text:
        return None
    return float(text) if "." in text else int(text)


def _quick_number(cell: str) -> bool:
    return not cell or WHOLE.match(cell) is not None or is_plain_number(cell)
