"""A rule cut into words, texts, numbers, dates and signs. Pure."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from bocau.audience.segments.wrong import SegmentWrongError
from bocau.base.words import N_, Phrase

BLANK = re.compile(r"\s+")
SIGN = re.compile(r"!=|<=|>=|[=<>(),]")
WORD = re.compile(r"[^\W\d]\w*")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?!\w)", re.ASCII)
FIGURES = re.compile(r"[-+]?\d(?:[\w.]*\w)?")
NUMBER = re.compile(r"[-+]?\d+(?:_\d+)*(?:\.\d+)?", re.ASCII)
GROUPED = re.compile(r"[-+]?[1-9]\d{0,2}\.\d{3}", re.ASCII)
"""``1.000``: a thousand to some, one to others."""
QUOTES = {'"': '"', "'": "'", "“": "”"}
TEXT = {opens: re.compile(rf"{opens}((?:\\.|[^\\{closes}])*){closes}", re.DOTALL) for opens, closes in QUOTES.items()}
ESCAPED = re.compile(r"""\\([\\"'“”])""")


class Token(NamedTuple):
    """``kind``: word, text, number, date, sign, end. ``text``: a word folded, a text without its quotes.
    ``place``: characters before it; ``end``: characters before what follows it."""

    kind: str
    text: str
    place: int
    end: int


def quoted(text: str) -> str:
    """``text`` as a rule writes it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def tokens(rule: str) -> Iterator[Token]:
    """All of them, ``end`` at the end. Raises SegmentWrongError."""
    place = 0
    while place < len(rule):
        match = BLANK.match(rule, place)
        if match is None:
            token = _next(rule, place)
            place = token.end
            yield token
        else:
            place = match.end()
    yield Token("end", "", len(rule), len(rule))


def _next(rule: str, place: int) -> Token:
    if rule[place] in QUOTES:
        match = TEXT[rule[place]].match(rule, place)
        if match is None:
            raise SegmentWrongError(rule, place, Phrase(N_("this text has no closing quote")))
        return Token("text", ESCAPED.sub(r"\1", match[1]), place, match.end())
    match = SIGN.match(rule, place)
    if match:
        return Token("sign", match[0], place, match.end())
    match = WORD.match(rule, place)
    if match:
        return Token("word", unicodedata.normalize("NFC", match[0]).casefold(), place, match.end())
    match = DATE.match(rule, place)
    if match:
        return Token("date", _day(rule, place, match[0]), place, match.end())
    match = FIGURES.match(rule, place)
    if match:
        return Token("number", _number(rule, place, match[0]), place, match.end())
    raise SegmentWrongError(rule, place, Phrase(N_("this sign means nothing here")))


def _day(rule: str, place: int, text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise SegmentWrongError(rule, place, Phrase(N_("there is no such day"))) from error


def _number(rule: str, place: int, text: str) -> str:
    if not NUMBER.fullmatch(text) or len(text) > 40:
        raise SegmentWrongError(rule, place, Phrase(N_("this is not a number; write 1_000_000 or 0.5")))
    if GROUPED.fullmatch(text):
        plain, fraction = text.replace(".", "_"), text + "0"
        reason = Phrase(N_("this can be read in two ways; write {plain} or {fraction}"), plain=plain, fraction=fraction)
        raise SegmentWrongError(rule, place, reason)
    return text.replace("_", "")
