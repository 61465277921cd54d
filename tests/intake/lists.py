"""Lists of recipients for tests, as CSV and as small hand-made spreadsheets."""

import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from bocau import intake
from bocau.intake import Problem
from bocau.ledger import NewMessage

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'


def read(
    path: Path, wishes: intake.Wishes | None = None, reading: intake.Reading | None = None
) -> tuple[list[NewMessage], list[Problem], intake.Survey]:
    """All messages and problems of a file, after both passes."""
    messages: list[NewMessage] = []
    problems: list[Problem] = []
    with intake.open_table(path, reading) as table:
        found = intake.survey(table, wishes)
        for chunk in intake.expand(table, found):
            messages += chunk.messages
            problems += chunk.problems
    return messages, problems, found


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def write_xlsx(
    path: Path, sheets: dict[str, Sequence[Sequence[object]]], extra: dict[str, bytes] | None = None
) -> Path:
    """A spreadsheet with text, number and boolean cells."""
    names = list(sheets)
    parts = {f"xl/worksheets/sheet{n}.xml": _sheet(sheets[name]) for n, name in enumerate(names, 1)}
    return write_parts(path, names, parts, extra or {})


def write_parts(path: Path, names: Sequence[str], parts: dict[str, str], extra: dict[str, bytes]) -> Path:
    """A spreadsheet from ready worksheets."""
    listed = "".join(f"<sheet name={quoteattr(name)} sheetId='{n}' r:id='r{n}'/>" for n, name in enumerate(names, 1))
    links = "".join(
        f"<Relationship Id='r{n}' Type='{OFFICE}/worksheet' Target='worksheets/sheet{n}.xml'/>"
        for n, _ in enumerate(names, 1)
    )
    sheet_type = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    overrides = "".join(f"<Override PartName='/{name}' ContentType='{sheet_type}.worksheet+xml'/>" for name in parts)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr(
            "[Content_Types].xml",
            f"{HEAD}<Types xmlns='{TYPES}'><Default Extension='rels' "
            "ContentType='application/vnd.openxmlformats-package.relationships+xml'/>"
            "<Default Extension='xml' ContentType='application/xml'/>"
            f"<Override PartName='/xl/workbook.xml' ContentType='{sheet_type}.sheet.main+xml'/>{overrides}</Types>",
        )
        book.writestr(
            "_rels/.rels",
            f"{HEAD}<Relationships xmlns='{RELATIONS}'><Relationship Id='r1' Type='{OFFICE}/officeDocument' "
            "Target='xl/workbook.xml'/></Relationships>",
        )
        book.writestr(
            "xl/workbook.xml",
            f"{HEAD}<workbook xmlns='{SHEET}' xmlns:r='{OFFICE}'><sheets>{listed}</sheets></workbook>",
        )
        book.writestr("xl/_rels/workbook.xml.rels", f"{HEAD}<Relationships xmlns='{RELATIONS}'>{links}</Relationships>")
        for name, text in parts.items():
            book.writestr(name, text)
        for name, raw in extra.items():
            book.writestr(name, raw)
    return path


def _sheet(rows: Sequence[Sequence[object]]) -> str:
    written = []
    for number, row in enumerate(rows, 1):
        cells = "".join(_cell(f"{chr(65 + at)}{number}", value) for at, value in enumerate(row) if value is not None)
        written.append(f"<row r='{number}'>{cells}</row>")
    return f"{HEAD}<worksheet xmlns='{SHEET}'><sheetData>{''.join(written)}</sheetData></worksheet>"


def _cell(place: str, value: object) -> str:
    if isinstance(value, bool):
        return f"<c r='{place}' t='b'><v>{int(value)}</v></c>"
    if isinstance(value, int | float):
        return f"<c r='{place}'><v>{value}</v></c>"
    return f"<c r='{place}' t='inlineStr'><is><t xml:space='preserve'>{escape(str(value))}</t></is></c>"
