"""Rows as CSV and XLSX that no spreadsheet takes for formulas."""

import csv
import io
from collections.abc import Sequence
from typing import Any

import xlsxwriter

FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
XLSX_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
WIDEST = 60


def as_csv(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    """UTF-8 with the mark that Excel needs; texts that begin like a formula stand behind an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_safe(name) for name in columns])
    writer.writerows([_safe(value) for value in row] for row in rows)
    return out.getvalue().encode("utf-8-sig", "replace")


def as_xlsx(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    """A workbook of one sheet; texts are texts, whatever they begin with."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, XLSX_OPTIONS)
    sheet = book.add_worksheet()
    bold = book.add_format({"bold": True})
    widths = [len(name) for name in columns]
    for at, name in enumerate(columns):
        sheet.write_string(0, at, name, bold)
    for line, row in enumerate(rows, 1):
        for at, value in enumerate(row):
            _put(sheet, line, at, value)
            widths[at] = min(WIDEST, max(widths[at], len(str(value))))
    for at, width in enumerate(widths):
        sheet.set_column(at, at, width + 2)
    sheet.freeze_panes(1, 0)
    book.close()
    return out.getvalue()


def _put(sheet: Any, line: int, at: int, value: Any) -> None:
    if isinstance(value, bool):
        sheet.write_boolean(line, at, value)
    elif isinstance(value, int | float) and value == value and abs(value) < 1e15:
        sheet.write_number(line, at, value)
    elif value is not None:
        sheet.write_string(line, at, str(value))


def _safe(value: Any) -> Any:
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
