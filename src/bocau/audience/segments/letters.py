"""Texts compared without regard to case, the same on every database.

What databases call small letters depends on product, version and locale: SQLite knows ASCII only, PostgreSQL with the
locale C as well. So each letter of what is looked for becomes a class of its forms (``[ếẾ]``), bound as one pattern: GLOB on
SQLite, a regular expression elsewhere.
"""

import re
from functools import cache

SPECIAL = re.compile(r"[.^$*+?()\[\]{}|\\]")


@cache
def forms(char: str) -> str:
    """The letter, small and capital; where a form is more than one character (ß, SS) only the letter."""
    return "".join(sorted({form for form in (char, char.lower(), char.upper()) if len(form) == 1}))


def found(text: str, wanted: str, where: str) -> bool:
    """``where``: contains, starts with, ends with."""
    last = len(text) - len(wanted)
    places = {
        "contains": range(last + 1),
        "starts with": range(min(1, last + 1)),
        "ends with": range(max(last, 0), last + 1),
    }
    return any(
        all(char in forms(sought) for char, sought in zip(text[place:], wanted, strict=False))
        for place in places[where]
    )


def glob(wanted: str, where: str) -> str:
    """A pattern of SQLite's GLOB, which knows no escape but a class."""
    pattern = "".join(f"[{forms(char)}]" if len(forms(char)) > 1 or char in "*?[" else char for char in wanted)
    before = "" if where == "starts with" else "*"
    return before + pattern + ("" if where == "ends with" else "*")


def expression(wanted: str, where: str, end: str) -> str:
    """A regular expression for PostgreSQL (``end``: ``\\Z``), MariaDB and MySQL (``\\z``)."""
    pattern = "".join(f"[{forms(char)}]" if len(forms(char)) > 1 else SPECIAL.sub(r"\\\g<0>", char) for char in wanted)
    before = r"\A" if where == "starts with" else ""
    return before + pattern + (end if where == "ends with" else "")
