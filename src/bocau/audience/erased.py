"""Who was erased, known by nothing but a keyed hash.

The hash stands in ``suppression`` as ``#`` and 43 letters, so that one look-up answers for everybody. Its key is made at
the first erasure and stays in this database: a table copied without ``instance`` cannot be tried out with guessed addresses.
"""

import base64
import hashlib
import secrets
from collections.abc import Collection, Iterable

import sqlalchemy as sa

from bocau.audience import tables as t
from bocau.audience.matching import any_of
from bocau.audience.states import Reason
from bocau.base.db import Connection
from bocau.base.db.instance import known, once

KEY = "erasure"
SIGN = "#"


def key(connection: Connection, *, make: bool = False) -> bytes | None:
    """The key; None when nobody was ever erased, unless it shall be made."""
    found = once(connection, KEY, secrets.token_hex(32)) if make else known(connection, KEY)
    return bytes.fromhex(found) if found else None


def digest(hashing: bytes, recipient: str) -> str:
    """``#`` and the recipient's hash (BLAKE2b with a key, RFC 7693 2.9; 256 bits in base64url)."""
    hashed = hashlib.blake2b(recipient.encode(), digest_size=32, key=hashing).digest()
    return SIGN + base64.urlsafe_b64encode(hashed).rstrip(b"=").decode("ascii")


def digests(connection: Connection, recipients: Iterable[str]) -> dict[str, str]:
    """Digest → recipient; empty while nobody was ever erased."""
    hashing = key(connection)
    return {} if hashing is None else {digest(hashing, recipient): recipient for recipient in recipients}


def among(connection: Connection, recipients: Collection[str]) -> set[str]:
    """Those of ``recipients`` (keys) who asked to be erased and have not come back: an import leaves them out."""
    hashed = digests(connection, recipients)
    if not hashed:
        return set()
    query = sa.select(t.erasure.c.digest).where(
        any_of(connection, t.erasure.c.digest, list(hashed)), t.erasure.c.back_at.is_(None)
    )
    return {hashed[value] for value in connection.execute(query).scalars()}


def come_back(connection: Connection, recipient: str, now: int) -> bool:
    """The person agrees to be known again; whether there was anything to take back.

    What only the erasure or the person's own unsubscribing stopped may go again; every other suppression stands under its
    address again. The proof of the erasure stays.
    """
    hashed = list(digests(connection, [recipient]))
    if not hashed:
        return False
    waiting = sa.update(t.erasure).where(t.erasure.c.digest == hashed[0], t.erasure.c.back_at.is_(None))
    if connection.execute(waiting.values(back_at=now)).rowcount == 0:
        return False
    own = (Reason.erased.value, Reason.unsubscribed.value)
    here = t.suppression.c.value.in_((hashed[0], recipient))
    connection.execute(sa.delete(t.suppression).where(here, t.suppression.c.reason.in_(own)))
    _name_again(connection, hashed[0], recipient)
    return True


def _name_again(connection: Connection, hashed: str, recipient: str) -> None:
    """What stood under the hash stands under the address, unless something does there already."""
    there = (
        connection.execute(sa.select(t.suppression.c.scope).where(t.suppression.c.value == recipient)).scalars().all()
    )
    here = t.suppression.c.value == hashed
    connection.execute(sa.delete(t.suppression).where(here, t.suppression.c.scope.in_(there)))
    connection.execute(sa.update(t.suppression).where(here).values(value=recipient))
