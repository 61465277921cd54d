"""A report's data, from a file, an address of the web, or a database: columns and rows, bounded."""

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from bocau.base.config import Settings
from bocau.base.words import N_, Phrase
from bocau.schedules import sql
from bocau.schedules.errors import DatabaseUnknownError, DataUnreadableError, ReportSourceWrongError
from bocau.schedules.shapes import Report
from bocau.wire import fetch

MOST_ROWS = 10_000
MOST_COLUMNS = 100
MOST_LETTERS = 32_000
ZIP = b"PK\x03\x04"
NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,10})?\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Data:
    """Each row has a value for every column: text, number, bool or None. ``more``: rows were left out."""

    columns: list[str]
    rows: list[list[Any]]
    more: bool = False


def read(report: Report, settings: Settings) -> Data:
    """All of it. Raises DataUnreadableError, DatabaseUnknownError, QueryRefusedError, FetchRefusedError,
    FetchFailedError."""
    source = report.source
    place = source["place"]
    if source["kind"] == "sql":
        url = settings.report_databases.get(place)
        if url is None:
            raise DatabaseUnknownError(database=place)
        columns, rows = sql.query(
            url.get_secret_value(), place, source["query"], MOST_ROWS + 1, settings.report_timeout
        )
        return shaped(place, columns, rows)
    if source["kind"] == "url":
        raw = fetch.get(
            place, allowed=settings.fetch_networks, max_bytes=settings.fetch_max_bytes, seconds=settings.report_timeout
        )
    else:
        raw = _file(place, settings)
    return parse(place, raw)


def check(source: Mapping[str, str], settings: Settings) -> None:
    """What can be known of a report's source before its time: the file and its form, how the address is written, the
    database's name and what the query begins with. Nobody else is asked.

    Raises ReportSourceWrongError, DatabaseUnknownError, QueryRefusedError."""
    place = source["place"]
    if source["kind"] == "sql":
        if place not in settings.report_databases:
            raise DatabaseUnknownError(database=place)
        sql.checked(place, source["query"])
        return
    try:
        if source["kind"] == "url":
            fetch.check(place)
        else:
            parse(place, _file(place, settings))
    except (DataUnreadableError, fetch.FetchRefusedError) as error:
        raise ReportSourceWrongError(
            source=place[:200], reason=error.fields["reason"], folder=settings.report_data
        ) from None


def parse(place: str, raw: bytes) -> Data:
    """JSON or CSV, told apart by the first sign. Raises DataUnreadableError."""
    if raw.startswith(ZIP):
        raise unreadable(place, N_("it is a spreadsheet or a ZIP file, and must be CSV or JSON"))
    try:
        text = raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        raise unreadable(place, N_("it is neither UTF-8 nor UTF-16")) from None
    if text.lstrip()[:1] in ("[", "{"):
        return _json(place, text)
    return _csv(place, text)


def shaped(place: str, columns: list[str], rows: list[list[Any]]) -> Data:
    """Within bounds, every value a plain one. Raises DataUnreadableError."""
    if not columns:
        raise unreadable(place, N_("it has no columns"))
    if len(columns) > MOST_COLUMNS:
        raise unreadable(place, N_("it has more than 100 columns"))
    names = [" ".join(name.split())[:200] or f"#{at}" for at, name in enumerate(columns, 1)]
    kept = [[_plain(row[at]) if at < len(row) else None for at in range(len(names))] for row in rows[:MOST_ROWS]]
    return Data(names, kept, len(rows) > MOST_ROWS)


def unreadable(place: str, reason: str) -> DataUnreadableError:
    return DataUnreadableError(source=place[:200], reason=Phrase(reason))


def _file(place: str, settings: Settings) -> bytes:
    """The file's bytes; nothing outside the folder is read, whatever links lead there, unless that is allowed."""
    folder = settings.report_data.resolve()
    try:
        path = (folder / place).resolve(strict=True)
        if not settings.report_files_anywhere and not path.is_relative_to(folder):
            raise unreadable(place, N_("it is outside the folder of the setting report_folder"))
        return _whole(place, path, settings.fetch_max_bytes)
    except PermissionError:
        raise unreadable(place, N_("you have no permission to read it")) from None
    except (OSError, ValueError):
        raise unreadable(place, N_("there is no such file")) from None


def _whole(place: str, path: Path, most: int) -> bytes:
    if not path.is_file():
        raise unreadable(place, N_("there is no such file"))
    with path.open("rb") as handle:
        raw = handle.read(most + 1)
    if len(raw) > most:
        raise unreadable(place, N_("it is too large"))
    return raw


def _json(place: str, text: str) -> Data:
    """A list of objects, a list of lists with headings first, or an object that has one of these as its only list."""
    try:
        found = orjson.loads(text)
    except ValueError:
        raise unreadable(place, N_("it is not JSON")) from None
    if isinstance(found, dict):
        lists = [value for value in found.values() if isinstance(value, list)]
        found = lists[0] if len(lists) == 1 else [found]
    if all(isinstance(one, dict) for one in found):
        columns = list(dict.fromkeys(str(name) for one in found[: MOST_ROWS + 1] for name in one))
        rows = [[one.get(name) for name in columns] for one in found[: MOST_ROWS + 1]]
        return shaped(place, columns, rows) if found else Data([], [])
    if found and all(isinstance(one, list) for one in found):
        return shaped(place, [str(name) for name in found[0]], found[1:])
    raise unreadable(place, N_("it is not a list of objects or rows"))


def _csv(place: str, text: str) -> Data:
    head = text.partition("\n")[0]
    delimiter = max(",;\t|", key=head.count)
    lines: list[list[Any]] = []
    try:
        for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            if any(cell.strip() for cell in line):
                lines.append([_number(cell) if lines else cell for cell in line])
            if len(lines) > MOST_ROWS + 1:
                break
    except csv.Error:
        raise unreadable(place, N_("it is not CSV: a quotation mark is wrong")) from None
    if not lines:
        return Data([], [])
    return shaped(place, lines[0], lines[1:])


def _number(cell: str) -> Any:
    cell = cell.strip()
    if not NUMBER.match(cell):
        return cell
    return float(cell) if "." in cell else int(cell)


def _plain(value: Any) -> Any:
    """A value as templates, spreadsheets and charts take it."""
    if value is None or isinstance(value, bool | int | float):
        return value if not isinstance(value, int) or abs(value) < 2**63 else str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()[:MOST_LETTERS]
    if isinstance(value, list | dict):
        return orjson.dumps(value, default=str).decode()[:MOST_LETTERS]
    return str(value)[:MOST_LETTERS]
