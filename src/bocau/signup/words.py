"""The words in the addresses of sign-up forms and of confirmation links. No database is needed to read them.

A form's address holds a sealed word and not the list's number: with numbers, whoever counts up would find every list there
is, read its title and put people on those that do not ask first. A form exists for those who were given its address.
"""

import hashlib
import struct
from typing import NamedTuple

from bocau.base.seals import Seal, number_of, number_payload

LAYOUT = struct.Struct(">QQQ8s")


class Claim(NamedTuple):
    """Whom a confirmation link asked about what. ``asked_at`` in ms. ``mark`` is of the address that was written to: should
    the contact move to another one, the old link says nothing about it."""

    list: int
    contact: int
    asked_at: int
    mark: bytes


class Words:
    """Makes and opens words under the root ``secret``."""

    def __init__(self, secret: bytes) -> None:
        self._form, self._claim = Seal(secret, "sign-up form"), Seal(secret, "sign-up claim")

    def form(self, list_id: int) -> str:
        """The word of a list's form."""
        return self._form.seal(number_payload(list_id))

    def list_of(self, word: str) -> int | None:
        """The list's id; None when the word is not ours."""
        return number_of(self._form.open(word))

    def claim(self, claim: Claim) -> str:
        """The word of a confirmation link."""
        return self._claim.seal(LAYOUT.pack(*claim))

    def claim_of(self, word: str) -> Claim | None:
        """What a confirmation link says; None when the word is not ours."""
        raw = self._claim.open(word)
        return Claim(*LAYOUT.unpack(raw)) if raw is not None and len(raw) == LAYOUT.size else None


def mark(recipient: str) -> bytes:
    """8 bytes by which an address is recognised inside a sealed word."""
    return hashlib.blake2b(recipient.encode(), digest_size=8).digest()
