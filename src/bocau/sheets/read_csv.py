"""CSV files as blocks of rows: streamed, bounded, the same rows whatever the encoding and the delimiter."""

import contextlib
import csv
import io
import os
import secrets
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO

from bocau.base.words import N_, say
from bocau.cells import GUARD, unguarded
from bocau.sheets import dialect, encodings, headings, letters
from bocau.sheets.errors import FileChangedError, FileEmptyError, QuoteOpenError, RowTooLargeError
from bocau.sheets.table import BLOCK_ROWS, HEADINGS_WITHIN, Block, Reading

MAX_LINE = 1 << 20  # characters
MAX_BLOCK = 64 << 20  # characters that are looked at together
PIECE = 1 << 16  # characters that are read at once, and the rest of their last line
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
        self.letters: letters.Scheme | None = None
        self.letters = letters.scheme_of(self._sample())
        sample = self._sample()
        if not any(line.strip() for line in sample):
            raise FileEmptyError(path=path.name)
        announced = dialect.announced(sample[0])
        wanted = dialect.asked(reading.delimiter) if reading.delimiter else announced
        self.delimiter = wanted or dialect.detect(sample)
        above = 1 if announced else 0
        self.top, self.headings = self._find_headings(above) if reading.headings else self._unnamed(above)

    @property
    def about(self) -> str:
        title = encodings.TITLES.get(self.encoding, self.encoding)
        if self.letters is letters.Scheme.twice:
            title = say(N_("UTF-8 encoded twice"))
        elif self.letters is not None:
            title = self.letters.value
        between = say(dialect.TITLES.get(self.delimiter, self.delimiter))
        return say(N_("CSV, {encoding}, {delimiter}"), encoding=title, delimiter=between)

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
        number, kept, broken = 1, list[Sequence[str]](), False
        for rows, torn in self._parts():
            kept += rows
            broken |= torn
            for start in range(0, len(kept) - size + 1, size):
                yield Block(range(number, number + size), kept[start : start + size], broken)
                number += size
            if len(kept) >= size:
                kept, broken = kept[len(kept) // size * size :], torn
        if kept:
            yield Block(range(number, number + len(kept)), kept, broken)

    def _parts(self) -> Iterator[tuple[list[list[str]], bool]]:
        """Rows behind each other, a piece of the file at a time, and whether a row goes over several lines."""
        number, end = 1, secrets.token_hex(16)
        pieces = self._pieces()
        try:
            for piece in pieces:
                rows, broken = self._plainly(piece), False
                while rows is None:
                    rows, broken = self._closely(piece, end)
                    if rows.pop() != [end]:  # an open quotation mark swallowed it
                        more = "".join(islice(pieces, 1 + len(piece) // PIECE))
                        if not more:
                            raise QuoteOpenError(path=self.path.name, row=number + len(rows))
                        piece, rows = piece + more, None
                if GUARD in piece:
                    rows = [[unguarded(cell) for cell in row] for row in rows]
                yield rows, broken
                number += len(rows)
        except (csv.Error, _TooLongError):
            raise RowTooLargeError(path=self.path.name, row=self._broken_row()) from None
        except UnicodeDecodeError:
            raise FileChangedError(path=self.path.name) from None

    def _plainly(self, piece: str) -> list[list[str]] | None:
        """The same rows as a csv.reader's, in half its time; None when there is anything to look at closely."""
        if "\r" in piece:
            piece = piece.replace("\r\n", "\n")
        signs = ('"', "\r", "\n\n", "\n ", self.delimiter + " ")
        if len(piece) > csv.field_size_limit() or piece[0] in " \n" or any(sign in piece for sign in signs):
            return None
        lines = piece.split("\n")
        if not lines[-1]:
            lines.pop()
        delimiter = self.delimiter
        return [line.split(delimiter) for line in lines]

    def _closely(self, piece: str, end: str) -> tuple[list[list[str]], bool]:
        """Its rows with ``end`` as one more, and whether one goes over several lines."""
        if len(piece) > MAX_BLOCK:
            raise _TooLongError
        reader = self._reader(chain(_measured(io.StringIO(piece, newline="")), [end]))
        rows = list(reader)
        return rows, reader.line_num > len(rows)

    def _reader(self, lines: Iterator[str]) -> Any:
        return csv.reader(lines, delimiter=self.delimiter, skipinitialspace=self.delimiter != "\t")

    def _broken_row(self) -> int:
        """The number of the row that cannot be read."""
        number = 1
        with contextlib.suppress(csv.Error, _TooLongError, UnicodeDecodeError):
            for _ in self._reader(self._lines()):
                number += 1
        return number

    def _lines(self) -> Iterator[str]:
        for piece in self._pieces():
            yield from _measured(io.StringIO(piece, newline=""))

    def _pieces(self) -> Iterator[str]:
        """The text in NFC, in pieces of whole lines."""
        self.handle.seek(0)
        text = io.TextIOWrapper(self.handle, self.encoding, newline="")
        try:
            while piece := text.read(PIECE):
                piece += text.readline(MAX_LINE + 1)
                if self.letters is not None:
                    piece = self.letters.read(piece)
                yield piece if piece.isascii() else unicodedata.normalize("NFC", piece)
        finally:
            with contextlib.suppress(ValueError):  # the file was closed before this generator was
                text.detach()

    def _sample(self) -> list[str]:
        lines: list[str] = []
        size = 0
        try:
            for line in islice(self._lines(), SAMPLE_LINES):
                size += len(line)
                if size > SAMPLE_CHARACTERS:
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

    def _unnamed(self, announcements: int) -> tuple[int, list[str]]:
        return announcements, headings.unnamed(self.path, [row for _, row in self._first_records(announcements)])

    def _first_records(self, announcements: int) -> Iterator[tuple[int, list[str]]]:
        for block in self._blocks(HEADINGS_WITHIN):
            for number, record in zip(block.numbers, block.rows, strict=True):
                if number > announcements:
                    yield number, [str(cell) for cell in record]
                if number >= HEADINGS_WITHIN:
                    return

    def _now(self) -> tuple[int, int]:
        stat = os.fstat(self.handle.fileno())
        return stat.st_size, stat.st_mtime_ns


class _TooLongError(Exception):
    """A line, or a row, beyond all measure."""


def _measured(lines: Iterable[str]) -> Iterator[str]:
    """The same lines. Raises _TooLongError."""
    for line in lines:
        if len(line) > MAX_LINE:
            raise _TooLongError
        yield line
