"""Which merge fields a version uses, and which of them its recipients' columns do not give."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bocau.content.page import BODIES
from bocau.content.source import Source
from bocau.content.tags import Tag, position
from bocau.content.template import PROBE, parse
from bocau.content.versions import Version

GIVEN = frozenset(("email", "token"))  # the composer gives them to every template
STRINGS = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
ROW = re.compile(
    r"\brow\s*(?:\[\s*(?:'(?P<single>(?:[^'\\]|\\.)*)'|\"(?P<double>(?:[^\"\\]|\\.)*)\")\s*\]|\.(?P<dot>\w+))"
)
DEFAULTED = re.compile(r"\s*\|\s*(?:default|d)\b")
NOT_A_NAME = re.compile(r"(?:\||\bis|\bis\s+not)\s*\Z")  # a filter or a test
TESTED = re.compile(r"\s*is\s+(?:not\s+)?(?:defined|undefined)\b")


@dataclass(frozen=True, slots=True)
class Field:
    """A merge field: its ``name`` (a heading when ``heading``), where it first stands, and whether it may be missing."""

    name: str
    part: str
    line: int
    column: int
    optional: bool = False
    heading: bool = False

    def __str__(self) -> str:
        return f"row['{self.name}']" if self.heading else self.name


@dataclass(slots=True)
class _Use:
    part: str
    source: str
    offset: int
    bare: bool = False  # stands somewhere without a default
    tested: bool = False  # the template asks whether it is there


def parts(source: Source) -> Iterator[tuple[str, str]]:
    """The texts of a source that may hold tags, with their names."""
    for part in ("subject", *BODIES, "text"):
        text = getattr(source, part)
        if text:
            yield part, text


def fields(version: Version) -> list[Field]:
    """All merge fields of a version, in order of appearance; headings as ``row['…']`` too.

    Raises TemplateWrongError when a template is broken.
    """
    uses: dict[tuple[str, bool], _Use] = {}
    for part, text in parts(version.source):
        pieces = parse(part, text)
        names = PROBE.undeclared_variables_in_str(text) - set(PROBE.globals)
        for tag in pieces:
            if isinstance(tag, Tag) and tag.kind != "comment":
                _look(uses, part, text, tag, names)
    return [_field(key, use) for key, use in uses.items()]


def check(version: Version, columns: Iterable[str]) -> list[Field]:
    """The fields that no column gives and that have no default. ``columns``: merge names and original headings."""
    known = set(columns) | GIVEN
    return [field for field in fields(version) if field.name not in known and not field.optional]


def _look(uses: dict[tuple[str, bool], _Use], part: str, text: str, tag: Tag, names: set[str]) -> None:
    for found in ROW.finditer(tag.text):
        name = found["single"] or found["double"] or found["dot"]
        if name:
            _count(uses, (name, True), _Use(part, text, tag.offset), tag.text[found.end() :])
    blank = STRINGS.sub(lambda found: " " * len(found[0]), tag.text)
    for found in re.finditer(r"(?<![.\w])[^\W\d]\w*", blank):
        if found[0] in names and found[0] != "row" and not NOT_A_NAME.search(blank[: found.start()]):
            _count(uses, (found[0], False), _Use(part, text, tag.offset), tag.text[found.end() :])


def _count(uses: dict[tuple[str, bool], _Use], key: tuple[str, bool], use: _Use, after: str) -> None:
    use = uses.setdefault(key, use)
    if TESTED.match(after):
        use.tested = True
    elif not DEFAULTED.match(after):
        use.bare = True


def _field(key: tuple[str, bool], use: _Use) -> Field:
    line, column = position(use.source, use.offset)
    return Field(key[0], use.part, line, column, optional=use.tested or not use.bare, heading=key[1])
