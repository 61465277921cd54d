"""Numbers as people write them: which sign they show, and what they are once it is known. Pure.

``1.250`` and ``1,250`` can be read in two ways; everything else shows its signs by itself.
"""

import re
from enum import StrEnum

from bocau.base.words import N_


class Shape(StrEnum):
    """What a text shows of itself as a number."""

    whole = "whole"  # 12, -3
    code = "code"  # 007, +84912345678, 9704000000000018: what nobody counts with
    dots = "dots"  # 1.250: thousands, or a fraction
    commas = "commas"  # 1,250: the same
    comma = "comma"  # 1.250.000; 12,5; 1.250,50: a comma stands before the fraction
    point = "point"  # 1,250,000; 12.5; 1,250.50: a point does
    exponent = "exponent"  # 1e+22, as programs write
    none = ""


NOT_A_NUMBER = N_("it is not a number")
A_CODE = N_("it is a code or a telephone number, not a number to count with")
TWO_WAYS = N_("it can be two numbers, with thousands or with a fraction")
OTHER_SIGNS = N_("it is written with other signs than the numbers of its column")
_HEAD = r"-?[1-9][0-9]{0,2}"
_ANY = r"-?(?:0|[1-9][0-9]{0,14})"
_SHAPES = re.compile(
    rf"""
    (?P<whole>{_ANY})\Z
  | (?P<code>0[0-9]+|\+[0-9]+|-?[0-9]{{16,}})\Z
  | (?P<dots>{_HEAD}\.[0-9]{{3}})\Z
  | (?P<commas>{_HEAD},[0-9]{{3}})\Z
  | (?P<comma>{_HEAD}(?:\.[0-9]{{3}}){{2,}}(?:,[0-9]+)?|{_HEAD}\.[0-9]{{3}},[0-9]+|(?:{_ANY})?,[0-9]+)\Z
  | (?P<point>{_HEAD}(?:,[0-9]{{3}}){{2,}}(?:\.[0-9]+)?|{_HEAD},[0-9]{{3}}\.[0-9]+|(?:{_ANY})?\.[0-9]+
        |-?[1-9][0-9]?(?:,[0-9]{{2}})+,[0-9]{{3}}(?:\.[0-9]+)?)\Z
  | (?P<exponent>-?[0-9]+(?:\.[0-9]+)?[eE][+-]?[0-9]{{1,3}})\Z
    """,
    re.VERBOSE | re.ASCII,
)
_SPACED = re.compile(r"-?[1-9][0-9]{0,2}(?:[ \u00a0\u2009\u202f_'\u2019][0-9]{3})+(?:[.,][0-9]*)?\Z")
_NAMED = {one.value: one for one in Shape}
_BETWEEN = dict.fromkeys(map(ord, " \u00a0\u2009\u202f_'\u2019"))
_LONGEST = 60


def shape(text: str) -> Shape:
    """What a text without blanks around it shows."""
    return look(text)[0]


def look(text: str) -> tuple[Shape, str]:
    """What a text without blanks around it shows, and the text as ``spell`` takes it."""
    found = _SHAPES.match(text)
    if found is None:
        text = _bare(text)
        found = _SHAPES.match(text)
    return (_NAMED[found.lastgroup or ""], text) if found is not None else (Shape.none, text)


def read(text: str, decimal: str = "") -> int | float:
    """The number a text is. ``decimal``: the sign before a fraction in its column, empty when nobody knows.

    Raises ValueError with a reason for people."""
    digits = spell(*look(text), decimal)
    return int(digits) if digits.isdecimal() or digits[1:].isdecimal() else float(digits)


def spell(found: Shape, text: str, decimal: str = "") -> str:
    """What ``look`` found, with all its digits as programs write them: ``-1250.50``, for ``int``, ``float`` or ``Decimal``.

    ``decimal`` and errors: as of ``read``."""
    if found is Shape.whole or found is Shape.exponent:
        return text
    if found is Shape.none or found is Shape.code:
        raise ValueError(A_CODE if found else NOT_A_NUMBER)
    own = "," if found is Shape.comma else "." if found is Shape.point else decimal
    if not own:
        raise ValueError(TWO_WAYS)
    if decimal and own != decimal:
        raise ValueError(OTHER_SIGNS)
    whole, point, rest = text.replace("." if own == "," else ",", "").partition(own)
    return f"{whole or 0}.{rest}" if point else whole


def sign_of(found: Shape, habit: str) -> str:
    """The sign before a fraction for people whose own is ``habit``, when they read ``1.250`` (dots) or ``1,250`` (commas);
    empty where nobody knows: a comma with three digits behind it, where a comma stands before fractions, is as often a
    spreadsheet's that was made in English."""
    return habit if habit == "." or (habit == "," and found is Shape.dots) else ""


def plainly(value: int | float) -> str:
    """A number as text that can be read in one way only, whatever anybody's habits are."""
    text = repr(value)
    found = shape(text)
    if found in (Shape.none, Shape.code):
        return f"{value:.16e}"
    return text + "0" if found is Shape.dots else text


def _bare(text: str) -> str:
    """Without blanks between thousands, with a plain minus."""
    if len(text) > _LONGEST:
        return text
    text = text.replace("\u2212", "-")
    if text[:1] == "(" and text[-1:] == ")" and text[1:2].isdigit():
        text = "-" + text[1:-1]  # as accountants write it
    return text.translate(_BETWEEN) if _SPACED.match(text) else text
