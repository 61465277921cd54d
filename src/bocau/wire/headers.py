"""Header fields as bytes: checked, encoded and folded (RFC 5322 2.2.3, RFC 2047, RFC 2231, RFC 6532).

Nothing that comes in is trusted: control characters are refused here, before anything is built, because a line break
in a value starts a header of the attacker's choice. Every function returns whole CRLF-terminated field lines whose
text a standards-following parser turns back into exactly what was given.
"""

import binascii
import re
from functools import lru_cache
from typing import ClassVar

from bocau.base.errors import BocauError
from bocau.base.words import N_, Phrase

LINE = 78  # RFC 5322 2.1.1: lines should be no longer, without CRLF
ENCODED_LINE = 76  # RFC 2047 2: a line that has an encoded word
ENCODED_WORD = 75  # RFC 2047 2: one encoded word
HARD_LINE = 998  # RFC 5322 2.1.1: lines must be no longer
MAX_VALUE = 998  # characters of a subject or of any other unstructured value
OPEN, CLOSE = b"=?utf-8?B?", b"?="
FRAME = len(OPEN) + len(CLOSE)

# C0, DEL and C1 controls, the two Unicode line breaks and lone surrogates: none of them belongs in a header.
FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
BLANKS = re.compile(" {2,}")
# What stands as it is in an unstructured value: printable ASCII, words split by single blanks, nothing like "=?".
PLAIN = re.compile(r"[!-~]+(?: [!-~]+)*\Z")
NAME = re.compile(r"[!-9;-~]{1,76}\Z")  # RFC 5322 2.2 ftext
ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*\Z")
TOKEN = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,127}/[A-Za-z0-9!#$&^_.+-]{1,127}\Z")  # RFC 6838 4.2
ADDRESS = re.compile(r"[^\s<>,;:()\[\]\\\"@]+@[^\s<>,;:()\[\]\\\"@]+\Z")


class HeaderWrongError(BocauError):
    """A header field cannot be written. ``header`` names it, ``reason`` says why."""

    code: ClassVar[str] = "header-wrong"
    sentence: ClassVar[str] = N_("The header {header} cannot be written: {reason}.")
    hint: ClassVar[str] = N_("Correct the value. Nothing was sent with it.")


OURS = frozenset(
    (
        "from",
        "to",
        "cc",
        "bcc",
        "subject",
        "date",
        "message-id",
        "reply-to",
        "sender",
        "mime-version",
        "received",
        "return-path",
        "dkim-signature",
        "list-unsubscribe",
        "list-unsubscribe-post",
        "list-id",
        "feedback-id",
        "precedence",
        "auto-submitted",
        "authentication-results",
        "delivered-to",
    )
)
OUR_PREFIXES = ("content-", "resent-", "arc-")
"""Fields that a letter gets from us, or never has; nobody else sets them."""
CONTROL = Phrase(N_("it has a line break or another control character"))
TOO_LONG = Phrase(N_("it is longer than 998 characters"))
BAD_NAME = Phrase(N_("this is not a header name"))
BAD_ADDRESS = Phrase(N_("this is not an email address"))
BAD_TYPE = Phrase(N_("this is not a media type"))


def check_value(name: str, value: str) -> str:
    """``value`` when it may stand in header ``name``. Raises HeaderWrongError."""
    if FORBIDDEN.search(value):
        raise HeaderWrongError(header=name, reason=CONTROL)
    if len(value) > MAX_VALUE:
        raise HeaderWrongError(header=name, reason=TOO_LONG)
    return value


def one_line(text: str) -> str:
    """``text`` with line breaks and other control characters as blanks, none of which stand together; for what is made of
    values, which may come from cells of several lines. Lone surrogates stay and are refused later."""
    if not CONTROLS.search(text):
        return text
    return BLANKS.sub(" ", CONTROLS.sub(" ", text)).strip(" ")


def check_name(name: str) -> str:
    """``name`` when it is a header name. Raises HeaderWrongError."""
    if not NAME.match(name):
        raise HeaderWrongError(header=FORBIDDEN.sub("?", name[:40]), reason=BAD_NAME)
    return name


def check_free(name: str) -> str:
    """``name`` when it is a header name that we leave to others. Raises HeaderWrongError."""
    lower = check_name(name).lower()
    if lower in OURS or lower.startswith(OUR_PREFIXES):
        raise HeaderWrongError(header=name, reason=Phrase(N_("it is set by Bồ Câu")))
    return name


def unstructured(name: str, value: str) -> bytes:
    """One field of free text, such as Subject. ``value`` up to 998 characters; raises HeaderWrongError."""
    check_value(name, value)
    start = name.encode("ascii") + b": "
    if PLAIN.match(value) and "=?" not in value:
        line = start + value.encode("ascii")
        if len(line) <= LINE:
            return line + b"\r\n"
        folded = fold(line, len(start))
        if folded is not None:
            return folded + b"\r\n"
    elif not value:
        return start.rstrip() + b"\r\n"
    return start + encoded_words(value, len(start)) + b"\r\n"


def fold(line: bytes, start: int) -> bytes | None:
    """``line`` broken at single blanks after ``start``; None when a word is too long for any line."""
    words = line[start:].split(b" ")
    lines, current = [], line[:start] + words[0]
    for word in words[1:]:
        if len(current) + 1 + len(word) > LINE:
            lines.append(current)
            current = b" " + word
        else:
            current += b" " + word
    lines.append(current)
    return b"\r\n".join(lines) if max(map(len, lines)) <= HARD_LINE - 2 else None


def encoded_words(text: str, column: int) -> bytes:
    """``text`` as RFC 2047 words, the first beginning at ``column``, each whole in its characters."""
    raw = text.encode()
    if column + FRAME + (len(raw) + 2) // 3 * 4 <= ENCODED_LINE:
        return OPEN + binascii.b2a_base64(raw, newline=False) + CLOSE
    room = (ENCODED_LINE - column - FRAME) // 4 * 3
    words, at = [b""] if room < 9 else [], 0  # no room beside the name: begin on the next line
    room = room if room >= 9 else (ENCODED_WORD - FRAME) // 4 * 3
    while at < len(raw):
        end = min(at + room, len(raw))
        while end < len(raw) and raw[end] & 0xC0 == 0x80:  # inside a character
            end -= 1
        words.append(OPEN + binascii.b2a_base64(raw[at:end], newline=False) + CLOSE)
        at, room = end, (ENCODED_WORD - FRAME) // 4 * 3
    return b"\r\n ".join(words)


def phrase(text: str, column: int) -> bytes:
    """A display name (RFC 5322 phrase) beginning at ``column``: atoms, a quoted string or encoded words."""
    if "=?" not in text and len(text) <= ENCODED_WORD:
        if ATOMS.match(text):
            return text.encode("ascii")
        if text.isascii():
            return b'"' + text.replace("\\", "\\\\").replace('"', '\\"').encode("ascii") + b'"'
    return encoded_words(text, column)


def mailbox(name: str, display: str, address: str) -> bytes:
    """One field with one mailbox, such as From or To. Raises HeaderWrongError.

    ``address`` has its domain as A-labels already; a local part outside ASCII stays UTF-8 and makes the letter need
    SMTPUTF8 (RFC 6532).
    """
    return name.encode("ascii") + b": " + mailbox_value(name, display, address) + b"\r\n"


def mailbox_value(name: str, display: str, address: str) -> bytes:
    """The value of ``mailbox`` alone, for headers that hold several."""
    if FORBIDDEN.search(display) or FORBIDDEN.search(address):
        raise HeaderWrongError(header=name, reason=CONTROL)
    if not ADDRESS.match(address):
        raise HeaderWrongError(header=name, reason=BAD_ADDRESS)
    if len(display) > MAX_VALUE:
        raise HeaderWrongError(header=name, reason=TOO_LONG)
    encoded = address.encode()
    display = display.strip()
    if not display:
        return encoded
    first = phrase(display, len(name) + 2)
    last = len(first) - first.rfind(b"\n") - 1 + (len(name) + 2 if b"\n" not in first else 0)
    glue = b" <" if last + len(encoded) + 3 <= ENCODED_LINE else b"\r\n <"
    return first + glue + encoded + b">"


def structured(name: str, parts: list[bytes]) -> bytes:
    """A field of ASCII ``parts`` that may be folded between each other, such as List-Unsubscribe."""
    lines, current = [], name.encode("ascii") + b":"
    for part in parts:
        if len(current) + 1 + len(part) > LINE and current.strip() and not current.endswith(b":"):
            lines.append(current)
            current = b""
        current += b" " + part
    lines.append(current)
    if max(map(len, lines)) > HARD_LINE:
        raise HeaderWrongError(header=name, reason=TOO_LONG)
    return b"\r\n".join(lines) + b"\r\n"


@lru_cache(maxsize=4096)
def parameter(name: str, value: str) -> bytes:
    """A MIME parameter with its leading ``; ``, folded: quoted when plain, else RFC 2231 with continuations."""
    if FORBIDDEN.search(value):
        raise HeaderWrongError(header=name, reason=CONTROL)
    if value.isascii() and len(value) <= 60 and "  " not in value and value == value.strip() and "=?" not in value:
        quoted = value.replace("\\", "\\\\").replace('"', '\\"')
        return f';\r\n {name}="{quoted}"'.encode("ascii")
    raw = percent(value)
    if len(raw) <= 60:
        return f";\r\n {name}*=utf-8''{raw}".encode("ascii")
    pieces, at = [], 0
    while at < len(raw):
        end = min(at + 55, len(raw))
        while end < len(raw) and ("%" in raw[end - 2 : end] or GOES_ON.match(raw, end)):
            end -= 1
        pieces.append(raw[at:end])
        at = end
    heads = ["utf-8''", *[""] * (len(pieces) - 1)]
    lines = [f";\r\n {name}*{i}*={head}{piece}" for i, (head, piece) in enumerate(zip(heads, pieces, strict=True))]
    return "".join(lines).encode("ascii")


GOES_ON = re.compile("%[89AB]")  # a byte inside a UTF-8 character: some readers decode a parameter piece by piece
ATTRIBUTE_CHARS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$&+-.^_`{|}~")


def percent(value: str) -> str:
    """RFC 2231 percent encoding (RFC 5987 attr-char stays)."""
    return "".join(chr(byte) if byte in ATTRIBUTE_CHARS else f"%{byte:02X}" for byte in value.encode())
