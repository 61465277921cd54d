"""What is wrong with a rule, and where."""

import unicodedata

from bocau.base.errors import BocauError
from bocau.base.words import N_, Phrase

AROUND = 50
"""Characters of the line shown on each side of the place."""


class SegmentWrongError(BocauError):
    """``place``: characters before the place. Fields ``line`` and ``column`` count from 1."""

    code = "segment-rule-wrong"
    sentence = N_("The rule is wrong at line {line}, column {column}:\n{excerpt}\n  {reason}.")
    hint = N_(
        'A rule looks like this: city = "Huế" and amount > 1_000_000 and not in_list("VIP") and joined within 30 days'
    )

    def __init__(self, rule: str, place: int, reason: Phrase) -> None:
        before = rule[:place]
        line = before.count("\n") + 1
        column = place - (before.rfind("\n") + 1) + 1
        super().__init__(line=line, column=column, reason=reason, excerpt=_excerpt(rule, place))
        self.place = place


def _excerpt(rule: str, place: int) -> str:
    """The line with the place, and a caret below the place."""
    start = rule.rfind("\n", 0, place) + 1
    end = rule.find("\n", place)
    end = len(rule) if end < 0 else end
    first, last = max(start, place - AROUND), min(end, place + AROUND)
    ahead = ("…" if first > start else "") + _tame(rule[first:place])
    shown = ahead + _tame(rule[place:last]) + ("…" if last < end else "")
    return f"  {shown}\n  {' ' * _width(ahead)}^"


def _tame(text: str) -> str:
    """Nothing in it moves the cursor or turns the direction of writing."""
    return "".join(
        " " if char in "\t\r" else "·" if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") else char
        for char in text
    )


def _width(text: str) -> int:
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return len(text) + wide - sum(unicodedata.combining(char) != 0 for char in text)
