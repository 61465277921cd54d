"""What the cells of people's tables mean: numbers, dates, codes, yes and no, decided for a whole column at once.

Owns: how numbers and dates are written, what a column is, what must be asked, guards against formulas. Never: knows files,
contacts or a database; changes what people see without a word. Talks to: base. Those who store what is read also use
``dates``, ``numbers`` and ``plain``; ``single`` reads a value without a column; ``words`` has those for yes, no and nothing.
"""

from bocau.cells.column import Study, decide, habits_of_file, settle
from bocau.cells.guards import GUARD, guarded, unguarded
from bocau.cells.habits import Habits, habits_of
from bocau.cells.meaning import (
    WORDS,
    Answer,
    Cell,
    Kind,
    Meaning,
    Place,
    Question,
    Shown,
    Value,
    reason_of,
    seen,
    wished,
)
from bocau.cells.reading import ChangedError, Reader, TimeMissingError, reader

__all__ = [
    "GUARD",
    "WORDS",
    "Answer",
    "Cell",
    "ChangedError",
    "Habits",
    "Kind",
    "Meaning",
    "Place",
    "Question",
    "Reader",
    "Shown",
    "Study",
    "TimeMissingError",
    "Value",
    "decide",
    "guarded",
    "habits_of",
    "habits_of_file",
    "reader",
    "reason_of",
    "seen",
    "settle",
    "unguarded",
    "wished",
]
