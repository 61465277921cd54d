"""CSV files as blocks of rows: streamed, bounded, the same rows whatever the encoding and the delimiter."""

import contextlib
import csv
import io
import os
import secrets
import unicodedata
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from bocau.sheets import dialect, encodings, headings
from bocau.sheets.errors import (
    FileChangedError,
    FileEmptyError,
    QuoteOpenError,
    RowTooLargeError,
)
from bocau.sheets.table import BLOCK_ROWS, HEADINGS_WITHIN, Block, Reading

MAX_LINE = 1 << 20  # characters
MAX_BLOCK = 64 << 20  # characters of one block of rows
SAMPLE_LINES = 500
SAMPLE_CHARACTERS = 1 << 18


class CsvTable:
    """An open CSV file; owns ``handle`` once it is made."""

    typed = False

    def __init__(self, path: Path, handle: BinaryIO, reading: Reading) -> None:
        self.path, self.handle = path, handle
        self.mark = self._now()
        found = encodings.look(handle, path, reading.encoding)
        self.digest, self.encoding = found.digest, found.encoding
        sample = self._sample()
        if not any(line.strip() for line in sample):
            raise FileEmptyError(path=path.name)
        announced = dialect.announced(sample[0])
        wanted = dialect.asked(reading.delimiter) if reading.delimiter else announced
        self.delimiter = wanted or dialect.detect(sample)
        self.top, self.headings = self._find_headings(1 if announced else 0)

    @property
    def about(self) -> str:
        title = encodings.TITLES.get(self.encoding, self.encoding)
        return f"CSV, {title}, {dialect.TITLES.get(self.delimiter, self.delimiter)}"

    def blocks(self, size: int = BLOCK_ROWS) -> Iterator[Block]:
        """All rows behind the headings; each call reads the file anew. Raises FileChangedError, RowTooLargeError,
        QuoteOpenError."""
        for block in self._blocks(size):
            ahead = max(0, self.top + 1 - block.numbers[0])
            if ahead < len(block.rows):
                yield Block(block.numbers[ahead:], block.rows[ahead:], block.broken)
        if self._now() != self.mark:
            raise FileChangedError(path=self.path.name)

    def close(self) -> None:
        self.handle.close()

    def __enter__(self) -> "CsvTable":
        return self

    def __exit__(self, *details: object) -> None:
        self.close()

    def _blocks(self, size: int) -> Iterator[Block]:
        gauge = _Gauge()
        reader = self._reader(gauge)
        number = 1
        while not gauge.is_over():
            gauge.room, lines = MAX_BLOCK, reader.line_num
            try:
                rows = list(islice(reader, size))
            except (csv.Error, _TooLongError):
                raise RowTooLargeError(path=self.path.name, row=self._broken_row()) from None
            except UnicodeDecodeError:
                raise FileChangedError(path=self.path.name) from None
            broken = reader.line_num - lines > len(rows)
            if gauge.is_over() and rows.pop() != [gauge.end]:
                raise QuoteOpenError(path=self.path.name, row=number + len(rows))
            if rows:
                yield Block(range(number, number + len(rows)), rows, broken)
            number += len(rows)

    def _reader(self, gauge: "_Gauge") -> Any:
        return csv.reader(
            self._lines(gauge), delimiter=self.delimiter, skipinitialspace=self.delimiter != "\t"
        )

    def _broken_row(self) -> int:
        """The number of the row that cannot be read."""
        number, gauge = 1, _Gauge()
        try:
            for _ in self._reader(gauge):
                number, gauge.room = number + 1, MAX_BLOCK
        except (csv.Error, _TooLongError, UnicodeDecodeError):
            pass
        return number

    def _lines(self, gauge: "_Gauge") -> Iterator[str]:
        """Lines in NFC with their ends, and one of our own behind the last: an open quotation mark swallows it."""
        self.handle.seek(0)
        text = io.TextIOWrapper(self.handle, self.encoding, newline="")
        readline, normalize = text.readline, unicodedata.normalize
        try:
            while line := readline(MAX_LINE + 1):
                gauge.room -= len(line)
                if gauge.room < 0 or len(line) > MAX_LINE:
                    raise _TooLongError
                yield line if line.isascii() else normalize("NFC", line)
        finally:
            with contextlib.suppress(ValueError):  # the file was closed before this generator was
                text.detach()
        gauge.over = True
        yield gauge.end

    def _sample(self) -> list[str]:
        lines: list[str] = []
        size = 0
        gauge = _Gauge()
        try:
            for line in islice(self._lines(gauge), SAMPLE_LINES):
                size += len(line)
                if gauge.over or size > SAMPLE_CHARACTERS:
                    break
                lines.append(line)
        except _TooLongError:
            raise RowTooLargeError(path=self.path.name, row=len(lines) + 1) from None
        return lines or [""]

    def _find_headings(self, announcements: int) -> tuple[int, list[str]]:
        """The row of the headings and what they are: the first row that names a column of addresses, else the first
        that is not empty."""
        found: tuple[int, list[str]] | None = None
        for number, record in self._first_records(announcements):
            if headings.looks_like_headings(record):
                found = (number, record)
                break
            if found is None and any(cell.strip() for cell in record):
                found = (number, record)
        if found is None:
            raise FileEmptyError(path=self.path.name)
        return found[0], headings.named(self.path, found[1])

    def _first_records(self, announcements: int) -> Iterator[tuple[int, list[str]]]:
        for block in self._blocks(HEADINGS_WITHIN):
            for number, record in zip(block.numbers, block.rows, strict=True):
                if number > announcements:
                    yield number, [str(cell) for cell in record]
                if number >= HEADINGS_WITHIN:
                    return

    def _now(self) -> tuple[int, int]:
        found = os.fstat(self.handle.fileno())
        return found.st_size, found.st_mtime_ns


class _TooLongError(Exception):
    """A line, or a block of rows, beyond all measure."""


class _Gauge:
    """What a reader and its lines tell each other: room left for a block, and whether the file is over."""

    def __init__(self) -> None:
        self.room = MAX_BLOCK
        self.over = False
        self.end = secrets.token_hex(16)

    def is_over(self) -> bool:
        return self.over
