"""Limits of so many mails in so long a time, kept by all workers together: a bucket for each line of mail.

A bucket is one row (GCRA, ITU-T I.371 Annex A, the "virtual scheduling algorithm"): ``at`` is when it will be empty
again; a mail fills it by ``gap``, and up to ``burst`` mails go at once. At most ``burst - 1 + ceil(window / gap)`` mails
are let through in any window, which the gap is chosen to make ``most``: never more than the limit, whichever window one
looks through, and in even portions, which receiving servers like better than a flood at the full hour.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, NamedTuple

import sqlalchemy as sa

from bocau.base.db import Connection
from bocau.base.db.adding import new_rows
from bocau.delivery import tables as t

PORTIONS = 60
"""Of a window: what goes at once is this part of the limit."""
DEALT = 20
"""Portions that a batch is dealt out into; what is left keeps together for later."""
HOUR = 3600


class Line(NamedTuple):
    """At most ``most`` mails in any ``seconds``."""

    key: str
    most: int
    seconds: int = HOUR

    @property
    def burst(self) -> int:
        """Mails that may go at once."""
        return max(1, self.most // PORTIONS)

    @property
    def gap(self) -> float:
        """µs between mails when many wait."""
        return self.seconds * 1e6 / (self.most - self.burst + 1)


@dataclass
class Bucket:
    """A line's bucket; times in µs. ``planned``: up to when waiting mails were given their turns."""

    line: Line
    at: int = 0
    planned: int = 0

    def room(self, now: int) -> int:
        """How many mails may go now."""
        ahead = max(self.at, now) - now
        return max(0, int((self.line.burst * self.line.gap - ahead) / self.line.gap))

    def take(self, count: int, now: int) -> None:
        """That many go now."""
        if count:
            self.at = ceil(max(self.at, now) + count * self.line.gap)

    def turns(self, count: int, now: int, *, went: bool, since: int | None, floor: int = 0) -> list[int]:
        """When each of ``count`` waiting mails of one batch has its turn, as they stand in it; rising.

        A batch keeps together and waits behind all that have a turn already; one whose turn it is (``since``: until then
        it waited) is dealt out, a portion at a time. ``went``: some of it go now. ``floor``: none before.
        """
        gap, burst = self.line.gap, self.line.burst
        first = max(self.at, now, floor)
        dealt = went
        if since is None or now > since + count * gap:
            dealt = went and self.planned <= first
            first = max(first, self.planned)
            self.planned = ceil(first + count * gap)
        if not dealt:
            return [first] * count
        return [ceil(first + min(place // burst, DEALT) * burst * gap) for place in range(count)]


def hold(connection: Connection, lines: Iterable[Line]) -> dict[str, Bucket]:
    """The buckets, locked until the transaction ends, by key.

    Those that are not there are made first, before any is locked: who waits for another's new row must not hold one that
    the other wants. Both are done in the keys' order.
    """
    wanted = {line.key: line for line in lines}
    there: dict[str, Sequence[Any]] = {}
    while wanted.keys() - there.keys():  # once, unless somebody forgets them between
        known = connection.execute(sa.select(t.pace.c.key).where(t.pace.c.key.in_(wanted))).scalars()
        if lacking := sorted(wanted.keys() - set(known)):
            connection.execute(new_rows(connection, t.pace), [{"key": key} for key in lacking])
        there = _locked(connection, wanted)
    return {key: Bucket(line, *there[key]) for key, line in wanted.items()}


def sleeping(connection: Connection, line: Line, until: int) -> Bucket:
    """The turns of those who sleep until then (ms), apart from the turns of those who are awake. The line must be held."""
    key = f"{line.key}/until/{until}"
    return hold(connection, [line._replace(key=key)])[key]


def keep(connection: Connection, buckets: Collection[Bucket]) -> None:
    """Write them back."""
    lines = [{"b_key": one.line.key, "b_at": one.at, "b_planned": one.planned} for one in buckets]
    if lines:
        done = sa.update(t.pace).where(t.pace.c.key == sa.bindparam("b_key"))
        connection.execute(done.values(at=sa.bindparam("b_at"), planned=sa.bindparam("b_planned")), lines)


def forget(connection: Connection, now: int) -> int:
    """Delete buckets that say nothing any more; how many. ``now``: ms. What a claim holds is left."""
    over = (t.pace.c.at < now * 1000, t.pace.c.planned < now * 1000)
    query = sa.select(t.pace.c.key).where(*over).order_by(t.pace.c.key).limit(1000).with_for_update(skip_locked=True)
    keys = connection.execute(query).scalars().all()
    return connection.execute(sa.delete(t.pace).where(t.pace.c.key.in_(keys))).rowcount if keys else 0


def _locked(connection: Connection, keys: Collection[str]) -> dict[str, Sequence[Any]]:
    query = sa.select(t.pace.c.key, t.pace.c.at, t.pace.c.planned).where(t.pace.c.key.in_(sorted(keys)))
    rows = connection.execute(query.order_by(t.pace.c.key).with_for_update())
    return {row.key: (row.at, row.planned) for row in rows}
