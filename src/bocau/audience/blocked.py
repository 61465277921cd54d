"""Who of many may not be mailed, and why: asked before every mail is added to the ledger, and again when it is claimed."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from bocau.audience import erased
from bocau.audience import tables as t
from bocau.audience.matching import any_of
from bocau.audience.states import Reason, Subscribed
from bocau.base.db import Connection


def blocked(
    connection: Connection, recipients: Collection[str], lists: Sequence[int], *, bulk: bool, now: int
) -> dict[str, str]:
    """Recipient key → reason, of those who are blocked. ``lists``: ids of the lists the mail goes to; ``bulk``: whether it
    is a campaign's. ``now`` in ms decides what has expired.

    A suppression of the address or of its domain blocks; one of scope bulk only bulk mail. With ``lists``, who
    unsubscribed from one of them and is subscribed to none of them is blocked. Of several reasons scope all goes before
    bulk, address before domain, and a suppression before lists. Two or three statements for a thousand recipients.
    """
    people = list(recipients)
    found = dict.fromkeys(_left(connection, people, lists), Reason.list_unsubscribed.value) if lists and bulk else {}
    domains = {person.rpartition("@")[2] for person in people}
    hashed = erased.digests(connection, people)
    told = _told(connection, [*people, *domains, *hashed], bulk, now)
    if not told:
        return found
    by_digest = {person: told[value] for value, person in hashed.items() if value in told}
    for person in people:
        all_told = (told.get(person), by_digest.get(person), told.get(person.rpartition("@")[2]))
        known = [one for one in all_told if one is not None]
        if known:
            found[person] = min(known, key=_scope)[1]
    return found


def _scope(one: tuple[str, str]) -> str:
    """``all`` sorts before ``bulk``; among equals the first stays."""
    return one[0]


def _told(connection: Connection, values: Sequence[str], bulk: bool, now: int) -> dict[str, tuple[str, str]]:
    """Value → (scope, reason), the wider scope where there are two."""
    columns = (t.suppression.c.value, t.suppression.c.scope, t.suppression.c.reason)
    query = sa.select(*columns).where(any_of(connection, t.suppression.c.value, values), unexpired(now))
    if not bulk:
        query = query.where(t.suppression.c.scope == "all")
    found: dict[str, tuple[str, str]] = {}
    for value, scope, reason in connection.execute(query):
        if value not in found or scope < found[value][0]:
            found[value] = (scope, reason)
    return found


def _left(connection: Connection, recipients: Sequence[str], lists: Sequence[int]) -> Iterable[str]:
    return connection.execute(
        sa.select(t.contact.c.recipient)
        .join(t.subscription, t.subscription.c.contact == t.contact.c.id)
        .where(any_of(connection, t.contact.c.recipient, recipients), t.subscription.c.list.in_(lists))
        .group_by(t.contact.c.recipient)
        .having(sa.func.max(_is(Subscribed.unsubscribed)) == 1, sa.func.max(_is(Subscribed.subscribed)) == 0)
    ).scalars()


def unexpired(now: int) -> sa.ColumnElement[bool]:
    return t.suppression.c.expires_at.is_(None) | (t.suppression.c.expires_at > now)


def _is(state: Subscribed) -> sa.ColumnElement[Any]:
    return sa.case((t.subscription.c.state == state.value, 1), else_=0)
