"""One SMTP connection as a client: negotiated once, then one mail after another. Runs on asyncio and uvloop.

RFC 5321, 2920 (PIPELINING), 3030 (CHUNKING), 1870 (SIZE), 6152 (8BITMIME), 6531 (SMTPUTF8). The way of a mail:

    send ── MAIL RCPT DATA ──▶ 354 ─▶ driver.body_due ─▶ release_body ── body, dot ──▶ reply ─▶ driver.done, ready
    send ─▶ driver.body_due ─▶ release_body ── MAIL RCPT BDAT body ──▶ replies ─▶ driver.done, ready

Up to ``release_body`` the server cannot have taken the mail; from there on, silence or a lost connection is doubt.
"""

import asyncio
import math
from collections.abc import Callable
from typing import Protocol, cast

from bocau.base.errors import BocauError
from bocau.wire.reply import ReplyMalformedError, ReplyReader, parse
from bocau.wire.smtp.capabilities import Capabilities
from bocau.wire.smtp.errors import (
    RelayAbortedError,
    RelayGarbledError,
    RelayGoneError,
    RelaySilentError,
)
from bocau.wire.smtp.mail import Mail, Outcome, Stage
from bocau.wire.smtp.negotiation import Negotiation
from bocau.wire.smtp.profile import Profile
from bocau.wire.smtp.safe import stuffed
from bocau.wire.smtp.screen import refusal_of

LARGE = 64 * 1024
"""Bytes. The body of a larger mail travels before ``body_due``, all but its end: it may take minutes, and what is
not ended is not taken. It is also the socket's high-water mark, so that a smaller body never waits."""
FRESH = 1.0
"""Seconds. On a connection silent for longer, the next mail goes by DATA: the server may have closed meanwhile, and
that is found out before the body is at risk."""
BYE = 5.0
"""Seconds to wait for the answer to QUIT."""

Answer = Callable[[int, bytes], None]


class Driver(Protocol):
    """Who uses sessions. Every method is called on the loop's thread and must not block."""

    def ready(self, session: "Session", /) -> None:
        """Negotiated, or the previous mail is over: ``session.send`` may be called, now or later."""

    def body_due(self, session: "Session", mail: Mail, /) -> None:
        """The mail's last bytes wait for ``session.release_body`` (or ``abort``), now or later."""

    def done(self, session: "Session", mail: Mail, outcome: Outcome, /) -> None:
        """Exactly once per ``send``."""

    def closed(self, session: "Session", outcome: Outcome | None, /) -> None:
        """Exactly once, last. ``outcome`` tells why when the session never became ready; else None."""


class Session(asyncio.Protocol):
    """See the module's text. Made by ``connect``; not thread-safe."""

    __slots__ = (
        "_answer", "_bdat", "_born", "_deadline", "_dirty", "_due", "_ended", "_left", "_loop", "_mail", "_over",
        "_paused", "_quiet_since", "_quitting", "_reader", "_refusal", "_released", "_shortest", "_tail", "_timer",
        "_was_ready", "_why", "capabilities", "driver", "encrypted", "idle", "mails_sent", "profile", "stage",
        "timeouts", "transport",
    )  # fmt: skip

    def __init__(
        self, profile: Profile, driver: Driver, loop: asyncio.AbstractEventLoop | None = None
    ) -> None:
        self.profile, self.driver = profile, driver
        self._loop = loop or asyncio.get_running_loop()
        self.timeouts = profile.timeouts
        self.transport: asyncio.Transport | None = None
        self.capabilities = Capabilities()
        self.encrypted = False
        self.idle = False
        self.mails_sent = 0
        self.stage = Stage.connect
        self._reader = ReplyReader()
        self._answer: Answer = self._on_unasked
        self._mail: Mail | None = None
        self._refusal: Outcome | None = None
        self._tail = b""
        self._left = 0
        self._why: Outcome | None = None
        self._bdat = self._due = self._released = self._dirty = self._paused = False
        self._was_ready = self._quitting = self._ended = self._over = False
        self._born = self._quiet_since = self._loop.time()
        self._deadline = math.inf
        self._shortest = min(
            self.timeouts.connect, self.timeouts.command, self.timeouts.data, self.timeouts.dot
        )
        self._timer: asyncio.TimerHandle | None = None

    # -- what the driver calls

    def send(self, mail: Mail) -> None:
        """Begin a mail. Only while ``idle``; what becomes of it arrives through ``driver.done``."""
        if not self.idle:
            raise RuntimeError("the session is not idle")
        self.idle = False
        self._mail = mail
        refusal = refusal_of(mail, self.capabilities)
        if refusal is not None:
            # Told a tick later, or a row of refused mails would call itself ever deeper.
            self._loop.call_soon(self._finish_local, refusal)
            return
        allowed = self.profile
        self._bdat = (
            self.capabilities.chunking and allowed.chunking and self.capabilities.pipelining and allowed.pipelining
            and len(mail.body) <= LARGE and self._loop.time() - self._quiet_since <= FRESH
        )  # fmt: skip
        self.stage = Stage.mail
        if self._bdat:
            self._await_release(mail)
        else:
            self._write_envelope(mail)

    def release_body(self) -> bool:
        """Let the mail's last bytes go. False when there is no mail any more (its ``done`` has been called)."""
        mail = self._mail
        if mail is None or not self._due:
            return False
        self._due = False
        self._released = True
        self._deadline = self._loop.time() + self.timeouts.dot
        assert self.transport is not None
        if self._bdat:
            self._answer = self._on_mail
            self.transport.writelines(
                (self._envelope(mail) + b"BDAT %d LAST\r\n" % len(mail.body), mail.body)
            )
        else:
            self.stage = Stage.dot
            self._answer = self._on_dot
            if self._tail:
                self.transport.write(self._tail)
            else:
                body = stuffed(mail.body)
                self.transport.writelines((body, b".\r\n" if body.endswith(b"\r\n") else b"\r\n.\r\n"))
        return True

    def abort(self) -> None:
        """Close at once. A pending mail is done first: not sent when not released, in doubt otherwise."""
        self.fail(RelayAbortedError(relay=self.relay, stage=self.stage.value))

    def quit(self) -> None:
        """Take leave (QUIT) when idle; abort otherwise."""
        if self._ended or self._quitting:
            return
        if self._mail is not None or not self._was_ready:
            self.abort()
            return
        self.idle = False
        self._quitting = True
        self.expect(Stage.quit, self._on_bye, BYE)
        self.write(b"QUIT\r\n")

    @property
    def relay(self) -> str:
        """The server's address for people: host:port."""
        return f"{self.profile.host}:{self.profile.port}"

    @property
    def holds_bytes(self) -> bool:
        """True while part of a reply has been read and not the rest."""
        return self._reader.holds

    @property
    def over(self) -> bool:
        """True once ``driver.closed`` has been called."""
        return self._over

    # -- what the negotiation calls

    def write(self, data: bytes) -> None:
        if self.transport is not None:
            self.transport.write(data)

    def expect(self, stage: Stage, answer: Answer, seconds: float) -> None:
        """The next reply goes to ``answer`` and must come within ``seconds``."""
        self.stage = stage
        self._answer = answer
        self._deadline = self._loop.time() + seconds
        if self._timer is not None and seconds < self._shortest:
            self._timer.cancel()
            self._tick()

    def negotiated(self) -> None:
        """The greeting is over; mails may go."""
        self._was_ready = True
        self._settle_down()

    def fail(self, problem: BocauError, code: int = 0, raw: bytes = b"") -> None:
        """The connection cannot go on. ``code`` and ``raw`` are the server's last reply, where that was the reason."""
        if self._ended:
            return
        doubt = self._released and self._refusal is None
        outcome = Outcome(
            Stage.dot if doubt else self.stage,
            parse(code, raw) if code else None,
            doubt,
            str(problem),
            problem,
        )
        self._hang_up(outcome)

    # -- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports have the methods of asyncio.Transport without being one.
        self.transport = cast("asyncio.Transport", transport)
        self.prepare(self.transport)
        self._born = self._loop.time()
        Negotiation(self).begin()
        self._tick()

    def prepare(self, transport: asyncio.Transport) -> None:
        """Marks at which ``pause_writing`` and ``resume_writing`` are called."""
        transport.set_write_buffer_limits(high=2 * LARGE, low=0)

    def data_received(self, data: bytes) -> None:
        try:
            replies = self._reader.feed(data)
        except ReplyMalformedError as error:
            self._garbled(str(error))
            return
        for code, raw in replies:
            if self._ended:
                return
            self._answer(code, raw)

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        if self._tail and not self._due and not self._released and self._mail is not None:
            self._await_release(self._mail)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._ended and (self._mail is not None or not self._was_ready):
            self.fail(RelayGoneError(relay=self.relay, stage=self.stage.value))
        self._finally()

    # -- one mail

    def _envelope(self, mail: Mail) -> bytes:
        parameters = b" SIZE=%d" % len(mail.body) if self.capabilities.sizes else b""
        if mail.smtputf8:
            parameters += b" SMTPUTF8"
        if mail.eightbit or not mail.body.isascii():
            parameters += b" BODY=8BITMIME"
        reset = b"RSET\r\n" if self._dirty else b""
        return b"%bMAIL FROM:<%b>%b\r\nRCPT TO:<%b>\r\n" % (reset, mail.sender, parameters, mail.recipient)

    def _write_envelope(self, mail: Mail) -> None:
        envelope = self._envelope(mail)
        if self.capabilities.pipelining and self.profile.pipelining:
            self.write(envelope + b"DATA\r\n")
        else:
            self.write(envelope[: envelope.index(b"\n") + 1])
        self._answer = self._on_reset if self._dirty else self._on_mail
        self._deadline = self._loop.time() + self.timeouts.command

    @property
    def _step_by_step(self) -> bool:
        return not (self.capabilities.pipelining and self.profile.pipelining)

    def _on_reset(self, code: int, raw: bytes) -> None:
        if code // 100 != 2:
            self._refuse(code, raw)
            self._hang_up(self._refusal)
            return
        self._dirty = False
        self._answer = self._on_mail
        if self._step_by_step and self._mail is not None:
            self._write_envelope(self._mail)

    def _on_mail(self, code: int, raw: bytes) -> None:
        if code // 100 != 2 and not self._refuse(code, raw):
            return
        self.stage = Stage.rcpt
        self._answer = self._on_rcpt
        if not self._released:
            self._next_command(self.timeouts.command)

    def _on_rcpt(self, code: int, raw: bytes) -> None:
        if code // 100 != 2 and not self._refuse(code, raw):
            return
        if self._released:
            self.stage = Stage.dot
            self._answer = self._on_dot
            return
        self.stage = Stage.data
        self._answer = self._on_data
        self._next_command(self.timeouts.data)

    def _next_command(self, seconds: float) -> None:
        """Without pipelining: the command of the present stage, or the end of a refused mail."""
        self._deadline = self._loop.time() + seconds
        if not self._step_by_step:
            return
        if self._refusal is not None:
            self._dirty = self.stage is Stage.data
            self._finish(self._refusal)
        elif self.stage is Stage.rcpt and self._mail is not None:
            self.write(b"RCPT TO:<%b>\r\n" % self._mail.recipient)
        else:
            self.write(b"DATA\r\n")

    def _on_data(self, code: int, raw: bytes) -> None:
        mail = self._mail
        assert mail is not None
        if code == 354:
            self.stage = Stage.body
            if self._refusal is not None:
                # RFC 2920 section 3.1: no recipient was taken and yet the server waits for a body.
                self._answer = self._on_lone_dot
                self._deadline = self._loop.time() + self.timeouts.dot
                self.write(b".\r\n")
            elif len(mail.body) > LARGE:
                self._write_large(mail)
            else:
                self._await_release(mail)
        elif self._refuse(code, raw):
            self._dirty = True
            self._finish(self._refusal)

    def _on_lone_dot(self, code: int, raw: bytes) -> None:
        if code == 421:
            self._hang_up(self._refusal)
        else:
            self._finish(self._refusal)

    def _await_release(self, mail: Mail) -> None:
        self._answer = self._on_early
        self._deadline = math.inf
        self._due = True
        self.driver.body_due(self, mail)

    def _write_large(self, mail: Mail) -> None:
        """Everything but the end; the end is due when the socket has taken it."""
        body = stuffed(mail.body)
        self._tail = b"\r\n.\r\n"
        self._answer = self._on_early
        self._left = len(body)
        self._deadline = self._loop.time() + self.timeouts.data
        self.write(body[:-2] if body.endswith(b"\r\n") else body)
        if not self._paused:
            self._await_release(mail)

    def _on_early(self, code: int, raw: bytes) -> None:
        """A reply while nothing was asked: before the end of the body it can only be a refusal."""
        if self._refuse(code, raw) and not self._ended:
            self._hang_up(self._refusal)

    def _on_dot(self, code: int, raw: bytes) -> None:
        if code // 100 == 2:
            if self._refusal is None:
                self._finish(Outcome(Stage.dot, parse(code, raw)))
            elif self._refusal.stage is Stage.mail:
                self._refusal = None
                self._garbled("it refused MAIL and then took the mail")
            else:
                self._dirty = True
                self._finish(self._refusal)
        elif self._refuse(code, raw):
            self._dirty = self._bdat
            self._finish(self._refusal)

    def _refuse(self, code: int, raw: bytes) -> bool:
        """Keep the first refusal. False when the session has ended: by 421, or by a reply that makes no sense."""
        if code // 100 not in (4, 5):
            self._garbled(f"an unexpected {code}")
            return False
        if self._refusal is None:
            self._refusal = Outcome(self.stage, parse(code, raw))
        if code == 421:
            self._hang_up(self._refusal)
            return False
        return True

    def _on_unasked(self, code: int, raw: bytes) -> None:
        """A reply while idle: 421 before the server closes, or garbage. Either way no mail is touched."""
        self._hang_up(None)

    def _on_bye(self, code: int, raw: bytes) -> None:
        self._hang_up(None)

    # -- endings

    def _finish_local(self, outcome: Outcome) -> None:
        if self._mail is not None and not self._ended:
            self._finish(outcome)

    def _finish(self, outcome: Outcome | None) -> None:
        """The mail is over and the connection is good."""
        if self._ended:
            return
        self.stage = Stage.mail
        self._answer = self._on_unasked
        self._conclude(outcome)
        if not self._ended and not self._quitting:
            self._settle_down()

    def _conclude(self, outcome: Outcome | None) -> None:
        mail, self._mail = self._mail, None
        self._refusal = None
        self._due = self._released = False
        self._tail = b""
        if mail is None:
            if not self._was_ready:
                self._why = outcome
            return
        assert outcome is not None
        self.mails_sent += 1
        self.driver.done(self, mail, outcome)

    def _settle_down(self) -> None:
        """Idle until the next mail, or leave when worn."""
        self._answer = self._on_unasked
        self.stage = Stage.mail
        now = self._quiet_since = self._loop.time()
        self._deadline = self._born + self.profile.reuse_seconds
        if now >= self._deadline or self.mails_sent >= self.profile.mails_per_connection:
            self.quit()
        else:
            self.idle = True
            self.driver.ready(self)

    def _garbled(self, reason: str) -> None:
        self.fail(RelayGarbledError(relay=self.relay, stage=self.stage.value, reason=reason))

    def _hang_up(self, outcome: Outcome | None) -> None:
        """End the mail with ``outcome`` and close now. The driver hears ``closed`` a tick later."""
        if self._ended:
            return
        self._ended = True
        self.idle = False
        if self._timer is not None:
            self._timer.cancel()
        self._conclude(outcome)
        if self.transport is not None:
            self.transport.abort()
        # TLS that fails half-way may never call connection_lost.
        self._loop.call_soon(self._finally)

    def _finally(self) -> None:
        if self._over:
            return
        self._over = self._ended = True
        self.idle = False
        if self._timer is not None:
            self._timer.cancel()
        self.driver.closed(self, self._why)

    # -- time

    def _tick(self) -> None:
        """One timer per session, never later than the deadline: deadlines move on every reply, timers do not."""
        if self._ended:
            return
        now = self._loop.time()
        if now < self._deadline or self._moves(now):
            self._timer = self._loop.call_at(min(self._deadline, now + self._shortest), self._tick)
        elif self._quitting:
            self._hang_up(None)
        elif self._mail is None and self._was_ready:
            self.quit()
        else:
            stage = Stage.dot if self._released else self.stage
            self.fail(RelaySilentError(relay=self.relay, seconds=self._seconds(stage), stage=stage.value))

    def _moves(self, now: float) -> bool:
        """Whether a large body got on since the last look; then it has its time anew."""
        if not self._tail or self._due or self._released or self.transport is None:
            return False
        left = self.transport.get_write_buffer_size()
        moved, self._left = left < self._left, left
        if moved:
            self._deadline = now + self.timeouts.data
        return moved

    def _seconds(self, stage: Stage) -> float:
        if stage is Stage.dot:
            return self.timeouts.dot
        return self.timeouts.data if stage in (Stage.data, Stage.body) else self.timeouts.command
