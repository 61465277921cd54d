"""Servers that cannot be reached, or turn out to be something else. Each must be told in a sentence of its own."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bocau.base.config import Timeouts
from bocau.wire.smtp import Profile, connect
from tests.fakes.ports import free_port
from tests.wire.smtp.certificates import Authority
from tests.wire.smtp.conftest import Run
from tests.wire.smtp.dialog import Recorder
from tests.wire.smtp.sender import PATIENCE, Sender, Told, deliver, letter
from tests.wire.smtp.still import StillLoop, Wire

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
GREETING = b"220 mx.test\r\n", b"250-mx.test\r\n250-AUTH PLAIN LOGIN\r\n250 STARTTLS\r\n"


class Wiretap:
    """A server that does as ``talk`` says and keeps every byte it reads."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.heard = b""
        self.connections = 0
        self.port = 0

    @contextlib.asynccontextmanager
    async def listening(self, **options: Any) -> AsyncIterator[int]:
        tasks: set[asyncio.Task[None]] = set()

        def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.connections += 1
            tasks.add(asyncio.get_running_loop().create_task(self._serve(reader, writer)))

        server = await asyncio.start_server(accepted, "127.0.0.1", 0, **options)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self.talk(reader, writer)
            while data := await reader.read(4096):
                self.heard += data
        except ConnectionError:
            pass
        finally:
            writer.transport.abort()

    async def ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *answers: bytes) -> None:
        """The first answer at once, each further one after a line of the client."""
        writer.write(answers[0])
        for answer in answers[1:]:
            self.heard += await reader.readline()
            writer.write(answer)


async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Accepts and never speaks."""


def says(*answers: bytes, close: bool = False) -> Wiretap:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await tap.ask(reader, writer, *answers)
        if close:
            await writer.drain()
            writer.close()

    tap = Wiretap(talk)
    return tap


def profile(port: int, **given: Any) -> Profile:
    values: dict[str, Any] = {"tls": "off", "timeouts": PATIENCE, "helo_name": "client.test", **given}
    return Profile(values.pop("host", "localhost"), port, **values)


def tried(run: Run, tap: Wiretap, **given: Any) -> Told:
    async def whole() -> Told:
        async with tap.listening() as port:
            return await deliver(profile(port, **given), letter())

    told = run(whole())
    assert isinstance(told, Told)
    return told


def test_a_port_where_nothing_listens(run: Run) -> None:
    told = run(deliver(profile(free_port()), letter()))
    assert told.problem == "relay-refused"
    assert told.why.stage == "connect"
    assert told.outcomes == []


@pytest.mark.parametrize("host", ["a..b", "x" * 70 + ".test", "nul\0.test", ""])
def test_a_host_that_cannot_be_a_name(run: Run, host: str) -> None:
    told = run(deliver(profile(free_port(), host=host), letter()))
    assert told.problem in ("relay-name-unknown", "relay-refused")


def test_a_server_that_never_speaks(run: Run) -> None:
    hurry = Timeouts(connect=5, command=0.1, data=5, dot=5)
    told = tried(run, Wiretap(mute), timeouts=hurry)
    assert told.problem == "relay-silent"
    assert told.why.stage == "banner"
    assert "0.1 s" in told.why.error


@pytest.mark.parametrize("policy", ["implicit", "required"])
def test_a_server_that_never_shakes_hands(run: Run, policy: str) -> None:
    tap = Wiretap(mute) if policy == "implicit" else says(*GREETING, b"220 Go\r\n")
    hurry = Timeouts(connect=0.2, command=5, data=5, dot=5)
    told = tried(run, tap, tls=policy, timeouts=hurry)
    assert told.problem == ("relay-silent" if policy == "implicit" else "tls-failed")
    assert not told.ready


def test_tls_from_the_first_byte_where_the_server_speaks_clear_text(run: Run) -> None:
    told = tried(run, says(b"220 mx.test ESMTP ready and waiting\r\n"), tls="implicit")
    assert told.problem == "tls-failed"
    assert "does not speak TLS" in told.why.error


def test_clear_text_where_the_server_wants_tls_from_the_first_byte(run: Run, authority: Authority) -> None:
    tap = Wiretap(mute)

    async def whole() -> Told:
        async with tap.listening(ssl=authority.context("localhost")) as port:
            hurry = Timeouts(connect=5, command=0.2, data=5, dot=5)
            return await deliver(profile(port, tls="required", timeouts=hurry), letter())

    told = run(whole())
    assert told.problem == "relay-silent"
    assert "465" in told.why.problem.advice()


@pytest.mark.parametrize("policy", ["opportunistic", "required"])
@pytest.mark.parametrize("answer", [b"junk that is no TLS at all, only words\r\n" * 3, b""], ids=["junk", "close"])
def test_after_a_failed_handshake_nothing_goes_in_clear(run: Run, policy: str, answer: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await tap.ask(reader, writer, *GREETING, b"220 Go\r\n")
        tap.heard += await reader.read(1)
        writer.write(answer)
        if not answer:
            writer.close()

    tap = Wiretap(talk)
    told = tried(run, tap, tls=policy)
    assert told.problem in ("tls-failed", "relay-gone")
    assert told.why.stage == "starttls"
    assert tap.connections == 1
    assert tap.heard.startswith(b"EHLO client.test\r\nSTARTTLS\r\n")
    assert b"MAIL" not in tap.heard


@pytest.mark.parametrize("policy", ["off", "opportunistic", "required"])
def test_the_password_is_never_heard_on_the_line(run: Run, policy: str) -> None:
    tap = says(b"220 mx.test\r\n", b"250-mx.test\r\n250 AUTH PLAIN LOGIN\r\n", b"235 Welcome\r\n", b"235 Welcome\r\n")
    told = tried(run, tap, tls=policy, username="user", password=SecretStr("secret"))
    assert told.problem in ("password-in-clear", "tls-missing")
    assert tap.heard == b"EHLO client.test\r\n"


def test_the_password_is_in_no_text_about_the_profile() -> None:
    assert "secret" not in repr(profile(25, username="user", password=SecretStr("secret")))


@pytest.mark.parametrize("policy", ["implicit", "required"])
@pytest.mark.parametrize("content", [None, "no certificate"])
def test_an_unreadable_file_of_certificates(run: Run, tmp_path: Path, policy: str, content: str | None) -> None:
    path = tmp_path / "trust.pem"
    if content is not None:
        path.write_text(content)
    told = tried(run, says(*GREETING, b"220 Go\r\n"), tls=policy, ca_file=str(path))
    assert told.problem == "tls-trust-unreadable"
    assert str(path) in told.why.error
    assert told.why.problem.advice()


def test_a_connection_given_up_while_it_is_made_is_told(run: Run) -> None:
    async def whole() -> Sender:
        async with Wiretap(mute).listening() as port:
            sender = Sender([letter()])
            task = asyncio.get_running_loop().create_task(connect(profile(port, tls="implicit"), sender))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await sender.over
            return sender

    assert run(whole()).told.problem == "relay-aborted"


class Addresses(asyncio.SelectorEventLoop):
    """A resolver that knows more addresses for localhost than somebody listens at."""

    found: tuple[str, ...] = ()

    async def getaddrinfo(self, host: Any, port: Any, **options: Any) -> Any:
        if host == "relay.test":
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (name, port)) for name in self.found]
        return await super().getaddrinfo(host, port, **options)


def run_with(addresses: tuple[str, ...], tls: str = "off", **given: Any) -> Told:
    async def whole() -> Told:
        asyncio.get_running_loop().found = addresses  # type: ignore[attr-defined]
        tap = says(b"220 mx.test\r\n", b"250 mx.test\r\n", b"550 No\r\n", b"221 Bye\r\n")
        async with tap.listening() as port:
            return await deliver(profile(port, host="relay.test", tls=tls, **given), letter())

    with asyncio.Runner(loop_factory=Addresses) as runner:
        return runner.run(whole())


def test_the_next_address_is_tried_when_nothing_listens_at_the_first() -> None:
    told = run_with(("127.0.0.2", "127.0.0.1"))
    assert told.ready
    assert told.outcomes[0].reply is not None
    assert told.outcomes[0].reply.code == 550


def test_the_last_address_tells_why_when_none_answers() -> None:
    assert run_with(("127.0.0.2", "127.0.0.3")).problem == "relay-refused"


def test_a_server_without_tls_is_not_replaced_by_another() -> None:
    told = run_with(("127.0.0.1", "127.0.0.2"), tls="implicit")
    assert told.problem == "tls-failed"


class SilentAddresses(StillLoop):
    """Of the addresses it finds only those on loopback answer; it keeps when each was tried."""

    def __init__(self, *found: str) -> None:
        super().__init__()
        self.found = found
        self.tried: list[float] = []

    async def getaddrinfo(self, host: Any, port: Any, **options: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (name, port)) for name in self.found]

    async def create_connection(  # type: ignore[override]
        self, factory: Any, host: Any = None, *args: Any, **options: Any
    ) -> Any:
        self.tried.append(self.now - 1000)
        if not host.startswith("127."):
            await asyncio.Event().wait()
        return Wire(self, factory()), None


@pytest.mark.parametrize(
    ("found", "tried", "heard"),
    [
        (("192.0.2.1", "127.0.0.1"), [0, 15], []),
        (("192.0.2.1", "192.0.2.2", "127.0.0.1"), [0, 10, 20], []),
        (("192.0.2.1", "192.0.2.2"), [0, 15], ["closed connect relay-silent"]),
        (("192.0.2.1", "192.0.2.1"), [0], ["closed connect relay-silent"]),
    ],
)
def test_a_silent_address_gets_no_more_than_its_share_of_the_time(
    found: tuple[str, ...], tried: list[float], heard: list[str]
) -> None:
    loop, driver = SilentAddresses(*found), Recorder()
    session = loop.run_until_complete(connect(Profile("relay.test", 25, tls="off"), driver, loop))
    loop.run_for(0)
    assert loop.tried == tried
    assert driver.heard == heard
    session.abort()
    loop.run_for(0)
    loop.close()
