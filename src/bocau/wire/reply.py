"""SMTP replies: bytes from a server that may be broken or hostile → code, enhanced code, short clean text.

RFC 5321 section 4.2 (form of replies), RFC 2034 and RFC 3463 (enhanced status codes).
"""

import re
from dataclasses import dataclass

from bocau.base.words import N_, Phrase

MAX_LINE = 2048
"""Bytes of one reply line. RFC 5321 4.5.3.1.5 says 512; servers that explain themselves go beyond."""
MAX_LINES = 128
"""Lines of one reply. The longest honest one is an EHLO answer, of some twenty."""
MAX_TEXT = 200
"""Characters of a reply that are kept."""

_LAST = {b"%d%b" % (code, end): code for code in range(200, 600) for end in (b" ", b"\r", b"")}
_MORE = {b"%d-" % code: code for code in range(200, 600)}
_ENHANCED = re.compile(rb"([245]\.\d{1,3}\.\d{1,3})(?=[ \t\r\n]|$)[ \t]*")


@dataclass(slots=True, frozen=True)
class Reply:
    """One answer of a server. ``enhanced`` is ``5.1.1`` or empty; ``text`` has no control characters, ≤ 200 long."""

    code: int
    enhanced: str
    text: str

    def __str__(self) -> str:
        return " ".join(part for part in (str(self.code), self.enhanced, self.text) if part)


class ReplyMalformedError(ValueError):
    """The bytes are no SMTP reply: a wrong code, an endless line, too many lines. ``reason`` says which."""

    def __init__(self, text: str, **fields: object) -> None:
        self.reason = Phrase(text, **fields)
        super().__init__(str(self.reason))


class ReplyReader:
    """Cuts a byte stream into replies. Keeps at most one reply's worth of bytes.

    A reply comes out raw, as ``(code, lines joined by LF, each with its code and separator)``: on the hot path most
    replies are looked at by their code only, so ``parse`` is left to whoever wants the text.

    ``broken`` tells why what came behind the last good reply is none; from then on nothing is read.
    """

    __slots__ = ("_lines", "_rest", "broken")

    def __init__(self) -> None:
        self._rest = b""
        self._lines: list[bytes] = []
        self.broken: ReplyMalformedError | None = None

    @property
    def holds(self) -> bool:
        """True while bytes are held that are no whole reply."""
        return bool(self._rest or self._lines or self.broken)

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """Replies that ``data`` completes.

        Lines may end with LF alone: nothing depends on it here, and refusing such a server would help nobody.
        """
        replies: list[tuple[int, bytes]] = []
        if self.broken is None:
            try:
                self._cut(data, replies)
            except ReplyMalformedError as error:
                # Good replies before it still count: a mail taken is taken, whatever is babbled behind it.
                self.broken = error
        return replies

    def _cut(self, data: bytes, replies: list[tuple[int, bytes]]) -> None:
        if self._rest:
            data = self._rest + data
        lines = data.split(b"\n")
        self._rest = lines.pop()
        begun = self._lines
        for line in lines:
            # The usual reply is one line, and needs one look.
            code = _LAST.get(line[:4])
            if code is None or begun or len(line) > MAX_LINE:
                self._gather(line, replies)
            else:
                replies.append((code, line))
        if len(self._rest) > MAX_LINE:
            raise ReplyMalformedError(N_("a line of more than {bytes} bytes"), bytes=MAX_LINE)

    def _gather(self, line: bytes, replies: list[tuple[int, bytes]]) -> None:
        """A line of a multi-line reply, or of none."""
        lines = self._lines
        head = line[:4]
        code = _LAST.get(head) or _MORE.get(head)
        if code is None or len(line) > MAX_LINE:
            raise ReplyMalformedError(N_("“{line}” is not a reply"), line=clean(line[:60]))
        if lines and lines[0][:3] != line[:3]:
            raise ReplyMalformedError(N_("the lines of one reply have different codes"))
        lines.append(line)
        if len(lines) > MAX_LINES:
            raise ReplyMalformedError(N_("a reply of more than {lines} lines"), lines=MAX_LINES)
        if head in _LAST:
            replies.append((code, b"\n".join(lines)))
            lines.clear()


def parse(code: int, raw: bytes) -> Reply:
    """A reader's raw reply as a Reply. The enhanced code is taken from the first line and dropped from all."""
    if b"\n" not in raw:
        text = raw[4:]
        if match := _ENHANCED.match(text):
            return Reply(code, match[1].decode("ascii"), clean(text[match.end() :]))
        return Reply(code, "", clean(text))
    lines = [line[4:] for line in raw.split(b"\n")]
    first = _ENHANCED.match(lines[0])
    text = b" ".join(_ENHANCED.sub(b"", line, count=1).strip() for line in lines)
    return Reply(code, first[1].decode("ascii") if first else "", clean(text))


def clean(text: bytes) -> str:
    """Hostile bytes as one short printable line: control and other unprintable characters become blanks."""
    kept = text[: MAX_TEXT * 4].decode("utf-8", "replace").strip()
    if not kept.isprintable():
        kept = "".join(char if char.isprintable() else " " for char in kept).strip()
    return kept[:MAX_TEXT]
