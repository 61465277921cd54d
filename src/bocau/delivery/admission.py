"""Which mails of fresh claims may go: asked in the claim's transaction, also of batches that come back."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from bocau import audience
from bocau.base.db import Session, db_now
from bocau.delivery.quiet import Quiet, quiet_of, quiet_until
from bocau.ledger import protocol
from bocau.ledger.protocol import Claimed

KEPT = frozenset(("key", "quiet"))
"""Of a submission's limits."""


class Terms(NamedTuple):
    """What decides about all mails of a submission. ``lists``: ids of the lists it goes to."""

    bulk: bool
    lists: tuple[int, ...] = ()
    quiet: Quiet | None = None


def terms(stream: str, options: Mapping[str, Any]) -> Terms:
    """A submission's terms, from its stream and its frozen options."""
    limits = options.get("limits") or {}
    return Terms(stream == "bulk", tuple(options.get("lists", ())), quiet_of(limits.get("quiet")))


def unkept(options: Mapping[str, Any]) -> list[str]:
    """What options ask for and nothing here keeps yet: to be said aloud, not passed over."""
    asked = {name for name, value in (options.get("limits") or {}).items() if value}
    return sorted(asked - KEPT) + (["relay"] if options.get("relay") else [])


def admit(session: Session, claimed: Sequence[Claimed], terms_of: Callable[[int], Terms]) -> list[Claimed]:
    """The claims with the mails that may go; those whose recipient may not be mailed are ended, with the reason;
    those whose recipient has quiet hours wait until these are over.

    Claims with equal terms are asked about together: a few statements for a thousand mails.
    """
    now = session.execute(sa.select(db_now())).scalar_one()
    groups: dict[Terms, set[str]] = defaultdict(set)
    for one in claimed:
        groups[terms_of(one.submission)].update(row.recipient for row in one.rows)
    blocked = {
        of: audience.blocked(session, people, of.lists, bulk=of.bulk, now=now)
        for of, people in groups.items()
    }
    admitted = [
        _wait(session, _refuse(session, one, blocked[of]), of, now)
        for one in claimed
        for of in [terms_of(one.submission)]
    ]
    return [one for one in admitted if one.rows]


def _refuse(session: Session, one: Claimed, blocked: Mapping[str, str]) -> Claimed:
    reasons = {row.id: blocked[row.recipient] for row in one.rows if row.recipient in blocked}
    return protocol.refuse(session, one, reasons) if reasons else one


def _wait(session: Session, one: Claimed, of: Terms, now: int) -> Claimed:
    if of.quiet is None:
        return one
    until = {row.id: quiet_until(of.quiet, row.data, now) for row in one.rows}
    times = {number: at for number, at in until.items() if at}
    return protocol.put_aside(session, one, times) if times else one
