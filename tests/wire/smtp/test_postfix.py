"""Client and receiver against Postfix: it takes our mails, and hands them on to our receiver."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from bocau.wire import calendar, mime
from bocau.wire.letter import Fixed, Skeleton, Text
from bocau.wire.smtp import Profile
from bocau.wire.smtp.receiver import Peer, Receiver
from tests.fakes.together import made_once
from tests.wire.smtp.certificates import Authority
from tests.wire.smtp.conftest import Run
from tests.wire.smtp.postfix_server import Postfix, lacking
from tests.wire.smtp.sender import LETTER, PATIENCE, Told, deliver, letter

pytestmark = pytest.mark.skipif(bool(lacking()), reason=lacking() or "-")


@made_once
def postfix(authority: Authority) -> Iterator[Postfix]:
    server = Postfix(authority.server("localhost"))
    yield server
    server.close()


class NextHop:
    """Where Postfix hands mails on to."""

    def __init__(self) -> None:
        self.mails: asyncio.Queue[tuple[bytes, bytes]] = asyncio.Queue()

    def mail(
        self, sender: bytes, recipients: list[bytes], body: bytes, reply: Callable[[bytes], None], peer: Peer
    ) -> None:
        for recipient in recipients:
            self.mails.put_nowait((recipient, body))
        reply(b"250 2.0.0 Kept")

    async def get(self, count: int) -> dict[str, bytes]:
        """Body by recipient, without the header that Postfix put before it."""
        found = [await self.mails.get() for _ in range(count)]
        assert len({name for name, _ in found}) == count, "something came twice"
        return {name.decode(): body[body.index(b"Subject:") :] for name, body in found}


@contextlib.asynccontextmanager
async def next_hop(postfix: Postfix) -> AsyncIterator[NextHop]:
    hop = NextHop()
    made: list[Receiver] = []

    def protocol() -> Receiver:
        made.append(Receiver(hop))
        return made[-1]

    server = await asyncio.get_running_loop().create_server(protocol, sock=postfix.next_hop.dup())
    try:
        yield hop
    finally:
        server.close()
        for one in made:
            if one.transport is not None:
                one.transport.abort()


def profile(port: int, authority: Authority, **given: Any) -> Profile:
    values: dict[str, Any] = {"tls": "off", "timeouts": PATIENCE, "ca_file": str(authority.file), **given}
    return Profile("localhost", port, **values)


@pytest.mark.parametrize("service", ["clear", "plain"])
def test_mails_pass_byte_for_byte(run: Run, postfix: Postfix, authority: Authority, service: str) -> None:
    names = [f"u{n}@clinic.test" for n in range(20)]
    names[7], names[11] = "nobody@clinic.test", "later@clinic.test"
    bodies = {name: LETTER + b"%d\r\n.%d\r\n" % (n, n) for n, name in enumerate(names)}

    async def whole() -> tuple[Told, dict[str, bytes]]:
        async with next_hop(postfix) as hop:
            mails = [letter(name, body) for name, body in bodies.items()]
            told = await deliver(profile(getattr(postfix, service), authority), *mails)
            return told, await hop.get(18)

    told, arrived = run(whole())
    assert [n for n, sent in enumerate(told.sent) if not sent] == [7, 11]
    assert str(told.outcomes[7].reply).startswith("550 5.1.1")
    assert str(told.outcomes[11].reply).startswith("450 4.2.1")
    assert {told.outcomes[n].stage.value for n in (7, 11)} == {"rcpt"}
    assert arrived == {name: body for name, body in bodies.items() if name in arrived}


@pytest.mark.parametrize("policy", ["required", "implicit", "opportunistic"])
def test_tls_is_spoken(run: Run, postfix: Postfix, authority: Authority, policy: str) -> None:
    port = postfix.wrapped if policy == "implicit" else postfix.clear

    async def whole() -> tuple[Told, dict[str, bytes]]:
        async with next_hop(postfix) as hop:
            told = await deliver(profile(port, authority, tls=policy), letter("a@x.test"), letter("b@x.test"))
            return told, await hop.get(2)

    told, arrived = run(whole())
    assert told.sent == [True, True]
    assert told.encrypted
    assert set(arrived.values()) == {LETTER}


@pytest.mark.parametrize("service", ["clear", "plain"])
def test_a_large_letter_passes_and_one_too_large_is_not_sent(
    run: Run, postfix: Postfix, authority: Authority, service: str
) -> None:
    large = b"Subject: x\r\n\r\n" + b".0123456789\r\n" * 7000
    too_large = b"Subject: x\r\n\r\n" + b"0123456789\r\n" * 9000

    async def whole() -> tuple[Told, dict[str, bytes]]:
        async with next_hop(postfix) as hop:
            mails = letter("big@x.test", large), letter("huge@x.test", too_large), letter("small@x.test")
            return await deliver(profile(getattr(postfix, service), authority), *mails), await hop.get(2)

    told, arrived = run(whole())
    assert told.sent == [True, False, True]
    assert told.outcomes[1].local
    assert arrived == {"big@x.test": large, "small@x.test": LETTER}


def test_pictures_invitations_and_vietnamese_file_names_pass(run: Run, postfix: Postfix, authority: Authority) -> None:
    fixed = Fixed(b"Subject: x\r\nFrom: a@clinic.test\r\n", b"MIME-Version: 1.0\r\n")
    texts = [Text(kind, mime.coder({})) for kind in ("plain", "html")]
    invitation = calendar.Calendar("REQUEST", b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n")
    files = [
        mime.attachment_part("Báo cáo " * 12 + ".pdf", "application/pdf", b"%PDF" * 200),
        invitation.attachment("hẹn.ics"),
    ]
    picture = mime.attachment_part("logo.png", "image/png", b"\x89PNG" * 50, "logo.png")
    body = Skeleton(fixed, texts, files, inline=[picture], calendar=invitation.alternative(), seed=b"s").fill(
        {"to": b"To: b@clinic.test\r\n"}, [["Chào"], ['<img src="cid:logo.png">']]
    )

    async def whole() -> tuple[Told, dict[str, bytes]]:
        async with next_hop(postfix) as hop:
            return await deliver(profile(postfix.clear, authority), letter("b@clinic.test", body)), await hop.get(1)

    told, arrived = run(whole())
    assert told.sent == [True]
    assert arrived == {"b@clinic.test": body}


def test_addresses_in_vietnamese_pass(run: Run, postfix: Postfix, authority: Authority) -> None:
    body = "Subject: Nhắc hẹn\r\n\r\nXin chào\r\n".encode()

    async def whole() -> tuple[Told, dict[str, bytes]]:
        async with next_hop(postfix) as hop:
            mail = letter("nguyễn@clinic.test", body, utf8=True)
            return await deliver(profile(postfix.clear, authority), mail), await hop.get(1)

    told, arrived = run(whole())
    assert told.sent == [True]
    assert arrived == {"nguyễn@clinic.test": body}
