"""Opening a file of recipients: which format it is, told from its bytes and not from its name."""

import os
import stat
from pathlib import Path
from typing import BinaryIO

from bocau.base.words import N_, Phrase
from bocau.sheets.errors import FileUnreadableError, SpreadsheetWrongError
from bocau.sheets.table import Reading, Table

ZIP = b"PK\x03\x04"
OPEN_DOCUMENT = b"mimetypeapplication/vnd.oasis.opendocument"
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def open_table(path: Path, reading: Reading | None = None) -> Table:
    """Open a CSV or XLSX file and find its headings. Use it in a ``with``.

    Raises FileUnreadableError, FileEmptyError, SpreadsheetWrongError, EncodingWrongError and their kin.
    """
    from bocau.sheets.read_csv import CsvTable
    from bocau.sheets.read_html import HtmlTable, is_page
    from bocau.sheets.read_xlsx import XlsxTable

    handle = open_plain(path)
    start = handle.read(4096)
    handle.seek(0)
    if start.startswith(OLD_OFFICE):
        handle.close()
        raise SpreadsheetWrongError(path=path.name, reason=Phrase(N_("it has a password, or is an old .xls file")))
    if start.startswith(ZIP) and OPEN_DOCUMENT in start[:100]:
        handle.close()
        raise SpreadsheetWrongError(path=path.name, reason=Phrase(N_("it is an OpenDocument spreadsheet (.ods)")))
    kind = XlsxTable if start.startswith(ZIP) else HtmlTable if is_page(start) else CsvTable
    try:
        return kind(path, handle, reading or Reading())
    except BaseException:
        handle.close()
        raise


def open_plain(path: Path) -> BinaryIO:
    """An ordinary file, opened for reading; never waits for a pipe or a device. Raises FileUnreadableError."""
    try:
        number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise FileUnreadableError(path=str(path), reason=_reason(error)) from None
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise FileUnreadableError(path=str(path), reason=Phrase(N_("it is not a regular file")))
    return os.fdopen(number, "rb", buffering=1 << 17)


def _reason(error: Exception) -> object:
    if isinstance(error, FileNotFoundError):
        return Phrase(N_("there is no such file"))
    if isinstance(error, PermissionError):
        return Phrase(N_("you have no permission to read it"))
    return getattr(error, "strerror", None) or Phrase(N_("its name cannot be used"))
