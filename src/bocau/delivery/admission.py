"""Which mails of fresh claims may go: asked in the claim's transaction, also of batches that come back."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from bocau import audience
from bocau.base.db import Connection, db_now
from bocau.delivery import pace
from bocau.delivery.pace import Bucket, Line
from bocau.delivery.quiet import Quiet, quiet_of, quiet_until
from bocau.ledger import people, protocol
from bocau.ledger.options import Limits, Options
from bocau.ledger.protocol import Claimed, Row

DAY = 86_400_000
TOO_MANY = "frequency-cap"
"""Why a person gets no mail: she had as many of late as the campaign allows."""
COUNTING = Line("frequency", 1)
"""Its row is locked while mails of late are counted, so that two campaigns do not both send the last one."""
EACH = "*"
"""As a domain: each that is not named."""


class Cap(NamedTuple):
    """At most so many campaigns' mails to a person in so many days."""

    most: int
    days: int


class Terms(NamedTuple):
    """What decides about all mails of a submission. ``lists``: ids of the lists it goes to; ``lines``: limits of all its
    mails together; ``domains``: domain or "*" → mails an hour, for each domain alone; ``relay``: the only one for it."""

    bulk: bool
    lists: tuple[int, ...] = ()
    quiet: Quiet | None = None
    lines: tuple[Line, ...] = ()
    domains: tuple[tuple[str, int], ...] = ()
    key: str = ""
    cap: Cap | None = None
    relay: int | None = None

    def domain_line(self, domain: str) -> Line | None:
        """The limit of a domain."""
        named = dict(self.domains)
        most = named.get(domain, named.get(EACH))
        return None if most is None else Line(f"{self.key}/domain/{domain}", most)


def terms(stream: str, options: Options) -> Terms:
    """A submission's terms, from its stream and its frozen options."""
    limits = options.limits or Limits()
    key = limits.key or ""
    lines = [Line(f"{key}/hour", limits.per_hour)] if limits.per_hour else []
    if limits.window:
        lines.append(Line(f"{key}/window", limits.window.most, limits.window.seconds))
    return Terms(
        stream == "bulk",
        options.lists or (),
        quiet_of(limits.quiet),
        tuple(lines),
        tuple(sorted((limits.per_domain or {}).items())),
        key,
        Cap(limits.frequency.most, limits.frequency.days) if limits.frequency else None,
        options.relay,
    )


def admit(connection: Connection, claimed: Sequence[Claimed], terms_of: Callable[[int], Terms]) -> list[Claimed]:
    """The claims with the mails that may go. Ended, with the reason, are those whose recipient may not be mailed; those in
    quiet hours or beyond a limit wait for their turn.

    Claims with equal terms are asked about together: a few statements for a thousand mails.
    """
    now = connection.execute(sa.select(db_now())).scalar_one()
    groups: dict[Terms, set[str]] = defaultdict(set)
    for one in claimed:
        groups[terms_of(one.submission)].update(row.recipient for row in one.rows)
    blocked = {of: audience.blocked(connection, who, of.lists, bulk=of.bulk, now=now) for of, who in groups.items()}
    buckets = pace.hold(connection, _lines(claimed, terms_of))
    admitted = []
    for one in claimed:
        of = terms_of(one.submission)
        left = _cap(connection, _refuse(connection, one, blocked[of]), of.cap, now)
        times = _Throttle(connection, of, buckets, now).times(left) if of.quiet or of.lines or of.domains else {}
        admitted.append(protocol.put_aside(connection, left, times) if times else left)
    pace.keep(connection, [bucket for bucket in buckets.values() if bucket.line != COUNTING])
    return [one for one in admitted if one.rows]


def _lines(claimed: Sequence[Claimed], terms_of: Callable[[int], Terms]) -> list[Line]:
    lines: list[Line] = []
    for one in claimed:
        of = terms_of(one.submission)
        lines += of.lines
        lines += [COUNTING] if of.cap else []
        if of.domains:
            domains = {_domain(row) for row in one.rows}
            lines += [line for domain in domains if (line := of.domain_line(domain))]
    return lines


def _refuse(connection: Connection, one: Claimed, blocked: Mapping[str, str]) -> Claimed:
    reasons = {row.id: blocked[row.recipient] for row in one.rows if row.recipient in blocked}
    return protocol.refuse(connection, one, reasons) if reasons else one


def _cap(connection: Connection, one: Claimed, cap: Cap | None, now: int) -> Claimed:
    if cap is None or not one.rows:
        return one
    who = [row.recipient for row in one.rows]
    had = people.mailed(connection, who, but=one.submission, since=now - cap.days * DAY)
    reasons = {row.id: TOO_MANY for row in one.rows if had.get(row.recipient, 0) >= cap.most}
    return protocol.refuse(connection, one, reasons) if reasons else one


def _domain(row: Row) -> str:
    return row.recipient.rpartition("@")[2]


class _Throttle:
    """Deals out what limits leave to the mails of one batch."""

    def __init__(self, connection: Connection, of: Terms, buckets: Mapping[str, Bucket], now: int) -> None:
        self.connection, self.of, self.buckets, self.now = connection, of, buckets, now * 1000
        self.domains: dict[str, list[Bucket]] = {}
        self.common = [buckets[line.key] for line in of.lines]
        self.room = {key: bucket.room(self.now) for key, bucket in buckets.items()}
        self.went: dict[str, int] = defaultdict(int)

    def times(self, one: Claimed) -> dict[int, int]:
        """Message id → ms, for those that wait."""
        waiting: dict[tuple[str, int], list[int]] = defaultdict(list)
        for row in one.rows:
            until = quiet_until(self.of.quiet, row.data, self.now // 1000) if self.of.quiet else 0
            mine = [*self._domain(row), *self.common]
            full = [bucket.line.key for bucket in mine if self.went[bucket.line.key] >= self.room[bucket.line.key]]
            if until or full:
                line = full[0] if full else mine[0].line.key if mine else ""
                waiting[line, until].append(row.id)
                continue
            for bucket in mine:
                self.went[bucket.line.key] += 1
        for key, count in self.went.items():
            self.buckets[key].take(count, self.now)
        since = None if one.not_before is None else one.not_before * 1000
        times: dict[int, int] = {}
        for (key, until), numbers in sorted(waiting.items()):
            times |= dict(zip(numbers, self._line_times(key, numbers, until, since), strict=True))
        return times

    def _domain(self, row: Row) -> list[Bucket]:
        if not self.of.domains:
            return []
        domain = _domain(row)
        if domain not in self.domains:
            line = self.of.domain_line(domain)
            self.domains[domain] = [self.buckets[line.key]] if line else []
        return self.domains[domain]

    def _line_times(self, key: str, numbers: list[int], until: int, since: int | None) -> list[int]:
        if not key:
            return [until] * len(numbers)
        count = len(numbers)
        if until:
            bucket = pace.sleeping(self.connection, self.buckets[key].line, until)
            turns = bucket.turns(count, self.now, went=False, since=None, floor=until * 1000)
            pace.keep(self.connection, [bucket])
        else:
            turns = self.buckets[key].turns(count, self.now, went=bool(self.went[key]), since=since)
        return [-(-turn // 1000) for turn in turns]
