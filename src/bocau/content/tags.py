"""Template tags in a text: found exactly as minijinja reads them, masked for tools that would damage them.

Markdown, MJML and CSS tools escape, move or drop ``{{ a < b }}``. So tags are replaced by harmless words, the tools do
their work, and the words are replaced by tags again.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

PAIRED = ("if", "for", "with", "filter", "macro", "call")
BRANCHES = ("else", "elif")
Kind = Literal["value", "block", "comment"]
OPENING = re.compile(r"\{\{|\{%|\{#")
RAW = re.compile(r"\{%[-+]?\s*raw\s*[-+]?%\}")
END_RAW = re.compile(r"\{%[-+]?\s*endraw\s*[-+]?%\}")
INSIDE = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[\[\](){}]|[-+]?%\}""", re.DOTALL)
KINDS: dict[str, Kind] = {"{{": "value", "{%": "block", "{#": "comment"}


@dataclass(frozen=True, slots=True)
class Tag:
    """One template tag: its whole text, and where it begins in the author's source (characters from 0)."""

    kind: Kind
    text: str
    offset: int

    @property
    def word(self) -> str:
        """The first word of a block tag: if, for, endif …; empty for other tags."""
        match = re.match(r"\{%[-+]?\s*(\w+)", self.text)
        return match.group(1) if match else ""

    @property
    def inner(self) -> str:
        """What stands between the delimiters."""
        return self.text[2:-2].strip("-+ \t\r\n")


def opens(tag: Tag) -> bool:
    """Whether ``tag`` begins a block that an end tag closes."""
    return tag.word in PAIRED or (tag.word == "set" and "=" not in tag.inner)


@dataclass(frozen=True, slots=True)
class Static:
    """Text between tags, as it shall appear; what ``{% raw %}`` protected is here too."""

    text: str


Piece = Static | Tag


def split(source: str) -> list[Piece]:
    """``source`` as static texts and tags. A tag that never ends is static; minijinja has refused it before."""
    return list(_pieces(source))


def _pieces(source: str) -> Iterator[Piece]:
    at = 0
    while match := OPENING.search(source, at):
        start = match.start()
        if start > at:
            yield Static(source[at:start])
        raw = RAW.match(source, start)
        if raw:
            closing = END_RAW.search(source, raw.end())
            yield Static(source[raw.end() : closing.start() if closing else len(source)])
            at = closing.end() if closing else len(source)
            continue
        end = tag_end(source, start)
        if end is None:
            at = start
            break
        yield Tag(KINDS[match.group()], source[start:end], start)
        at = end
    if at < len(source):
        yield Static(source[at:])


def tag_end(source: str, start: int) -> int | None:
    """Where the tag that opens at ``start`` ends; text in quotes and balanced braces belong to it."""
    opening = source[start : start + 2]
    if opening == "{#":
        end = source.find("#}", start + 2)
        return None if end < 0 else end + 2
    depth, at = 0, start + 2
    while match := INSIDE.search(source, at):
        sign, at = match.group(), match.end()
        if sign in "[({":
            depth += 1
        elif sign.endswith("%}"):
            if opening == "{%":
                return at
            at = match.end() - 1  # a percent sign before a brace of an expression
        elif sign in "])}":
            if sign == "}" and depth <= 0 and opening == "{{" and source.startswith("}", at):
                return at + 1
            depth -= sign == "}" or depth > 0
    return None


def position(source: str, offset: int) -> tuple[int, int]:
    """Line and column, both from 1, of a character offset."""
    line = source.count("\n", 0, offset) + 1
    return line, offset - source.rfind("\n", 0, offset)


def excerpt(source: str, offset: int, length: int = 1) -> str:
    """The line at ``offset`` and a caret below it; long lines are cut around the place."""
    start = source.rfind("\n", 0, offset) + 1
    end = source.find("\n", offset)
    line = source[start : len(source) if end < 0 else end].rstrip("\r").replace("\t", " ")
    column = offset - start
    cut = max(0, column - 60)
    shown = line[cut : cut + 100]
    carets = max(1, min(length, len(shown) - (column - cut)))
    return f"    {shown}\n    {' ' * (column - cut)}{'^' * carets}"
