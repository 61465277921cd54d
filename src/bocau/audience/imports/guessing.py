"""Which kind a new attribute has: what its column's cells mean, and whether they are a few choices. Pure."""

from collections.abc import Sequence

from bocau import cells
from bocau.audience.states import Kind
from bocau.cells import Meaning

KINDS = {
    cells.Kind.number: Kind.number,
    cells.Kind.boolean: Kind.boolean,
    cells.Kind.date: Kind.date,
    cells.Kind.datetime: Kind.datetime,
}
"""What cells mean → the attribute's kind; everything else is text."""
MOST_CHOICES, LONGEST_CHOICE, FEWEST = 12, 40, 40


def kind_of(meaning: Meaning, column: Sequence[str], *, whole: bool) -> tuple[Kind, tuple[str, ...]]:
    """Kind and choices. ``whole``: these are all cells of the column; only then it may be a choice, since a value that comes
    later must not be refused."""
    kind = KINDS.get(meaning.kind, Kind.text)
    if kind is not Kind.text or meaning.kind is not cells.Kind.text or not whole:
        return kind, ()
    return _choice([text for cell in column if (text := cell.strip())])


def _choice(filled: Sequence[str]) -> tuple[Kind, tuple[str, ...]]:
    distinct = dict.fromkeys(filled)
    few = len(filled) >= FEWEST and 1 < len(distinct) <= MOST_CHOICES and len(distinct) * 8 <= len(filled)
    alike = len({one.casefold() for one in distinct}) < len(distinct)
    if few and not alike and all(len(one) <= LONGEST_CHOICE for one in distinct):
        return Kind.choice, tuple(sorted(distinct))
    return Kind.text, ()
