"""How a CSV file separates its columns, told from its beginning."""

import csv
import re
from collections.abc import Sequence

from bocau.base.words import N_
from bocau.sheets.errors import DelimiterWrongError
from bocau.sheets.headings import is_address, looks_like_headings

CANDIDATES = (",", ";", "\t", "|")
TITLES = {",": N_("commas"), ";": N_("semicolons"), "\t": N_("tabs"), "|": N_("vertical bars")}
NAMED = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "bar": "|", "pipe": "|"}
SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n?\Z")  # Excel's own first line
RECORDS = 200


def asked(delimiter: str) -> str:
    """The delimiter a person asks for. Raises DelimiterWrongError."""
    found = NAMED.get(delimiter.lower(), delimiter)
    if len(found) != 1 or found in '"\r\n\0' or found.isalnum() or not found.isascii():
        raise DelimiterWrongError(delimiter=delimiter[:20])
    return found


def announced(first_line: str) -> str:
    """The delimiter of a line ``sep=;``; empty when the line is another."""
    match = SEPARATOR_LINE.match(first_line)
    return match[1] if match and match[1] not in '"\r\n' else ""


def detect(lines: Sequence[str]) -> str:
    """The delimiter that cuts ``lines``, the beginning of a file, into the most regular table.

    Quoted cells are respected, so that a comma in a note does not count. A file of one column gets a comma.
    """
    return max(CANDIDATES, key=lambda delimiter: score(lines, delimiter))


def score(lines: Sequence[str], delimiter: str) -> tuple[bool, bool, float, int]:
    """How well a delimiter fits: a column of addresses by name, an address alone in a cell, rows alike, columns."""
    records = list(parsed(lines, delimiter))
    widest = max((len(record) for record in records), default=0)
    if widest < 2:
        return (False, False, 0.0, 0)
    named = next((at for at, record in enumerate(records[:10]) if looks_like_headings(record)), None)
    top = records[named or 0]
    alike = sum(len(record) == len(top) for record in records) / len(records)
    addressed = any(is_address(cell) for record in records[:20] for cell in record)
    return (named is not None and len(top) > 1, addressed and len(top) > 1, round(alike, 1), len(top))


def parsed(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    """The records of ``lines`` that are not empty, as many as can be read."""
    records: list[list[str]] = []
    try:
        for record in csv.reader(iter(lines), delimiter=delimiter, skipinitialspace=delimiter != "\t"):
            if any(cell.strip() for cell in record):
                records.append(record)
            if len(records) >= RECORDS:
                break
    except csv.Error:
        pass
    return records
