"""Whole letters from a skeleton: what is equal in all copies is laid out once, each copy fills the rest (RFC 5322).

A skeleton holds the fixed header fields and the frame of the body. ``fill`` adds one recipient's fields and pieces of
text, signs, and returns CRLF bytes ready for the wire. Equal input gives equal bytes, in any process.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from typing import ClassVar

from bocau.base.errors import BocauError
from bocau.base.words import N_
from bocau.wire import mime
from bocau.wire.dkim import Identity, Signature

MAX_HEADERS = 32 * 1024  # bytes
SIGNATURE_ROOM = 1200  # bytes a DKIM-Signature field has at most, with an RSA key of 4096 bits


class LetterTooLargeError(BocauError):
    """A letter or its headers are larger than allowed; ``size`` and ``limit`` in bytes."""

    code: ClassVar[str] = "letter-too-large"
    sentence: ClassVar[str] = N_("The letter has {size} bytes; at most {limit} are allowed. It was not sent.")
    hint: ClassVar[str] = N_("Attach less, or raise mail_max_bytes (at most 25 MB).")


class LetterHeadersTooLargeError(LetterTooLargeError):
    """The headers alone are larger than 32 KB."""

    code: ClassVar[str] = "letter-headers-too-large"
    sentence: ClassVar[str] = N_(
        "The letter's headers have {size} bytes; at most {limit} are allowed. It was not sent."
    )
    hint: ClassVar[str] = N_("Use fewer or shorter headers.")


@dataclass(slots=True, frozen=True)
class Text:
    """One text body: ``subtype`` plain or html, and the coder made for its static texts."""

    subtype: str
    coder: mime.Coder

    def head(self) -> bytes:
        """The part's header fields."""
        return mime.part_head(b"text/" + self.subtype.encode("ascii") + b"; charset=utf-8", self.coder.encoding)


@dataclass(slots=True, frozen=True)
class Frame:
    """The fixed bytes around the texts and attachments of a letter."""

    head: bytes  # root Content-Type and encoding
    open: bytes  # before the first text
    after: tuple[bytes, ...]  # after each text
    separator: bytes = b""  # before each attachment
    close: bytes = b""


class Skeleton:
    """The constant part of all letters of one content version from one sender.

    ``before`` are the fixed field lines above the recipient's own, ``after`` those below. ``texts`` are one or two
    text bodies, plain first. ``shared`` are whole attachment parts that every copy carries; ``inline`` those that its
    HTML shows, which must be there then. ``seed`` makes the boundaries; it must be constant for the version. They
    begin with ``=_``, which no quoted-printable or base64 text can contain (RFC 2045 6.7).
    """

    def __init__(
        self,
        fixed: "Fixed",
        texts: Sequence[Text],
        shared: Sequence[bytes] = (),
        *,
        inline: Sequence[bytes] = (),
        seed: bytes,
        max_bytes: int = 10 << 20,
        identity: Identity | None = None,
    ) -> None:
        self.fixed, self.texts, self.shared, self.max_bytes = fixed, tuple(texts), tuple(shared), max_bytes
        mark = hashlib.sha256(b"boundary:" + seed).hexdigest()[:24]
        self.plain = plain_frame(self.texts, mark, inline)
        self.mixed = mixed_frame(self.plain, mark)
        self.identity = identity
        self.signatures: dict[bytes, Signature] = {}

    def fill(
        self, own: Mapping[str, bytes], bodies: Sequence[Sequence[str]], files: Sequence[bytes] = (), now: int = 0
    ) -> bytes:
        """One recipient's letter: ``own`` fields (lower-case name → field line), ``bodies`` the pieces for each text.

        ``files`` are attachment parts of this recipient alone, ``now`` the signature's time in seconds since the
        epoch. Raises LetterTooLargeError, LetterHeadersTooLargeError.
        """
        frame = self.mixed if self.shared or files else self.plain
        out = [frame.open]
        for text, pieces, after in zip(self.texts, bodies, frame.after, strict=True):
            text.coder.write(pieces, out)
            out.append(after)
        if frame is self.mixed:
            for attached in (*self.shared, *files):
                out += (frame.separator, attached)
            out.append(frame.close)
        head = b"".join((self.fixed.before, *own.values(), self.fixed.after, frame.head))
        self._check_size(head, out)
        if self.identity is not None:
            head = self._signature(frame).sign(own, self._canonical(frame, out), now) + head
        return b"".join((head, b"\r\n", *out))

    def _check_size(self, head: bytes, out: list[bytes]) -> None:
        room = SIGNATURE_ROOM if self.identity is not None else 0
        if len(head) + room > MAX_HEADERS:
            raise LetterHeadersTooLargeError(size=len(head) + room, limit=MAX_HEADERS)
        size = len(head) + room + 2 + sum(map(len, out))
        if size > self.max_bytes:
            raise LetterTooLargeError(size=size, limit=self.max_bytes)

    def _canonical(self, frame: Frame, out: list[bytes]) -> bytes:
        """The body as DKIM's relaxed canonicalisation (RFC 6376 3.4.4) leaves it: only static texts ever change, and
        only a letter of one text can end in empty lines."""
        for text in self.texts:
            if text.coder.relaxed:
                out = [text.coder.relaxed.get(chunk, chunk) for chunk in out]
        body = b"".join(out)
        if frame.open:
            return body
        rest = body.rstrip(b"\r\n")
        return rest + b"\r\n" if rest else b""

    def _signature(self, frame: Frame) -> Signature:
        made = self.signatures.get(frame.head)
        if made is None and self.identity is not None:
            fields = split_fields(self.fixed.before + self.fixed.after + frame.head)
            made = self.signatures[frame.head] = Signature(self.identity, fields)
        assert made is not None
        return made


@dataclass(slots=True, frozen=True)
class Fixed:
    """Field lines that are equal in all copies: ``before`` and ``after`` the recipient's own."""

    before: bytes
    after: bytes


def split_fields(head: bytes) -> list[bytes]:
    """The whole fields of a header block, folded lines kept together."""
    return re.findall(rb"[^\r\n]+\r\n(?:[ \t][^\r\n]*\r\n)*", head)


def plain_frame(texts: Sequence[Text], mark: str, inline: Sequence[bytes] = ()) -> Frame:
    """A letter without attachments: one text as it is, two as alternatives (RFC 2046 5.1.4).

    With ``inline`` the last text, which is HTML, is one whole with what it shows (RFC 2387).
    """
    last = related_frame(texts[-1], mark, inline) if inline else Frame(texts[-1].head(), b"", (b"",))
    if len(texts) == 1:
        return last
    boundary = f"=_a{mark}"
    head = f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"\r\n'.encode("ascii")
    line = f"--{boundary}".encode("ascii")
    second = line + b"\r\n" + last.head + b"\r\n" + last.open
    return Frame(head, line + b"\r\n" + texts[0].head() + b"\r\n", (second, last.after[0] + line + b"--\r\n"))


def related_frame(html: Text, mark: str, inline: Sequence[bytes]) -> Frame:
    """An HTML text and the parts it calls by their Content-ID."""
    boundary = f"=_r{mark}"
    head = f'Content-Type: multipart/related; type="text/html";\r\n boundary="{boundary}"\r\n'.encode("ascii")
    line = f"--{boundary}".encode("ascii")
    shown = b"".join(line + b"\r\n" + part for part in inline)
    return Frame(head, line + b"\r\n" + html.head() + b"\r\n", (shown + line + b"--\r\n",))


def mixed_frame(inner: Frame, mark: str) -> Frame:
    """A letter with attachments: the texts' own frame first, then each attachment (RFC 2046 5.1.3)."""
    boundary = f"=_m{mark}"
    head = f'Content-Type: multipart/mixed;\r\n boundary="{boundary}"\r\n'.encode("ascii")
    line = f"--{boundary}".encode("ascii")
    opening = line + b"\r\n" + inner.head + b"\r\n" + inner.open
    return Frame(head, opening, inner.after, line + b"\r\n", line + b"--\r\n")


@lru_cache(maxsize=1024)
def date_field(seconds: int) -> bytes:
    """The Date field for a time in seconds since the epoch, in UTC."""
    return f"Date: {formatdate(seconds)}\r\n".replace("-0000", "+0000").encode("ascii")
