"""A template follows a merge field that gets another name. Pure."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from bocau.content.errors import TemplateWrongError
from bocau.content.needs import NOT_A_NAME, STRINGS, parts
from bocau.content.source import Source
from bocau.content.tags import Tag
from bocau.content.template import PROBE, parse

KEYWORD = re.compile(r"\s*=(?!=)")
"""What follows the name of an argument, or of a variable that the template sets itself."""


def renamed(source: Source, old: str, new: str) -> Source | None:
    """The source with the field ``new`` wherever it uses ``old``; the same where it uses it nowhere.

    Texts in quotes, comments, ``{% raw %}``, headings (``row['…']``) and members (``a.old``) stay. None: it uses the field in
    a way that cannot be carried, because the template is broken, sets a variable of that name itself, or has another
    ``new`` already.
    """
    try:
        made: dict[str, Any] = {part: _text(part, text, old, new) for part, text in parts(source)}
    except (_UnfitError, TemplateWrongError):
        return None
    return replace(source, **made)


class _UnfitError(Exception):
    """It cannot be carried."""


def _text(part: str, text: str, old: str, new: str) -> str:
    """Raises _UnfitError, TemplateWrongError."""
    if old not in text:
        return text
    pieces = parse(part, text)
    used = PROBE.undeclared_variables_in_str(text)
    if old not in used:
        return text
    made: list[str] = []
    at = 0
    for piece in pieces:
        if not isinstance(piece, Tag) or piece.kind == "comment":
            continue
        for place, name in _names(piece.text):
            if name == new or (name == old and KEYWORD.match(piece.text, place + len(old))):
                raise _UnfitError
            if name == old:
                made += (text[at : piece.offset + place], new)
                at = piece.offset + place + len(old)
    whole = "".join([*made, text[at:]])
    if PROBE.undeclared_variables_in_str(whole) != used - {old} | {new}:
        raise _UnfitError
    return whole


def _names(tag: str) -> Iterator[tuple[int, str]]:
    """Where words of a tag stand that are no texts, members, filters or tests; and the words."""
    blank = STRINGS.sub(lambda text: " " * len(text[0]), tag)
    for word in re.finditer(r"(?<![.\w])[^\W\d]\w*", blank):
        if not NOT_A_NAME.search(blank[: word.start()]):
            yield word.start(), word[0]
