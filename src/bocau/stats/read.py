"""Reading the roll-ups: a few hundred rows, however many messages they stand for."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from bocau.base.db import Connection
from bocau.base.db.slices import slices
from bocau.stats import tables as t
from bocau.stats.queries import EVERYTHING
from bocau.stats.rules import ALL, BY_DOMAIN, BY_HOUR, BY_LINK, BY_RELAY, DIMS, QUEUED, STATES
from bocau.stats.tables import LARGEST

Table = dict[str, dict[str, int]]
"""Key → measure → how many. Measures that are zero are left out."""
MOST = 50


class Report(NamedTuple):
    """The figures of some submissions together. ``hours``: keys like 2026-11-25T17 (UTC), in order; ``domains``: those
    with the most messages first; ``relays``: ids as text; ``links``: numbers as text."""

    totals: dict[str, int]
    hours: Table
    domains: Table
    relays: Table
    links: Table

    def of(self, measure: str) -> int:
        """One of the totals; 0 when there is none."""
        return self.totals.get(measure, 0)

    @property
    def waiting(self) -> int:
        """Messages in the queue: neither deferred nor settled."""
        return self.of(QUEUED) - sum(self.of(name) for name in STATES.values())

    def table(self, dim: str) -> Table:
        """One of the tables by its dimension: hour, domain, relay, link."""
        return {BY_HOUR: self.hours, BY_DOMAIN: self.domains, BY_RELAY: self.relays, BY_LINK: self.links}[dim]


def read(connection: Connection, submissions: Sequence[int], *, most: int | None = MOST) -> Report:
    """What is counted of submissions, all together. ``most``: so many domains of each; None: all of them."""
    tables: dict[str, Table] = {dim: {} for dim in DIMS}
    mine = (t.stat.c.submission.in_(list(submissions)), t.stat.c.n != 0)
    dims = [dim for dim in DIMS if dim != BY_DOMAIN or most is None]
    found = _sums(connection, *mine, t.stat.c.dim.in_(dims))
    if most is not None:
        for some in slices(_domains(connection, submissions, most)):
            found += _sums(connection, *mine, t.stat.c.dim == BY_DOMAIN, t.stat.c.key.in_(some))
    for dim, key, measure, n in sorted(found, key=lambda row: row[:3]):
        tables[dim].setdefault(key, {})[measure] = n
    return Report(
        tables[ALL].get("", {}), tables[BY_HOUR], _largest_first(tables[BY_DOMAIN]), tables[BY_RELAY], tables[BY_LINK]
    )


def totals(connection: Connection, since: str = "", until: str = "~") -> Table:
    """All submissions together by day (UTC, like 2026-11-25), in order. ``since`` and ``until``: the first day, and the
    day after the last."""
    where = (t.stat.c.submission == EVERYTHING, t.stat.c.dim == BY_HOUR, t.stat.c.key >= since, t.stat.c.key < until)
    days: dict[str, Counter[str]] = {}
    query = sa.select(t.stat.c.key, t.stat.c.measure, t.stat.c.n).where(*where, t.stat.c.n != 0).order_by(t.stat.c.key)
    for row in connection.execute(query):
        days.setdefault(row.key[:10], Counter())[row.measure] += row.n
    return {day: dict(counts) for day, counts in days.items()}


def _sums(connection: Connection, *where: sa.ColumnElement[bool]) -> list[tuple[str, str, str, int]]:
    columns = (t.stat.c.dim, t.stat.c.key, t.stat.c.measure)
    query = sa.select(*columns, sa.func.sum(t.stat.c.n).label("n")).where(*where).group_by(*columns)
    return [(row.dim, row.key, row.measure, int(row.n)) for row in connection.execute(query)]


def _domains(connection: Connection, submissions: Sequence[int], most: int) -> list[str]:
    """The domains with the most messages in any of the submissions."""
    names: set[str] = set()
    for submission_id in submissions:
        largest = (t.stat.c.submission == submission_id, LARGEST)
        query = sa.select(t.stat.c.key).where(*largest).order_by(t.stat.c.n.desc(), t.stat.c.key).limit(most)
        names.update(connection.execute(query).scalars())
    return sorted(names)


def _largest_first(domains: Table) -> Table:
    return dict(sorted(domains.items(), key=lambda one: (-one[1].get(QUEUED, 0), one[0])))
