"""Messages as CSV or JSON, a page at a time, never the whole in memory. Safe to open in a spreadsheet."""

import csv
import errno
import io
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import orjson
import sqlalchemy as sa

from bocau import ledger
from bocau.base.db import reading
from bocau.base.errors import BocauError, reason_of
from bocau.base.words import N_
from bocau.cells import guarded
from bocau.ledger import Filter
from bocau.ledger.view import message_view

PAGE = 1000
COLUMNS = (
    "id",
    "row",
    "address",
    "name",
    "state",
    "attempts",
    "doubts",
    "code",
    "enhanced",
    "reply",
    "relay",
    "due_at",
    "settled_at",
)


class ExportFailedError(BocauError):
    code = "export-failed"
    sentence = N_("Not everything could be written to {file}: {reason}. It is all still in the database.")
    hint = N_("Choose a new file in a folder you may write to.")


def write(
    db: sa.Engine, wanted: Filter, output: Path | None, relays: Mapping[int, str], *, as_json: bool = False
) -> int:
    """Write what ``wanted`` asks for; how many messages. To standard output when ``output`` is None.

    ``relays``: id → name. Raises ExportFailedError.
    """
    with opened(output) as file:
        rows = _rows(db, wanted, relays)
        return _write_json(file, rows) if as_json else write_csv(file, COLUMNS, rows)


def _rows(db: sa.Engine, wanted: Filter, relays: Mapping[int, str]) -> Iterator[dict[str, Any]]:
    after = wanted.after
    while True:
        with reading(db) as connection:
            page = ledger.list_messages(connection, wanted._replace(after=after, limit=PAGE))
        for row in page:
            told = message_view(row, relays).as_dict()
            yield {name: told[name] for name in COLUMNS}
        if len(page) < PAGE:
            return
        after = page[-1]["id"]


def write_csv(file: IO[bytes], columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> int:
    """Rows as CSV for people and their spreadsheets; how many."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    try:
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(columns)
        count = 0
        for row in rows:
            writer.writerow([guarded(row[name]) for name in columns])
            count += 1
        return count
    finally:
        text.detach()


def _write_json(file: IO[bytes], rows: Iterator[dict[str, Any]]) -> int:
    count = 0
    for row in rows:
        file.write((b",\n" if count else b"[\n") + orjson.dumps(row))
        count += 1
    file.write(b"\n]\n" if count else b"[]\n")
    return count


@contextmanager
def opened(output: Path | None) -> Iterator[IO[bytes]]:
    """Standard output, or a new private file that is there only when it is whole."""
    if output is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    part = output.with_name(f"{output.name}.{os.getpid()}.part")
    try:
        if output.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123
            yield file
        part.rename(output)
    except OSError as error:
        raise ExportFailedError(file=output, reason=reason_of(error)) from error
    finally:
        part.unlink(missing_ok=True)
