"""A file of recipients, whatever its format: headings, and rows in blocks, read as often as needed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Protocol, Self

from bocau.cells import Cell

BLOCK_ROWS = 1000
HEADINGS_WITHIN = 20  # rows; people write titles above their tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a file is to be read where it does not show itself: text encoding, delimiter, sheet. Empty: look. ``headings``:
    whether a row names the columns; without one the first row is a person."""

    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    headings: bool = True


class Block(NamedTuple):
    """Rows behind each other; ``numbers`` counts as people do, the first row of the file being 1. ``broken``: some cell
    may have a line break."""

    numbers: Sequence[int]
    rows: Sequence[Sequence[Cell]]
    broken: bool = False


class Table(Protocol):
    """An open file. ``digest``: SHA-256 of its bytes; ``about``: what it was taken for; ``typed``: cells may be
    numbers already; ``headings``: tidy, without empty ones at the end; ``delimiter``: empty when there is none."""

    path: Path
    digest: str
    headings: list[str]
    typed: bool
    delimiter: str

    @property
    def about(self) -> str: ...

    def blocks(self, size: int = BLOCK_ROWS) -> Iterator[Block]:
        """All rows behind the headings, also empty ones; each call begins anew."""

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
