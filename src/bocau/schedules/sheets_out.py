"""Rows as CSV and XLSX that no spreadsheet takes for formulas."""

import csv
import io
from collections.abc import Callable, Sequence
from typing import Any

import xlsxwriter

from bocau.cells import Shown, guarded

Formats = Callable[[Shown], Any]
XLSX_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
WIDEST = 60


def as_csv(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    """UTF-8 with the mark that Excel needs; texts that begin like a formula stand behind an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([guarded(name) for name in columns])
    writer.writerows(["" if value is None else guarded(value) for value in row] for row in rows)
    return out.getvalue().encode("utf-8-sig", "replace")


def as_xlsx(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    """A workbook of one sheet; texts are texts, whatever they begin with."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, XLSX_OPTIONS)
    sheet = book.add_worksheet()
    bold = book.add_format({"bold": True})
    grouped: dict[str, Any] = {}

    def formats(shown: Shown) -> Any:
        """Thousands apart, as many digits behind the fraction's sign as there are."""
        places = 0 if isinstance(shown.value, int) else len(repr(shown.value).partition(".")[2])
        code = "#,##0" + ("." + "0" * min(places, 6) if places else "")
        if code not in grouped:
            grouped[code] = book.add_format({"num_format": code})
        return grouped[code]

    widths = [len(name) for name in columns]
    for at, name in enumerate(columns):
        sheet.write_string(0, at, name, bold)
    for line, row in enumerate(rows, 1):
        for at, value in enumerate(row):
            _put(sheet, line, at, value, formats)
            widths[at] = min(WIDEST, max(widths[at], len(str(value))))
    for at, width in enumerate(widths):
        sheet.set_column(at, at, width + 2)
    sheet.freeze_panes(1, 0)
    book.close()
    return out.getvalue()


def _put(sheet: Any, line: int, at: int, value: Any, formats: Formats) -> None:
    if isinstance(value, Shown) and isinstance(value.value, int | float):
        sheet.write_number(line, at, value.value, formats(value))
        return
    if isinstance(value, bool):
        sheet.write_boolean(line, at, value)
    elif isinstance(value, int | float) and value == value and abs(value) < 1e15:
        sheet.write_number(line, at, value)
    elif value is not None:
        sheet.write_string(line, at, str(value))
