"""One SMTP connection as a client: negotiated once, then one mail after another. Runs on asyncio and uvloop.

RFC 5321, 2920 (PIPELINING), 3030 (CHUNKING), 1870 (SIZE), 6152 (8BITMIME), 6531 (SMTPUTF8). The way of a mail:

    send ── MAIL RCPT DATA ──▶ 354 ─▶ driver.body_due ─▶ release_body ── body, dot ──▶ reply ─▶ driver.done, ready
    send ─▶ driver.body_due ─▶ release_body ── MAIL RCPT BDAT body ──▶ replies ─▶ driver.done, ready

Up to ``release_body`` the server cannot have taken the mail; from there on, silence or a lost connection is doubt.
"""

import asyncio
import math
from typing import Protocol

from bocau.base.errors import BocauError
from bocau.base.words import N_, Phrase
from bocau.wire.reply import Reply, parse
from bocau.wire.smtp.errors import RelayAbortedError, RelayGoneError
from bocau.wire.smtp.link import LARGE, TOO_MUCH, Link
from bocau.wire.smtp.mail import Mail, Outcome, Stage
from bocau.wire.smtp.negotiation import Negotiation
from bocau.wire.smtp.profile import Profile
from bocau.wire.smtp.safe import stuffed
from bocau.wire.smtp.screen import refusal_of

FRESH = 1.0
"""Seconds. On a connection silent for longer, the next mail goes by DATA: the server may have closed meanwhile, and
that is found out before the body is at risk."""
MAIL, RCPT, DATA, BODY, DOT = Stage.mail, Stage.rcpt, Stage.data, Stage.body, Stage.dot
"""Python 3.11 takes 0.2 µs to find an Enum's member."""
BYE = 5.0
"""Seconds to wait for the answer to QUIT."""


class Driver(Protocol):
    """Who uses sessions. Every method is called on the loop's thread and must not block."""

    def ready(self, session: "Session", /) -> None:
        """Negotiated, or the previous mail is over: ``session.send`` may be called once, now or later."""

    def body_due(self, session: "Session", mail: Mail, /) -> None:
        """The mail's last bytes wait for ``session.release_body`` (or ``abort``), now or later."""

    def done(self, session: "Session", mail: Mail, outcome: Outcome, /) -> None:
        """Exactly once per ``send``."""

    def closed(self, session: "Session", outcome: Outcome | None, /) -> None:
        """Exactly once, last. ``outcome`` tells why when the session never became ready; else None."""


class Session(Link):
    """See the module's text. Made by ``connect``; not thread-safe.

    ``mails_sent``: those that were done on it, whatever became of them. ``farewell``: the server's 421 between two mails.
    """

    __slots__ = (
        "_bdat",
        "_born",
        "_dirty",
        "_due",
        "_leaving",
        "_left",
        "_mail",
        "_pipelines",
        "_quiet_since",
        "_quitting",
        "_refusal",
        "_released",
        "_tail",
        "_was_ready",
        "_why",
        "driver",
        "farewell",
        "idle",
        "mails_sent",
    )

    def __init__(self, profile: Profile, driver: Driver, loop: asyncio.AbstractEventLoop | None = None) -> None:
        super().__init__(profile, loop or asyncio.get_running_loop())
        self.driver = driver
        self.idle = False
        self.mails_sent = 0
        self.farewell: Reply | None = None
        self._mail: Mail | None = None
        self._refusal: Outcome | None = None
        self._why: Outcome | None = None
        self._tail = b""
        self._left = 0
        self._pipelines = False
        self._bdat = self._due = self._released = self._dirty = False
        self._was_ready = self._leaving = self._quitting = False
        self._born = self._quiet_since = self.loop.time()

    @property
    def mail(self) -> Mail | None:
        """The mail under way."""
        return self._mail

    # -- what the driver calls

    def send(self, mail: Mail) -> None:
        """Begin a mail. Once after each ``ready``; what becomes of it arrives through ``driver.done``."""
        if not self.idle:
            self._send_too_late(mail)
            return
        self.idle = False
        self._mail = mail
        offers = self.capabilities
        refusal = refusal_of(mail, offers)
        if refusal is not None:
            # Told a tick later, or a row of refused mails would call itself ever deeper.
            self._refusal = refusal
            self.loop.call_soon(self._finish_local)
            return
        self._pipelines = offers.pipelining and self.profile.pipelining
        self._bdat = (
            offers.chunking
            and self.profile.chunking
            and self._pipelines
            and not self._dirty
            and len(mail.body) <= LARGE
            and self.loop.time() - self._quiet_since <= FRESH
        )
        if self._bdat:
            self._await_release(mail)
        else:
            self._write_envelope(mail)

    def _send_too_late(self, mail: Mail) -> None:
        """The session has begun to end, and the driver could not know: the mail is done, unsent, a tick later."""
        if self._over or self._mail is not None or not (self._ended or self._quitting):
            raise RuntimeError("the session is not ready for a mail")
        self._mail = mail
        if self._quitting:
            self.stage = MAIL
            self.loop.call_soon(self._on_gone)

    def release_body(self) -> bool:
        """Let the mail's last bytes go. False when there is no mail any more (its ``done`` has been called)."""
        mail, transport = self._mail, self.transport
        if mail is None or transport is None or not self._due:
            return False
        self._due = False
        self._released = True
        self._deadline = self.loop.time() + self.timeouts.dot
        if self._bdat:
            self._answer = self._on_mail
            transport.writelines((self._envelope(mail) + b"BDAT %d LAST\r\n" % len(mail.body), mail.body))
            return True
        self.stage = DOT
        self._answer = self._on_dot
        if self._tail:
            transport.write(self._tail)
        else:
            body = stuffed(mail.body)
            transport.writelines((body, b".\r\n" if body.endswith(b"\r\n") else b"\r\n.\r\n"))
        return True

    def abort(self) -> None:
        """Close at once. A pending mail is done first: not sent when not released, in doubt otherwise."""
        self.fail(RelayAbortedError(relay=self.relay, stage=self.stage.value))

    def quit(self) -> None:
        """Take leave (QUIT), after the present mail if there is one; before the first ``ready``, just close."""
        if self._ended or self._quitting:
            return
        if not self._was_ready:
            self.abort()
        elif self._mail is not None:
            self._leaving = True
        else:
            self.idle = False
            self._quitting = True
            self.expect(Stage.quit, self._on_bye, BYE)
            self.write(b"QUIT\r\n")

    # -- what link and negotiation call

    def negotiated(self) -> None:
        """The greeting is over; mails may go."""
        if self.spoke_too_much:
            self.garbled(TOO_MUCH)
            return
        self._was_ready = True
        self._settle_down()

    def fail(self, problem: BocauError, code: int = 0, raw: bytes = b"") -> None:
        """A mail already refused stays refused; one whose last bytes were released is in doubt; else it is unsent."""
        if self._ended:
            return
        outcome = self._refusal
        if outcome is None:
            stage = DOT if self._released else self.stage
            reply = parse(code, raw) if code else None
            outcome = Outcome(stage, reply, self._released, str(problem), problem)
        self._hang_up(outcome)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.attach(transport)
        self.handshaking = False
        if self._ended:
            # It was given up while it was made.
            self._cut()
            return
        self._born = self.loop.time()
        Negotiation(self).begin()
        self._tick()

    def resume_writing(self) -> None:
        self._paused = False
        if self._tail and not self._due and not self._released and self._mail is not None:
            self._await_release(self._mail)

    def _on_gone(self) -> None:
        if self._mail is not None or not self._was_ready:
            self.fail(RelayGoneError(relay=self.relay, stage=self.stage.value))

    def _unsent(self) -> Outcome:
        """For a mail that was given to a session at its end."""
        problem = RelayGoneError(relay=self.relay, stage=MAIL.value)
        return Outcome(MAIL, None, error=str(problem), problem=problem)

    def _on_silence(self) -> None:
        if self._quitting:
            self._hang_up(None)
        elif self._mail is None and self._was_ready:
            self.quit()
        else:
            self._silent(DOT if self._released else self.stage)

    def _on_over(self) -> None:
        self.idle = False
        if self._mail is not None:
            self._conclude(None)
        self.driver.closed(self, self._why)

    # -- one mail: its envelope

    def _envelope(self, mail: Mail) -> bytes:
        parameters = b" SIZE=%d" % len(mail.body) if self.capabilities.sizes else b""
        if mail.smtputf8:
            parameters += b" SMTPUTF8"
        if mail.eightbit or not mail.body.isascii():
            parameters += b" BODY=8BITMIME"
        return b"MAIL FROM:<%b>%b\r\nRCPT TO:<%b>\r\n" % (mail.sender, parameters, mail.recipient)

    def _write_envelope(self, mail: Mail) -> None:
        """MAIL RCPT DATA in one group, or the first command alone; RSET first when a refused mail lies open."""
        self._deadline = self.loop.time() + self.timeouts.command
        self._answer = self._on_reset if self._dirty else self._on_mail
        if self._pipelines:
            self.write((b"RSET\r\n" if self._dirty else b"") + self._envelope(mail) + b"DATA\r\n")
        elif self._dirty:
            self.write(b"RSET\r\n")
        else:
            self._write_mail(mail)

    def _write_mail(self, mail: Mail) -> None:
        envelope = self._envelope(mail)
        self.write(envelope[: envelope.index(b"\n") + 1])

    def _on_reset(self, code: int, raw: bytes) -> None:
        mail = self._mail
        if code == 421:
            self._refuse(code, raw)
        elif code // 100 != 2 or mail is None:
            # It says nothing about the mail at hand.
            self.garbled(Phrase(N_("RSET was answered with {code}"), code=code))
        else:
            self._dirty = False
            self._answer = self._on_mail
            if not self._pipelines:
                self._write_mail(mail)

    def _on_mail(self, code: int, raw: bytes) -> None:
        if code // 100 != 2 and not self._refuse(code, raw):
            return
        self.stage = RCPT
        self._answer = self._on_rcpt
        if not self._released:
            self._go_on(self.timeouts.command)

    def _on_rcpt(self, code: int, raw: bytes) -> None:
        if code // 100 != 2 and not self._refuse(code, raw):
            return
        if self._released:
            self.stage = DOT
            self._answer = self._on_dot
        else:
            self.stage = DATA
            self._answer = self._on_data
            self._go_on(self.timeouts.data)

    def _go_on(self, seconds: float) -> None:
        """The next reply's time; without pipelining also the next command, or the end of a refused mail."""
        self._deadline = self.loop.time() + seconds
        if self._pipelines or self._mail is None:
            return
        if self._refusal is not None:
            self._dirty = self.stage is DATA
            self._finish(self._refusal)
        elif self.stage is RCPT:
            self.write(b"RCPT TO:<%b>\r\n" % self._mail.recipient)
        else:
            self.write(b"DATA\r\n")

    # -- one mail: its body

    def _on_data(self, code: int, raw: bytes) -> None:
        mail = self._mail
        if code == 354 and mail is not None:
            self.stage = BODY
            if self._refusal is not None and self._refusal.stage is MAIL:
                # It may have taken the recipient: a lone dot could make an empty letter of it.
                self._hang_up(self._refusal)
            elif self._refusal is not None:
                # RFC 2920 section 3.1: no recipient was taken and yet the server waits for a body.
                self._answer = self._on_lone_dot
                self._deadline = self.loop.time() + self.timeouts.dot
                self.write(b".\r\n")
            elif len(mail.body) > LARGE:
                self._write_large(mail)
            else:
                self._await_release(mail)
        elif self._refuse(code, raw):
            self._dirty = True
            self._finish(self._refusal)

    def _on_lone_dot(self, code: int, raw: bytes) -> None:
        self._dirty = True
        if code == 421:
            self._hang_up(self._refusal)
        else:
            self._finish(self._refusal)

    def _await_release(self, mail: Mail) -> None:
        if self.spoke_too_much:
            # What was said before the body went must not pass for the answer to it.
            self.garbled(TOO_MUCH)
            return
        self._answer = self._on_early
        self._deadline = math.inf
        self._due = True
        self.driver.body_due(self, mail)

    def _write_large(self, mail: Mail) -> None:
        """Everything but the end; the end is due when the socket has taken it."""
        body = stuffed(mail.body)
        self._tail = b"\r\n.\r\n"
        self._answer = self._on_early
        self._deadline = self.loop.time() + self.timeouts.data
        self.write(body[:-2] if body.endswith(b"\r\n") else body)
        self._left = self._waiting()
        if not self._paused:
            self._await_release(mail)

    def _moves(self, now: float) -> bool:
        """A large body that got on has its time anew."""
        if not self._tail or self._due or self._released:
            return False
        left = self._waiting()
        moved, self._left = left < self._left, left
        if moved:
            self._deadline = now + self.timeouts.data
        return moved

    def _waiting(self) -> int:
        """Bytes that the socket has not taken yet."""
        return 0 if self.transport is None else self.transport.get_write_buffer_size()

    def _on_early(self, code: int, raw: bytes) -> None:
        """A reply while nothing was asked: before the end of the body it can only be a refusal."""
        if self._refuse(code, raw):
            self._hang_up(self._refusal)

    def _on_dot(self, code: int, raw: bytes) -> None:
        if code // 100 != 2:
            if self._refuse(code, raw):
                self._dirty = self._bdat
                self._finish(self._refusal)
        elif self._refusal is None:
            self._finish(Outcome(DOT, parse(code, raw)))
        elif self._refusal.stage is MAIL:
            self._refusal = None
            self.garbled(Phrase(N_("it refused MAIL and then took the mail")))
        else:
            self._dirty = True
            self._finish(self._refusal)

    def _refuse(self, code: int, raw: bytes) -> bool:
        """Keep the first refusal. False when the session has ended: by 421, or by a reply that makes no sense."""
        if code // 100 not in (4, 5):
            self.garbled(Phrase(N_("the code {code} makes no sense here"), code=code))
            return False
        if self._refusal is None:
            self._refusal = Outcome(self.stage, parse(code, raw))
        if code == 421:
            self._hang_up(self._refusal)
            return False
        return True

    # -- endings

    def _on_unasked(self, code: int, raw: bytes) -> None:
        """A reply while idle: 421 before the server closes, or garbage. Either way no mail is touched."""
        if code == 421:
            self.farewell = parse(code, raw)
        self._hang_up(self._refusal)

    def _on_bye(self, code: int, raw: bytes) -> None:
        self._hang_up(None)

    def _finish_local(self) -> None:
        if self._mail is not None and not self._ended:
            self._finish(self._refusal)

    def _finish(self, outcome: Outcome | None) -> None:
        """The mail is over and the connection is good."""
        self.stage = MAIL
        self._answer = self._on_unasked
        self._conclude(outcome)
        if not self._ended and not self._quitting:
            self._settle_down()

    def _conclude(self, outcome: Outcome | None) -> None:
        mail, self._mail = self._mail, None
        self._refusal = None
        self._due = self._released = False
        self._tail = b""
        if mail is not None:
            self.mails_sent += 1
            self.driver.done(self, mail, outcome or self._unsent())
        elif not self._was_ready:
            self._why = outcome

    def _settle_down(self) -> None:
        """Idle until the next mail, or leave when worn."""
        self._answer = self._on_unasked
        self.stage = MAIL
        if self.spoke_too_much:
            self._hang_up(None)
            return
        now = self._quiet_since = self.loop.time()
        self._deadline = self._born + self.profile.reuse_seconds
        if self._leaving or now >= self._deadline or self.mails_sent >= self.profile.mails_per_connection:
            self.quit()
        else:
            self.idle = True
            self.driver.ready(self)

    def _hang_up(self, outcome: Outcome | None) -> None:
        """End the mail with ``outcome`` and close now. The driver hears ``closed`` a tick later."""
        if self._ended:
            return
        self._ended = True
        self.idle = False
        self._conclude(outcome)
        self._cut()
