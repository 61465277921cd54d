"""The relays of one worker process: which there are, what may be used of each, which are left alone.

Every two seconds the database is asked; troubles are told to it at once, so that all workers stop together.
"""

import asyncio
from collections.abc import Callable
from functools import partial

import structlog

from bocau import relays
from bocau.base.background import Background
from bocau.delivery.database_thread import DatabaseThread
from bocau.delivery.judge import Judge
from bocau.delivery.ledger_client import LedgerClient, Supply
from bocau.delivery.pipe import Mails, Pipe
from bocau.wire.smtp import Outcome, Session

log = structlog.get_logger()
MOST = 500
"""Connections one process asks for at most; with less mail in hand, one per mail."""
SUPPLY = 2.0
"""Seconds between looks at relays, shares and circuits."""


class Fleet:
    """The pipes by relay id. ``changed`` is called when a relay's circuit is known to all; ``database``: the thread that
    is asked."""

    def __init__(
        self, mails: Mails, ledger: LedgerClient, database: DatabaseThread, changed: Callable[[], None]
    ) -> None:
        self.mails, self.ledger, self.database, self.changed = mails, ledger, database, changed
        self.loop = asyncio.get_running_loop()
        self.holder = ""
        self.pipes: dict[int, Pipe] = {}
        self._last = -SUPPLY
        self._asking: set[Pipe] = set()
        self._background = Background()

    def renew(self) -> None:
        """Look at once, not after two seconds."""
        self._last = -SUPPLY

    def close(self) -> None:
        """Take leave of every relay; the next drain asks for shares anew."""
        for pipe in self.pipes.values():
            pipe.close()
            pipe.limit = 0
        self.renew()

    def stale(self, now: float) -> bool:
        """Whether it is time to look again."""
        return now - self._last >= SUPPLY

    async def supply(self, now: float, holder: str, mails: int) -> None:
        """Ask which relays there are, what we may use of them, which circuits are open. ``holder``: in whose name (a
        journal's id); ``mails``: in hand."""
        self._last, self.holder = now, holder
        open_now = {relay_id: len(pipe.live) + pipe.opening for relay_id, pipe in self.pipes.items()}
        supply = await self.database.ask(partial(self.ledger.supply, holder, min(mails, MOST), open_now))
        if supply is not None:
            self._adopt(supply, now)

    def _adopt(self, supply: Supply, now: float) -> None:
        known = {relay.id for relay in supply.relays}
        for gone in self.pipes.keys() - known:
            self.pipes.pop(gone).close()
        for relay in supply.relays:
            pipe = self.pipes.get(relay.id)
            if pipe is None or pipe.relay.profile != relay.profile:
                if pipe is not None:
                    pipe.close()
                pipe = self.pipes[relay.id] = Pipe(relay, self.mails, self, self.loop)
            pipe.update(relay, supply.shares[relay.id], now, 5 * SUPPLY)
            if not pipe.learning:
                pipe.limit_sessions(supply.session_limits.get(relay.id))
            pipe.sent /= 2  # what was long ago counts less: one that was away does not get everything
            circuit = supply.circuits.get(relay.id)
            if circuit is None and not pipe.telling:
                pipe.blocked_until = 0.0
            if circuit is None or circuit.wait == 0:
                pipe.half_open = circuit is not None
                pipe.probing = pipe.probing and pipe.half_open
            else:
                pipe.blocked_until = max(pipe.blocked_until, now + circuit.wait / 1000)

    def fit(self, relay: int | None, domain: str, size: int, now: float) -> list[Pipe] | None:
        """The pipes that the next mail may go through now; None when no relay of ours ever may take it. ``relay``: the only
        one it may go through; ``size`` as far as it is known (else 0)."""
        pipes = self.meant(relay)
        usable = [pipe.relay for pipe in pipes if pipe.free(now) and pipe.limit]
        found = relays.candidates(usable, domain=domain, size=size)
        if found or not pipes or relays.candidates([pipe.relay for pipe in pipes], domain=domain, size=size):
            return [self.pipes[one.id] for one in found]
        return None

    def away(self, relay: int | None, domain: str, size: int, now: float) -> bool:
        """Whether all relays that take such a mail are left alone now, while others are not."""
        here = [pipe.relay for pipe in self.meant(relay) if pipe.available(now)]
        return bool(here) and not relays.candidates(here, domain=domain, size=size)

    def meant(self, relay: int | None) -> list[Pipe]:
        """All pipes, or the one of the relay that a submission must go through; none when it is not in use."""
        if relay is None:
            return list(self.pipes.values())
        return [self.pipes[relay]] if relay in self.pipes else []

    def unreachable(self, pipe: Pipe, outcome: Outcome) -> None:
        """A connection that never became ready: nobody's attempt, the relay's circuit is told (PROTOCOL 2.7)."""
        self.trouble(pipe, Judge.trouble(outcome) or pipe.watch.connect_failed(), outcome)

    def trouble(self, pipe: Pipe, trouble: relays.Trouble | None, outcome: Outcome) -> None:
        """Open the relay's circuit, for all workers. A failed probe opens it again, for longer."""
        if pipe.half_open and trouble is None and not outcome.doubt:
            trouble = relays.Trouble.connect
        if trouble is None or not pipe.available(self.loop.time()):
            return
        said = outcome.error or str(outcome.reply or "")
        log.warning("relay_circuit_opened", relay=pipe.relay.name, reason=trouble.value, stage=outcome.stage.value)
        pipe.blocked_until = self.loop.time() + SUPPLY
        pipe.half_open = pipe.probing = False
        pipe.telling = True
        self._background.spawn(self._open_circuit(pipe, trouble, said))

    async def _open_circuit(self, pipe: Pipe, trouble: relays.Trouble, said: str) -> None:
        call = partial(self.ledger.open_circuit, pipe.relay.id, trouble, said)
        seconds = await self.database.ask(call)
        pipe.telling = False
        if seconds is not None:
            pipe.blocked_until = self.loop.time() + seconds
        self.changed()

    def used_up(self, pipe: Pipe, session: Session, *, limited: bool) -> None:
        """The server takes no further mail on a connection: leave it. ``limited``: since it had its share of them."""
        session.quit()
        if limited:
            self._learn(pipe, session.mails_sent - 1)

    def said_farewell(self, pipe: Pipe, session: Session) -> None:
        """The server ended a connection between two mails; perhaps since it had its share of them."""
        if session.farewell is not None and session.mails_sent and Judge.limits(session.farewell):
            self._learn(pipe, session.mails_sent)

    def _learn(self, pipe: Pipe, mails: int) -> None:
        """From now on we take leave before the server must refuse; all workers do."""
        known = pipe.session_limit
        if (known is None or mails < known) and pipe.limit_sessions(mails):
            log.info("relay_session_limit", relay=pipe.relay.name, mails=mails)
            pipe.learning = True
            self._background.spawn(self._tell_limit(pipe, mails))

    async def _tell_limit(self, pipe: Pipe, mails: int) -> None:
        await self.database.ask(partial(self.ledger.learn_session_limit, pipe.relay, mails))
        pipe.learning = False

    def probe(self, pipe: Pipe) -> None:
        """The circuit's time is over: ask to be the one process that tries."""
        if pipe not in self._asking:
            self._asking.add(pipe)
            self._background.spawn(self._probe(pipe))

    async def _probe(self, pipe: Pipe) -> None:
        call = partial(self.ledger.take_probe, pipe.relay.id, self.holder)
        pipe.probing = bool(await self.database.ask(call))
        self._asking.discard(pipe)
        if pipe.probing:
            pipe.grow(1)
        else:
            pipe.blocked_until = self.loop.time() + SUPPLY

    def works(self, pipe: Pipe) -> None:
        """A mail was taken: the relay works again."""
        pipe.watch.connected()
        if pipe.half_open:
            pipe.half_open = pipe.probing = False
            pipe.watch.reset()
            self._background.spawn(self._close_circuit(pipe))

    async def _close_circuit(self, pipe: Pipe) -> None:
        if await self.database.ask(partial(self.ledger.close_circuit, pipe.relay.id)) is None:
            pipe.half_open = True

    def rest(self, now: float) -> float:
        """Seconds until a relay may be used; 0: one may be now."""
        return max(0.0, min((pipe.blocked_until - now for pipe in self.pipes.values()), default=1.0))
