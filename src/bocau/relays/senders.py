"""As whom mail goes: sender domains and their DKIM keys, with rotation.

A domain has one key in use. Rotation makes a second one, whose public half is published first and which is then put
to use; the old public half stays published until every letter signed with it has been read.
"""

import base64
import re
from dataclasses import dataclass, field, replace

import sqlalchemy as sa
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bocau.base.db import Connection
from bocau.base.errors import BocauError
from bocau.base.given import NOT_GIVEN
from bocau.base.secrets import SecretBox
from bocau.base.words import N_
from bocau.relays import tables as t
from bocau.relays.requests import SenderChange, SenderCreation
from bocau.wire import address

KEY_BITS = 2048
SELECTOR = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
DAY = 86_400_000
AFTER_QUEUE = 7 * DAY
"""Ms an old public key stays published after the last letter signed with it can have left."""


class SenderUnknownError(BocauError):
    code = "sender-unknown"
    sentence = N_("There is no sender domain {domain}. Nothing was changed.")
    hint = N_("`bocau senders list` shows all; `bocau senders add {domain}` creates it.")


class SenderExistsError(BocauError):
    code = "sender-exists"
    sentence = N_("The sender domain {domain} already exists. Its key was not changed.")
    hint = N_("`bocau senders show {domain}` prints its DNS records, `bocau senders rotate {domain}` makes a new key.")


class SenderDomainWrongError(BocauError):
    code = "sender-domain-wrong"
    sentence = N_("“{domain}” is not a domain mail can come from. Nothing was changed.")
    hint = N_("Give the part behind the @ of your From address, like clinic.vn.")


class SelectorWrongError(BocauError):
    code = "selector-wrong"
    sentence = N_("“{selector}” cannot be the name of a key in DNS. Nothing was changed.")
    hint = N_("Use lower-case letters, digits and hyphens, at most 63, like k2026.")


@dataclass(frozen=True)
class SenderIdentity:
    """As whom letters of a domain are signed. ``domain`` in A-labels; ``bounce_domain`` empty: the From address is
    the envelope sender. ``private_key_pem`` is never shown."""

    domain: str
    selector: str
    private_key_pem: str = field(repr=False)
    bounce_domain: str = ""


@dataclass(frozen=True)
class Key:
    """One DKIM key. ``state``: next (not yet used), active, retired. Times in ms."""

    selector: str
    public_key: str
    created_at: int
    active_at: int | None
    retired_at: int | None

    @property
    def state(self) -> str:
        if self.active_at is None:
            return "next"
        return "active" if self.retired_at is None else "retired"


@dataclass(frozen=True)
class Sender:
    """A sender domain as people see it; ``keys`` newest first."""

    domain: str
    bounce_domain: str
    created_at: int
    keys: tuple[Key, ...]

    @property
    def active(self) -> Key:
        return next(key for key in self.keys if key.state == "active")

    @property
    def next(self) -> Key | None:
        return next((key for key in self.keys if key.state == "next"), None)


def sender_for(connection: Connection, domain: str, secret: bytes, at: int | None = None) -> SenderIdentity | None:
    """Who signs for ``domain``: itself, else the nearest domain above it that is stored (DMARC aligns both).

    ``at`` (ms) takes the key that was in use then, so that a letter made again has the same bytes. None when no such
    sender is stored: the letter goes unsigned. Raises SealBrokenError.
    """
    above = _above(domain)
    rows = connection.execute(sa.select(t.sender).where(t.sender.c.domain.in_(above))).all()
    if not rows:
        return None
    nearest = max(rows, key=lambda row: len(row.domain))
    selector, sealed = _key_at(connection, nearest.domain, at)
    pem = SecretBox(secret).decrypt(sealed, key_context(nearest.domain, selector))
    return SenderIdentity(nearest.domain, selector, pem, nearest.bounce_domain)


def list_senders(connection: Connection) -> list[Sender]:
    """All sender domains by name."""
    keys: dict[str, list[Key]] = {}
    for row in connection.execute(
        sa.select(t.sender_key).order_by(t.sender_key.c.created_at.desc(), t.sender_key.c.selector.desc())
    ):
        keys.setdefault(row.domain, []).append(
            Key(row.selector, row.public_key, row.created_at, row.active_at, row.retired_at)
        )
    rows = connection.execute(sa.select(t.sender).order_by(t.sender.c.domain))
    return [Sender(row.domain, row.bounce_domain, row.created_at, tuple(keys.get(row.domain, ()))) for row in rows]


def show_sender(connection: Connection, domain: str) -> Sender:
    """Raises SenderUnknownError."""
    found = next((one for one in list_senders(connection) if one.domain == domain), None)
    if found is None:
        raise SenderUnknownError(domain=domain)
    return found


def create_sender(connection: Connection, creation: SenderCreation, secret: bytes, now: int) -> Sender:
    """Store a sender domain with a new key in use from ``now`` (ms). Raises SenderDomainWrongError, SelectorWrongError,
    SenderExistsError."""
    bounces, domain, selector = _bounces(creation.bounce_domain), domain_of(creation.domain), creation.selector
    if selector and not SELECTOR.fullmatch(selector):
        raise SelectorWrongError(selector=selector[:63])
    if connection.execute(sa.select(t.sender.c.domain).where(t.sender.c.domain == domain)).one_or_none() is not None:
        raise SenderExistsError(domain=domain)
    connection.execute(sa.insert(t.sender).values(domain=domain, bounce_domain=bounces, created_at=now))
    _add_key(connection, domain, selector or "bocau1", secret, now, active_at=now)
    return show_sender(connection, domain)


def change_sender(connection: Connection, domain: str, change: SenderChange) -> Sender:
    """Change a sender domain (A-labels); what is not given stays. Raises SenderDomainWrongError, SenderUnknownError."""
    found = show_sender(connection, domain)
    if change.bounce_domain is NOT_GIVEN:
        return found
    bounces = _bounces(change.bounce_domain)
    connection.execute(sa.update(t.sender).where(t.sender.c.domain == domain).values(bounce_domain=bounces))
    return replace(found, bounce_domain=bounces)


def domain_of(text: str) -> str:
    """A domain as people write it, as A-labels. Raises SenderDomainWrongError."""
    try:
        return address.check(f"postmaster@{text.strip().rstrip('.')}").domain
    except address.AddressWrongError:
        raise SenderDomainWrongError(domain=address.shown(text)) from None


def prepare_key(connection: Connection, domain: str, secret: bytes, now: int) -> Key:
    """The next key of a domain, made when there is none; not used before ``activate_key``."""
    known = show_sender(connection, domain)
    if known.next is not None:
        return known.next
    taken = {key.selector for key in known.keys}
    selector = next(name for n in range(1, 10_000) if (name := f"bocau{n}") not in taken)
    return _add_key(connection, domain, selector, secret, now, active_at=None)


def activate_key(connection: Connection, domain: str, now: int) -> Sender:
    """Sign with the next key from ``now`` (ms) on. Without a next key nothing changes."""
    known = show_sender(connection, domain)
    if known.next is None:
        return known
    mine = t.sender_key.c.domain == domain
    connection.execute(
        sa.update(t.sender_key)
        .where(mine, t.sender_key.c.active_at.is_not(None), t.sender_key.c.retired_at.is_(None))
        .values(retired_at=now)
    )
    connection.execute(
        sa.update(t.sender_key).where(mine, t.sender_key.c.selector == known.next.selector).values(active_at=now)
    )
    return show_sender(connection, domain)


def remove_sender(connection: Connection, domain: str) -> None:
    """Forget a domain and its keys: its mail goes unsigned. Raises SenderUnknownError."""
    show_sender(connection, domain)
    connection.execute(sa.delete(t.sender_key).where(t.sender_key.c.domain == domain))
    connection.execute(sa.delete(t.sender).where(t.sender.c.domain == domain))


def drop_old_keys(connection: Connection, now: int, queue_age: int) -> int:
    """Delete keys nobody needs any more. ``queue_age``: ms the oldest open mail may have. How many."""
    before = now - queue_age - AFTER_QUEUE
    return connection.execute(sa.delete(t.sender_key).where(t.sender_key.c.retired_at < before)).rowcount


def keep_published_until(retired_at: int, queue_age: int) -> int:
    """Ms until when an old public key must stay in DNS."""
    return retired_at + queue_age + AFTER_QUEUE


def key_context(domain: str, selector: str) -> str:
    return f"sender.private_key/{domain}/{selector}"


def make_key() -> tuple[str, str]:
    """A new RSA key: PEM of the private half, base64 of the public half as DNS wants it (RFC 6376 section 3.6.1)."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return pem.decode(), base64.b64encode(public).decode()


def _bounces(text: str) -> str:
    return domain_of(text) if text else ""


def _add_key(
    connection: Connection, domain: str, selector: str, secret: bytes, now: int, *, active_at: int | None
) -> Key:
    private, public = make_key()
    connection.execute(
        sa.insert(t.sender_key).values(
            domain=domain,
            selector=selector,
            public_key=public,
            created_at=now,
            active_at=active_at,
            private_key=SecretBox(secret).encrypt(private, key_context(domain, selector)),
        )
    )
    return Key(selector, public, now, active_at, None)


def _above(domain: str) -> list[str]:
    labels = domain.strip().rstrip(".").lower().split(".")
    return [".".join(labels[start:]) for start in range(len(labels))]


def _key_at(connection: Connection, domain: str, at: int | None) -> tuple[str, str]:
    """Selector and sealed private key in use at ``at``, or now."""
    used = sa.select(t.sender_key.c.selector, t.sender_key.c.private_key).where(
        t.sender_key.c.domain == domain, t.sender_key.c.active_at.is_not(None)
    )
    then = None
    if at is not None:
        newest = t.sender_key.c.active_at.desc()
        then = connection.execute(used.where(t.sender_key.c.active_at <= at).order_by(newest).limit(1)).one_or_none()
    row = then or connection.execute(used.where(t.sender_key.c.retired_at.is_(None))).one()
    return row.selector, row.private_key
