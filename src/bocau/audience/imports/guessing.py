"""Which kind a new attribute has, judged from the first cells of its column. Pure."""

import re
from collections.abc import Sequence

from bocau.audience.states import Kind
from bocau.audience.values import FALSE, TRUE, Attribute, ValueWrongError, converter, decimal_sign

WORDS = (TRUE | FALSE) - {"1", "0", "x", "t", "f", "y", "n", "on", "off"}
CODE = re.compile(r"[+]|0[0-9]")
"""How telephone numbers and codes begin, which are no numbers to count with."""
LONG = re.compile(r"[0-9]{16,}")
MOST_CHOICES, LONGEST_CHOICE, FEWEST = 12, 40, 40


def kind_of(cells: Sequence[str], *, whole: bool) -> tuple[Kind, tuple[str, ...], str]:
    """Kind, choices and decimal sign. ``whole``: these are all cells of the column; only then it may be a choice, since a
    value that comes later must not be refused. Text when nothing else is certain."""
    filled = [text for cell in cells if (text := cell.strip())]
    if not filled:
        return Kind.text, (), "."
    if {one.casefold() for one in filled} <= WORDS:
        return Kind.boolean, (), "."
    if not any(CODE.match(one) or LONG.search(one) for one in filled):
        decimal = decimal_sign(filled)
        if _all(Kind.number, filled, decimal):
            return Kind.number, (), decimal
    if _all(Kind.date, filled, "."):
        return Kind.date, (), "."
    return _choice(filled) if whole else (Kind.text, (), ".")


def _all(kind: Kind, cells: Sequence[str], decimal: str) -> bool:
    convert = converter(Attribute("x", "x", kind, (), ""), decimal)
    try:
        for cell in cells:
            convert(cell)
    except ValueWrongError:
        return False
    return True


def _choice(cells: Sequence[str]) -> tuple[Kind, tuple[str, ...], str]:
    distinct = dict.fromkeys(cells)
    few = len(cells) >= FEWEST and 1 < len(distinct) <= MOST_CHOICES and len(distinct) * 8 <= len(cells)
    alike = len({one.casefold() for one in distinct}) < len(distinct)
    if few and not alike and all(len(one) <= LONGEST_CHOICE for one in distinct):
        return Kind.choice, tuple(sorted(distinct)), "."
    return Kind.text, (), "."
