"""Harmless words in the place of template tags, while tools work on a text that they would otherwise damage."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from bocau.content.tags import Piece, Static, Tag


@dataclass(slots=True)
class Masks:
    """The tags of one source and the words that stand for them.

    A word is lower-case ASCII and no HTML, so it lives in text, attributes, XML, CSS and addresses. Block tags may
    also be masked as comments, which stay where they are even inside tables. ``raw`` are masked pieces of markup.
    """

    source: str
    tags: list[Tag]
    prefix: str
    pattern: re.Pattern[str]  # any form of a masked tag; group 1 or 2 is its number
    raw: list[str] = field(default_factory=list)
    _places: list[tuple[int, int]] = field(default_factory=list)  # (offset in the masked text, offset in the source)

    def word(self, number: int) -> str:
        """The word for tag ``number``."""
        return f"{self.prefix}t{number}z"

    def comment(self, number: int) -> str:
        """The comment for tag ``number``."""
        return f"<!--{self.word(number)}-->"

    def raw_word(self, markup: str) -> str:
        """A word that stands for ``markup`` until ``unmask_raw``."""
        self.raw.append(markup)
        return f"{self.prefix}r{len(self.raw) - 1}z"

    def unmask_raw(self, text: str) -> str:
        """Put the pieces of markup back."""
        return re.sub(rf"{self.prefix}r(\d+)z(?:=\"\")?", lambda found: self.raw[int(found[1])], text)

    def find(self, text: str, start: int = 0, end: int | None = None) -> list["Found"]:
        """All masked tags in a stretch of ``text``, in order."""
        stop = len(text) if end is None else end
        return [
            Found(int(match[1] or match[2]), match.start(), match.end(), self.tags[int(match[1] or match[2])])
            for match in self.pattern.finditer(text, start, stop)
        ]

    def strip(self, text: str) -> str:
        """``text`` without any masked tag."""
        return self.pattern.sub("", text)

    def source_offset(self, masked_offset: int) -> int:
        """Where in the author's source an offset of the first masked text is."""
        place = (0, 0)
        for known in self._places:
            if known[0] > masked_offset:
                break
            place = known
        return place[1] + masked_offset - place[0]


@dataclass(frozen=True, slots=True)
class Found:
    """A masked tag in a text: its ``number``, its place, and the tag itself."""

    number: int
    start: int
    end: int
    tag: Tag


def mask(source: str, pieces: Sequence[Piece]) -> tuple[str, Masks]:
    """The text of ``pieces`` with words for tags; comments of the template language are dropped unless they trim."""
    prefix = _prefix(source)
    pattern = re.compile(rf"<!--{prefix}t(\d+)z-->|{prefix}t(\d+)z(?:=\"\")?")
    masks = Masks(source, [], prefix, pattern)
    out: list[str] = []
    size = 0
    at = 0  # in the source
    for piece in pieces:
        if isinstance(piece, Static):
            at = max(at, source.find(piece.text, at))
            masks._places.append((size, at))
            text, at = piece.text, at + len(piece.text)
        else:
            masks._places.append((size, piece.offset))
            text, at = masks.word(len(masks.tags)), piece.offset + len(piece.text)
            masks.tags.append(piece)
        out.append(text)
        size += len(text)
    return "".join(out), masks


def _prefix(source: str) -> str:
    """A word that occurs nowhere in the source."""
    lower, number = source.lower(), 0
    while f"bocau{number}" in lower:
        number += 1
    return f"bocau{number}"
