"""Values of attributes: from what people write to what a slot of ``contact`` holds, and back. Pure.

| kind | slot | in a mail's data |
|---|---|---|
| text, choice | text, NFC, no blanks around | text |
| list | ``\\x1fa\\x1fb\\x1f`` | list of texts |
| number | double | whole number or fraction |
| boolean | 0, 1 | true, false |
| date | days since 1970-01-01 | ``2026-11-24`` |
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from math import isfinite
from typing import Any, NamedTuple

from bocau.audience.states import Kind
from bocau.audience.tables import LONGEST
from bocau.base.errors import BocauError
from bocau.base.words import N_, Phrase

Slot = str | float | int | None
Converter = Callable[[Any], Slot]
SEPARATOR = "\x1f"
EPOCH = date(1970, 1, 1)
EXACT = 2**53
"""Whole numbers beyond it do not all fit into a double."""
HUGE = 1e300
UNKEPT = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL keeps no NUL, UTF-8 no half of a pair
TRUE = frozenset(["1", "true", "yes", "y", "t", "on", "x", "có", "co", "đúng", "dung"])
FALSE = frozenset(["0", "false", "no", "n", "f", "off", "không", "khong", "sai"])
NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?\Z", re.ASCII)
GROUPS = {sign: re.compile(rf"[+-]?[1-9]\d{{0,2}}(?:{re.escape(sign)}\d{{3}})+", re.ASCII) for sign in ".,"}
JOINER = "\u200d"
"""Part of many emoji."""
SPACED = re.compile(r"[+-]?\d{1,3}(?:[ \u00a0\u2009\u202f_']\d{3})+(?:[.,]\d*)?\Z", re.ASCII)
BLANKS = dict.fromkeys(map(ord, " \u00a0\u2009\u202f_'"))
YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ][\d:.]+(?:Z|[+-][\d:]+)?)?\Z", re.ASCII)
DAY_FIRST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?:[T ][\d:.]+)?\Z", re.ASCII)


class Attribute(NamedTuple):
    """``name``: as templates and segments write it. ``label``: as people do. ``slot``: its column of ``contact``."""

    name: str
    label: str
    kind: Kind
    choices: tuple[str, ...]
    slot: str


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


def to_slot(attribute: Attribute, value: object) -> Slot:
    """What the slot holds for ``value``: a text as people write it, or a Python value of the kind. None and blank
    text are no value. Raises ValueWrongError."""
    return converter(attribute)(value)


def converter(attribute: Attribute, decimal: str = ".") -> Converter:
    """``to_slot`` for many values of one attribute. ``decimal``: the sign before a number's fraction, where a text
    could be read in two ways (``1.250``); ``decimal_sign`` finds it out. Its answer raises ValueWrongError."""
    make = _MAKERS[attribute.kind]
    return make(attribute, decimal)


def from_slot(attribute: Attribute, value: Slot) -> Any:
    """What a mail's data and people get: JSON's own types, None for no value."""
    if value is None:
        return None
    if attribute.kind == Kind.date:
        return (EPOCH + timedelta(days=int(value))).isoformat()
    if attribute.kind == Kind.boolean:
        return bool(value)
    if attribute.kind == Kind.number:
        whole = int(value)
        return whole if whole == value and abs(whole) <= EXACT else float(value)
    if attribute.kind == Kind.list:
        return str(value).strip(SEPARATOR).split(SEPARATOR)
    return value


def in_words(attribute: Attribute, value: Slot) -> str:
    """The value as one text that ``to_slot`` reads back; empty for none."""
    found = from_slot(attribute, value)
    if found is None:
        return ""
    if attribute.kind == Kind.list:
        return "; ".join(found) + (";" if len(found) == 1 and "," in found[0] else "")
    return ("false", "true")[found] if attribute.kind == Kind.boolean else str(found)


def decimal_sign(samples: Iterable[str]) -> str:
    """``,`` when the numbers look written as in Vietnam (``1.250.000,5``), else ``.``."""
    dotted = 0
    for text in samples:
        if text.isdigit():
            continue
        bare = text.translate(BLANKS)
        if bare.count(".") > 1 or re.search(r"\..*,|^[^.]*,(\d{1,2}|\d{4,})$", bare):
            return ","
        if bare.count(",") > 1 or re.search(r",.*\.", bare):
            return "."
        if "." in bare:
            if not re.fullmatch(r"[+-]?[1-9]\d{0,2}\.\d{3}", bare):
                return "."
            dotted += 1
    return "," if dotted > 1 else "."


def _shown(value: object) -> str:
    text = clean(str(value))
    return text if len(text) <= 80 else text[:79] + "…"


def _text(attribute: Attribute, decimal: str) -> Converter:
    def convert(value: Any) -> Slot:
        text = clean(value if isinstance(value, str) else str(value)) if value is not None else ""
        if len(text) > LONGEST:
            raise ValueWrongError(attribute, value, _too_long(text))
        return text or None

    return convert


def _choice(attribute: Attribute, decimal: str) -> Converter:
    folded = {choice.casefold(): choice for choice in attribute.choices} | {c: c for c in attribute.choices}

    def convert(value: Any) -> Slot:
        text = clean(str(value)) if value is not None else ""
        if not text:
            return None
        found = folded.get(text) or folded.get(text.casefold())
        if found is None:
            raise ValueWrongError(attribute, value, Phrase(N_("it is not one of the choices")))
        return found

    return convert


def _list(attribute: Attribute, decimal: str) -> Converter:
    def convert(value: Any) -> Slot:
        if isinstance(value, str):
            value = value.split(";" if ";" in value else ",")
        pieces = [clean(str(one).replace(SEPARATOR, " ")) for one in value or ()]
        kept = list(dict.fromkeys(piece for piece in pieces if piece))
        if not kept:
            return None
        text = SEPARATOR + SEPARATOR.join(kept) + SEPARATOR
        if len(text) > LONGEST:
            raise ValueWrongError(attribute, "; ".join(kept), _too_long(text))
        return text

    return convert


def _number(attribute: Attribute, decimal: str) -> Converter:
    def convert(original: Any) -> Slot:
        value = original
        if isinstance(value, str):
            text = value.strip()
            if not text:
                return None
            value = _read_number(text, decimal)
        elif value is None:
            return None
        if not isinstance(value, float | int) or abs(value) > HUGE or not isfinite(value):
            raise ValueWrongError(attribute, original, Phrase(N_("it is not a number")))
        if isinstance(value, int) and int(float(value)) != value:
            raise ValueWrongError(attribute, value, Phrase(N_("it has too many digits for a number; keep it as text")))
        return float(value)

    return convert


def _read_number(text: str, decimal: str) -> float | int | None:
    """A number as people write it, in groups of three or not; None when it is none."""
    bare = text.translate(BLANKS)
    if bare != text and not SPACED.match(text):
        return None
    group = "," if decimal == "." else "."
    if bare.count(decimal) > 1 or bare.rfind(group) > bare.rfind(decimal) >= 0:
        group, decimal = decimal, group  # 1.250.000 and 1.250,5 can be read in one way only
    whole, point, rest = bare.partition(decimal)
    if GROUPS[group].fullmatch(whole):
        whole = whole.replace(group, "")
    elif group in whole and not point and whole.count(group) == 1:
        whole = whole.replace(group, ".")  # 12,5 and 0,125 are no groups of three
    bare = f"{whole}.{rest}" if point else whole
    if not NUMBER.match(bare):
        return None
    return int(bare) if bare.lstrip("+-").isdigit() else float(bare)


def _boolean(attribute: Attribute, decimal: str) -> Converter:
    def convert(value: Any) -> Slot:
        if value is None or isinstance(value, bool):
            return None if value is None else float(value)
        word = clean(str(value)).casefold().removesuffix(".0")
        if not word:
            return None
        if word in TRUE or word in FALSE:
            return float(word in TRUE)
        raise ValueWrongError(attribute, value, Phrase(N_("it is neither yes nor no")))

    return convert


def _date(attribute: Attribute, decimal: str) -> Converter:
    def convert(value: Any) -> Slot:
        if isinstance(value, datetime):
            value = value.date()
        if value is None or isinstance(value, date):
            return None if value is None else (value - EPOCH).days
        text = str(value).strip()
        if not text:
            return None
        try:
            return (_read_date(text) - EPOCH).days
        except ValueError as error:
            raise ValueWrongError(
                attribute, value, Phrase(N_("it is not a date like 2026-11-24 or 24/11/2026"))
            ) from error

    return convert


def _read_date(text: str) -> date:
    """The year first, or the day first as in Vietnam. Raises ValueError."""
    match = YEAR_FIRST.match(text)
    if match:
        return date(int(match[1]), int(match[2]), int(match[3]))
    match = DAY_FIRST.match(text)
    if match:
        return date(int(match[3]), int(match[2]), int(match[1]))
    raise ValueError(text)


def _too_long(text: str) -> Phrase:
    return Phrase(N_("it has {count} characters; at most {most} are allowed"), count=len(text), most=LONGEST)


_MAKERS: dict[Kind, Callable[[Attribute, str], Converter]] = {
    Kind.text: _text,
    Kind.choice: _choice,
    Kind.list: _list,
    Kind.number: _number,
    Kind.boolean: _boolean,
    Kind.date: _date,
}
