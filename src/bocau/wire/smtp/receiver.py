"""One SMTP connection as a server: fast, small, and deaf to tricks. Runs on asyncio and uvloop.

RFC 5321, 2920 (PIPELINING), 3030 (CHUNKING), 1870 (SIZE), 6152 (8BITMIME), 6531 (SMTPUTF8). No relaying, no queue: each
mail is handed to a handler, which answers for it. A letter ends at CRLF.CRLF and nothing else, commands end with
CRLF and nothing else (SMTP smuggling, CVE-2023-51764 and its family).
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar, Protocol, cast

from bocau.wire.smtp.safe import letter_fault

_MAIL = re.compile(rb"(?i:MAIL FROM:) ?<([^<>\x00-\x1f\x7f]*)>(?: (.*))?")
_RCPT = re.compile(rb"(?i:RCPT TO:) ?<([^<>\x00-\x1f\x7f]+)>(?: (.*))?")
_BDAT = re.compile(rb"(?i:BDAT) (\d{1,12})( (?i:LAST))?")
_LEADING_DOT = re.compile(rb"\r\n\.")
_HELD_BYTES = 64 * 1024
_BYE = 4096


@dataclass(frozen=True, slots=True)
class Limits:
    """What one connection may do. Sizes in bytes, times in seconds.

    ``size``: largest letter; ``line``: longest command; ``errors``: refused commands until 421; ``idle``: silence until
    421. ``strict`` refuses letters with bare CR, LF or NUL (20 µs for 10 KB).
    """

    name: str = "localhost"
    size: int = 25 << 20
    recipients: int = 100
    line: int = 2048
    errors: int = 20
    idle: float = 300.0
    chunking: bool = True
    strict: bool = True


@dataclass(frozen=True, slots=True)
class Peer:
    """Who is at the other end: its network address, and the name it gave in EHLO (hostile text)."""

    address: str
    helo: str


class Handler(Protocol):
    """Takes mails. Called on the loop's thread; must not block."""

    def mail(
        self, sender: bytes, recipients: list[bytes], body: bytes, reply: Callable[[bytes], None], peer: Peer
    ) -> None:
        """A whole letter, dots removed. ``reply(b"250 2.0.0 Kept")`` is to be called once, now or later, on the loop's
        thread; until then the connection reads no further command. A reply after the connection is gone is dropped."""


class Mode(Enum):
    """What the next bytes are; ``held`` waits for the handler's reply."""

    command = 1
    data = 2
    chunk = 3
    held = 4


class Receiver(asyncio.Protocol):
    """``loop.create_server(lambda: Receiver(handler), host, port)``. Subclasses may override the ``on_*`` methods."""

    def __init__(self, handler: Handler, limits: Limits = Limits()) -> None:
        self.handler, self.limits = handler, limits
        self.transport: asyncio.Transport | None = None
        self.helo = ""
        self.peer_address = ""
        self.sender: bytes | None = None
        self.recipients: list[bytes] = []
        self.closing = False
        self._mode = Mode.command
        self._buffer = b""
        self._at = 0
        self._body = bytearray()
        self._chunk_left = 0
        self._chunk_last = self._too_large = self._smtputf8 = self._working = self._paused = False
        self._out: list[bytes] = []
        self._errors = 0
        self._mails = 0
        self._loop = asyncio.get_running_loop()
        self._seen = self._loop.time()
        self._timer: asyncio.TimerHandle | None = None

    # -- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        name = transport.get_extra_info("peername")
        self.peer_address = str(name[0]) if isinstance(name, tuple) else ""
        self._watch()
        self.on_connect()
        self.flush()

    def data_received(self, data: bytes) -> None:
        self._seen = self._loop.time()
        if self._mode is Mode.data:
            self._take_data(data)
        else:
            self._buffer = self._buffer + data if self._buffer else data
        self._work()

    def connection_lost(self, exc: Exception | None) -> None:
        self.closing = True
        self.transport = None
        if self._timer is not None:
            self._timer.cancel()

    def pause_writing(self) -> None:
        # Who sends commands and does not read the replies gets no further.
        self._paused = True
        self._hold_reading()

    def resume_writing(self) -> None:
        self._paused = False
        self._hold_reading()

    # -- reading

    def _work(self) -> None:
        """Do what the buffer allows. Not re-entered: a handler may reply from within."""
        if self._working:
            return
        self._working = True
        try:
            while not self.closing and self._step():
                pass
        finally:
            self._working = False
            # Cut once, not per command: a flood of short commands must not cost its square.
            self._buffer, self._at = self._buffer[self._at :], 0
        self.flush()
        self._hold_reading()

    def _step(self) -> bool:
        """One command or one piece of a letter; False when more bytes, or a reply, are needed."""
        if self._mode is Mode.command:
            return self._take_command()
        if self._mode is Mode.data:
            data = self._taken(len(self._buffer) - self._at)
            if data:
                self._take_data(data)
            return bool(data)
        return self._mode is Mode.chunk and self._take_chunk()

    def _taken(self, size: int) -> bytes:
        """The buffer's next ``size`` bytes, or what there is of them."""
        start = self._at
        self._at = min(start + size, len(self._buffer))
        return self._buffer[start : self._at]

    def _take_command(self) -> bool:
        end = self._buffer.find(b"\n", self._at, self._at + self.limits.line)
        if end < 0:
            if len(self._buffer) - self._at >= self.limits.line:
                self.say(b"500 5.5.2 Line too long")
                self.close()
            return False
        line = self._taken(end - self._at)
        self._at += 1
        if not line.endswith(b"\r") or b"\r" in line[:-1]:
            self.say(b"500 5.5.2 Commands end with CR LF")
            self.close()
            return False
        self.on_command(line[:-1])
        return True

    def _take_data(self, data: bytes) -> None:
        """Bytes of a letter sent by DATA, up to CRLF.CRLF; what follows it is buffered as commands."""
        body = self._body
        if len(body) == 2:
            # The usual case: the whole letter in one piece, with no leading dot but the last.
            match = _LEADING_DOT.search(data)
            if match and data.startswith(b"\r\n", match.end()) and not data.startswith(b"."):
                self._put_back(data[match.end() + 2 :])
                self._end_letter(data[: match.start() + 2])
                return
        start = max(0, len(body) - 4)
        body += data
        end = body.find(b"\r\n.\r\n", start)
        if end >= 0:
            self._put_back(bytes(body[end + 5 :]))
            letter = bytes(memoryview(body)[2 : end + 2])
            # The letter's first line stands behind the CRLF put before it, so its dot is found too.
            self._end_letter(bytes(body[: end + 2]).replace(b"\r\n.", b"\r\n")[2:] if b"\n." in body[:end] else letter)
        elif len(body) > self.limits.size + _BYE:
            # Too large: forget it, but keep enough to see its end.
            self._too_large = True
            del body[: len(body) - 4]

    def _put_back(self, rest: bytes) -> None:
        """What follows a letter; nothing is left in the buffer while a letter is read."""
        self._buffer, self._at = rest, 0

    def _take_chunk(self) -> bool:
        piece = self._taken(self._chunk_left)
        self._chunk_left -= len(piece)
        if not self._too_large:
            self._body += piece
        if self._chunk_left:
            return False
        if self._chunk_last:
            self._end_letter(bytes(self._body))
        elif self.recipients:
            self._mode = Mode.command
            self.say(b"250 2.0.0 Continue")
        else:
            self._mode = Mode.command
            self._body = bytearray()
            self.error(b"503 5.5.1 RCPT first")
        return True

    def _hold_reading(self) -> None:
        transport = self.transport
        if transport is None or transport.is_closing():
            return
        if self._paused or (self._mode is Mode.held and len(self._buffer) > _HELD_BYTES):
            if transport.is_reading():
                transport.pause_reading()
        elif not transport.is_reading():
            transport.resume_reading()

    # -- the letter

    def _end_letter(self, body: bytes) -> None:
        sender, recipients = self.sender, self.recipients
        too_large = self._too_large or len(body) > self.limits.size
        self._reset()
        self._mode = Mode.held
        self._mails += 1
        number = self._mails
        if sender is None or not recipients:
            self._reply(number, b"554 5.5.1 No valid recipients")
        elif too_large:
            self._reply(number, b"552 5.3.4 Letter too large")
        elif self.limits.strict and (fault := letter_fault(body)):
            self._reply(number, b"554 5.6.0 " + fault.encode("ascii"))
        else:
            self.on_mail(sender, recipients, body, lambda text: self._reply(number, text))

    def on_mail(self, sender: bytes, recipients: list[bytes], body: bytes, reply: Callable[[bytes], None]) -> None:
        """A letter has come whole."""
        self.handler.mail(sender, recipients, body, reply, Peer(self.peer_address, self.helo))

    def _reply(self, number: int, text: bytes) -> None:
        if self._mode is not Mode.held or number != self._mails:
            return
        self._mode = Mode.command
        self.say(text)
        self._seen = self._loop.time()
        if not self._working:
            self._work()

    # -- writing

    def say(self, text: bytes) -> None:
        """Queue one reply, without its CRLF; sent with the others when the input is used up."""
        self._out.append(text)

    def flush(self) -> None:
        """Send the queued replies in one write."""
        if self._out:
            self._out.append(b"")
            data = b"\r\n".join(self._out)
            self._out = []
            self.put(data)

    def put(self, data: bytes) -> None:
        """Bytes to the network; a subclass may delay them."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(data)

    def close(self) -> None:
        """Send what is queued and close."""
        self.flush()
        self.closing = True
        if self.transport is not None:
            self.transport.close()

    def error(self, text: bytes) -> None:
        """Refuse a command; too many end the connection."""
        self._errors += 1
        if self._errors > self.limits.errors:
            self.say(b"421 4.7.0 Too many errors")
            self.close()
        else:
            self.say(text)

    # -- commands

    def on_connect(self) -> None:
        self.say(b"220 " + self.limits.name.encode("ascii") + b" ESMTP")

    def on_command(self, line: bytes) -> None:
        """One command line, without its CRLF."""
        method = self.COMMANDS.get(line[:4].upper())
        if method is None or line[4:5] not in b" ":
            self.error(b"500 5.5.1 Command unknown")
        else:
            method(self, line)

    def on_ehlo(self, line: bytes) -> None:
        self._reset()
        self.helo = line[5:].decode("utf-8", "replace").strip()[:255]
        if line[:1] in b"Hh":
            self.say(b"250 " + self.limits.name.encode("ascii"))
            return
        lines = [self.limits.name, *self.extensions()]
        for text in lines[:-1]:
            self.say(b"250-" + text.encode("ascii"))
        self.say(b"250 " + lines[-1].encode("ascii"))

    def extensions(self) -> list[str]:
        """Lines of the EHLO answer."""
        lines = ["PIPELINING", f"SIZE {self.limits.size}", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"]
        return [*lines, "CHUNKING"] if self.limits.chunking else lines

    def on_mail_from(self, line: bytes) -> None:
        match = _MAIL.fullmatch(line)
        if match is None:
            self.error(b"501 5.5.4 Syntax: MAIL FROM:<address>")
        elif not self.helo:
            self.error(b"503 5.5.1 EHLO first")
        elif self.sender is not None:
            self.error(b"503 5.5.1 One sender only")
        elif refusal := self._parameters(match[2]):
            self.error(refusal)
        elif not match[1].isascii() and not self._smtputf8:
            self.error(b"553 5.6.7 SMTPUTF8 is needed for this address")
        else:
            self.sender = match[1]
            self.say(b"250 2.1.0 OK")

    def _parameters(self, given: bytes | None) -> bytes:
        """Read MAIL's parameters; the refusal when one is wrong."""
        self._smtputf8 = False
        for word in (given or b"").split():
            name, _, value = word.upper().partition(b"=")
            if name == b"SIZE" and value.isdigit() and len(value) < 19:
                if int(value) > self.limits.size:
                    return b"552 5.3.4 Letter too large"
            elif name == b"SMTPUTF8" and not value:
                self._smtputf8 = True
            elif name != b"BODY" or value not in (b"7BIT", b"8BITMIME"):
                return b"555 5.5.4 Parameter not known"
        return b""

    def on_rcpt_to(self, line: bytes) -> None:
        match = _RCPT.fullmatch(line)
        if match is None:
            self.error(b"501 5.5.4 Syntax: RCPT TO:<address>")
        elif self.sender is None:
            self.error(b"503 5.5.1 MAIL first")
        elif match[2]:
            self.error(b"555 5.5.4 Parameter not known")
        elif len(self.recipients) >= self.limits.recipients:
            self.error(b"452 4.5.3 Too many recipients")
        elif not match[1].isascii() and not self._smtputf8:
            self.error(b"553 5.6.7 SMTPUTF8 is needed for this address")
        elif refusal := self.refuse_recipient(match[1]):
            self.error(refusal)
        else:
            self.recipients.append(match[1])
            self.say(b"250 2.1.5 OK")

    def refuse_recipient(self, address: bytes) -> bytes:
        """A reply that refuses ``address``; empty to take it."""
        return b""

    def on_data(self, line: bytes) -> None:
        if self.sender is None or not self.recipients or self._body:
            self.error(b"503 5.5.1 RCPT first, and not after BDAT")
            return
        self.say(b"354 End with CR LF . CR LF")
        self._mode = Mode.data
        # A letter's first line may begin with a dot like any other: it too stands behind a CRLF.
        self._body = bytearray(b"\r\n")

    def on_bdat(self, line: bytes) -> None:
        match = _BDAT.fullmatch(line)
        if match is None or not self.limits.chunking:
            # The octets behind it cannot be told from commands.
            self.say(b"501 5.5.4 Syntax: BDAT size [LAST]")
            self.close()
            return
        # Without a recipient the octets come all the same (RFC 3030 section 2); the answer tells at the end.
        self._mode = Mode.chunk
        self._chunk_left, self._chunk_last = int(match[1]), match[2] is not None
        self._too_large = self._too_large or len(self._body) + self._chunk_left > self.limits.size

    def on_rset(self, line: bytes) -> None:
        self._reset()
        self.say(b"250 2.0.0 OK")

    def on_noop(self, line: bytes) -> None:
        self.say(b"250 2.0.0 OK")

    def on_vrfy(self, line: bytes) -> None:
        self.say(b"252 2.1.5 Send a mail and see")

    def on_quit(self, line: bytes) -> None:
        self.say(b"221 2.0.0 Bye")
        self.close()

    def _reset(self) -> None:
        self.sender = None
        self.recipients = []
        self._body = bytearray()
        self._too_large = self._smtputf8 = False

    COMMANDS: ClassVar[dict[bytes, Callable[["Receiver", bytes], None]]] = {
        b"EHLO": on_ehlo,
        b"HELO": on_ehlo,
        b"MAIL": on_mail_from,
        b"RCPT": on_rcpt_to,
        b"DATA": on_data,
        b"BDAT": on_bdat,
        b"RSET": on_rset,
        b"NOOP": on_noop,
        b"VRFY": on_vrfy,
        b"QUIT": on_quit,
    }

    # -- time

    def _watch(self) -> None:
        now = self._loop.time()
        left = self._seen + self.limits.idle - now
        if left <= 0 and self._mode is not Mode.held:
            self.say(b"421 4.4.2 Silent for too long")
            self.close()
            return
        self._timer = self._loop.call_later(max(left, 1.0), self._watch)
