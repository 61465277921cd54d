"""The Session against servers and drivers that do anything at any time."""

import ssl

from hypothesis import given
from hypothesis import strategies as st

from bocau.wire.smtp import Mail, Outcome, Profile, Session
from tests.wire.smtp.still import StillLoop, Wire

LARGE = b"Subject: Hi\r\n\r\n" + b"0123456789abcdef\r\n" * 8000
MAILS = [
    Mail(b"a@clinic.test", b"b@clinic.test", b"Subject: Hi\r\n\r\nBODY\r\n"),
    Mail(b"", b"b@clinic.test", b"Subject: Hi\r\n\r\nBODY"),
    Mail(b"a@clinic.test", "nguyễn@clinic.test".encode(), b"Subject: Hi\r\n\r\nBODY\r\n", smtputf8=True),
    Mail(b"a@clinic.test", b"b@clinic.test", b"bare\nBODY\n"),
    Mail(b"a@clinic.test", b"b@clinic.test", LARGE),
]
SAID = [
    b"220 mx.test\r\n",
    b"250 OK\r\n",
    b"250-mx.test\r\n250 PIPELINING\r\n",
    b"250-mx.test\r\n250 STARTTLS\r\n",
    b"250-mx.test\r\n250-PIPELINING\r\n250-SMTPUTF8\r\n250-8BITMIME\r\n250 CHUNKING\r\n",
    b"354 Go\r\n",
    b"250-mx.test\r\n250-SIZE 50\r\n250 AUTH PLAIN LOGIN\r\n",
    b"334 \r\n",
    b"235 OK\r\n",
    b"250 OK\r\n250 OK\r\n354 Go\r\n",
    b"250 OK\r\n250 OK\r\n250 OK\r\n",
    b"250 OK\r\n550 5.1.1 No\r\n554 No\r\n",
    b"250 OK\r\n550 5.1.1 No\r\n354 Go\r\n",
    b"451 4.3.0 Later\r\n",
    b"550 5.7.1 No\r\n",
    b"421 Bye\r\n",
    b"221 Bye\r\n",
    b"250-",
    b"2",
    b"\r\n",
    b"\n",
    b"boo\r\n",
]
GREETED: list[tuple[str, object]] = [("say", SAID[0]), ("say", SAID[4])]
ENCRYPTED: list[tuple[str, object]] = [
    ("say", SAID[0]),
    ("say", SAID[3]),
    ("say", SAID[0]),
    ("time", 0.1),
    ("say", SAID[6]),
]
SENT: list[tuple[str, object]] = [("send", 0), ("say", SAID[9]), ("release", 0), ("say", SAID[1])]
STEP = st.one_of(
    st.tuples(st.just("say"), st.sampled_from(SAID)),
    st.tuples(st.just("say"), st.sampled_from(SAID)),
    st.tuples(st.just("say"), st.binary(min_size=1, max_size=30)),
    st.tuples(st.just("send"), st.sampled_from(range(len(MAILS)))),
    st.tuples(st.just("send"), st.just(0)),
    st.tuples(st.just("time"), st.sampled_from([0.5, 2.0, 5.0, 120.0, 300.0, 600.0])),
    st.tuples(st.sampled_from(["release", "release", "abort", "quit", "close", "reset", "take"]), st.just(0)),
)
TROUBLES = [None, ssl.SSLError(1, "no"), None, ConnectionResetError(), TimeoutError()]
PROFILES: st.SearchStrategy[dict[str, object]] = st.builds(
    dict,
    tls=st.sampled_from(["off", "off", "off", "opportunistic", "required", "implicit"]),
    username=st.sampled_from(["", "", "user"]),
    pipelining=st.booleans(),
    chunking=st.booleans(),
    mails_per_connection=st.integers(1, 3),
)


class Careless:
    """A driver that follows the contract and nothing more."""

    def __init__(self, swift: bool) -> None:
        self.swift = swift
        self.may_send = self.due = self.released = False
        self.mail: Mail | None = None
        self.closes = 0

    def ready(self, session: Session, /) -> None:
        assert self.mail is None and not self.closes and not self.may_send
        self.may_send = True

    def body_due(self, session: Session, mail: Mail, /) -> None:
        assert mail is self.mail and not self.due and not self.released and not self.closes
        self.due = True
        if self.swift:
            self.release(session)

    def done(self, session: Session, mail: Mail, outcome: Outcome, /) -> None:
        assert mail is self.mail, "done twice"
        assert not self.closes
        assert not (outcome.sent or outcome.doubt) or self.released
        assert not (outcome.local and self.released)
        assert (outcome.reply is None) <= (outcome.problem is not None)
        self.mail = None
        self.due = self.released = False

    def closed(self, session: Session, outcome: Outcome | None, /) -> None:
        assert self.mail is None, "closed before done"
        self.closes += 1

    def send(self, session: Session, mail: Mail) -> None:
        if self.may_send and not self.closes:
            self.may_send, self.mail = False, mail
            session.send(mail)

    def release(self, session: Session) -> None:
        if self.due:
            self.due, self.released = False, True
            session.release_body()
        else:
            assert session.release_body() is False


class World:
    def __init__(self, profile: dict[str, object], room: int, swift: bool) -> None:
        self.loop = StillLoop()
        self.loop.handshake_error = TROUBLES[room % len(TROUBLES)]
        self.driver = Careless(swift)
        self.session = Session(Profile("mx.test", 25, **profile), self.driver, self.loop)  # type: ignore[arg-type]
        self.wire = Wire(self.loop, self.session, room)
        self.before = 0

    def step(self, kind: str, value: object) -> None:
        if kind == "say":
            assert isinstance(value, bytes)
            self.wire.hear(value)
        elif kind == "send":
            assert isinstance(value, int)
            if self.driver.may_send:
                self.before = len(self.wire.written)
            self.driver.send(self.session, MAILS[value])
        elif kind == "time":
            assert isinstance(value, float)
            self.loop.run_for(value)
        elif kind == "release":
            self.driver.release(self.session)
        elif kind in ("abort", "quit"):
            getattr(self.session, kind)()
        elif kind == "take":
            self.wire.take(50_000)
        else:
            self.wire.close_here(ConnectionResetError() if kind == "reset" else None)
        self.look()

    def look(self) -> None:
        """The end of a letter leaves only when its driver has let it go."""
        driver, data = self.driver, self.wire.written[self.before :]
        if driver.mail is not None and not driver.released:
            assert b"BODY" not in data
            assert driver.mail.body is not LARGE or b"cdef\r\n.\r\n" not in data

    def end(self) -> None:
        """The server is silent from now on; the driver lets go what is asked of it, and sends nothing more."""
        for _ in range(6):
            self.driver.may_send = False
            if self.driver.due:
                self.driver.release(self.session)
            self.loop.run_for(1000)
        assert self.driver.mail is None
        assert self.driver.closes == 1
        assert self.wire.gone
        assert self.loop.errors == []


def play(profile: dict[str, object], room: int, swift: bool, steps: list[tuple[str, object]]) -> None:
    world = World(profile, room, swift)
    try:
        for kind, value in steps:
            world.step(kind, value)
            if kind not in ("say", "send", "release"):
                world.loop.run_for(0)
        world.end()
    finally:
        world.loop.close()


@given(
    PROFILES,
    st.sampled_from([10**9, 10**9 + 1, 60_000]),
    st.booleans(),
    st.sampled_from([[], GREETED[:1], ENCRYPTED]),
    st.lists(STEP, max_size=15),
)
def test_whatever_happens_from_the_first_byte_on_each_mail_is_done_once_and_the_end_comes(
    profile: dict[str, object],
    room: int,
    swift: bool,
    before: list[tuple[str, object]],
    steps: list[tuple[str, object]],
) -> None:
    play(profile, room, swift, [*before, *steps])


@given(
    st.booleans(),
    st.booleans(),
    st.sampled_from([10**9, 60_000]),
    st.booleans(),
    st.sampled_from([[], SENT, SENT[:1], SENT[:3], [("time", 2.0), ("send", 4), SENT[1]]]),
    st.lists(STEP, max_size=20),
)
def test_whatever_happens_to_a_session_that_was_ready_each_mail_is_done_once_and_the_end_comes(
    pipelining: bool,
    chunking: bool,
    room: int,
    swift: bool,
    before: list[tuple[str, object]],
    steps: list[tuple[str, object]],
) -> None:
    profile: dict[str, object] = {"tls": "off", "pipelining": pipelining, "chunking": chunking}
    play(profile, room, swift, [*GREETED, *before, *steps])
