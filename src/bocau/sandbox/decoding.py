"""Header values as people read them. All input is hostile: nothing here raises, and no control character gets out."""

import binascii
import re

_WORD = re.compile(rb"=\?([A-Za-z0-9_.:+-]{1,40})(?:\*[A-Za-z0-9-]{0,20})?\?([bBqQ])\?([^? \t]*)\?=")
_BETWEEN_WORDS = re.compile(rb"(\?=)[ \t\r\n]+(?==\?[A-Za-z0-9_.:+-]{1,40}(?:\*[A-Za-z0-9-]{0,20})?\?[bBqQ]\?)")
_FOLD = re.compile(rb"\r?\n[ \t]+")
_CONTROLS = dict.fromkeys((*range(0x20), 0x7F, *range(0x80, 0xA0), 0x2028, 0x2029), " ")
_TURNING = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C, 0xFEFF))
_UNSEEN: dict[int, str | None] = {**_CONTROLS, **_TURNING}


def decode_text(raw: bytes, charset: str) -> str:
    """Bytes in ``charset`` as text; an unknown or lying charset falls back to UTF-8, then to replacement marks."""
    for name in (charset, "utf-8"):
        try:
            return raw.decode(name or "utf-8")
        except (LookupError, UnicodeError, ValueError):
            continue
    return raw.decode("utf-8", "replace")


def decode_header(raw: bytes) -> str:
    """A header's value with RFC 2047 words decoded, unfolded, without control or direction-changing characters."""
    raw = _FOLD.sub(b" ", raw)
    if b"=?" not in raw:
        return clean(decode_text(raw, "utf-8"))
    raw = _BETWEEN_WORDS.sub(rb"\1", raw)
    pieces: list[str] = []
    pending: tuple[str, bytes] = ("", b"")
    end = 0
    for word in _WORD.finditer(raw):
        between = raw[end : word.start()]
        charset, data = word[1].decode("ascii").lower(), _word_bytes(word[2], word[3])
        if between or charset != pending[0]:
            pieces += (decode_text(pending[1], pending[0]), decode_text(between, "utf-8"))
            pending = (charset, data)
        else:  # a character may be cut in two by the border of two words, against RFC 2047 section 5 (3)
            pending = (charset, pending[1] + data)
        end = word.end()
    pieces += (decode_text(pending[1], pending[0]), decode_text(raw[end:], "utf-8"))
    return clean("".join(pieces))


def clean(text: str) -> str:
    """``text`` on one line, without characters that are unseen or turn the direction of writing."""
    return text.translate(_UNSEEN).strip()


def _word_bytes(encoding: bytes, data: bytes) -> bytes:
    if encoding in b"qQ":
        return binascii.a2b_qp(data, header=True)
    try:
        return binascii.a2b_base64(data + b"=" * (-len(data) % 4))
    except binascii.Error:
        return data
