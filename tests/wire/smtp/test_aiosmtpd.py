"""The client against aiosmtpd, which knows nothing of us."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword
from aiosmtpd.smtp import Session as Peer
from pydantic import SecretStr

from bocau.wire.smtp import Profile
from tests.wire.smtp.certificates import Authority
from tests.wire.smtp.conftest import Run
from tests.wire.smtp.sender import LETTER, PATIENCE, Told, deliver, letter


class Box:
    """Keeps what comes. Addresses that begin with "no" are refused."""

    def __init__(self) -> None:
        self.mails: list[Envelope] = []
        self.encrypted: list[bool] = []
        self.signed_in: list[LoginPassword] = []

    async def handle_RCPT(self, server: SMTP, session: Peer, envelope: Envelope, address: str, options: Any) -> str:
        if address.startswith("no"):
            return "550 5.1.1 Nobody here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Peer, envelope: Envelope) -> str:
        self.mails.append(envelope)
        assert server.transport is not None
        self.encrypted.append(server.transport.get_extra_info("sslcontext") is not None)
        return "250 2.0.0 Kept"

    def authenticate(self, server: SMTP, session: Peer, envelope: Envelope, way: str, given: Any) -> AuthResult:
        self.signed_in.append(given)
        return AuthResult(success=given == LoginPassword(b"user", "mật khẩu".encode()), handled=False)


@contextlib.asynccontextmanager
async def listening(
    box: Box, tls: ssl.SSLContext | None = None, *, implicit: bool = False, **options: Any
) -> AsyncIterator[int]:
    made: list[SMTP] = []

    def protocol() -> SMTP:
        made.append(
            SMTP(
                box,
                hostname="mx.test",
                enable_SMTPUTF8=True,
                authenticator=box.authenticate,
                tls_context=None if implicit else tls,
                **options,
            )
        )
        return made[-1]

    loop = asyncio.get_running_loop()
    server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=tls if implicit else None)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for one in made:
            transport: Any = one.transport
            if transport is not None and not transport.is_closing():
                transport.abort()  # where it is closed already, Python 3.11.2 stumbles


def profile(port: int, **given: Any) -> Profile:
    values: dict[str, Any] = {"tls": "off", "timeouts": PATIENCE, "helo_name": "client.test", **given}
    return Profile("localhost", port, **values)


@pytest.fixture
def box() -> Box:
    return Box()


def test_mails_arrive_byte_for_byte(run: Run, box: Box) -> None:
    async def whole() -> Told:
        async with listening(box) as port:
            return await deliver(profile(port), letter("b@clinic.test"), letter("c@clinic.test", b"x\r\n\r\ny"))

    told = run(whole())
    assert told.sent == [True, True]
    assert [mail.content for mail in box.mails] == [LETTER, b"x\r\n\r\ny\r\n"]
    assert [mail.rcpt_tos for mail in box.mails] == [["b@clinic.test"], ["c@clinic.test"]]
    assert box.mails[0].mail_from == "a@clinic.test"
    assert told.outcomes[0].reply.text == "Kept"


def test_a_refused_recipient_does_not_disturb_the_next(run: Run, box: Box) -> None:
    async def whole() -> Told:
        async with listening(box) as port:
            return await deliver(profile(port), letter("no@clinic.test"), letter(), letter("no@x.test"), letter())

    told = run(whole())
    assert told.sent == [False, True, False, True]
    assert told.outcomes[0].reply.enhanced == "5.1.1"
    assert len(box.mails) == 2


def test_an_address_and_a_letter_in_vietnamese_arrive(run: Run, box: Box) -> None:
    body = "Subject: Nhắc hẹn\r\n\r\nXin chào\r\n".encode()

    async def whole() -> Told:
        async with listening(box) as port:
            return await deliver(profile(port), letter("nguyễn@clinic.test", body, utf8=True))

    assert run(whole()).sent == [True]
    assert box.mails[0].rcpt_tos == ["nguyễn@clinic.test"]
    assert box.mails[0].content == body


def test_a_letter_over_the_servers_size_is_not_sent(run: Run, box: Box) -> None:
    async def whole() -> Told:
        async with listening(box, data_size_limit=1000) as port:
            return await deliver(profile(port), letter(body=b"x: y\r\n" * 200), letter())

    told = run(whole())
    assert told.sent == [False, True]
    assert told.outcomes[0].local
    assert len(box.mails) == 1


def test_a_large_letter_arrives(run: Run, box: Box) -> None:
    body = b"Subject: x\r\n\r\n" + b"." * 70 + b"\r\n" + b".0123456789\r\n" * 100_000

    async def whole() -> Told:
        async with listening(box) as port:
            return await deliver(profile(port), letter(body=body))

    assert run(whole()).sent == [True]
    assert box.mails[0].content == body


@pytest.mark.parametrize("policy", ["required", "opportunistic", "implicit"])
def test_tls_is_used(run: Run, box: Box, authority: Authority, policy: str) -> None:
    async def whole() -> Told:
        context = authority.context("localhost")
        async with listening(box, context, implicit=policy == "implicit") as port:
            return await deliver(profile(port, tls=policy, ca_file=str(authority.file)), letter(), letter())

    told = run(whole())
    assert told.sent == [True, True]
    assert told.encrypted
    assert box.encrypted == [True, True]


def test_opportunistic_tls_takes_any_certificate(run: Run, box: Box, authority: Authority) -> None:
    async def whole() -> Told:
        async with listening(box, authority.context("elsewhere.test", own=True)) as port:
            return await deliver(profile(port, tls="opportunistic"), letter())

    assert run(whole()).sent == [True]
    assert box.encrypted == [True]


def test_a_certificate_may_be_taken_unseen_when_told_so(run: Run, box: Box, authority: Authority) -> None:
    async def whole() -> Told:
        async with listening(box, authority.context("elsewhere.test", own=True)) as port:
            return await deliver(profile(port, tls="required", verify=False), letter())

    assert run(whole()).sent == [True]


@pytest.mark.parametrize("policy", ["required", "implicit", "opportunistic with a password"])
@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"name": "elsewhere.test"}, "localhost"),
        ({"name": "localhost", "days": 0}, "expired"),
        ({"name": "localhost", "own": True}, "self"),
    ],
    ids=["another name", "expired", "signed by nobody"],
)
def test_a_wrong_certificate_is_told_and_nothing_is_sent(
    run: Run, box: Box, authority: Authority, policy: str, wrong: dict[str, Any], reason: str
) -> None:
    tls, _, password = policy.partition(" with ")
    given = {"username": "user", "password": SecretStr("mật khẩu")} if password else {}

    async def whole() -> Told:
        async with listening(box, authority.context(**wrong), implicit=tls == "implicit") as port:
            return await deliver(profile(port, tls=tls, ca_file=str(authority.file), **given), letter())

    told = run(whole())
    assert told.problem == "tls-certificate-wrong"
    assert reason in str(told.why.problem)
    assert told.why.stage == "starttls"
    assert not told.ready
    assert not box.mails and not box.signed_in


@pytest.mark.parametrize("way", ["", "PLAIN", "LOGIN"])
@pytest.mark.parametrize("password", ["mật khẩu", "wrong"])
def test_a_password_opens_the_door_if_it_is_right(
    run: Run, box: Box, authority: Authority, way: str, password: str
) -> None:
    async def whole() -> Told:
        async with listening(box, authority.context("localhost"), auth_required=True) as port:
            given = {"username": "user", "password": SecretStr(password), "auth": way}
            return await deliver(profile(port, tls="required", ca_file=str(authority.file), **given), letter())

    told = run(whole())
    assert len(box.signed_in) == 1
    if password == "wrong":
        assert told.problem == "sign-in-refused"
        assert told.why.reply.code == 535
        assert box.mails == []
    else:
        assert told.sent == [True]
        assert box.encrypted == [True]


def test_a_password_is_not_sent_where_tls_is_off(run: Run, box: Box) -> None:
    async def whole() -> Told:
        async with listening(box, auth_require_tls=False) as port:
            return await deliver(profile(port, username="user", password=SecretStr("x")), letter())

    assert run(whole()).problem == "password-in-clear"
    assert not box.mails and not box.signed_in
