"""How the cells of a spreadsheet are shown, and which of its rows are hidden: what its library does not tell (ECMA-376).

The parts are read as streams of tags; their sizes were bounded before. Of a sheet only formats other than the general one
are kept, two bytes a cell.
"""

import re
import zipfile
from array import array
from collections.abc import Iterator
from html import unescape
from posixpath import join, normpath
from typing import NamedTuple

from bocau.cells import words
from bocau.sheets.formats import BUILT_IN, LOCAL, Format

PIECE = 1 << 20
SMALL = 16 << 20
"""Bytes of a part that is read as a whole."""
LONGEST = 4096
"""Characters of a tag; a longer one is none of ours."""
MOST_CODE = 255
"""Characters of a format (what Excel takes)."""
WRONG = dict(enumerate((text.upper() for text in words.WRONG), (1 << 16) - len(words.WRONG)))
"""Numbers that no style has → what people see in a cell whose formula failed."""
_WRONG = {text.encode(): number for number, text in WRONG.items()}
_TAG = re.compile(rb"<(?:\w{1,20}:)?(?:(c|row)\b([^<>]*)>|(v)\b[^<>]*>(#[A-Z0-9/!?]{3,8}))")
_FAILED = re.compile(rb"""\bt=["']e["']""")
_PLACE = re.compile(rb"""\br=["']([A-Z]{1,3})([0-9]{1,7})["']""")
_STYLE = re.compile(rb"""\bs=["']([0-9]{1,5})["']""")
_NUMBER = re.compile(rb"""\br=["']([0-9]{1,7})["']""")
_HIDDEN = re.compile(rb"""\bhidden=["'](?:1|true)["']""")
_ATTRIBUTE = re.compile(r"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")


class Looks(NamedTuple):
    """Of one sheet. ``columns``: column from 0 → the style of each row from 0, 0 where there is none, one of ``WRONG`` where
    a formula failed; ``formats``: style → format, of those that are not the general one. ``hidden``: rows that people do
    not see, from 1."""

    columns: dict[int, "array[int]"]
    formats: dict[int, Format]
    hidden: list[int]


NONE = Looks({}, {}, [])


def looks(parts: zipfile.ZipFile, sheet: str) -> Looks:
    """How a sheet, called by its name, is shown; nothing where the file does not say."""
    path = _path(parts, sheet)
    if path is None or path not in parts.namelist():
        return NONE
    formats = dict(_formats(_small(parts, "xl/styles.xml")))
    columns: dict[int, array[int]] = {}
    hidden: list[int] = []
    failed: re.Match[bytes] | None = None
    for kind, text in _tags(parts, path):
        if kind == b"v":
            if failed and text in _WRONG:
                _put(columns.setdefault(column(failed[1]), array("H")), int(failed[2]) - 1, _WRONG[text])
            continue
        failed = _PLACE.search(text) if kind == b"c" and _FAILED.search(text) else None
        if kind == b"row":
            number = _NUMBER.search(text) if _HIDDEN.search(text) else None
            if number:
                hidden.append(int(number[1]))
        elif (style := _STYLE.search(text)) and int(style[1]) in formats and (place := _PLACE.search(text)):
            _put(columns.setdefault(column(place[1]), array("H")), int(place[2]) - 1, int(style[1]))
    return Looks(columns, formats, hidden)


def column(letters: bytes) -> int:
    """``A`` → 0, ``AA`` → 26."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _put(styles: "array[int]", row: int, style: int) -> None:
    if row >= len(styles):
        styles.frombytes(bytes(2 * (row + 1 - len(styles))))
    styles[row] = style


def _tags(parts: zipfile.ZipFile, path: str) -> Iterator[tuple[bytes, bytes]]:
    with parts.open(path) as part:
        rest = b""
        while piece := part.read(PIECE):
            piece = rest + piece
            end = piece.rfind(b"<")
            rest = piece[end:] if end >= 0 and len(piece) - end <= LONGEST else b""
            yield from map(_told, _TAG.findall(piece[:end]))
        yield from map(_told, _TAG.findall(rest))


def _told(found: tuple[bytes, bytes, bytes, bytes]) -> tuple[bytes, bytes]:
    """A tag's name and its attributes; of a value its text."""
    return (found[0], found[1]) if found[0] else (found[2], found[3])


def _formats(styles: str) -> Iterator[tuple[int, Format]]:
    """Style of a cell → its format."""
    own = {one["numFmtId"]: one.get("formatCode", "") for one in _elements(styles, "numFmt") if "numFmtId" in one}
    body = styles.partition("cellXfs")[2].partition("cellXfs")[0]
    for number, one in enumerate(_elements(body, "xf")):
        told = one.get("numFmtId", "0")
        code = own.get(told, BUILT_IN.get(int(told), "") if told.isdecimal() and len(told) < 6 else "")
        if 0 < len(code) <= MOST_CODE and number < min(WRONG):
            yield number, Format(code, told.isdecimal() and int(told) in LOCAL)


def _path(parts: zipfile.ZipFile, sheet: str) -> str | None:
    """The part that a sheet is in."""
    number = next(
        (
            value
            for one in _elements(_small(parts, "xl/workbook.xml"), "sheet")
            if one.get("name") == sheet
            for name, value in one.items()
            if name.endswith(":id")
        ),
        None,
    )
    links = _elements(_small(parts, "xl/_rels/workbook.xml.rels"), "Relationship")
    target = next((one.get("Target") for one in links if number and one.get("Id") == number), None)
    return normpath(join("xl", target)).lstrip("/") if target else None


def _elements(text: str, name: str) -> Iterator[dict[str, str]]:
    for found in re.finditer(rf"<(?:\w{{1,20}}:)?{name}\b([^<>]*)>", text):
        pairs = _ATTRIBUTE.findall(found[1]) if len(found[1]) <= LONGEST else []
        yield {key: unescape(one or other) for key, one, other in pairs}


def _small(parts: zipfile.ZipFile, name: str) -> str:
    """A part as text; empty when there is none, or when it is too large to be one of those."""
    if name not in parts.namelist() or parts.getinfo(name).file_size > SMALL:
        return ""
    return parts.read(name).decode("utf-8", "replace")
