"""Web pages and XML that programs save as spreadsheets (``.xls``), as blocks of rows: the largest table, as it is shown.

Both HTML and Excel's XML of 2003 are read tag by tag, so that a page that is not whole gives what it has.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import BinaryIO

from bocau.base.words import N_, Phrase
from bocau.sheets import encodings, headings
from bocau.sheets.errors import FileEmptyError, SpreadsheetWrongError
from bocau.sheets.table import BLOCK_ROWS, HEADINGS_WITHIN, Block, Reading

MAX_FILE = 64 << 20
"""Bytes; the whole table is held in memory."""
MOST_SPAN = 500
COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
BEGINS = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html|head|meta|body|table|style|\?mso-application|"
    rb"\?xml.{0,2000}?<(?:\w{1,20}:)?(?:workbook|html))\b",
    re.IGNORECASE | re.DOTALL,
)
CHARSET = re.compile(rb"""charset\s*=\s*["']?([\w-]{2,20})|<\?xml[^>]*encoding=["']([\w-]{2,20})""", re.IGNORECASE)
ROWS, CELLS = frozenset(("tr", "row", "ss:row")), frozenset(("td", "th", "cell", "ss:cell"))
SILENT = frozenset(("script", "style", "title"))


def is_page(start: bytes) -> bool:
    """Whether a file that begins so is a page, or XML of a spreadsheet. ``start``: its first kilobytes."""
    text = start.decode("utf-16", "ignore").encode() if start[:2] in (b"\xff\xfe", b"\xfe\xff") else start
    return BEGINS.match(COMMENT.sub(b"", text)) is not None


class HtmlTable:
    """An open page; owns ``handle`` once it is made."""

    typed = False
    delimiter = ""

    def __init__(self, path: Path, handle: BinaryIO, reading: Reading) -> None:
        self.path, self.handle = path, handle
        raw = handle.read(MAX_FILE + 1)
        if len(raw) > MAX_FILE:
            raise SpreadsheetWrongError(path=path.name, reason=Phrase(N_("it is too large; CSV can be of any size")))
        self.digest = hashlib.sha256(raw).hexdigest()
        reader = _Reader()
        reader.feed(_text(raw, path, handle, reading.encoding))
        reader.close()
        self.rows = reader.largest()
        self.top, self.headings = (
            self._find_headings() if reading.headings else (0, headings.unnamed(path, self.rows[:HEADINGS_WITHIN]))
        )

    @property
    def about(self) -> str:
        return "HTML"

    def blocks(self, size: int = BLOCK_ROWS) -> Iterator[Block]:
        """All rows behind the headings."""
        for first in range(self.top, len(self.rows), size):
            part = self.rows[first : first + size]
            yield Block(range(first + 1, first + 1 + len(part)), part)

    def close(self) -> None:
        self.handle.close()

    def __enter__(self) -> "HtmlTable":
        return self

    def __exit__(self, *details: object) -> None:
        self.close()

    def _find_headings(self) -> tuple[int, list[str]]:
        filled = [number for number, row in enumerate(self.rows, 1) if any(row)]
        if not filled:
            raise FileEmptyError(path=self.path.name)
        named = [one for one in filled if one <= HEADINGS_WITHIN and headings.looks_like_headings(self.rows[one - 1])]
        top = (named or filled)[0]
        return top, headings.named(self.path, self.rows[top - 1])


def _text(raw: bytes, path: Path, handle: BinaryIO, wanted: str) -> str:
    said = CHARSET.search(raw[:4096])
    name = wanted or (said and (said[1] or said[2]).decode()) or ""
    try:
        return raw.decode(encodings.asked(name)) if name else raw.decode(encodings.look(handle, path).encoding)
    except UnicodeDecodeError:
        return raw.decode(encodings.look(handle, path).encoding, "replace")


class _Reader(HTMLParser):
    """The rows of each table, with the texts of their cells."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[str]]] = [[]]
        self.open: list[int] = [0]  # tables within tables, by place
        self.cell: list[str] | None = None
        self.span = 1
        self.silent = 0

    def largest(self) -> list[list[str]]:
        """The table with most rows."""
        return max(self.tables, key=len)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "table":
            self._end()
            self.tables.append([])
            self.open.append(len(self.tables) - 1)
        elif tag in ROWS:
            self._end()
            self._rows.append([])
        elif tag in CELLS:
            self._end()
            self._begin(said)
        elif tag == "br" and self.cell is not None:
            self.cell.append("\n")
        self.silent += tag in SILENT

    def handle_endtag(self, tag: str) -> None:
        if tag in CELLS or tag in ROWS:
            self._end()
        elif tag == "table" and len(self.open) > 1:
            self._end()
            self.open.pop()
        elif tag in SILENT:
            self.silent = max(0, self.silent - 1)

    def handle_data(self, data: str) -> None:
        if self.cell is not None and not self.silent:
            self.cell.append(data)

    def close(self) -> None:
        super().close()
        self._end()

    @property
    def _rows(self) -> list[list[str]]:
        return self.tables[self.open[-1]]

    def _begin(self, said: dict[str, str | None]) -> None:
        if not self._rows:
            self._rows.append([])
        at = said.get("ss:index") or ""
        if at.isdecimal() and len(at) < 4:  # XML leaves empty cells out
            row = self._rows[-1]
            row.extend([""] * min(MOST_SPAN, int(at) - 1 - len(row)))
        told = said.get("colspan") or ""
        self.span = min(MOST_SPAN, int(told)) if told.isdecimal() and len(told) < 6 else 1
        self.cell = []

    def _end(self) -> None:
        """A cell is over, whether or not the page says so."""
        if self.cell is None:
            return
        lines = "".join(self.cell).replace("\xa0", " ").split("\n")
        text = unicodedata.normalize("NFC", " ".join(" ".join(line.split()) for line in lines).strip())
        self._rows[-1].extend([text, *[""] * (max(1, self.span) - 1)])
        self.cell = None
