"""The roll-up tables: read, added to, replaced."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
import sqlalchemy as sa

from bocau.base.db import Connection
from bocau.base.db.slices import slices
from bocau.stats import tables as t
from bocau.stats.rules import ALL, BY_HOUR, Cell, Counts

EVERYTHING = 0
"""The number under which all submissions are counted together, by hour."""


def parts(connection: Connection, batches: Sequence[int]) -> dict[int, tuple[int, Counts]]:
    """Batch → its submission and what it has contributed."""
    found: dict[int, tuple[int, Counts]] = {}
    for some in slices(batches):
        rows = connection.execute(sa.select(t.stat_part).where(t.stat_part.c.batch.in_(some)))
        found |= {row.batch: (row.submission, _counts(row.counts)) for row in rows}
    return found


def put_parts(connection: Connection, changed: Mapping[int, tuple[int, Counts]]) -> None:
    """Remember what batches have contributed."""
    rows = [
        {"batch": batch_id, "submission": submission, "counts": _text(counts)}
        for batch_id, (submission, counts) in sorted(changed.items())
    ]
    if rows:
        coming = _upsert(connection, t.stat_part, ("batch",))
        connection.execute(coming(lambda new: {"counts": new.counts, "submission": new.submission}), rows)


def add(connection: Connection, differences: Mapping[int, Counts]) -> None:
    """Add to the roll-ups: submission → differences. The sums over everything rise with it;
    under ``EVERYTHING`` stand differences of these alone."""
    total: Counts = Counter()
    rows = []
    for submission, counts in sorted(differences.items()):
        rows += _rows(submission, counts) if submission != EVERYTHING else []
        for cell, n in counts.items():
            if cell.dim in (ALL, BY_HOUR):
                total[cell] += n
    rows += _rows(EVERYTHING, total)
    if rows:
        coming = _upsert(connection, t.stat, ("submission", "dim", "key", "measure"))
        connection.execute(coming(lambda new: {"n": t.stat.c.n + new.n}), rows)


def cells(connection: Connection, submission: int) -> Counts:
    """A submission's figures that are not zero."""
    rows = connection.execute(sa.select(t.stat).where(t.stat.c.submission == submission, t.stat.c.n != 0))
    return Counter({Cell(row.dim, row.key, row.measure): row.n for row in rows})


def replace(connection: Connection, submission: int, counts: Counts) -> None:
    """Forget a submission's figures and write these; its share of everything is not touched."""
    connection.execute(sa.delete(t.stat).where(t.stat.c.submission == submission))
    rows = _rows(submission, counts)
    if rows:
        connection.execute(sa.insert(t.stat), rows)


def everything(connection: Connection) -> Counts:
    """The sums over all submissions that ought to stand under ``EVERYTHING``."""
    columns = (t.stat.c.dim, t.stat.c.key, t.stat.c.measure)
    where = (t.stat.c.submission != EVERYTHING, t.stat.c.dim.in_((ALL, BY_HOUR)))
    rows = connection.execute(sa.select(*columns, sa.func.sum(t.stat.c.n)).where(*where).group_by(*columns))
    return Counter({Cell(*row[:3]): int(row[3]) for row in rows if row[3]})


def due(connection: Connection, limit: int) -> list[int]:
    """Batches that were taken to be counted."""
    query = sa.select(t.stat_due.c.batch).order_by(t.stat_due.c.batch).limit(limit)
    return list(connection.execute(query).scalars())


def put_due(connection: Connection, batches: Sequence[int]) -> None:
    """Remember that these were taken; some may be waiting already."""
    known = due_among(connection, batches)
    rows = [{"batch": batch_id} for batch_id in batches if batch_id not in known]
    if rows:
        connection.execute(sa.insert(t.stat_due), rows)


def due_among(connection: Connection, batches: Sequence[int]) -> set[int]:
    """Those of the batches that were taken and are still to be read."""
    query = sa.select(t.stat_due.c.batch).where(t.stat_due.c.batch.in_(batches))
    return set(connection.execute(query).scalars())


def done(connection: Connection, batches: Sequence[int]) -> None:
    """These are counted."""
    for some in slices(batches):
        connection.execute(sa.delete(t.stat_due).where(t.stat_due.c.batch.in_(some)))


def parts_of(connection: Connection, submission: int) -> list[int]:
    """The batches that have contributed to a submission."""
    query = sa.select(t.stat_part.c.batch).where(t.stat_part.c.submission == submission)
    return list(connection.execute(query).scalars())


def _rows(submission: int, counts: Counts) -> list[dict[str, Any]]:
    return [
        {"submission": submission, "dim": cell.dim, "key": cell.key, "measure": cell.measure, "n": n}
        for cell, n in sorted(counts.items())
        if n
    ]


def _text(counts: Counts) -> str:
    """JSON: dim → key → measure → n."""
    tree: dict[str, dict[str, dict[str, int]]] = {}
    for cell, n in sorted(counts.items()):
        if n:
            tree.setdefault(cell.dim, {}).setdefault(cell.key, {})[cell.measure] = n
    return orjson.dumps(tree).decode()


def _counts(text: str) -> Counts:
    tree = orjson.loads(text)
    return Counter(
        {
            Cell(dim, key, measure): n
            for dim, keys in tree.items()
            for key, measures in keys.items()
            for measure, n in measures.items()
        }
    )


def _upsert(connection: Connection, table: sa.Table, index: Iterable[str]) -> Any:
    """A function from what is set on conflict (given the coming row) to the statement."""
    if connection.dialect.name in ("mysql", "mariadb"):
        from sqlalchemy.dialects import mysql

        coming = mysql.insert(table)
        return lambda values: coming.on_duplicate_key_update(**values(coming.inserted))
    from sqlalchemy.dialects import postgresql, sqlite

    make: Any = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    put = make(table)
    return lambda values: put.on_conflict_do_update(index_elements=list(index), set_=values(put.excluded))
