"""The values of a rule as slots hold them. Pure."""

import unicodedata
from difflib import get_close_matches
from math import isfinite

from bocau.audience.contacts import check_language, check_zone
from bocau.audience.segments.fields import Field
from bocau.audience.segments.tokens import Token
from bocau.audience.segments.tree import Value
from bocau.audience.segments.wrong import SegmentWrongError
from bocau.audience.states import Kind, Status
from bocau.audience.tables import LONGEST
from bocau.audience.values import HUGE, UNKEPT, Attribute, ValueWrongError, clean, to_slot
from bocau.base.errors import BocauError
from bocau.base.words import N_, Phrase
from bocau.wire import address as addresses

EXPECTED = {
    "text": N_("a text in quotes is expected"),
    "choice": N_("a text in quotes is expected"),
    "status": N_("a text in quotes is expected"),
    "list": N_("a text in quotes is expected"),
    "number": N_("a number is expected"),
    "boolean": N_("true or false is expected"),
    "date": N_("a day like 2026-01-31 is expected"),
    "datetime": N_("a day like 2026-01-31 is expected"),
    "moment": N_("a day like 2026-01-31 is expected"),
}
NONE = {
    "address": N_("this is not an email address"),
    "domain": N_("this is not a domain"),
    "language": N_("this is not a language code"),
    "zone": N_("this is not a time zone"),
}
DAYS = ("date", "datetime", "moment")
FITTING = {"number": ("number",), "boolean": ("word",), **dict.fromkeys(DAYS, ("date", "text"))}


def value(rule: str, field: Field, token: Token, *, whole: bool = True) -> Value:
    """What the token stands for beside this field. ``whole``: it is compared with all of the value, not with a piece of
    it. Days since 1970-01-01 for all that is compared by days. Raises SegmentWrongError."""
    if token.kind not in FITTING.get(field.kind, ("text",)):
        raise SegmentWrongError(rule, token.place, Phrase(EXPECTED[field.kind]))
    if field.kind in DAYS:
        return _day(rule, token)
    if field.kind == "number":
        return _number(rule, token)
    if field.kind == "boolean":
        if token.text not in ("true", "false"):
            raise SegmentWrongError(rule, token.place, Phrase(EXPECTED["boolean"]))
        return float(token.text == "true")
    return _text(rule, field, token, whole)


def _text(rule: str, field: Field, token: Token, whole: bool) -> Value:
    text = clean(token.text) if whole else piece(token.text)
    if not text:
        reason = N_("an empty text is not a value; write: {name} is empty")
        raise SegmentWrongError(rule, token.place, Phrase(reason, name=field.name))
    if len(text) > LONGEST:
        raise SegmentWrongError(rule, token.place, Phrase(N_("a value has at most {most} characters"), most=LONGEST))
    if field.kind == "status":
        return Status[_one_of(rule, token, text, [status.name for status in Status])].value
    if not whole:
        return text.casefold() if field.own in ("address", "domain") else text
    if field.kind == "choice" and field.attribute is not None:
        try:
            return str(to_slot(field.attribute, text))
        except ValueWrongError:
            return _one_of(rule, token, text, field.attribute.choices)
    return _own(rule, field, token, text)


def piece(text: str) -> str:
    """Part of a text as it is stored: ``clean``, but blanks around it count."""
    return UNKEPT.sub("\N{REPLACEMENT CHARACTER}", unicodedata.normalize("NFC", text))


def _own(rule: str, field: Field, token: Token, text: str) -> str:
    """Written as the contact's own fields are stored."""
    try:
        if field.own == "address":
            return addresses.check(text).recipient
        if field.own == "domain":
            return addresses.check(f"x@{text.removeprefix('@')}").domain
        if field.own == "language":
            return check_language(text)
        if field.own == "zone":
            return check_zone(text)
    except BocauError as error:
        raise SegmentWrongError(rule, token.place, Phrase(NONE[field.own])) from error
    return text


def _one_of(rule: str, token: Token, text: str, choices: list[str] | tuple[str, ...]) -> str:
    if text in choices:
        return text
    close = get_close_matches(text, choices, 3, 0.5) or choices[:5]
    reason = Phrase(N_("this is not one of the choices; they are {choices}"), choices=", ".join(close))
    raise SegmentWrongError(rule, token.place, reason)


def _number(rule: str, token: Token) -> float:
    number = float(token.text)
    if not isfinite(number) or abs(number) > HUGE:
        raise SegmentWrongError(rule, token.place, Phrase(N_("this number is too big")))
    return number


def _day(rule: str, token: Token) -> int:
    try:
        found = to_slot(Attribute("", "", Kind.date, (), ""), token.text)
    except ValueWrongError as error:
        raise SegmentWrongError(rule, token.place, Phrase(EXPECTED["date"])) from error
    if not isinstance(found, int):
        raise SegmentWrongError(rule, token.place, Phrase(EXPECTED["date"]))
    return found
