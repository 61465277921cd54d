"""Cells that no spreadsheet takes for a formula (OWASP: CSV injection), and exactly those taken back.

A guard is an apostrophe with a word joiner behind it: people see an apostrophe, and nobody types it, so that what was
guarded is known from what somebody began with an apostrophe. Pure.
"""

import re

GUARD = "'\u2060"
_DANGEROUS = re.compile(r"[=+\-@|\t\r\n%\uff1d\uff0b\uff0d\uff20]")
"""What a spreadsheet may take for the beginning of a formula, in half and full width."""
_HARMLESS = re.compile(r"-?[0-9][0-9.,]*\Z")
"""Numbers."""


def guarded(cell: object) -> object:
    """A cell as it is written into a file that spreadsheets open; what is no text stays what it is."""
    if not isinstance(cell, str):
        return cell
    if cell[:1].isalnum() and "\0" not in cell:
        return cell
    text = cell.replace("\0", "\N{REPLACEMENT CHARACTER}")
    begin = text.lstrip()[:1] or text[:1]
    if text.startswith(GUARD) or (_DANGEROUS.match(begin) and not _HARMLESS.match(text)):
        return GUARD + text
    return text


def unguarded(cell: str) -> str:
    """The cell as it was before ``guarded``."""
    return cell.removeprefix(GUARD)
