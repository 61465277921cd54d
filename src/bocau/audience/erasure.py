"""Forgetting one person (GDPR article 17; Vietnam's personal data law): everything goes but the proof that it went.

What stays says nothing about the person to who does not know the address: a keyed hash, the day, who asked, how many rows.
The hash is also what keeps bulk mail and imports away afterwards, so that an old file does not bring the person back.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa

from bocau.audience import contacts, erased, places
from bocau.audience import tables as t
from bocau.audience.states import Reason
from bocau.audience.values import clean
from bocau.base.clock import exact
from bocau.base.db import Connection
from bocau.base.db.adding import add_row


class Proof(NamedTuple):
    """``digest``: the keyed hash of the recipient. ``counts``: what was erased → rows."""

    id: int
    digest: str
    at: int
    asked_by: str
    counts: dict[str, int]

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return self._asdict() | {"at": exact(self.at)}


def erase(connection: Connection, recipient: str, now: int, *, asked_by: str = "") -> Proof:
    """Forget a person (a recipient key), also one who is no contact; the same again gives another proof.

    ``asked_by`` must not name the person. What the ledger keeps of them is the ledger's to forget.
    """
    hashing = erased.key(connection, make=True)
    assert hashing is not None
    digest = erased.digest(hashing, recipient)
    counts = {"suppressions": _hash_suppressions(connection, recipient, digest)}
    contact_id = contacts.ids(connection, [recipient]).get(recipient)
    if contact_id is not None:
        counts |= _forget(connection, contact_id)
    _keep_away(connection, digest, now)
    values = {"digest": digest, "at": now, "asked_by": clean(asked_by)[:500], "counts": orjson.dumps(counts).decode()}
    return Proof(add_row(connection, t.erasure, values), digest, now, values["asked_by"], counts)  # type: ignore[arg-type]


def proofs(connection: Connection, recipient: str) -> list[Proof]:
    """What proves that this person was erased, oldest first; who asks must know the address."""
    hashed = list(erased.digests(connection, [recipient]))
    if not hashed:
        return []
    query = sa.select(t.erasure).where(t.erasure.c.digest == hashed[0]).order_by(t.erasure.c.id)
    return [_read(row) for row in connection.execute(query)]


def all_proofs(connection: Connection, after: int = 0, limit: int = 100) -> Sequence[Proof]:
    """Proofs by id, a page at a time."""
    query = sa.select(t.erasure).where(t.erasure.c.id > after).order_by(t.erasure.c.id).limit(limit)
    return [_read(row) for row in connection.execute(query)]


def _read(row: sa.Row[Any]) -> Proof:
    return Proof(row.id, row.digest, row.at, row.asked_by, orjson.loads(row.counts))


def _forget(connection: Connection, contact_id: int) -> dict[str, int]:
    """Every row about the contact, and the contact; it is locked first, so that nobody adds one meanwhile."""
    connection.execute(sa.select(t.contact.c.id).where(t.contact.c.id == contact_id).with_for_update())
    places.forget(connection, t.contact_pages, [contact_id])
    of = {
        "tags": t.contact_tag.c.contact,
        "subscriptions": t.subscription.c.contact,
        "consent": t.consent.c.contact,
        "imports": t.import_before.c.contact,
        "contacts": t.contact.c.id,
    }
    return {
        name: connection.execute(sa.delete(column.table).where(column == contact_id)).rowcount
        for name, column in of.items()
    }


def _hash_suppressions(connection: Connection, recipient: str, digest: str) -> int:
    """What stops mail to the person goes on doing so without the address; notes and sources, which may name them, go."""
    connection.execute(
        sa.delete(t.suppression).where(
            t.suppression.c.value == digest,
            t.suppression.c.scope.in_(
                connection.execute(sa.select(t.suppression.c.scope).where(t.suppression.c.value == recipient))
                .scalars()
                .all()
            ),
        )
    )
    plain = sa.update(t.suppression).where(t.suppression.c.value == recipient)
    return connection.execute(plain.values(value=digest, source="", note="")).rowcount


def _keep_away(connection: Connection, digest: str, now: int) -> None:
    """No bulk mail any more, unless something stronger stands there already."""
    there = sa.and_(t.suppression.c.value == digest, t.suppression.c.scope == "bulk")
    lasting = {"expires_at": None}
    if connection.execute(sa.update(t.suppression).where(there).values(**lasting)).rowcount == 0:
        values = {"value": digest, "scope": "bulk", "reason": Reason.erased.value, "created_at": now, **lasting}
        connection.execute(sa.insert(t.suppression).values(**values))
