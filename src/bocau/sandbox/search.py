"""Finding mails: every word of the query must occur, anywhere in a word, in any order, accents and case aside.

No word index is kept: the folded texts of a full mailbox are looked through in a fraction of a second, an index would
cost each caught mail more than storing it, and this way parts of words, addresses and numbers are found too.
"""

import re
from dataclasses import dataclass
from typing import Literal

from bocau.sandbox.folding import fold
from bocau.sandbox.mailbox import Entry, Mailbox

Place = Literal["all", "address", "subject", "text"]
PLACES: tuple[Place, ...] = ("all", "address", "subject", "text")
_TERM = re.compile(r'"([^"]*)"|(\S+)')
_COLUMNS = {"address": ("who",), "subject": ("what",), "text": ("words",), "all": ("who", "what", "words")}


@dataclass(slots=True, frozen=True)
class Query:
    """What to find; ``text`` empty finds all. Words in "double quotes" belong together."""

    text: str = ""
    place: Place = "all"


@dataclass(slots=True, frozen=True)
class Page:
    """A part of the found mails, newest first. ``first`` counts from 1; 0 when there is none.

    ``newer`` and ``older`` are the ids to give as ``after`` and ``before`` for the neighbouring pages, or None.
    """

    entries: list[Entry]
    total: int
    first: int
    newer: int | None
    older: int | None


def terms(text: str) -> list[str]:
    """The folded words and quoted phrases of a query, at most ten."""
    found = [fold(phrase or word) for phrase, word in _TERM.findall(text[:500])]
    return [term for term in found if term][:10]


def search(
    mailbox: Mailbox, query: Query, *, before: int | None = None, after: int | None = None, limit: int = 50
) -> Page:
    """One page of what ``query`` finds: the mails older than ``before``, or the nearest newer than ``after``."""
    ids = mailbox.find(*_condition(query))
    start = _start(ids, before, after, limit)
    shown = ids[start : start + limit]
    return Page(
        entries=mailbox.entries(shown),
        total=len(ids),
        first=start + 1 if shown else 0,
        newer=shown[0] if shown and start > 0 else None,
        older=shown[-1] if start + limit < len(ids) else None,
    )


def _condition(query: Query) -> tuple[str, list[str]]:
    clauses, values = ["1"], []
    for term in terms(query.text):
        columns = _COLUMNS[query.place]
        clauses.append("(" + " OR ".join(f"instr({column}, ?) > 0" for column in columns) + ")")
        values += [term] * len(columns)
    return " AND ".join(clauses), values


def _start(ids: list[int], before: int | None, after: int | None, limit: int) -> int:
    """Where the page begins in ``ids``, which fall."""
    if before is not None:
        return sum(1 for number in ids if number >= before)
    if after is not None:
        return max(0, sum(1 for number in ids if number > after) - limit)
    return 0
