"""One cell becomes what its column is; whatever would change what people see without a word is refused. Pure."""

import re
from collections.abc import Callable
from datetime import date, datetime, time

from bocau.base.words import N_, Phrase
from bocau.cells import dates, numbers
from bocau.cells.meaning import Kind, Meaning, Shown, Value
from bocau.cells.words import FALSE, MISSING, TRUE

WITHOUT_TIME = N_("it has no time of day, its column has one; taken for midnight")
NEITHER = N_("it is neither yes nor no")
NOTHING = N_("“{text}” stands for no value")
WITH_TIME = N_("it has a time of day, its column has none")
DIGITS = re.compile(r"[+-]?[0-9]{1,15}\Z", re.ASCII)
Reader = Callable[[object], Value]
"""A cell → its value, None for an empty one. Raises ValueError with a reason for people."""


class ChangedError(ValueError):
    """A cell that can be read, but not as it stands. ``value``: what it is; its argument says what was changed."""

    def __init__(self, reason: Phrase, value: Value) -> None:
        super().__init__(reason)
        self.value = value


class TimeMissingError(ChangedError):
    """A day where a day with its time is expected. ``value``: its midnight."""


def reader(meaning: Meaning, today: date | None = None) -> Reader:
    """For the cells of a column."""
    day = today or date.today()
    if meaning.kind is Kind.number:
        return lambda cell: _number(cell, meaning)
    if meaning.kind is Kind.boolean:
        return _boolean
    if meaning.kind in (Kind.date, Kind.datetime):
        return lambda cell: _date(cell, meaning, day)
    return _text


def _text(cell: object) -> Value:
    if isinstance(cell, bool):
        return cell
    return None if cell is None else str(cell).strip()


def _missing(text: str) -> None:
    if text.casefold() in MISSING:
        raise ChangedError(Phrase(NOTHING, text=text), None)


def _number(cell: object, meaning: Meaning) -> Value:
    if isinstance(cell, Shown):
        cell = cell.value
    if isinstance(cell, bool):
        raise ValueError(numbers.NOT_A_NUMBER)
    if isinstance(cell, int | float) or cell is None:
        return cell
    text = str(cell).strip()
    if not text:
        return None
    try:
        return numbers.read(text, meaning.decimal)
    except ValueError:
        if meaning.asked and DIGITS.match(text):
            return int(text)
        _missing(text)
        raise


def _boolean(cell: object) -> Value:
    if cell is None or isinstance(cell, bool):
        return cell
    word = str(cell).strip().casefold().removesuffix(".0")
    if not word:
        return None
    if word in TRUE or word in FALSE:
        return word in TRUE
    _missing(word)
    raise ValueError(NEITHER)


def _date(cell: object, meaning: Meaning, today: date) -> Value:
    if isinstance(cell, Shown):
        clock = meaning.kind is Kind.datetime and ":" in cell  # midnight, and people see that
        cell = datetime.combine(cell.value, time()) if clock and type(cell.value) is date else cell.value
    if cell is None or isinstance(cell, date):
        return _as_asked(cell, meaning)
    text = str(cell).strip()
    if not text:
        return None
    written = dates.look(text)
    if written is None:
        _missing(text)
        raise ValueError(dates.NOT_A_DATE)
    found = dates.moment(written, meaning.order, today)
    if written.short:
        year = dates.full_year(written.numbers[2], today)
        raise ChangedError(Phrase(dates.SHORT_YEAR, year=year), _unsaid(found, meaning))
    return _as_asked(found, meaning)


def _unsaid(value: date | datetime, meaning: Meaning) -> Value:
    """As asked, whatever is changed by that."""
    try:
        return _as_asked(value, meaning)
    except ChangedError as error:
        return error.value


def _as_asked(value: date | datetime | None, meaning: Meaning) -> date | datetime | None:
    """A day with a time, or without one."""
    if value is None:
        return None
    if meaning.kind is Kind.datetime:
        if not isinstance(value, datetime):
            raise TimeMissingError(Phrase(WITHOUT_TIME), datetime.combine(value, time()))
        return value
    if isinstance(value, datetime):
        if value.time() != time():
            raise ChangedError(Phrase(WITH_TIME), value.date())
        return value.date()
    return value
