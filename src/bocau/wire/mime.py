"""MIME bodies and parts (RFC 2045, 2046, 2183), built so that what is constant is encoded once.

A body is written from *pieces*: ``pieces[0]`` is free text, and every later piece begins with one character that
names a static text and goes on with free text. Static texts are encoded when the coder is made; only the free text is
encoded per letter. Quoted-printable allows that because any line may end softly, base64 because lines may be shorter
than 76 and the encodings of a static text at all three alignments are kept.

Texts are turned to CRLF, and always end with a line break, which then belongs to what follows the body.
"""

import binascii
import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from struct import Struct
from typing import ClassVar, Protocol

from bocau.wire.headers import BAD_NAME, BAD_TYPE, CONTROL, FORBIDDEN, TOKEN, HeaderWrongError, parameter

LINE = 76  # RFC 2045 6.7 (5), 6.8
QUAD_BYTES = 57  # bytes in one base64 line
PLAIN = re.compile(rb"[!-<>-~]+(?: [!-<>-~]+)*\Z")  # stands for itself in quoted-printable, also when canonical
BREAKS = re.compile(r"\r\n|\r|\n")
BLANKS = re.compile(rb"[ \t]+")
SOFT = b"=\r\n"
MARKS = re.compile("[\u0300-\u036f]")
CROSSED = {ord("đ"): "d", ord("Đ"): "D"}


class Coder(Protocol):
    """Writes bodies. ``encoding`` is the Content-Transfer-Encoding; ``relaxed`` maps what DKIM would change."""

    encoding: ClassVar[bytes]
    relaxed: dict[bytes, bytes]

    def write(self, pieces: Sequence[str], out: list[bytes]) -> None:
        """Append the encoded body of ``pieces`` to ``out``; the last bytes are CRLF."""


def crlf(text: str) -> str:
    """``text`` with every kind of line break as CRLF."""
    if "\r" not in text:
        return text.replace("\n", "\r\n")
    return BREAKS.sub("\r\n", text)


class QuotedPrintable:
    """Quoted-printable: readable, and small while most of a text is ASCII."""

    encoding: ClassVar[bytes] = b"quoted-printable"

    def __init__(self, statics: Mapping[str, str]) -> None:
        self.relaxed: dict[bytes, bytes] = {}
        self.statics = {key: self._static(crlf(text)) for key, text in statics.items()}

    def _static(self, text: str) -> bytes:
        encoded = quote(text)
        if encoded and not encoded.endswith(b"\r\n"):
            encoded += SOFT
        canonical = BLANKS.sub(b" ", encoded)
        if canonical != encoded:
            self.relaxed[encoded] = canonical
        return encoded

    def write(self, pieces: Sequence[str], out: list[bytes]) -> None:
        statics = self.statics
        first = len(out)
        if pieces[0]:
            out.append(self._free(pieces[0]))
        for piece in pieces[1:]:
            static = statics[piece[0]]
            if static:  # an empty one's soft end would be one line break too many where it is the last
                out.append(static)
            if len(piece) > 1:
                out.append(self._free(piece[1:]))
        if len(out) == first:
            out.append(b"\r\n")
        elif out[-1].endswith(SOFT):
            out[-1] = self._ended(out[-1])

    def _ended(self, last: bytes) -> bytes:
        ended = last[:-3] + b"\r\n"
        if last in self.relaxed:
            self.relaxed[ended] = self.relaxed[last][:-3] + b"\r\n"
        return ended

    def _free(self, text: str) -> bytes:
        raw = text.encode()
        if len(raw) < LINE and PLAIN.match(raw):
            return raw + SOFT
        if b"  " in raw or b"\t" in raw:
            encoded = quote(crlf(text), canonical=True)
        else:
            encoded = binascii.b2a_qp(crlf(text).encode())
            if b"\n" in encoded:  # its soft breaks are bare line feeds unless the text has CRLF
                encoded = encoded.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        return encoded if encoded.endswith(b"\r\n") else encoded + SOFT


QUOTED = tuple(
    bytes([byte]) if (33 <= byte <= 126 and byte != 61) or byte in (9, 32) else b"=%02X" % byte for byte in range(256)
)


def quote(text: str, *, canonical: bool = False) -> bytes:
    """Quoted-printable of a CRLF text, its last line open. No line is longer than 75, none ends in a blank.

    With ``canonical`` no two blanks stand together, so that DKIM's relaxed canonicalisation changes nothing.
    """
    return b"\r\n".join([_quote_line(line, canonical) for line in text.encode().split(b"\r\n")])


def _quote_line(line: bytes, canonical: bool) -> bytes:
    if len(line) < LINE and PLAIN.match(line):
        return line
    words = [QUOTED[byte] for byte in line]
    if words and words[-1] in (b" ", b"\t"):
        words[-1] = b"=%02X" % line[-1]
    if canonical:
        words = [b"=09" if word == b"\t" else word for word in words]
        for i in [i for i in range(1, len(line)) if line[i] == 32 and line[i - 1] in b" \t"]:
            words[i] = b"=20"
    encoded = b"".join(words)
    return encoded if len(encoded) < LINE else _wrapped(words)


def _wrapped(words: list[bytes]) -> bytes:
    lines: list[bytes] = []
    start = length = 0
    for i, word in enumerate(words):
        if length + len(word) > LINE - 1:
            lines.append(b"".join(words[start:i]))
            start, length = i, 0
        length += len(word)
    lines.append(b"".join(words[start:]))
    return SOFT.join(lines)


class Base64:
    """Base64: smaller where much of a text is outside ASCII, and for everything that is not text."""

    encoding: ClassVar[bytes] = b"base64"

    def __init__(self, statics: Mapping[str, str]) -> None:
        self.relaxed: dict[bytes, bytes] = {}
        self.statics = {key: _aligned(crlf(text).encode()) for key, text in statics.items()}

    def write(self, pieces: Sequence[str], out: list[bytes]) -> None:
        statics = self.statics
        carry = crlf(pieces[0]).encode()
        for piece in pieces[1:]:
            size = len(carry) % 3
            head, middle, tail = statics[piece[0]][size]
            carry += head
            if middle:
                if carry:
                    out.append(base64_lines(carry))
                out.append(middle)
                carry = tail
            if len(piece) > 1:
                carry += crlf(piece[1:]).encode()
        out.append(base64_lines(carry) if carry else b"")


def _aligned(raw: bytes) -> tuple[tuple[bytes, bytes, bytes], ...]:
    """For 0, 1, 2 bytes carried in: the bytes that fill the carried group, the encoded middle, the bytes left over."""
    found = []
    for carried in range(3):
        head = -carried % 3
        whole = head + max(0, len(raw) - head) // 3 * 3
        if whole == head:  # too short to have a middle
            found.append((raw, b"", b""))
        else:
            found.append((raw[:head], base64_lines(raw[head:whole]), raw[whole:]))
    return tuple(found)


def base64_lines(raw: bytes | memoryview) -> bytes:
    """Base64 in CRLF-ended lines of at most 76. Empty for nothing."""
    if len(raw) <= QUAD_BYTES:
        return binascii.b2a_base64(raw, newline=False) + b"\r\n" if raw else b""
    encoded = binascii.b2a_base64(raw, newline=False)
    whole = len(encoded) // LINE
    lines = [*_lines(min(whole, 4096)).unpack_from(encoded)] if whole <= 4096 else _many(encoded, whole)
    if len(encoded) > whole * LINE:
        lines.append(encoded[whole * LINE :])
    lines.append(b"")
    return b"\r\n".join(lines)


@lru_cache(maxsize=512)
def _lines(count: int) -> Struct:
    return Struct("76s" * count)


def _many(encoded: bytes, whole: int) -> list[bytes]:
    return [encoded[at : at + LINE] for at in range(0, whole * LINE, LINE)]


def coder(statics: Mapping[str, str]) -> Coder:
    """The coder that makes the static texts smaller; quoted-printable wins a close call, being readable."""
    texts = [crlf(text).encode() for text in statics.values()]
    quoted = sum(len(text) + 2 * len(NOT_PLAIN.findall(text)) for text in texts) * 77 // 75
    base64 = sum(map(len, texts)) * 78 // 57
    return QuotedPrintable(statics) if quoted <= base64 * 1.1 else Base64(statics)


NOT_PLAIN = re.compile(rb"[^\r\n\t -<>-~]")


CID = re.compile(r"[A-Za-z0-9._+-]{1,64}(?:@[A-Za-z0-9.-]{1,64})?\Z")
"""What Content-ID may be here. RFC 2045 wants a domain; what authors write is the file's bare name, and readers compare."""
LONGEST_NAME = 60  # characters of a name for old readers


def part_head(content_type: bytes, encoding: bytes) -> bytes:
    """The header fields of one body part, without the empty line after them."""
    return b"Content-Type: " + content_type + b"\r\nContent-Transfer-Encoding: " + encoding + b"\r\n"


def attachment_part(name: str, media_type: str, raw: bytes, cid: str = "") -> bytes:
    """A whole attachment, headers and base64 body (RFC 2183; file name by RFC 2231). ``name`` is a bare file name.

    Old readers, which do not know RFC 2231, take the name in ASCII from Content-Type.
    ``cid``: what the HTML calls it by (RFC 2392, without brackets); it is then shown where it is called and not listed.
    """
    kind = check_type(name, media_type).encode("ascii") + parameter("name", plain_name(name))
    place = (
        b"Content-ID: <" + check_cid(cid) + b">\r\nContent-Disposition: inline"
        if cid
        else b"Content-Disposition: attachment"
    )
    disposition = place + parameter("filename", name) + b"\r\n"
    return part_head(kind, b"base64") + disposition + b"\r\n" + base64_lines(raw)


def plain_name(name: str) -> str:
    """A file name in ASCII, short enough for one parameter: Vietnamese without its marks, ``_`` for what has no such form.
    Raises HeaderWrongError."""
    if FORBIDDEN.search(name):
        raise HeaderWrongError(header="name", reason=CONTROL)
    bare = MARKS.sub("", unicodedata.normalize("NFD", name.translate(CROSSED)))
    plain = " ".join("".join(char if " " <= char <= "~" else "_" for char in bare).replace("=?", "__").split())
    if len(plain) <= LONGEST_NAME:
        return plain
    stem, dot, ending = plain.rpartition(".")
    ending = (dot + ending)[:20] if stem else ""
    return plain[: LONGEST_NAME - len(ending)].rstrip() + ending


def check_cid(cid: str) -> bytes:
    """``cid`` when it may stand in Content-ID. Raises HeaderWrongError."""
    if not CID.match(cid):
        raise HeaderWrongError(header="Content-ID", reason=BAD_NAME)
    return cid.encode("ascii")


def check_type(name: str, media_type: str) -> str:
    """``media_type`` when it is a type a leaf part may have (RFC 2045 6.4: no multipart or message in base64)."""
    if not TOKEN.match(media_type) or media_type.lower().startswith(("multipart/", "message/")):
        raise HeaderWrongError(header=f"Content-Type ({name})", reason=BAD_TYPE)
    return media_type
