"""A mail taken apart for people to read. All of it is hostile: parsing never raises, it only finds less."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.policy import Compat32
from email.utils import collapse_rfc2231_value
from html import unescape

from bocau.sandbox.decoding import clean, decode_header, decode_text

PARTS_MAX = 300
INLINE_MAX = 3 << 20
SEARCHED_MAX = 32 * 1024
HEADER_MAX = 8000
NESTED_MAX = 100
_UNSHOWN = re.compile(r"<(script|style|head|title)\b|<!--", re.IGNORECASE)
_BREAK = re.compile(r"<(?:br|p|div|tr|td|th|li|h[1-6]|table)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_KIND = re.compile(r"[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*")


class _AsItCame(Compat32):
    """Headers with raw eight-bit bytes stay readable; the library would replace each byte by a mark.

    Cut short, because the library takes a header's parameters apart in quadratic time.
    """

    def header_fetch_parse(self, name: str, value: str) -> str:
        return value[:HEADER_MAX]


_AS_IT_CAME = _AsItCame()


@dataclass(slots=True, frozen=True)
class File:
    """One attachment. ``size`` in bytes, decoded; ``kind`` as the mail claims, or application/octet-stream."""

    number: int
    name: str
    kind: str
    size: int


@dataclass(slots=True)
class Readable:
    """What a person can read of a mail. ``html`` and ``text`` are empty when the mail has none."""

    headers: list[tuple[str, str]]
    text: str = ""
    html: str = ""
    files: list[File] = field(default_factory=list)
    inline: dict[str, tuple[str, bytes]] = field(default_factory=dict)  # Content-ID → (kind, bytes), images only
    broken: bool = False  # could not be taken apart: only the source shows all of it


def read(raw: bytes) -> Readable:
    """Take ``raw`` apart. Mails nested without sense are left whole: the library's time grows with depth times length."""
    if raw.lower().count(b"multipart/") > NESTED_MAX:
        return _unread(raw)
    try:
        message = message_from_bytes(raw, policy=_AS_IT_CAME)
        readable = Readable(headers=_headers(message))
        for number, part in enumerate(_leaves(message)):
            _put(readable, number, part)
    except Exception:  # noqa: BLE001 - the library's parser fails in many ways on what people send to break it
        return _unread(raw)
    return readable


def _unread(raw: bytes) -> Readable:
    return Readable(headers=[], text=decode_text(raw[:SEARCHED_MAX], "utf-8"), broken=True)


def attachment(raw: bytes, number: int) -> tuple[File, bytes] | None:
    """The attachment with this ``number`` as ``read`` counts them, or None."""
    try:
        for place, part in enumerate(_leaves(message_from_bytes(raw, policy=_AS_IT_CAME))):
            if place == number:
                data = _payload(part)
                return _file(number, part, data), data
    except Exception:  # noqa: BLE001 - see read
        return None
    return None


def searched_text(readable: Readable) -> str:
    """The words of a mail that search looks through: its text, else its HTML without tags."""
    return (readable.text or words_of(readable.html))[:SEARCHED_MAX]


def words_of(html: str) -> str:
    """The text of ``html`` without tags, scripts and styles. For searching only: not a safe way to clean HTML."""
    html = " ".join(_shown(html[: 8 * SEARCHED_MAX]))
    return unescape(_TAG.sub("", _BREAK.sub(" ", html)))


def _shown(html: str) -> Iterator[str]:
    """``html`` without what no reader sees; looks at each character once, also where nothing is closed."""
    place = 0
    while match := _UNSHOWN.search(html, place):
        yield html[place : match.start()]
        closing = re.compile(rf"</{match[1]}\s*>" if match[1] else "-->", re.IGNORECASE).search(html, match.end())
        if closing is None:
            return
        place = closing.end()
    yield html[place:]


def _headers(message: Message) -> list[tuple[str, str]]:
    raw_items = message.raw_items()
    return [(clean(str(name)), decode_header(_bytes(value))) for name, value in raw_items]


def _bytes(value: object) -> bytes:
    return str(value)[:HEADER_MAX].encode("utf-8", "surrogateescape")


def _leaves(message: Message) -> Iterator[Message]:
    """The parts that hold something, in order; an attached mail is a part and not opened."""
    waiting = [message]
    for _ in range(PARTS_MAX):
        if not waiting:
            return
        part = waiting.pop()
        children = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(children, list):
            waiting.extend(child for child in reversed(children) if isinstance(child, Message))
        else:
            yield part


def _put(readable: Readable, number: int, part: Message) -> None:
    data = _payload(part)
    kind = part.get_content_type()
    named = bool(_name(part))
    attached = part.get_content_disposition() == "attachment" or named
    if kind == "text/html" and not attached and not readable.html:
        readable.html = _text(part, data)
    elif kind == "text/plain" and not attached:
        readable.text = f"{readable.text}\n\n{_text(part, data)}".strip() if readable.text else _text(part, data)
    else:
        content_id = clean(decode_header(_bytes(part.get("Content-ID", "")))).strip("<>")
        file = _file(number, part, data)
        if content_id and file.kind in SAFE_PICTURES and len(data) <= INLINE_MAX:
            readable.inline[content_id] = (file.kind, data)
        readable.files.append(file)


SAFE_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp")


def _payload(part: Message) -> bytes:
    payload = part.get_payload()
    if isinstance(payload, list):  # message/rfc822: the mail inside, as it came
        return b"".join(child.as_bytes() for child in payload if isinstance(child, Message))
    decoded = part.get_payload(decode=True)
    return decoded if isinstance(decoded, bytes) else b""


def _text(part: Message, data: bytes) -> str:
    charset = part.get_param("charset", "utf-8")
    return decode_text(data, collapse_rfc2231_value(charset) if charset else "utf-8").replace("\r\n", "\n")


def _name(part: Message) -> str:
    raw = part.get_param("filename", None, "content-disposition") or part.get_param("name", None, "content-type")
    if raw is None:
        return ""
    text = collapse_rfc2231_value(raw) if isinstance(raw, tuple) else str(raw)
    return decode_header(_bytes(text))


def _file(number: int, part: Message, data: bytes) -> File:
    kind = part.get_content_type().lower()
    kind = kind if _KIND.fullmatch(kind) else "application/octet-stream"
    name = _name(part).replace("\\", "/").rsplit("/", 1)[-1].strip(". ")[:150]
    if not name:
        name = f"mail-{number}.eml" if kind == "message/rfc822" else f"file-{number}"
    return File(number=number, name=name, kind=kind, size=len(data))
