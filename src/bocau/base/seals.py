"""Short opaque words for the outside world: a payload sealed for one purpose, opened only by this installation.

AES-SIV (RFC 5297) is deterministic: the same payload always gives the same word, so a mail made twice has the same
bytes, and it needs no nonce and no table. Its 16 bytes of tag are its authentication; a word that was cut, changed,
made for another purpose or under another secret does not open.
"""

import base64
import binascii

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from bocau.base.secrets import derive

TAG = 16
LONGEST = 8192
"""Characters of a word that is tried at all."""


class Seal:
    """Seals for one ``purpose`` under the root ``secret``; seals of different purposes do not open each other's words.

    Two seals of one purpose and secret are equal, so that what was made with one may be kept by it.
    """

    def __init__(self, secret: bytes, purpose: str) -> None:
        self._key = derive(secret, f"seal:{purpose}")
        self._cipher = AESSIV(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Seal) and other._key == self._key

    def __hash__(self) -> int:
        return hash(self._key)

    def seal(self, payload: bytes) -> str:
        """A word of letters, digits, ``-`` and ``_`` (RFC 4648 5, no padding). ``payload`` is not empty."""
        sealed = self._cipher.encrypt(payload, None)
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode("ascii")

    def open(self, text: str) -> bytes | None:
        """The payload, or None for everything that ``seal`` has not made."""
        if len(text) > LONGEST or not text.isascii():
            return None
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (ValueError, binascii.Error):
            return None
        if len(raw) <= TAG or base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii") != text:
            return None  # the last character has bits to spare: only one spelling is ours
        try:
            return self._cipher.decrypt(raw, None)
        except InvalidTag:
            return None


def number_payload(number: int) -> bytes:
    """An id as a payload: 8 bytes, big endian; its word has 32 characters."""
    return number.to_bytes(8, "big")


def number_of(payload: bytes | None) -> int | None:
    """The id back from a payload; None when it is none."""
    return int.from_bytes(payload, "big") if payload is not None and len(payload) == 8 else None
