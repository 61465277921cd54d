"""Values of attributes: from what people write to what a slot of ``contact`` holds, and back. Pure.

| kind | slot | in a mail's data |
|---|---|---|
| text, choice | text, NFC, no blanks around | text |
| list | ``\\x1fa\\x1fb\\x1f`` | list of texts |
| number | double | whole number or fraction |
| boolean | 0, 1 | true, false |
| date | days since 1970-01-01 | ``2026-11-24``, or as its file had it |
| datetime | double: seconds since 1970-01-01T00:00 on the clock | ``2026-11-24T14:05``, or as its file had it |
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from math import isfinite
from typing import Any, NamedTuple

from bocau import cells
from bocau.audience.states import Kind
from bocau.audience.tables import LONGEST
from bocau.base import clock
from bocau.base.errors import BocauError
from bocau.base.words import N_, Phrase
from bocau.cells import dates, numbers

Slot = str | float | int | None
Converter = Callable[[Any], Slot]
SEPARATOR = "\x1f"
EPOCH = date(1970, 1, 1)
START = datetime(1970, 1, 1)
EXACT = 2**53
"""Whole numbers beyond it do not all fit into a double."""
HUGE = 1e300
UNKEPT = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL keeps no NUL, UTF-8 no half of a pair
PIECES = re.compile(r"(?:[^;\\]|\\.)+|\\", re.DOTALL)
JOINER = "\u200d"
"""Part of many emoji."""
READ = {
    Kind.number: cells.Kind.number,
    Kind.boolean: cells.Kind.boolean,
    Kind.date: cells.Kind.date,
    Kind.datetime: cells.Kind.datetime,
}
"""Kinds whose texts are read as cells of tables are."""


class Attribute(NamedTuple):
    """``name``: as templates and segments write it. ``label``: as people do. ``slot``: its column of ``contact``.
    ``pattern``: how mails show its days, see ``cells.dates.shown``."""

    name: str
    label: str
    kind: Kind
    choices: tuple[str, ...]
    slot: str
    pattern: str = ""


class ValueWrongError(BocauError):
    """A value that its attribute cannot hold. ``reason``: the same in a few words, for tables."""

    code = "value-wrong"
    sentence = N_("“{value}” cannot be the value of “{attribute}”: {reason}. It was not stored.")
    hint = N_("Correct the value, or give the attribute another kind.")

    def __init__(self, attribute: Attribute, value: object, reason: Phrase) -> None:
        super().__init__(attribute=attribute.label, value=_shown(value), reason=reason)

    def why(self) -> str:
        """The reason in the current language."""
        return str(self.fields["reason"])


def called(text: str, most: int) -> str | None:
    """A name as it is stored: cleaned, one line that can be seen; None when it cannot be one. ``most``: characters."""
    name = clean(text)
    return name if 0 < len(name) <= most and all(sign.isprintable() or sign == JOINER for sign in name) else None


def clean(text: str) -> str:
    """Text as it is stored and compared: NFC, no blanks around; what no database keeps becomes U+FFFD."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
        if UNKEPT.search(text):
            text = UNKEPT.sub("\N{REPLACEMENT CHARACTER}", text)
    elif "\x00" in text:
        text = text.replace("\x00", "\N{REPLACEMENT CHARACTER}")
    return text.strip()


class ValueChangedError(ValueWrongError):
    """A value that can be kept, but not as it stands. ``slot``: what is kept; ``reason``: what is changed."""

    code = "value-changed"

    def __init__(self, attribute: Attribute, value: object, reason: Phrase, slot: Slot) -> None:
        super().__init__(attribute, value, reason)
        self.slot = slot


def to_slot(attribute: Attribute, value: object) -> Slot:
    """What the slot holds for ``value``: a text as people of this zone write it, or a Python value of the kind. None and
    blank text are no value. Raises ValueWrongError."""
    return converter(attribute)(value)


def converter(attribute: Attribute, meaning: cells.Meaning | None = None) -> Converter:
    """``to_slot`` for many values of one attribute. ``meaning``: of the column they stand in, for its signs and its order of
    dates; by default the zone's. Its answer raises ValueWrongError, ValueChangedError."""
    kind = READ.get(attribute.kind)
    if kind is None:
        return _MAKERS[attribute.kind](attribute)
    read = _alone(kind) if meaning is None else cells.reader(replace(meaning, kind=kind))

    def convert(value: Any) -> Slot:
        try:
            return _kept(attribute, value, read(value))
        except cells.ChangedError as error:
            slot = _kept(attribute, value, error.value)
            raise ValueChangedError(attribute, value, _phrase(error), slot) from None
        except ValueError as error:
            raise ValueWrongError(attribute, value, _phrase(error)) from None

    return convert


def _alone(kind: cells.Kind) -> cells.Reader:
    """A value without a column: the zone's habits decide only where it can be read in two ways."""
    habits = cells.habits_of(str(clock.zone()))
    plainly = cells.reader(cells.Meaning(kind))
    as_here = cells.reader(cells.Meaning(kind, habits.decimal, habits.order))

    def read(value: object) -> cells.Value:
        try:
            return plainly(value)
        except cells.TimeMissingError as error:
            return error.value
        except ValueError as error:
            if cells.reason_of(error) not in (numbers.TWO_WAYS, dates.TWO_DAYS):
                raise
            return as_here(value)

    return read


def from_slot(attribute: Attribute, value: Slot) -> Any:
    """What programs get: JSON's own types, days as ISO 8601, None for no value."""
    if value is None:
        return None
    if attribute.kind in (Kind.date, Kind.datetime):
        return dates.shown(day_of(attribute, value), "")
    if attribute.kind == Kind.boolean:
        return bool(value)
    if attribute.kind == Kind.number:
        whole = int(value)
        return whole if whole == value and abs(whole) <= EXACT else float(value)
    if attribute.kind == Kind.list:
        return str(value).strip(SEPARATOR).split(SEPARATOR)
    return value


def as_mailed(attribute: Attribute, value: Slot) -> Any:
    """What a mail's data get: the same, but days as their file showed them."""
    if attribute.pattern and value is not None:
        return dates.shown(day_of(attribute, value), attribute.pattern)
    return from_slot(attribute, value)


def day_of(attribute: Attribute, value: str | float) -> date | datetime:
    """The day, or the time on the clock, that a slot of such an attribute holds."""
    if attribute.kind == Kind.date:
        return EPOCH + timedelta(days=int(value))
    return START + timedelta(seconds=int(value))


def in_words(attribute: Attribute, value: Slot) -> str:
    """The value as one text that ``to_slot`` reads back, whatever the zone; empty for none."""
    return spelled(attribute, from_slot(attribute, value))


def spelled(attribute: Attribute, kept: Any) -> str:
    """The same for a value as programs get it."""
    if kept is None:
        return ""
    if attribute.kind == Kind.list:
        pieces = [piece.replace("\\", "\\\\").replace(";", "\\;") for piece in kept]
        return "; ".join(pieces) + (";" if len(pieces) == 1 and {",", "\\"} & set(pieces[0]) else "")
    if attribute.kind == Kind.number:
        return numbers.plainly(kept)
    return ("false", "true")[kept] if attribute.kind == Kind.boolean else str(kept)


def _shown(value: object) -> str:
    text = clean(str(value))
    return text if len(text) <= 80 else text[:79] + "…"


def _phrase(error: ValueError) -> Phrase:
    reason = cells.reason_of(error)
    return Phrase(reason) if isinstance(reason, str) else reason


def _kept(attribute: Attribute, original: object, value: cells.Value) -> Slot:
    """As the slot has it. Raises ValueWrongError."""
    if value is None or isinstance(value, str):
        return None
    if isinstance(value, datetime):
        return float((value - START) // timedelta(seconds=1))
    if isinstance(value, date):
        return (value - EPOCH).days
    if abs(value) > HUGE or not isfinite(value):
        raise ValueWrongError(attribute, original, Phrase(numbers.NOT_A_NUMBER))
    if isinstance(value, int) and int(float(value)) != value:
        raise ValueWrongError(attribute, original, Phrase(N_("it has too many digits for a number; keep it as text")))
    return float(value)


def _text(attribute: Attribute) -> Converter:
    def convert(value: Any) -> Slot:
        text = clean(value if isinstance(value, str) else cells.seen(value)) if value is not None else ""
        if len(text) > LONGEST:
            raise ValueWrongError(attribute, value, _too_long(text))
        return text or None

    return convert


def _choice(attribute: Attribute) -> Converter:
    folded = {choice.casefold(): choice for choice in attribute.choices} | {c: c for c in attribute.choices}

    def convert(value: Any) -> Slot:
        text = clean(cells.seen(value)) if value is not None else ""
        if not text:
            return None
        found = folded.get(text) or folded.get(text.casefold())
        if found is None:
            raise ValueWrongError(attribute, value, Phrase(N_("it is not one of the choices")))
        return found

    return convert


def _list(attribute: Attribute) -> Converter:
    def convert(value: Any) -> Slot:
        if isinstance(value, str):
            value = _pieces(value)
        pieces = [clean(str(one).replace(SEPARATOR, " ")) for one in value or ()]
        kept = list(dict.fromkeys(piece for piece in pieces if piece))
        if not kept:
            return None
        text = SEPARATOR + SEPARATOR.join(kept) + SEPARATOR
        if len(text) > LONGEST:
            raise ValueWrongError(attribute, "; ".join(kept), _too_long(text))
        return text

    return convert


def _pieces(text: str) -> list[str]:
    """What stands between semicolons, or commas; behind a backslash, neither a semicolon nor a backslash means anything."""
    if ";" not in text:
        return text.split(",")
    if "\\" not in text:
        return text.split(";")
    return [re.sub(r"\\([\\;])", r"\1", piece) for piece in PIECES.findall(text)]


def _too_long(text: str) -> Phrase:
    return Phrase(N_("it has {count} characters; at most {most} are allowed"), count=len(text), most=LONGEST)


_MAKERS: dict[Kind, Callable[[Attribute], Converter]] = {Kind.text: _text, Kind.choice: _choice, Kind.list: _list}
