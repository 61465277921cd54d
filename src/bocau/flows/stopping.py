"""An address or a domain gets no more mail: from now on, and of campaigns that are under way."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bocau import sheets, tracking
from bocau.audience import Reason, suppressions
from bocau.audience.suppressions import Scope, Suppression
from bocau.base.db import Connection
from bocau.base.words import N_
from bocau.cells import Cell
from bocau.sheets import Problem

CHUNK = 1000
"""Rows of a file that are stopped in one transaction."""
GIVEN = tuple(one for one in Reason if one not in (Reason.list_unsubscribed, Reason.erased))
"""Reasons that somebody may give; the others come of what a person did."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """``added`` were not stopped before, ``kept`` were. ``withdrawn``: open mails that were held back."""

    added: int
    kept: int
    withdrawn: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows of a file behind each other: what is to be stopped, and what is wrong."""

    right: tuple[Suppression, ...]
    wrong: tuple[Problem, ...]


def stop(connection: Connection, wanted: Sequence[Suppression], now: int) -> Stopped:
    """Stop mail to addresses and domains, up to some thousands at a time, all or nothing; the same again is no harm.

    Open mails of campaigns to these addresses are held back at once; what goes to a domain is looked at when it is about to
    be sent. ``now`` in ms. Raises SuppressionWrongError.
    """
    made = suppressions.suppress_many(connection, wanted, now)
    values = [suppressions.normalised(one.value) for one in wanted]
    people = [one for one in values if "@" in one]
    return Stopped(made.added, made.kept, tracking.withdraw_everywhere(connection, people, now))


def allow(connection: Connection, value: str, now: int, scope: Scope | None = None) -> int:
    """Let mail go to an address or a domain again (in ``scope``, or at all); how many suppressions are gone, 0 when there was
    none. What was held back is not sent after all, and what an erased person asked for stays. Raises SuppressionWrongError.
    """
    return suppressions.unsuppress(connection, value, now, scope=scope)


def headings(table: sheets.Table) -> tuple[str, ...]:
    """What stands above the columns of a file of addresses and domains; empty when its first row is one of them."""
    return () if _begins_at_once(table) else tuple(table.headings)


def chunks(table: sheets.Table, source: str, scope: Scope = "all") -> Iterator[Chunk]:
    """A file of addresses and domains, to be stopped chunk by chunk: the value first, then a reason if there is one.

    ``source``: where they come from, kept with each. Empty rows are passed over.
    """
    first = _read(table.headings, 1, source, scope)
    if isinstance(first, Suppression) or (first and _begins_at_once(table)):
        yield _sorted([first])
    for block in table.blocks(CHUNK):
        rows = zip(block.numbers, block.rows, strict=True)
        yield _sorted([_read(cells, number, source, scope) for number, cells in rows])


def _begins_at_once(table: sheets.Table) -> bool:
    """Whether the file has no headings: its first row is an address."""
    return "@" in str(table.headings[0])


def _sorted(rows: Sequence[Suppression | Problem | None]) -> Chunk:
    right = tuple(one for one in rows if isinstance(one, Suppression))
    return Chunk(right, tuple(one for one in rows if isinstance(one, Problem)))


def _read(row: Sequence[Cell], number: int, source: str, scope: Scope) -> Suppression | Problem | None:
    """None: the row is empty."""
    cells = [str(cell) for cell in row]
    if not any(cell.strip() for cell in cells):
        return None
    value = cells[0].strip()
    try:
        suppressions.normalised(value)
    except suppressions.SuppressionWrongError:
        return Problem(number, "", value, N_("it is neither an address nor a domain"), cells=row)
    said = cells[1].strip().lower() if len(cells) > 1 else ""
    reason = Reason(said) if said in [str(one) for one in GIVEN] else Reason.manual
    return Suppression(value, reason, scope, source)
