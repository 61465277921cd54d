"""What the cells of a column are, as it is decided, wished, asked and kept. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from bocau.base.words import N_, Phrase, say

Value = str | int | float | bool | date | datetime | None


class Kind(StrEnum):
    """What one cell is. ``code`` and ``phone`` are texts that look like numbers."""

    text = "text"
    number = "number"
    boolean = "boolean"
    date = "date"
    datetime = "datetime"
    code = "code"
    phone = "phone"


class Shown(str):
    """A cell whose text, as people see it, is not all of its value. ``value``: a number or a day."""

    __slots__ = ("value",)
    value: int | float | date | datetime

    def __new__(cls, text: str, value: int | float | date | datetime) -> "Shown":
        made = super().__new__(cls, text)
        made.value = value
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return Shown, (str(self), self.value)


Cell = str | int | float | bool
"""A cell as a table gives it; a ``Shown`` is a str."""


def seen(cell: object) -> str:
    """A cell's text as people see it; a truth as spreadsheets show one, empty for None."""
    return "" if cell is None else str(cell).upper() if isinstance(cell, bool) else str(cell)


class Place(NamedTuple):
    """One cell of a file: its row, from 1, and its text."""

    row: int
    text: str


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a column is. ``decimal``: the sign before a fraction of its numbers, ``order``: of its dates with the year last
    (``dmy``, ``mdy``); empty: nobody knows, or no need. ``pattern``: how its dates are written, see ``dates.shown``.
    ``against``: a cell because of which it is a text, though nearly all others are something else. ``asked``: a person said
    so; her word makes a number of ``007``."""

    kind: Kind = Kind.text
    decimal: str = ""
    order: str = ""
    pattern: str = ""
    against: Place | None = None
    asked: bool = False

    def title(self) -> str:
        """In the current language."""
        return say(_TITLES[self.kind, self.decimal or self.order] if self._signed else _TITLES[self.kind, ""])

    @property
    def _signed(self) -> bool:
        return (self.kind, self.decimal or self.order) in _TITLES


_TITLES: Mapping[tuple[Kind, str], str] = {
    (Kind.text, ""): N_("text"),
    (Kind.number, ""): N_("number"),
    (Kind.number, ","): N_("number, with a comma before the fraction"),
    (Kind.number, "."): N_("number, with a point before the fraction"),
    (Kind.boolean, ""): N_("yes or no"),
    (Kind.date, ""): N_("date"),
    (Kind.date, "dmy"): N_("date, the day first"),
    (Kind.date, "mdy"): N_("date, the month first"),
    (Kind.datetime, ""): N_("date with time"),
    (Kind.datetime, "dmy"): N_("date with time, the day first"),
    (Kind.datetime, "mdy"): N_("date with time, the month first"),
    (Kind.code, ""): N_("code, kept as text"),
    (Kind.phone, ""): N_("telephone number, kept as text"),
}

WORDS: Mapping[str, tuple[Kind, str]] = {
    "text": (Kind.text, ""),
    "code": (Kind.code, ""),
    "phone": (Kind.phone, ""),
    "number": (Kind.number, ""),
    "number:comma": (Kind.number, ","),
    "number:point": (Kind.number, "."),
    "boolean": (Kind.boolean, ""),
    "date": (Kind.date, ""),
    "date:dmy": (Kind.date, "dmy"),
    "date:mdy": (Kind.date, "mdy"),
    "datetime": (Kind.datetime, ""),
    "datetime:dmy": (Kind.datetime, "dmy"),
    "datetime:mdy": (Kind.datetime, "mdy"),
}
"""How a person says what a column is (``--type COLUMN=WORD``): the kind, and the sign or order where both are possible."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One thing that a column may be. ``word``: of WORDS; ``value``: what the question's cell is then, as text."""

    word: str
    value: str

    @property
    def meaning(self) -> Meaning:
        """Without what only the cells tell."""
        return wished(self.word)


@dataclass(frozen=True, slots=True)
class Question:
    """A column that can be read in several ways, which change what its cells are. ``place``: a cell that shows it;
    ``other``: one that speaks against it, where the file contradicts itself. ``heading``: the column's."""

    heading: str
    place: Place
    answers: Sequence[Answer]
    other: Place | None = None

    def sentence(self) -> str:
        """In the current language."""
        if self.other is not None:
            text = N_("“{heading}” contradicts itself: “{one}” in row {row}, “{two}” in row {other}.")
            return say(
                text,
                heading=self.heading,
                one=self.place.text[:40],
                row=self.place.row,
                two=self.other.text[:40],
                other=self.other.row,
            )
        text = N_("“{heading}” can be read in several ways: “{one}” in row {row}.")
        return say(text, heading=self.heading, one=self.place.text[:40], row=self.place.row)

    def as_dict(self) -> dict[str, Any]:
        """As JSON. ``option``: what a command takes as the answer."""
        answers = [
            {
                "answer": one.word,
                "meaning": one.meaning.title(),
                "value": one.value,
                "option": f"--type={self.heading}={one.word}",
            }
            for one in self.answers
        ]
        return {
            "column": self.heading,
            "question": self.sentence(),
            "row": self.place.row,
            "cell": self.place.text,
            "answers": answers,
        }


def wished(word: str) -> Meaning:
    """What a person says. Raises KeyError."""
    kind, sign = WORDS[word]
    return Meaning(kind, decimal=sign) if kind is Kind.number else Meaning(kind, order=sign)


def reason_of(error: ValueError) -> str | Phrase:
    """Why a cell cannot be what its column is."""
    reason = error.args[0] if error.args else ""
    return reason if isinstance(reason, str | Phrase) else str(reason)
