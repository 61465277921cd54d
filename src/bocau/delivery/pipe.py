"""The connections of one process to one relay: opened as they are needed, within the share that all processes agree on."""

import asyncio
from collections import Counter
from dataclasses import replace
from typing import Protocol

from bocau import relays
from bocau.base.background import Background
from bocau.relays import Relay
from bocau.wire.smtp import Mail, Outcome, Profile, Session, connect

FIRST = 4
"""Connections opened at once when there is work; half as many again with every tick that finds none idle."""

CAREFUL = 600.0
"""Seconds after a doubt in which every body waits for the server's go-ahead (DATA, not BDAT): a relay that closes
without a word then leaves no doubt."""


class Mails(Protocol):
    """Who has mails for connections, and is told what becomes of each."""

    def pump(self) -> None:
        """A connection is idle."""

    def body_due(self, session: Session, mail: Mail, /) -> None:
        """See ``wire.smtp.Driver``."""

    def done(self, pipe: "Pipe", session: Session, mail: Mail, outcome: Outcome, /) -> None:
        """The end of one mail's way."""


class Circuits(Protocol):
    """Who tells all processes how a relay is."""

    def probe(self, pipe: "Pipe", /) -> None:
        """A relay whose circuit's time is over has work: ``probing`` is set when this process is the one to try it."""

    def unreachable(self, pipe: "Pipe", outcome: Outcome, /) -> None:
        """A connection never became ready."""

    def said_farewell(self, pipe: "Pipe", session: Session, /) -> None:
        """The server ended a connection between two mails, in words."""


class Pipe:
    """A ``wire.smtp`` Driver. Work is pushed from above; what happens on the wire is told to ``mails``."""

    def __init__(self, relay: Relay, mails: Mails, circuits: Circuits, loop: asyncio.AbstractEventLoop) -> None:
        self.relay, self.mails, self.circuits, self.loop = relay, mails, circuits, loop
        self.idle: list[Session] = []
        self.live: set[Session] = set()
        self._stillborn: set[Session] = set()  # closed before ``connect`` returned
        self.watch = relays.Watch()
        self.half_open = self.probing = self.telling = self.learning = False
        self.stuck = False  # every connection it may have waits for a silent server
        self.session_limit: int | None = None  # mails that the server takes on one connection, as it was seen
        self.opening = self.limit = 0
        self.sent = 0.0  # mails given to it lately
        self.rate: float | None = None
        self.tokens = 1.0
        self.filled = 0.0
        self.blocked_until = 0.0
        self.valid_until = 0.0
        self.careful_until = 0.0
        self.tally: Counter[tuple[str, str]] = Counter()
        self.latencies: list[float] = []
        self._background = Background()

    def update(self, relay: Relay, share: relays.Share, now: float, lifetime: float) -> None:
        """A fresh share. When the next renewal fails, nothing new is opened or sent past ``valid_until``."""
        self.relay, self.limit, self.rate = relay, share.connections, share.rate
        self.valid_until = now + lifetime
        while len(self.live) > self.limit and self.idle:
            self.idle.pop().quit()

    def available(self, now: float) -> bool:
        return now >= self.blocked_until

    def free(self, now: float) -> bool:
        """Available, and not stuck."""
        return now >= self.blocked_until and not self.stuck

    def allows(self, now: float) -> bool:
        """One mail within the rate (a token bucket of one second)? Takes the token."""
        if now >= self.valid_until:
            return False
        if self.rate is None:
            return True
        self.tokens = min(max(1.0, self.rate), self.tokens + (now - self.filled) * self.rate)
        self.filled = now
        if self.tokens < 1.0:
            return False
        self.tokens -= 1.0
        return True

    def grow(self, most: int) -> None:
        """Open more connections: at first a few, then by half of what there is, never above the share.

        A relay whose circuit's time is over is tried by one process with one connection.
        """
        if self.half_open and not self.probing:
            self.circuits.probe(self)
            return
        here = len(self.live) + self.opening
        wanted = 1 if self.half_open else min(max(FIRST, here + here // 2), most, self.limit)
        for _ in range(wanted - here):
            self.opening += 1
            self._background.spawn(self._open(), self.loop)

    def careful(self) -> None:
        """A mail is in doubt: send no body ahead of its replies for a while, on no connection."""
        self.careful_until = self.loop.time() + CAREFUL
        for session in self.live:
            session.profile = self._profile()

    def limit_sessions(self, mails: int | None) -> bool:
        """Take leave of each connection after so many mails (None: as the relay is set). True when that is fewer."""
        before, self.session_limit = self.session_limit, mails
        if mails == before:
            return False
        profile = self._profile()
        for session in self.live:
            session.profile = profile
        for session in [one for one in self.idle if one.mails_sent >= profile.mails_per_connection]:
            self.idle.remove(session)
            session.quit()
        return mails is not None and (before is None or mails < before)

    def _profile(self) -> Profile:
        """The relay's, as what was seen of it has narrowed it."""
        profile = self.relay.profile
        if self.loop.time() < self.careful_until:
            profile = replace(profile, chunking=False)
        if self.session_limit is not None and self.session_limit < profile.mails_per_connection:
            profile = replace(profile, mails_per_connection=self.session_limit)
        return profile

    async def _open(self) -> None:
        try:
            session = await connect(self._profile(), self, self.loop)
            if session in self._stillborn:
                self._stillborn.remove(session)
            else:
                self.live.add(session)
        finally:
            self.opening -= 1

    def close(self) -> None:
        for session in list(self.live):
            session.quit()

    # -- wire.smtp.Driver

    def ready(self, session: Session) -> None:
        if len(self.live) > self.limit:
            session.quit()
            return
        self.idle.append(session)
        self.stuck = False
        self.mails.pump()

    def body_due(self, session: Session, mail: Mail) -> None:
        self.mails.body_due(session, mail)

    def done(self, session: Session, mail: Mail, outcome: Outcome) -> None:
        if outcome.doubt:
            self.careful()
        self.mails.done(self, session, mail, outcome)

    def closed(self, session: Session, outcome: Outcome | None) -> None:
        if session not in self.live:
            self._stillborn.add(session)
        self.live.discard(session)
        if session in self.idle:
            self.idle.remove(session)
        if session.farewell is not None:
            self.circuits.said_farewell(self, session)
        if outcome is not None:
            self.circuits.unreachable(self, outcome)
