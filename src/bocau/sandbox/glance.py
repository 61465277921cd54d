"""What the list shows of a mail, read from its header alone, in microseconds, while thousands come in."""

import re
from dataclasses import dataclass

from bocau.sandbox.decoding import decode_header

HEAD_MAX = 64 * 1024
SHOWN_MAX = 1000
_FIELD = re.compile(rb"^(from|to|cc|subject)[ \t]*:((?:[^\r\n]*)(?:\r?\n[ \t][^\r\n]*)*)", re.IGNORECASE | re.MULTILINE)


@dataclass(slots=True, frozen=True)
class Glance:
    """Decoded header values, each at most ``SHOWN_MAX`` characters; empty when the mail has none."""

    author: str
    to: str
    cc: str
    subject: str


def glance(raw: bytes) -> Glance:
    """Read From, To, Cc and Subject of ``raw``; the first of each counts."""
    end = raw.find(b"\r\n\r\n", 0, HEAD_MAX)
    head = raw[: end + 2] if end >= 0 else raw[:HEAD_MAX]
    found: dict[bytes, str] = {}
    for name, value in _FIELD.findall(head):
        key = name.lower()
        if key not in found:
            found[key] = decode_header(value[:8000])[:SHOWN_MAX]
    return Glance(*(found.get(name, "") for name in (b"from", b"to", b"cc", b"subject")))
