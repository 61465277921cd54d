"""DKIM signatures (RFC 6376; Ed25519 by RFC 8463), relaxed/relaxed, never with ``l=``.

Signed are the fields of ``OVERSIGNED`` — each named once more than it is present, so that nobody can add one — and
of ``SIGNED`` where present. What is equal in all letters of a skeleton is canonicalised once.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

from bocau.base.errors import BocauError
from bocau.base.words import N_

OVERSIGNED = (
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "reply-to",
    "cc",
    "mime-version",
    "content-type",
    "list-unsubscribe",
    "list-unsubscribe-post",
)
SIGNED = ("list-id", "feedback-id", "auto-submitted", "content-transfer-encoding")
MIN_RSA_BITS = 1024  # RFC 8301 3.2; keys made here have 2048
PADDING = padding.PKCS1v15()
SHA256 = hashes.SHA256()

Key = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


class DkimKeyWrongError(BocauError):
    """A private key cannot sign; ``domain`` is the domain it belongs to."""

    code: ClassVar[str] = "dkim-key-wrong"
    sentence: ClassVar[str] = N_("The DKIM key of {domain} cannot be used. Nothing was sent with it.")
    hint: ClassVar[str] = N_("Make a new key with `bocau senders add {domain}`; RSA keys need 1024 bits or more.")


@dataclass(frozen=True, slots=True)
class Identity:
    """As whom letters are signed: ``domain`` in A-labels (d=), ``selector`` (s=), ``key`` as PEM."""

    domain: str
    selector: str
    key: bytes

    def __repr__(self) -> str:
        return f"Identity({self.selector}._domainkey.{self.domain})"


@lru_cache(maxsize=256)
def load_key(pem: bytes) -> Key | None:
    """The key in ``pem``; None when there is none that can sign. Cached: loading takes 47 ms."""
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError):
        return None
    if isinstance(key, rsa.RSAPrivateKey):
        return key if key.key_size >= MIN_RSA_BITS else None
    return key if isinstance(key, ed25519.Ed25519PrivateKey) else None


def relax(field: bytes) -> bytes:
    """One header field, canonicalised (RFC 6376 3.4.2): lower-case name, unfolded, single blanks, CRLF."""
    name, _, value = field.partition(b":")
    return name.strip().lower() + b":" + b" ".join(value.split()) + b"\r\n"


class Signature:
    """Signs the letters of one skeleton: ``fixed`` are the field lines that all of them carry.

    Raises DkimKeyWrongError.
    """

    def __init__(self, identity: Identity, fixed: Sequence[bytes]) -> None:
        key = load_key(identity.key)
        if key is None:
            raise DkimKeyWrongError(domain=identity.domain)
        self.key, self.identity = key, identity
        self.fixed = [(field.partition(b":")[0].lower().decode("ascii"), relax(field)) for field in fixed]
        self.plans: dict[tuple[str, ...], Plan] = {}

    def sign(self, own: Mapping[str, bytes], body: bytes, now: int) -> bytes:
        """The DKIM-Signature field for a letter with the further fields ``own`` (lower-case name → field line).

        ``body`` is the canonical body, ``now`` the time in seconds since the epoch.
        """
        plan = self.plans.get(tuple(own)) or self._plan(tuple(own))
        digest = hashlib.sha256(body).digest()
        head = plan.head % (now, base64.b64encode(digest))
        data = [plan.canonical, *[relax(own[name]) for name in plan.own]]
        data.append(b"dkim-signature:" + b" ".join(head[15:].split()))
        mark = base64.b64encode(self._signed(b"".join(data)))
        lines = [mark[at : at + 72] for at in range(0, len(mark), 72)]
        return head + b"\r\n ".join(lines) + b"\r\n"

    def _signed(self, data: bytes) -> bytes:
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(data, PADDING, SHA256)
        return self.key.sign(hashlib.sha256(data).digest())

    def _plan(self, own: tuple[str, ...]) -> "Plan":
        present = [name for name, _ in self.fixed]
        chosen = [name for name in (*OVERSIGNED, *SIGNED) if name in present]
        mine = [name for name in (*OVERSIGNED, *SIGNED) if name in own]
        names = [name for name in chosen for _ in range(present.count(name))] + mine
        algorithm = "rsa" if isinstance(self.key, rsa.RSAPrivateKey) else "ed25519"
        head = (
            f"DKIM-Signature: v=1; a={algorithm}-sha256; c=relaxed/relaxed; d={self.identity.domain};\r\n"
            f" s={self.identity.selector}; t=%d;\r\n h={_folded([*names, *OVERSIGNED])};\r\n bh=%b;\r\n b="
        )
        # Of several fields of one name the lowest is signed first (RFC 6376 5.4.2).
        canonical = b"".join(field for name in chosen for found, field in reversed(self.fixed) if found == name)
        plan = Plan(head.encode("ascii"), canonical, tuple(mine))
        self.plans[own] = plan
        return plan


@dataclass(frozen=True, slots=True)
class Plan:
    """What is constant in the signatures of letters with the same field names."""

    head: bytes
    canonical: bytes
    own: tuple[str, ...]


def _folded(names: Sequence[str]) -> str:
    """The h= list in short lines."""
    lines = [""]
    for name in names:
        if lines[-1] and len(lines[-1]) + len(name) > 70:
            lines.append("")
        lines[-1] += name + ":"
    return "\r\n ".join(lines).removesuffix(":")
