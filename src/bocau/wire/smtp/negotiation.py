"""From the banner to the first mail: EHLO, STARTTLS, EHLO again, AUTH."""

from bocau.base.background import Background
from bocau.base.errors import BocauError
from bocau.base.words import N_, Phrase
from bocau.wire.reply import parse
from bocau.wire.smtp import signin
from bocau.wire.smtp.capabilities import Capabilities, read_capabilities
from bocau.wire.smtp.errors import (
    PasswordInClearError,
    RelayGoneError,
    RelayRejectedError,
    SignInMissingError,
    SignInRefusedError,
    TlsFailedError,
    TlsInjectionError,
    TlsMissingError,
)
from bocau.wire.smtp.link import TOO_MUCH, Answer, Link
from bocau.wire.smtp.mail import Stage
from bocau.wire.smtp.profile import TlsPolicy
from bocau.wire.smtp.tls import client_context, tls_problem

SHUTDOWN = 3.0
"""Seconds to wait for the server's closing TLS alert; and between two limits of which one is to be the first."""
_UPGRADES = Background()


class Negotiation:
    """Drives a new session until it is ready or has failed."""

    def __init__(self, session: Link) -> None:
        self.session = session
        self.profile = session.profile
        self.command = session.timeouts.command
        self.exchange: signin.Exchange | None = None

    def begin(self) -> None:
        self.session.encrypted = self.profile.tls == TlsPolicy.implicit
        self.session.expect(Stage.banner, self.on_banner, self.command)

    def ask(self, stage: Stage, answer: Answer, line: bytes) -> None:
        """One question, one reply: whoever answers before being asked is not told more."""
        session = self.session
        if session.spoke_too_much:
            session.garbled(TOO_MUCH)
        else:
            session.expect(stage, answer, self.command)
            session.write(line)

    def on_banner(self, code: int, raw: bytes) -> None:
        if code == 220:
            self.say_ehlo()
        else:
            self.rejected(code, raw)

    def say_ehlo(self) -> None:
        self.ask(Stage.ehlo, self.on_ehlo, b"EHLO %b\r\n" % self.profile.helo_name.encode("ascii"))

    def on_ehlo(self, code: int, raw: bytes) -> None:
        if code == 250:
            self.session.capabilities = read_capabilities(raw)
            self.secure()
        elif code in (500, 501, 502, 504, 550) and not self.session.encrypted:
            # A server older than RFC 1869; what needs an extension fails below with its own sentence.
            self.ask(Stage.ehlo, self.on_helo, b"HELO %b\r\n" % self.profile.helo_name.encode("ascii"))
        else:
            self.rejected(code, raw)

    def on_helo(self, code: int, raw: bytes) -> None:
        if code == 250:
            self.session.capabilities = Capabilities()
            self.secure()
        else:
            self.rejected(code, raw)

    def rejected(self, code: int, raw: bytes) -> None:
        relay, stage = self.session.relay, self.session.stage.value
        self.session.fail(RelayRejectedError(relay=relay, stage=stage, reply=parse(code, raw)), code, raw)

    # -- STARTTLS (RFC 3207)

    def secure(self) -> None:
        session, policy = self.session, self.profile.tls
        if session.encrypted or policy == TlsPolicy.off:
            self.sign_in()
        elif session.capabilities.starttls:
            self.ask(Stage.starttls, self.on_starttls, b"STARTTLS\r\n")
        elif policy == TlsPolicy.opportunistic:
            self.sign_in()
        else:
            session.stage = Stage.starttls
            session.fail(TlsMissingError(relay=session.relay))

    def on_starttls(self, code: int, raw: bytes) -> None:
        session = self.session
        if code != 220:
            reason = str(parse(code, raw))
            session.fail(TlsFailedError(relay=session.relay, reason=reason), code, raw)
            return
        # Whatever else was sent in clear is not the server's word (CVE-2011-0411 and its family): none is kept, and
        # nothing is read until TLS reads it.
        session.expect(Stage.starttls, self.on_injected, session.timeouts.connect + SHUTDOWN)
        assert session.transport is not None
        session.transport.pause_reading()
        session.loop.call_soon(self.upgrade)

    def on_injected(self, code: int, raw: bytes) -> None:
        self.session.fail(TlsInjectionError(relay=self.session.relay))

    def upgrade(self) -> None:
        if self.session.spoke_too_much:
            self.on_injected(0, b"")
        elif not self.session.ended:
            _UPGRADES.spawn(self.start_tls(), self.session.loop)

    async def start_tls(self) -> None:
        session = self.session
        plain = session.transport
        assert plain is not None
        session.handshaking = True
        try:
            transport = await session.loop.start_tls(
                plain,
                session,
                client_context(self.profile),
                server_hostname=self.profile.host,
                ssl_handshake_timeout=session.timeouts.connect,
                ssl_shutdown_timeout=SHUTDOWN,
            )
        except BocauError as error:
            session.fail(error)
            return
        except (OSError, ValueError) as error:
            session.fail(tls_problem(session.relay, error))
            return
        finally:
            session.handshaking = False
        if transport is None or session.ended or session.lost:
            session.fail(RelayGoneError(relay=session.relay, stage=Stage.starttls.value))
            plain.abort()
            return
        session.attach(transport)
        session.encrypted = True
        # RFC 3207 section 4.2: what the server said in clear is forgotten, and asked again.
        session.capabilities = Capabilities()
        self.say_ehlo()

    # -- AUTH (RFC 4954)

    def sign_in(self) -> None:
        session, profile = self.session, self.profile
        if not profile.username:
            session.negotiated()
            return
        session.stage = Stage.auth
        if not session.encrypted:
            session.fail(PasswordInClearError(relay=session.relay))
            return
        offered = session.capabilities.auth
        self.exchange = signin.choose(profile, offered)
        if self.exchange is None:
            names = ", ".join(sorted(offered)) or "-"
            session.fail(SignInMissingError(relay=session.relay, offered=names))
            return
        self.ask(Stage.auth, self.on_auth, self.exchange.first())

    def on_auth(self, code: int, raw: bytes) -> None:
        session = self.session
        assert self.exchange is not None
        if code == 235:
            session.negotiated()
        elif code == 334 and (line := self.exchange.next()) is not None:
            self.ask(Stage.auth, self.on_auth, line)
        elif code // 100 == 4:
            self.rejected(code, raw)
        elif code // 100 != 5:
            session.garbled(Phrase(N_("the code {code} makes no sense here"), code=code))
        else:
            session.fail(SignInRefusedError(relay=session.relay, reply=parse(code, raw)), code, raw)
