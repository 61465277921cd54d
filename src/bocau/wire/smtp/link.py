"""What lies under a session: the socket, the replies in order, the time they may take, and the end."""

import asyncio
import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import cast

from bocau.base.errors import BocauError
from bocau.base.words import N_, Phrase
from bocau.wire.reply import ReplyReader
from bocau.wire.smtp.capabilities import Capabilities
from bocau.wire.smtp.errors import RelayGarbledError, RelaySilentError
from bocau.wire.smtp.mail import Stage
from bocau.wire.smtp.profile import Profile

LARGE = 64 * 1024
"""Bytes. The body of a larger mail travels before ``body_due``, all but its end: it may take minutes, and what is
not ended is not taken. A smaller body never fills the socket's buffer beyond its high-water mark."""
TOO_MUCH = Phrase(N_("more replies than questions"))

Answer = Callable[[int, bytes], None]


class Link(asyncio.Protocol, ABC):
    """Each reply goes to the one who asked; a reply that does not come in time, or makes no sense, ends the link."""

    __slots__ = (
        "_answer",
        "_deadline",
        "_ended",
        "_over",
        "_paused",
        "_reader",
        "_shortest",
        "_timer",
        "_unread",
        "capabilities",
        "encrypted",
        "handshaking",
        "loop",
        "lost",
        "profile",
        "stage",
        "timeouts",
        "transport",
    )

    def __init__(self, profile: Profile, loop: asyncio.AbstractEventLoop) -> None:
        self.profile, self.timeouts = profile, profile.timeouts
        self.transport: asyncio.Transport | None = None
        self.capabilities = Capabilities()
        self.encrypted = self.handshaking = self.lost = False
        self.stage = Stage.connect
        self.loop = loop
        self._reader = ReplyReader()
        self._unread = 0
        self._answer: Answer = self._on_unasked
        self._deadline = math.inf
        self._shortest = min(self.timeouts.connect, self.timeouts.command, self.timeouts.data, self.timeouts.dot)
        self._timer: asyncio.TimerHandle | None = None
        self._paused = self._ended = self._over = False

    @property
    def relay(self) -> str:
        """The server's address for people: host:port."""
        return f"{self.profile.host}:{self.profile.port}"

    @property
    def ended(self) -> bool:
        """True when the link is being closed, or is."""
        return self._ended

    @property
    def spoke_too_much(self) -> bool:
        """True while bytes lie here that nobody asked for: further replies, or the beginning of one."""
        return self._unread > 0 or self._reader.holds

    def write(self, data: bytes) -> None:
        if self.transport is not None:
            self.transport.write(data)

    def expect(self, stage: Stage, answer: Answer, seconds: float) -> None:
        """The next reply goes to ``answer`` and must come within ``seconds``."""
        self.stage = stage
        self._answer = answer
        self._deadline = self.loop.time() + seconds
        if self._timer is not None and seconds < self._shortest:
            self._timer.cancel()
            self._tick()

    def attach(self, transport: asyncio.BaseTransport) -> None:
        """Use this transport; at its marks ``pause_writing`` and ``resume_writing`` are called."""
        # uvloop's transports have the methods of asyncio.Transport without being one.
        self.transport = cast("asyncio.Transport", transport)
        self.transport.set_write_buffer_limits(high=2 * LARGE, low=0)

    # -- what a session makes of it

    @abstractmethod
    def negotiated(self) -> None:
        """The greeting is over; mails may go."""

    @abstractmethod
    def fail(self, problem: BocauError, code: int = 0, raw: bytes = b"") -> None:
        """The link cannot go on. ``code`` and ``raw`` are the server's last reply, where that was the reason."""

    @abstractmethod
    def _on_unasked(self, code: int, raw: bytes) -> None:
        """A reply that nobody waits for."""

    @abstractmethod
    def _on_gone(self) -> None:
        """The other side closed."""

    @abstractmethod
    def _on_silence(self) -> None:
        """The deadline has passed."""

    @abstractmethod
    def _on_over(self) -> None:
        """Called once, last."""

    # -- asyncio.Protocol

    def data_received(self, data: bytes) -> None:
        reader = self._reader
        replies = reader.feed(data)
        self._unread = len(replies)
        for code, raw in replies:
            self._unread -= 1
            if self._ended:
                return
            self._answer(code, raw)
        if reader.broken is not None:
            self.garbled(reader.broken.reason)

    def pause_writing(self) -> None:
        self._paused = True

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True
        if self.handshaking:
            # What the handshake's caller is about to be told says more.
            return
        if not self._ended:
            self._on_gone()
        self._finally()

    # -- the end

    def garbled(self, reason: Phrase) -> None:
        """The server said something that is not SMTP, or not here."""
        self.fail(RelayGarbledError(relay=self.relay, stage=self.stage.value, reason=reason))

    def _cut(self) -> None:
        """Close now; ``_on_over`` follows a tick later."""
        self._ended = True
        if self._timer is not None:
            self._timer.cancel()
        if self.transport is not None:
            self.transport.abort()
        # TLS that fails half-way may never call connection_lost.
        self.loop.call_soon(self._finally)

    def _finally(self) -> None:
        if self._over:
            return
        self._over = self._ended = True
        if self._timer is not None:
            self._timer.cancel()
        self._on_over()

    # -- time

    def _tick(self) -> None:
        """One timer per link, never later than the deadline: deadlines move on every reply, timers do not."""
        if self._ended:
            return
        now = self.loop.time()
        if now < self._deadline or self._moves(now):
            self._timer = self.loop.call_at(min(self._deadline, now + self._shortest), self._tick)
        else:
            # libuv calls timers before it reads. After the process stood still (a paused machine) the reply may lie in
            # the socket while its time is over: two turns of the loop, and it has been read.
            self.loop.call_soon(self.loop.call_soon, self._last_look, self._deadline)

    def _last_look(self, deadline: float) -> None:
        if self._ended:
            return
        if self._deadline == deadline:
            self._on_silence()
        else:
            if self._timer is not None:
                self._timer.cancel()
            self._tick()

    def _moves(self, now: float) -> bool:
        """Whether something got on since the last look, and the deadline with it."""
        return False

    def _silent(self, stage: Stage) -> None:
        if stage is Stage.dot:
            seconds = self.timeouts.dot
        elif stage in (Stage.data, Stage.body):
            seconds = self.timeouts.data
        else:
            seconds = self.timeouts.command
        self.fail(RelaySilentError(relay=self.relay, seconds=f"{seconds:g}", stage=stage.value))
