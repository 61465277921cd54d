"""Which mails of fresh claims may go: asked in the claim's transaction, also of batches that come back."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from bocau import audience
from bocau.base.db import Session, db_now
from bocau.ledger import protocol
from bocau.ledger.protocol import Claimed


class Terms(NamedTuple):
    """What decides about all mails of a submission. ``lists``: ids of the lists it goes to."""

    bulk: bool
    lists: tuple[int, ...] = ()


def terms(stream: str, options: Mapping[str, Any]) -> Terms:
    """A submission's terms, from its stream and its frozen options."""
    return Terms(stream == "bulk", tuple(options.get("lists", ())))


def admit(session: Session, claimed: Sequence[Claimed], terms_of: Callable[[int], Terms]) -> list[Claimed]:
    """The claims with the mails that may go; those whose recipient may not be mailed are ended, with the reason.

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
    admitted = [_admit(session, one, blocked[terms_of(one.submission)]) for one in claimed]
    return [one for one in admitted if one.rows]


def _admit(session: Session, one: Claimed, blocked: Mapping[str, str]) -> Claimed:
    reasons = {row.id: blocked[row.recipient] for row in one.rows if row.recipient in blocked}
    return protocol.refuse(session, one, reasons) if reasons else one
