"""A report's data, from a file, an address of the web, or a database: columns and rows, bounded."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson

from bocau import sheets
from bocau.base import clock
from bocau.base.config import Settings
from bocau.base.errors import BocauError
from bocau.base.words import N_, Phrase
from bocau.cells import Kind, Question, Reader, Shown, Study, decide, habits_of, habits_of_file, reader, settle
from bocau.cells.plain import as_plain_number, is_plain_number
from bocau.schedules import sql
from bocau.schedules.errors import DatabaseUnknownError, DataUnreadableError, ReportSourceWrongError
from bocau.schedules.shapes import Report
from bocau.sheets.errors import ColumnsUnclearError, FileEmptyError
from bocau.sheets.headings import slug
from bocau.wire import fetch

MOST_ROWS = 10_000
MOST_COLUMNS = 100
MOST_LETTERS = 32_000


@dataclass(frozen=True, slots=True)
class Data:
    """Each row has a value for every column: text, number, bool or None; a ``Shown`` is a number, or a day, that people see in
    another way. ``more``: rows were left out."""

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
        return _meant(shaped(place, columns, rows), place, report.types, ask=False)
    if source["kind"] == "url":
        raw = fetch.get(
            place, allowed=settings.fetch_networks, max_bytes=settings.fetch_max_bytes, seconds=settings.report_timeout
        )
    else:
        raw = _file(place, settings)
    return parse(place, raw, report.types)


def check(source: Mapping[str, str], types: Mapping[str, str], settings: Settings) -> None:
    """What can be known of a report's source before its time: the file and its form, how the address is written, the
    database's name and what the query begins with. Nobody else is asked.

    Raises ReportSourceWrongError, DatabaseUnknownError, QueryRefusedError, ColumnsUnclearError."""
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
            parse(place, _file(place, settings), types)
    except (DataUnreadableError, fetch.FetchRefusedError) as error:
        raise ReportSourceWrongError(
            source=place[:200], reason=error.fields["reason"], folder=settings.report_data
        ) from None


def parse(place: str, raw: bytes, types: Mapping[str, str] | None = None) -> Data:
    """JSON, or any table that people bring, told apart by what it begins with. ``types``: heading → a word of
    ``cells.WORDS``. Raises DataUnreadableError, ColumnsUnclearError."""
    start = raw[:64].decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "ignore")
    if start.lstrip()[:1] in ("[", "{"):
        return _meant(_json(place, _text(place, raw)), place, types or {}, ask=False)
    return _meant(_table(place, raw), place, types or {}, ask=True)


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


def _text(place: str, raw: bytes) -> str:
    try:
        return raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        raise unreadable(place, N_("it is neither UTF-8 nor UTF-16")) from None


def _table(place: str, raw: bytes) -> Data:
    """A file of rows, as all files of rows are read."""
    name = "".join(sign if sign.isalnum() or sign in "._-" else "_" for sign in place.rpartition("/")[2])[:80]
    with tempfile.TemporaryDirectory(prefix="bocau-report-") as folder:
        path = Path(folder) / (name.strip(".") or "data")
        path.write_bytes(raw)
        try:
            with sheets.open_table(path) as table:
                rows: list[list[Any]] = []
                for block in table.blocks():
                    rows += [list(row) for row in block.rows if any(str(cell).strip() for cell in row)]
                    if len(rows) > MOST_ROWS:
                        break
                return shaped(place, table.headings, rows)
        except FileEmptyError:
            return Data([], [])
        except BocauError as error:
            if isinstance(error, DataUnreadableError):
                raise
            raise DataUnreadableError(source=place[:200], reason=Phrase(error.sentence, **error.fields)) from None


def _meant(data: Data, place: str, types: Mapping[str, str], *, ask: bool) -> Data:
    """Texts that are numbers become ``Shown`` ones, column by column. ``ask``: say what cannot be known; else it stays
    text. Raises ColumnsUnclearError."""
    zone = habits_of(str(clock.zone()))
    studies = [_studied(data, at) for at in range(len(data.columns))]
    habits = habits_of_file(studies, zone)
    questions = []
    for at, study in enumerate(studies):
        word = types.get(data.columns[at])
        meaning = settle(word, study, habits, zone) if word else decide(study, habits, zone)
        if isinstance(meaning, Question):
            questions.append(meaning)
        elif meaning.kind is Kind.number:
            read = reader(meaning)
            for row in data.rows:
                row[at] = _as_number(row[at], read)
    if questions and ask:
        raise ColumnsUnclearError(questions, place[:200])
    return data


def _studied(data: Data, at: int) -> Study:
    study = Study(data.columns[at], slug(data.columns[at]))
    study.add([row[at] for row in data.rows], range(2, 2 + len(data.rows)))
    return study


def _as_number(cell: Any, read: Reader) -> Any:
    """A number where it looks the same as in the file, else one with what people saw; what is none stays as it is."""
    if not isinstance(cell, str) or isinstance(cell, Shown):
        return cell
    text = cell.strip()
    try:
        value = read(text)
    except ValueError:
        return cell
    if value is None or not isinstance(value, int | float):
        return None if value is None else cell
    return value if is_plain_number(text) and as_plain_number(text) == value else Shown(text, value)


def _plain(value: Any) -> Any:
    """A value as templates, spreadsheets and charts take it."""
    if isinstance(value, Shown) and len(value) <= MOST_LETTERS:
        return value
    if isinstance(value, Decimal):
        return Shown(str(value), float(value)) if value.is_finite() else str(value)
    if value is None or isinstance(value, bool | int | float):
        return value if not isinstance(value, int) or abs(value) < 2**63 else str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()[:MOST_LETTERS]
    if isinstance(value, list | dict):
        return orjson.dumps(value, default=str).decode()[:MOST_LETTERS]
    return str(value)[:MOST_LETTERS]
