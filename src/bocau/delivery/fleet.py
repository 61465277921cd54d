"""The relays of one worker process: which there are, what may be used of each, which are left alone.

Every two seconds the database is asked; troubles are told to it at once, so that all workers stop together.
"""

from functools import partial
from typing import TYPE_CHECKING

import structlog

from bocau import relays
from bocau.delivery.ledger_client import Supply
from bocau.delivery.pipe import Pipe
from bocau.wire.smtp import Outcome

if TYPE_CHECKING:
    from bocau.delivery.engine import Engine

log = structlog.get_logger()
MOST = 500
"""Connections one process asks for at most; with less mail in hand, one per mail."""
SUPPLY = 2.0
"""Seconds between looks at relays, shares and circuits."""


class Fleet:
    """The pipes by relay id."""

    def __init__(self, engine: "Engine") -> None:
        self.engine = engine
        self.pipes: dict[int, Pipe] = {}
        self._last = -SUPPLY
        self._asking: set[Pipe] = set()

    def renew(self) -> None:
        """Look at once, not after two seconds."""
        self._last = -SUPPLY

    def close(self) -> None:
        """Take leave of every relay; the next drain asks for shares anew."""
        for pipe in self.pipes.values():
            pipe.close()
            pipe.limit = 0
        self.renew()

    async def supplied(self, now: float) -> None:
        """Every few seconds: which relays there are, what we may use of them, which circuits are open."""
        if now - self._last < SUPPLY:
            return
        self._last = now
        useful = min(sum(held.waiting() + held.wire for held in self.engine.held), MOST)
        open_now = {relay_id: len(pipe.live) + pipe.opening for relay_id, pipe in self.pipes.items()}
        call = partial(self.engine.ledger.supply, self.engine.journal.id, useful, open_now)
        supply = await self.engine.in_thread(self.engine.reader, call)
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
                pipe = self.pipes[relay.id] = Pipe(relay, self.engine)
            pipe.update(relay, supply.shares[relay.id], now, 5 * SUPPLY)
            circuit = supply.circuits.get(relay.id)
            if circuit is None and not pipe.telling:
                pipe.blocked_until = 0.0
            if circuit is None or circuit.wait == 0:
                pipe.half_open = circuit is not None
                pipe.probing = pipe.probing and pipe.half_open
            else:
                pipe.blocked_until = max(pipe.blocked_until, now + circuit.wait / 1000)

    def best(self, now: float) -> list[Pipe]:
        """Pipes of the best priority that can be used."""
        usable = [pipe for pipe in self.pipes.values() if pipe.available(now) and pipe.limit]
        best = min((pipe.relay.priority for pipe in usable), default=0)
        return [pipe for pipe in usable if pipe.relay.priority == best]

    def meant(self, relay: int | None) -> list[Pipe]:
        """All pipes, or the one of the relay that a submission must go through; none when it is not in use."""
        if relay is None:
            return list(self.pipes.values())
        return [self.pipes[relay]] if relay in self.pipes else []

    def unreachable(self, pipe: Pipe, outcome: Outcome) -> None:
        """A connection that never became ready: nobody's attempt, the relay's circuit is told (PROTOCOL 2.7)."""
        self.trouble(pipe, self.engine.judge.trouble(outcome) or pipe.watch.connect_failed(), outcome)

    def trouble(self, pipe: Pipe, trouble: relays.Trouble | None, outcome: Outcome) -> None:
        """Open the relay's circuit, for all workers. A failed probe opens it again, for longer."""
        if pipe.half_open and trouble is None and not outcome.doubt:
            trouble = relays.Trouble.connect
        if trouble is None or not pipe.available(self.engine.loop.time()):
            return
        said = outcome.error or str(outcome.reply or "")
        log.warning("relay_circuit_opened", relay=pipe.relay.name, reason=trouble.value, stage=outcome.stage.value)
        pipe.blocked_until = self.engine.loop.time() + SUPPLY
        pipe.half_open = pipe.probing = False
        pipe.telling = True
        self.engine.spawn(self._open_circuit(pipe, trouble, said))

    async def _open_circuit(self, pipe: Pipe, trouble: relays.Trouble, said: str) -> None:
        call = partial(self.engine.ledger.open_circuit, pipe.relay.id, trouble, said)
        seconds = await self.engine.in_thread(self.engine.reader, call)
        pipe.telling = False
        if seconds is not None:
            pipe.blocked_until = self.engine.loop.time() + seconds
        self.engine.changed.set()

    def probe(self, pipe: Pipe) -> None:
        """The circuit's time is over: ask to be the one process that tries."""
        if pipe not in self._asking:
            self._asking.add(pipe)
            self.engine.spawn(self._probe(pipe))

    async def _probe(self, pipe: Pipe) -> None:
        call = partial(self.engine.ledger.take_probe, pipe.relay.id, self.engine.journal.id)
        pipe.probing = bool(await self.engine.in_thread(self.engine.reader, call))
        self._asking.discard(pipe)
        if pipe.probing:
            pipe.grow(1)
        else:
            pipe.blocked_until = self.engine.loop.time() + SUPPLY

    def works(self, pipe: Pipe) -> None:
        """A mail was taken: the relay works again."""
        pipe.watch.connected()
        if pipe.half_open:
            pipe.half_open = pipe.probing = False
            pipe.watch.reset()
            self.engine.spawn(self._close_circuit(pipe))

    async def _close_circuit(self, pipe: Pipe) -> None:
        if (
            await self.engine.in_thread(self.engine.reader, partial(self.engine.ledger.close_circuit, pipe.relay.id))
            is None
        ):
            pipe.half_open = True
