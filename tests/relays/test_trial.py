import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bocau.base.config import Timeouts
from bocau.relays import Relay
from bocau.relays.trial import Trial, attempt
from bocau.wire.smtp import Mail, Profile

SHORT = Timeouts(connect=5.0, command=5.0, data=5.0, dot=5.0)
MAIL = Mail(b"a@clinic.test", b"b@clinic.test", b"Subject: x\r\n\r\nHello\r\n")
PLAIN = {
    "EHLO": "250-mail.test\r\n250-PIPELINING\r\n250 AUTH PLAIN",
    "AUTH": "235 ok",
    "MAIL": "250 ok",
    "RCPT": "250 ok",
    "DATA": "354 go",
    ".": "250 2.0.0 taken",
    "QUIT": "221 bye",
}


@contextlib.asynccontextmanager
async def server(
    answers: dict[str, str], banner: str = "220 mail.test", tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """A scripted SMTP server: first word of a line → answer."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            writer.write(banner.encode() + b"\r\n")
            while line := await reader.readline():
                word = line.split()[0].decode().upper() if line.split() else ""
                if word in answers:
                    writer.write(answers[word].encode() + b"\r\n")
                if word == "QUIT":
                    break
        writer.close()

    made = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=tls)
    async with made:
        yield made.sockets[0].getsockname()[1]


def tried(port: int, mail: Mail | None = None, **profile: Any) -> Callable[[], Any]:
    values = {"tls": "off"} | profile
    return lambda: attempt(Relay(1, "r", "smtp", Profile("127.0.0.1", port, **values)), mail, SHORT)


def run(answers: dict[str, str], mail: Mail | None = None, banner: str = "220 mail.test", **profile: Any) -> Trial:
    async def whole() -> Trial:
        async with server(answers, banner) as port:
            return await tried(port, mail, **profile)()

    return asyncio.run(whole())


def test_relay_that_answers_works() -> None:
    trial = run(PLAIN)
    assert trial.worked
    assert trial.connected
    assert not trial.encrypted
    assert trial.capabilities.pipelining
    assert trial.outcome is None


def test_mail_is_handed_over() -> None:
    trial = run(PLAIN, MAIL)
    assert trial.worked
    assert trial.outcome is not None
    assert trial.outcome.reply is not None
    assert trial.outcome.reply.text.endswith("taken")


def test_refused_mail_tells_the_servers_words() -> None:
    trial = run(PLAIN | {"RCPT": "550 5.1.1 nobody here", "DATA": "554 no"}, MAIL)
    assert trial.connected
    assert not trial.worked
    assert trial.outcome is not None
    assert trial.outcome.reply is not None
    assert trial.outcome.reply.code == 550


def test_wrong_password_is_told() -> None:
    trial = run(
        PLAIN | {"EHLO": "250-mail.test\r\n250 AUTH PLAIN", "AUTH": "535 5.7.8 no"},
        username="u",
        password=SecretStr("p"),
    )
    assert not trial.connected
    assert trial.problem is not None
    assert trial.problem.code in ("sign_in_refused", "sign-in-refused", "password_in_clear", "password-in-clear")


def test_missing_tls_is_told() -> None:
    trial = run(PLAIN, tls="required")
    assert trial.problem is not None
    assert "STARTTLS" in str(trial.problem)


def test_port_where_nothing_listens_is_told() -> None:
    async def whole() -> Trial:
        async with server(PLAIN) as port:
            pass
        return await tried(port)()

    trial = asyncio.run(whole())
    assert trial.problem is not None
    assert "refused" in str(trial.problem)


def test_server_that_is_no_smtp_server_is_told() -> None:
    trial = run(PLAIN, banner="HTTP/1.1 400 Bad Request")
    assert not trial.connected
    assert trial.problem is not None


def test_silent_server_is_told_after_the_patience() -> None:
    async def whole() -> Trial:
        async with server({}) as port:
            hurried = Timeouts(connect=0.05, command=0.05, data=0.05, dot=0.05)
            return await attempt(Relay(1, "r", "smtp", Profile("127.0.0.1", port, tls="off")), None, hurried)

    trial = asyncio.run(whole())
    assert trial.problem is not None
    assert "did not answer" in str(trial.problem)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of its own making for localhost, key in the same file."""
    import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "cert.pem"
    pem = serialization.Encoding.PEM
    path.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()) + made.public_bytes(pem)
    )
    return path


@pytest.mark.parametrize("trusted", [False, True])
def test_certificate_nobody_vouches_for_is_told(certificate: Path, trusted: bool) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)

    async def whole() -> Trial:
        async with server(PLAIN, tls=context) as port:
            profile = Profile("localhost", port, tls="implicit", ca_file=str(certificate) if trusted else "")
            return await attempt(Relay(1, "r", "smtp", profile), None, SHORT)

    trial = asyncio.run(whole())
    assert trial.worked is trusted
    assert trial.encrypted is trusted
    if not trusted:
        assert trial.problem is not None
        assert "certificate" in str(trial.problem)
