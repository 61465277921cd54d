"""Our server side, over a wire of memory: what it takes, what it refuses, and what it is deaf to."""

import re
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocau.wire.smtp import Mail, Profile, Session
from bocau.wire.smtp.receiver import Limits, Peer, Receiver
from tests.wire.smtp.dialog import Recorder
from tests.wire.smtp.still import StillLoop, Wire

HELLO = b"EHLO client.test\r\n"
TO = b"MAIL FROM:<a@x.test>\r\nRCPT TO:<b@x.test>\r\n"
LETTER = b"Subject: Hi\r\n\r\nHello\r\n"
NORMAL = Limits()


class Box:
    """Takes every mail; with ``later`` its replies wait for ``answer``."""

    def __init__(self) -> None:
        self.mails: list[tuple[bytes, list[bytes], bytes]] = []
        self.peers: list[Peer] = []
        self.later = False
        self.replies: list[Callable[[bytes], None]] = []

    def mail(
        self, sender: bytes, recipients: list[bytes], body: bytes, reply: Callable[[bytes], None], peer: Peer
    ) -> None:
        self.mails.append((sender, recipients, body))
        self.peers.append(peer)
        if self.later:
            self.replies.append(reply)
        else:
            reply(b"250 2.0.0 Kept")

    @property
    def bodies(self) -> list[bytes]:
        return [body for _, _, body in self.mails]


class Line:
    """A connection to a Receiver. ``say`` gives the codes that come back, ``text`` all of what did last."""

    def __init__(self, limits: Limits = NORMAL) -> None:
        self.loop = StillLoop()
        self.box = Box()
        self.limits = limits
        self.receiver = self.loop.run_until_complete(self._made())
        self.wire = Wire(self.loop, self.receiver)
        self.text = self.wire.taken()

    async def _made(self) -> Receiver:
        return Receiver(self.box, self.limits)

    def say(self, *pieces: bytes) -> list[int]:
        for piece in pieces:
            self.wire.hear(piece)
        self.loop.run_for(0)
        self.text = self.wire.taken()
        return codes(self.text)

    def close(self) -> None:
        self.wire.close_here()
        self.loop.run_for(0)
        self.loop.close()
        assert self.loop.errors == []


def codes(text: bytes) -> list[int]:
    return [int(line[:3]) for line in text.split(b"\r\n") if line[3:4] == b" "]


@pytest.fixture
def line() -> Iterator[Line]:
    made = Line()
    yield made
    made.close()


def test_it_greets_and_tells_what_it_can(line: Line) -> None:
    assert codes(line.text) == [220]
    assert line.say(HELLO) == [250]
    for name in (b"PIPELINING", b"SIZE 26214400", b"8BITMIME", b"SMTPUTF8", b"CHUNKING", b"ENHANCEDSTATUSCODES"):
        assert name in line.text


def test_old_clients_are_told_nothing_but_hello(line: Line) -> None:
    assert line.say(b"HELO old.test\r\n") == [250]
    assert b"PIPELINING" not in line.text


def test_a_mail_step_by_step(line: Line) -> None:
    line.say(HELLO)
    assert line.say(b"mail from:<a@x.test>\r\n") == [250]
    assert line.say(b"rcpt to: <b@x.test>\r\n") == [250]
    assert line.say(b"RCPT TO:<c@x.test>\r\n") == [250]
    assert line.say(b"data\r\n") == [354]
    assert line.say(LETTER) == []
    assert line.say(b".\r\n") == [250]
    assert line.box.mails == [(b"a@x.test", [b"b@x.test", b"c@x.test"], LETTER)]
    assert line.box.peers == [Peer("192.0.2.1", "client.test")]
    assert line.say(b"QUIT\r\n") == [221]
    assert line.wire.gone


def test_everything_at_once(line: Line) -> None:
    said = (
        HELLO
        + 2 * (TO + b"DATA\r\n" + LETTER + b".\r\n")
        + TO
        + b"BDAT %d LAST\r\n" % len(LETTER)
        + LETTER
        + b"QUIT\r\n"
    )
    assert line.say(said) == [250, 250, 250, 354, 250, 250, 250, 354, 250, 250, 250, 250, 221]
    assert line.box.bodies == [LETTER] * 3


def test_everything_byte_by_byte(line: Line) -> None:
    said = HELLO + TO + b"DATA\r\n..a\r\n.\r\n" + TO + b"BDAT 3\r\nabcBDAT 2 LAST\r\n\r\nNOOP\r\n"
    assert line.say(*[said[n : n + 1] for n in range(len(said))]) == [250, 250, 250, 354, 250, 250, 250, 250, 250, 250]
    assert line.box.bodies == [b".a\r\n", b"abc\r\n"]


def test_the_next_command_waits_for_the_reply_to_the_mail(line: Line) -> None:
    line.box.later = True
    line.say(HELLO)
    assert line.say(TO + b"DATA\r\n" + LETTER + b".\r\nNOOP\r\n" + TO) == [250, 250, 354]
    line.box.replies[0](b"451 4.3.0 Later")
    assert line.say() == [451, 250, 250, 250]
    line.box.replies[0](b"250 again")
    assert line.say() == []


def test_a_reply_that_comes_after_the_end_is_dropped(line: Line) -> None:
    line.box.later = True
    line.say(HELLO + TO + b"DATA\r\n.\r\n")
    line.wire.close_here()
    line.box.replies[0](b"250 Kept")
    assert line.box.bodies == [b""]


SMUGGLED = b"MAIL FROM:<evil@x.test>\r\nRCPT TO:<victim@x.test>\r\nDATA\r\nSubject: paid\r\n\r\nx\r\n.\r\n"
ENDS = [
    b"\n.\n",
    b"\n.\r\n",
    b"\r\n.\n",
    b"\r.\r",
    b"\r.\r\n",
    b"\r\n.\r",
    b"\n.\r",
    b"\r.\n",
    b"\r\n\0.\r\n",
    b"\r\n.\0\r\n",
    b"\r\n. \r\n",
    b"\r\n .\r\n",
    b"\n\n.\n\n",
    b"\r\r.\r\r",
    b"\r\n.\r\r\n",
    b"\r\n\r.\r\n",
    b"\r\n\x2e\x85",
]


@pytest.mark.parametrize("end", ENDS, ids=repr)
@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_only_crlf_dot_crlf_ends_a_letter(end: bytes, strict: bool, size: int) -> None:
    line = Line(Limits(strict=strict))
    line.say(HELLO + TO + b"DATA\r\n")
    said = b"Subject: Hi\r\n\r\nHello" + end + SMUGGLED
    replies = line.say(*[said[n : n + size] for n in range(0, len(said), size)])
    assert len(replies) == 1, "the letter ended early: a second one was smuggled in"
    if replies == [250]:
        assert b"evil@x.test" in line.box.bodies[0]
    else:
        assert replies == [554]
        assert line.box.bodies == []
    harmless = re.search(rb"\r(?!\n)|(?<!\r)\n|\0", end + SMUGGLED) is None
    assert (replies == [250]) == (harmless or not strict)
    line.close()


@pytest.mark.parametrize("bad", [b"a\nb\r\n", b"a\rb\r\n", b"a\0b\r\n"], ids=repr)
def test_letters_that_others_read_otherwise_are_refused_by_bdat_too(line: Line, bad: bytes) -> None:
    line.say(HELLO)
    assert line.say(TO + b"BDAT %d LAST\r\n" % len(bad) + bad) == [250, 250, 554]
    assert line.say(TO) == [250, 250]
    assert line.box.bodies == []


@pytest.mark.parametrize("command", [b"NOOP\nNOOP\r\n", b"NOOP\n", b"NO\rOP\r\n", b"NOOP\r\r\n"], ids=repr)
def test_commands_end_with_crlf_and_nothing_else(line: Line, command: bytes) -> None:
    line.say(HELLO)
    assert line.say(command) == [500]
    assert line.wire.gone


def test_dots_are_removed_where_they_were_put(line: Line) -> None:
    line.say(HELLO)
    line.say(TO + b"DATA\r\n..\r\n...a\r\nb.\r\n\r\n..c\r\n.d\r\n.\r\n")
    assert line.box.bodies == [b".\r\n..a\r\nb.\r\n\r\n.c\r\nd\r\n"]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (b"MAIL FROM:<a@x.test>\r\n", 503),
        (HELLO + b"RCPT TO:<a@x.test>\r\n", 503),
        (HELLO + b"DATA\r\n", 503),
        (HELLO + b"MAIL FROM:<a@x.test>\r\nDATA\r\n", 503),
        (HELLO + b"MAIL FROM:<a@x.test>\r\nMAIL FROM:<a@x.test>\r\n", 503),
        (HELLO + b"MAIL FROM:a@x.test\r\n", 501),
        (HELLO + b"MAIL FROM:<a@x.test\r\n", 501),
        (HELLO + b"MAIL FROM:<a\x01@x.test>\r\n", 501),
        (HELLO + b"MAIL FROM:<a@x.test> SIZE=99999999999\r\n", 552),
        (HELLO + b"MAIL FROM:<a@x.test> SIZE=x\r\n", 555),
        (HELLO + b"MAIL FROM:<a@x.test> BODY=BINARYMIME\r\n", 555),
        (HELLO + b"MAIL FROM:<a@x.test> WHAT=EVER\r\n", 555),
        (HELLO + "MAIL FROM:<nguyễn@x.test>\r\n".encode(), 553),
        (HELLO + b"MAIL FROM:<>\r\nRCPT TO:<>\r\n", 501),
        (HELLO + "MAIL FROM:<>\r\nRCPT TO:<nguyễn@x.test>\r\n".encode(), 553),
        (HELLO + b"MAIL FROM:<>\r\nRCPT TO:<a@x.test> NOTIFY=NEVER\r\n", 555),
        (HELLO + b"WHAT EVER\r\n", 500),
        (HELLO + b"NOOPE\r\n", 500),
        (HELLO + b"\r\n", 500),
        (HELLO + b"STARTTLS\r\n", 500),
        (HELLO + b"VRFY a\r\n", 252),
    ],
)
def test_a_wrong_command_is_refused_and_the_dialog_goes_on(line: Line, said: bytes, code: int) -> None:
    assert line.say(said)[-1] == code
    assert line.say(b"RSET\r\n" + HELLO + TO + b"DATA\r\n.\r\n") == [250, 250, 250, 250, 354, 250]


def test_addresses_in_vietnamese_are_taken_when_announced(line: Line) -> None:
    name = "nguyễn@x.test".encode()
    line.say(HELLO)
    assert line.say(b"MAIL FROM:<%b> SMTPUTF8 BODY=8BITMIME\r\nRCPT TO:<%b>\r\nDATA\r\n.\r\n" % (name, name)) == [
        250,
        250,
        354,
        250,
    ]
    assert line.box.mails == [(name, [name], b"")]


def test_a_letter_too_large_is_refused_and_forgotten_while_it_comes() -> None:
    line = Line(Limits(size=1000))
    line.say(HELLO + TO + b"DATA\r\n")
    for _ in range(100):
        assert line.say(b"x" * 998 + b"\r\n") == []
        assert len(line.receiver._body) < 20_000
    assert line.say(b".\r\n") == [552]
    assert line.say(TO + b"DATA\r\n" + LETTER + b".\r\n") == [250, 250, 354, 250]
    assert line.box.bodies == [LETTER]
    line.close()


def test_a_letter_too_large_in_one_piece_is_refused() -> None:
    line = Line(Limits(size=1000))
    line.say(HELLO + TO + b"DATA\r\n")
    assert line.say(b"x" * 1001 + b"\r\n.\r\n") == [552]
    assert line.box.bodies == []
    line.close()


def test_chunks_too_large_are_refused_and_forgotten() -> None:
    line = Line(Limits(size=1000))
    line.say(HELLO + TO)
    line.say(b"BDAT 900\r\n" + b"x" * 900)
    line.say(b"BDAT 999999999 LAST\r\n")
    for _ in range(20):
        line.say(b"x" * 100_000)
        assert len(line.receiver._body) <= 1000
        assert len(line.receiver._buffer) == 0
    line.close()


def test_chunks_without_a_recipient_are_read_over(line: Line) -> None:
    line.say(HELLO)
    assert line.say(b"MAIL FROM:<a@x.test>\r\nBDAT 10 LAST\r\nQUIT\r\nQUITNOOP\r\n") == [250, 554, 250]
    assert not line.wire.gone


def test_a_first_chunk_without_a_recipient_is_no_part_of_a_later_letter(line: Line) -> None:
    line.say(HELLO + b"MAIL FROM:<a@x.test>\r\n")
    assert line.say(b"BDAT 4\r\nevil") == [503]
    line.say(b"RCPT TO:<b@x.test>\r\nBDAT 4 LAST\r\ngood")
    assert line.box.bodies == [b"good"]


def test_a_chunk_of_unknown_size_ends_the_connection(line: Line) -> None:
    line.say(HELLO + TO)
    assert line.say(b"BDAT many LAST\r\nQUIT\r\n") == [501]
    assert line.wire.gone


def test_bdat_and_data_do_not_mix(line: Line) -> None:
    line.say(HELLO)
    assert line.say(TO + b"BDAT 3\r\nabcDATA\r\n") == [250, 250, 250, 503]


def test_chunking_can_be_switched_off() -> None:
    line = Line(Limits(chunking=False))
    line.say(HELLO)
    assert b"CHUNKING" not in line.text
    line.close()


def test_an_endless_command_ends_the_connection(line: Line) -> None:
    line.say(HELLO)
    assert line.say(*[b"x" * 100] * 30) == [500]
    assert line.wire.gone


def test_too_many_errors_end_the_connection() -> None:
    line = Line(Limits(errors=3))
    assert line.say(b"WHAT\r\n" * 10) == [500, 500, 500, 421]
    assert line.wire.gone
    line.close()


def test_too_many_recipients_are_refused_one_by_one() -> None:
    line = Line(Limits(recipients=2))
    line.say(HELLO + b"MAIL FROM:<>\r\n")
    assert line.say(b"RCPT TO:<a@x.test>\r\n" * 4 + b"DATA\r\n.\r\n") == [250, 250, 452, 452, 354, 250]
    assert len(line.box.mails[0][1]) == 2
    line.close()


def test_a_silent_client_is_sent_away() -> None:
    line = Line(Limits(idle=60))
    line.say(HELLO)
    line.loop.run_for(59)
    assert line.say(b"NOOP\r\n") == [250]
    line.loop.run_for(59)
    assert line.say() == []
    line.loop.run_for(1)
    assert line.say() == [421]
    assert line.wire.gone
    line.close()


def test_a_client_is_not_sent_away_while_its_mail_is_being_kept() -> None:
    line = Line(Limits(idle=60))
    line.box.later = True
    line.say(HELLO + TO + b"DATA\r\n.\r\n")
    line.loop.run_for(1000)
    line.box.replies[0](b"250 Kept")
    assert line.say() == [250]
    line.close()


def test_who_floods_while_a_mail_is_kept_is_not_read(line: Line) -> None:
    line.box.later = True
    line.say(HELLO + TO + b"DATA\r\n.\r\n")
    line.say(b"NOOP\r\n" * 20_000)
    assert line.wire.reading_paused
    line.box.replies[0](b"250 Kept")
    assert line.say() == [250] * 20_001
    assert not line.wire.reading_paused


def test_who_does_not_read_the_replies_is_not_read(line: Line) -> None:
    line.wire.room = 0
    line.say(HELLO + b"NOOP\r\n" * 10_000)
    assert line.wire.reading_paused
    line.wire.take(10**9)
    assert not line.wire.reading_paused


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=40),
            st.sampled_from(
                [
                    HELLO,
                    TO,
                    b"MAIL FROM:<a@x.test>\r\n",
                    b"RCPT TO:<b@x.test>\r\n",
                    b"DATA\r\n",
                    b".\r\n",
                    b"BDAT 5\r\n",
                    b"BDAT 5 LAST\r\n",
                    b"RSET\r\n",
                    b"QUIT\r\n",
                    b"\r\n",
                    b"\n",
                    b"\r",
                    b"hello\r\n",
                ]
            ),
        ),
        max_size=20,
    )
)
def test_whatever_comes_it_answers_in_smtp(pieces: list[bytes]) -> None:
    line = Line()
    line.say(HELLO)
    for piece in pieces:
        line.say(piece)
        assert all(len(text) > 3 and 200 <= int(text[:3]) < 600 for text in line.text.split(b"\r\n") if text)
    assert all(recipients for _, recipients, _ in line.box.mails)
    line.close()


# -- our client and our server


def pump(line: Line, wire: Wire, sizes: Iterator[int]) -> None:
    """Carry bytes between the two until both are quiet, in pieces of these sizes."""
    while True:
        line.loop.run_for(0)
        there, back = wire.taken(), line.wire.taken()
        if not there and not back:
            return
        for data, hear in ((there, line.wire.hear), (back, wire.hear)):
            while data:
                size = next(sizes)
                hear(data[:size])
                data = data[size:]


LINES = st.lists(
    st.one_of(
        st.sampled_from([b"", b".", b"..", b".a", b"a.", b"QUIT", b"250 OK", b"RCPT TO:<c@x.test>"]),
        st.binary(max_size=30).map(lambda data: data.translate(None, b"\r\n\0")),
    ),
    max_size=12,
)


@given(
    st.lists(LINES, min_size=1, max_size=3),
    st.booleans(),
    st.booleans(),
    st.lists(st.integers(1, 40), min_size=1, max_size=5),
)
def test_every_letter_arrives_as_it_was(
    letters: list[list[bytes]], chunking: bool, ended: bool, sizes: list[int]
) -> None:
    line = Line(Limits(chunking=chunking))
    driver = Recorder()
    session = Session(Profile("x.test", 25, tls="off"), driver, line.loop)
    wire = Wire(line.loop, session)
    wire.hear(line.text)
    endless = iter(lambda: sizes[len(line.box.mails) % len(sizes)], 0)
    pump(line, wire, endless)
    bodies = [b"\r\n".join(lines) + (b"\r\n" if ended or not chunking else b"") for lines in letters]
    for body in bodies:
        assert driver.heard.pop(0) == "ready"
        driver.send(session, Mail(b"a@x.test", b"b@x.test", body, eightbit=True))
        pump(line, wire, endless)
        assert driver.heard.pop(0) == "due"
        session.release_body()
        pump(line, wire, endless)
        assert driver.heard.pop(0).startswith("done dot 250")
    assert line.box.bodies == bodies
    wire.close_here()
    line.close()
