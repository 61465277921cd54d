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
    """The fixed bytes around the texts and further parts of a letter (RFC 2046 5.1): alternatives inside, what they show
    around them (RFC 2387), files around both."""

    head: bytes  # root Content-Type and encoding
    open: bytes  # before the first text
    second: bytes  # between two texts
    alternative: bytes  # before a further alternative
    texts_end: bytes
    related: bytes  # before each part that the HTML shows
    related_end: bytes
    mixed: bytes  # before each file
    mixed_end: bytes


class Skeleton:
    """The constant part of all letters of one content version from one sender.

    ``before`` are the fixed field lines above the recipient's own, ``after`` those below. ``texts`` are one or two
    text bodies, plain first. ``shared`` are whole attachment parts that every copy carries; ``inline`` those that its
    HTML shows, which must be there then; ``calendar`` a further alternative of the texts, empty without one. ``seed``
    makes the boundaries; it must be constant for the version. They begin with ``=_``, which no quoted-printable or base64
    text can contain (RFC 2045 6.7).
    """

    def __init__(
        self,
        fixed: "Fixed",
        texts: Sequence[Text],
        shared: Sequence[bytes] = (),
        *,
        inline: Sequence[bytes] = (),
        calendar: bytes = b"",
        seed: bytes,
        max_bytes: int = 10 << 20,
        identity: Identity | None = None,
    ) -> None:
        self.fixed, self.texts, self.shared, self.max_bytes = fixed, tuple(texts), tuple(shared), max_bytes
        self.inline, self.calendar = tuple(inline), calendar
        self.mark = hashlib.sha256(b"boundary:" + seed).hexdigest()[:24]
        self.frames: dict[tuple[bool, bool, bool], Frame] = {}
        self.identity = identity
        self.signatures: dict[bytes, Signature] = {}

    def fill(
        self,
        own: Mapping[str, bytes],
        bodies: Sequence[Sequence[str]],
        files: Sequence[bytes] = (),
        now: int = 0,
        *,
        inline: Sequence[bytes] = (),
        calendar: bytes = b"",
    ) -> bytes:
        """One recipient's letter: ``own`` fields (lower-case name → field line), ``bodies`` the pieces for each text.

        ``files``, ``inline`` and ``calendar`` are parts of this recipient alone, ``now`` the signature's time in seconds
        since the epoch. Raises LetterTooLargeError, LetterHeadersTooLargeError.
        """
        shown, attached = (*self.inline, *inline), (*self.shared, *files)
        calendar = calendar or self.calendar
        frame = self._frame(bool(calendar), bool(shown), bool(attached))
        out = [frame.open]
        for place, (text, pieces) in enumerate(zip(self.texts, bodies, strict=True)):
            if place:
                out.append(frame.second)
            text.coder.write(pieces, out)
        if calendar:
            out += (frame.alternative, calendar)
        out.append(frame.texts_end)
        for part in shown:
            out += (frame.related, part)
        out.append(frame.related_end)
        for part in attached:
            out += (frame.mixed, part)
        out.append(frame.mixed_end)
        head = b"".join((self.fixed.before, *own.values(), self.fixed.after, frame.head))
        self._check_size(head, out)
        if self.identity is not None:
            head = self._signature(frame).sign(own, self._canonical(frame, out), now) + head
        return b"".join((head, b"\r\n", *out))

    def _frame(self, calendar: bool, shown: bool, attached: bool) -> Frame:
        key = (calendar, shown, attached)
        made = self.frames.get(key)
        if made is None:
            made = self.frames[key] = frame_of(self.texts, self.mark, calendar=calendar, shown=shown, attached=attached)
        return made

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


def frame_of(texts: Sequence[Text], mark: str, *, calendar: bool, shown: bool, attached: bool) -> Frame:
    """The frame for these texts: plain first, the calendar last, so that the richest alternative a reader knows wins
    (RFC 2046 5.1.4)."""
    head, opening = texts[0].head(), b""
    second = alternative = texts_end = related = related_end = mixed = mixed_end = b""
    root = b"text/" + texts[0].subtype.encode("ascii")
    if len(texts) > 1 or calendar:
        head, alternative, texts_end = multipart("alternative", f"=_a{mark}")
        opening = alternative + texts[0].head() + b"\r\n"
        second = alternative + texts[1].head() + b"\r\n" if len(texts) > 1 else b""
        root = b"multipart/alternative"
    if shown:
        inner, opened = head, opening
        head, related, related_end = multipart("related", f"=_r{mark}", b'; type="' + root + b'"')
        opening = related + inner + b"\r\n" + opened
    if attached:
        inner, opened = head, opening
        head, mixed, mixed_end = multipart("mixed", f"=_m{mark}")
        opening = mixed + inner + b"\r\n" + opened
    return Frame(head, opening, second, alternative, texts_end, related, related_end, mixed, mixed_end)


def multipart(subtype: str, boundary: str, parameter: bytes = b"") -> tuple[bytes, bytes, bytes]:
    """Header field, separator and end of a multipart."""
    line = f"--{boundary}".encode("ascii")
    head = f"Content-Type: multipart/{subtype}".encode("ascii") + parameter
    return head + f';\r\n boundary="{boundary}"\r\n'.encode("ascii"), line + b"\r\n", line + b"--\r\n"


@lru_cache(maxsize=1024)
def date_field(seconds: int) -> bytes:
    """The Date field for a time in seconds since the epoch, in UTC."""
    return f"Date: {formatdate(seconds)}\r\n".replace("-0000", "+0000").encode("ascii")
