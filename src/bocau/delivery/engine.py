"""The engine of one worker process: claim → compose → send → settle, on one event loop.

Everything here runs on the loop's thread; the database is spoken to in two threads (one claims, one settles). Per
mail: a row is taken, composed and sent; when the server is ready for its last byte an A record is due; one write of
the journal per loop tick carries all A and R records, and only then do the sockets get their bytes (PROTOCOL 2.4).
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from functools import partial
from time import perf_counter

import orjson
import structlog

from bocau import relays
from bocau.base import config, metrics
from bocau.base.background import Background
from bocau.base.clock import boot_seconds
from bocau.base.errors import BocauError
from bocau.base.words import N_, say
from bocau.delivery.compose import Row as LetterRow
from bocau.delivery.database_thread import DatabaseThread
from bocau.delivery.fleet import Fleet
from bocau.delivery.held_batch import HeldBatch
from bocau.delivery.journal import Journal, JournalFullError
from bocau.delivery.judge import SESSION_LIMIT, Judge, NextStep
from bocau.delivery.ledger_client import Found, LedgerClient
from bocau.delivery.pipe import Pipe
from bocau.delivery.settling import Settling
from bocau.delivery.silence import LOOK, look
from bocau.delivery.window import Window
from bocau.ledger.protocol import Claimed, Result, Row
from bocau.ledger.states import MessageState
from bocau.wire.smtp import Mail, Outcome, Session

log = structlog.get_logger()
TICK = 0.02
KEEP = 0.2
"""Seconds between looks after a drain; a reply is heard at once."""
IDLE = 5.0
"""Seconds that connections are kept open after the last batch; well below a share's life."""
UNMADE = N_("The letter could not be made ({kind}).")
LAST_WORD = 1.0
"""Seconds for giving our shares back at the end; they expire by themselves."""
BACKS = 3
"""A mail whose connection breaks before its end so often is deferred like a refused one."""


class InFlight:
    """One mail under way: its row, its batch, its relay, and whether an A record stands for it."""

    __slots__ = ("attempted", "held", "pipe", "row", "started")

    def __init__(self, held: HeldBatch, row: Row, pipe: Pipe, started: float) -> None:
        self.held, self.row, self.pipe, self.started = held, row, pipe, started
        self.attempted = False


class Engine:
    """One per process, made on its loop. ``drain`` is what a ring runs; ``stop`` ends it cleanly."""

    def __init__(self, ledger: LedgerClient, settings: config.Settings, ledger_id: str) -> None:
        self.ledger, self.settings, self.ledger_id = ledger, settings, ledger_id
        self.loop = asyncio.get_running_loop()
        self.journal = Journal(settings.journals, ledger_id)
        self.held: list[HeldBatch] = []
        self.window = Window(settings.window_max, self.loop.time())
        self.judge = Judge(settings)
        self.backs: dict[int, int] = {}
        self.sizes: dict[int, int] = {}  # of mails that were too large for a relay that might have had them
        self.stopping = self.full = False
        self.changed = asyncio.Event()
        self.database = DatabaseThread("claim", settings.database_timeout, ledger.sever)
        self.settling = Settling(self, ledger, settings)
        self.fleet = Fleet(self, ledger, self.database, self.changed.set)
        self._due: list[tuple[Session, Mail]] = []
        self._fresh: list[tuple[HeldBatch, Result]] = []
        self._flushing = False
        self._starved: set[Pipe] = set()
        self._alone_out = 0
        self._draining = self._keeping = False
        self._looked = 0.0
        self._leave: asyncio.Handle = self.loop.call_soon(lambda: None)
        self._background = Background()
        self._composed_count, self._composed_seconds = 0, 0.0

    # -- drain

    async def drain(self, queue: str, seconds: float, stop: Callable[[], bool] = lambda: False) -> bool:
        """Send what is due in a queue for up to ``seconds``. True when there is more that could be sent.

        Returns when every claimed batch is settled or given back; told to stop, at once: ``stop`` does the rest.
        """
        self._draining, self._looked = True, 0.0
        self._leave.cancel()
        try:
            return await self._drain(queue, self.loop.time() + seconds, stop)
        finally:
            self._draining = False
            if self.held and not self._keeping:
                self._keeping = True
                self._background.spawn(self._keep())

    async def _drain(self, queue: str, until: float, stop: Callable[[], bool]) -> bool:
        more = able = free = True
        last_claim = 0.0
        while not (self.stopping or stop()):
            now = self.loop.time()
            await self._renew(now)
            able = self._can_send(now) and not self.full
            free = any(pipe.free(now) for pipe in self.fleet.pipes.values())
            asked = able and free and now < until
            if asked and self._wants() and (more or now - last_claim > 0.1):
                more = await self._claim(queue)
                last_claim = self.loop.time()
            elif not able:
                self._let_go()
            self._tick(now)
            if all(held.stuck for held in self.held) and (not asked or not more):
                break
            await self._pause(TICK)
        else:
            self._let_go()
            return False
        self._leave = self.loop.call_later(IDLE, self._rest)
        if not self.held and (self.journal.size > self.settings.journal_rotate or self.journal.deleted()):
            await self._rotate()
        return more and able and free

    async def _keep(self) -> None:
        """Between drains: leases, shares and settles of what waits for a silent server go on until that has spoken."""
        while self.held and not (self._draining or self.stopping):
            now = self.loop.time()
            await self._renew(now)
            self._tick(now)
            await self._pause(KEEP)
        self._keeping = False
        if not (self._draining or self.stopping):
            self._leave = self.loop.call_later(IDLE, self._rest)

    async def _renew(self, now: float) -> None:
        """What the database knows of relays, and what we see of them, looked at when it is time."""
        if self.fleet.stale(now):
            await self.fleet.supply(now, self.journal.id, sum(held.waiting() + held.wire for held in self.held))
        if now - self._looked >= LOOK:
            self._looked = now
            look(self.fleet.pipes.values(), self.held, self.fleet.meant, now)

    def _rest(self) -> None:
        """Nothing to do: leave the relays' connections to those who have."""
        if not self.held and not self.stopping:
            self.fleet.close()
            self._background.spawn(self.database.ask(partial(self.ledger.release, self.journal.id)))

    async def _pause(self, seconds: float) -> None:
        self.changed.clear()
        try:
            async with asyncio.timeout(seconds):
                await self.changed.wait()
        except TimeoutError:
            pass

    def _wants(self) -> bool:
        """Claim ahead of need: when what is in hand lasts for less than two windows."""
        waiting = sum(held.waiting() for held in self.held if not held.stuck)
        return waiting < 2 * self.window.size and not any(held.alone for held in self.held)

    async def _claim(self, queue: str) -> bool:
        asked_at = boot_seconds()
        wanted = 2 * self.window.size - sum(held.waiting() for held in self.held if not held.stuck)
        now = self.loop.time()
        usable = [relay_id for relay_id, pipe in self.fleet.pipes.items() if pipe.free(now)]
        call = partial(self.ledger.claim, queue, self.journal.id, wanted, usable)
        found: Found | None = await self.database.ask(call)
        if found is None:
            return False
        for one in found.claimed:
            self._take(one, asked_at)
        if found.claimed:
            metrics.claimed(queue, len(found.claimed))
        return found.more

    def _take(self, claimed: Claimed, asked_at: float) -> None:
        held = HeldBatch(claimed, asked_at + self.settings.lease - self.settings.lease_margin, self.loop.time())
        held.stopping = self.stopping
        held.relay = self.ledger.terms(claimed.submission).relay
        if not self.held:
            self.fleet.renew()
        self.held.append(held)
        self.settling.wake()

    def _can_send(self, now: float) -> bool:
        return any(pipe.available(now) for pipe in self.fleet.pipes.values())

    def _reaches(self, relay: int, now: float) -> bool:
        """Whether a batch that must go through a relay can; what cannot is given back and holds nobody else up."""
        return any(pipe.available(now) for pipe in self.fleet.meant(relay))

    def _let_go(self) -> None:
        """Nothing can be sent, or nothing may: give back what we hold."""
        for held in self.held:
            held.stopping, held.slow = True, False
        self.settling.wake()

    def _tick(self, now: float) -> None:
        connections = sum(len(pipe.live) for pipe in self.fleet.pipes.values())
        self.window.measure(now, connections)
        self._stop_what_must(now)
        self.pump()
        starved, self._starved = self._starved, set()
        waiting = sum(len(held.todo) for held in self.held)
        for pipe in starved:
            pipe.grow(len(pipe.live) + waiting)
        if self.full and self.journal.has_room():
            self.full = False
        self.settling.wake_if_due(now)

    def _stop_what_must(self, now: float) -> None:
        """A batch is given back when its relay cannot be used or its time is over; but not while mails of it wait for a
        silent server, since nobody could have the others before that has spoken."""
        for held in self.held:
            if held.wire:
                cut_off = held.relay is not None and not self._reaches(held.relay, now)
            else:
                cut_off = not any(pipe.free(now) for pipe in self.fleet.meant(held.relay))
            late = now - held.born > self.settings.batch_budget
            if held.waiting() and not held.stopping and (cut_off or (late and not held.silent)):
                held.stopping, held.slow = True, not cut_off
            elif held.slow and held.silent:
                held.stopping = held.slow = False

    def part(self, held: HeldBatch) -> int:
        """How many more mails a batch may have permitted: one that must go through a relay has a part of what may ever be in
        doubt, so that a silent one does not take it all."""
        if held.relay is None:
            return self.window.most
        mine = sum(one.owed for one in self.held if one.relay == held.relay)
        return max(0, self.window.most // max(1, len(self.fleet.pipes)) - mine)

    # -- one mail

    def pump(self) -> None:
        """Give permitted mails to idle connections, for as long as there are both."""
        now = self.loop.time()
        fits: dict[tuple[int | None, str, int], list[Pipe] | None] = {}
        busy: set[int | None] = set()
        while (held := self._next_held(busy)) is not None:
            row = held.todo[0]
            domain, size = row.address.rpartition("@")[2], self.sizes.get(row.id, 0)
            key = (held.relay, domain, size)
            if key not in fits:
                fits[key] = self.fleet.fit(*key, now)
            fit = fits[key]
            if not fit and (size or fit is None or self.fleet.away(*key, now)):
                self._unfit_for_all(held, held.todo.popleft(), size, ever=fit is not None)
                continue
            pipe = self._idle(fit or [], now)
            if pipe is None:
                busy.add(held.relay)
                continue
            self._start(held, held.todo.popleft(), pipe)
        self.settling.wake_if_due(now)

    def _next_held(self, busy: Collection[int | None]) -> HeldBatch | None:
        """The batch whose next mail may go, of those that wait for none of the ``busy`` relays. A mail in quarantine goes
        alone: nothing else is on the wire, and every reply so far stands in the journal.
        """
        if self.full or self._alone_out:
            return None
        for held in self.held:
            if held.todo and not held.stopping and not held.fenced and boot_seconds() < held.deadline:
                if held.alone and (self._flushing or any(other.wire for other in self.held)):
                    return None
                if held.relay not in busy:
                    return held
        return None

    def _idle(self, fit: list[Pipe], now: float) -> Pipe | None:
        """The pipe with an idle connection that had least for its weight; None when there is none just now."""
        idle = [pipe for pipe in fit if pipe.idle]
        if not idle:
            self._starved.update(fit)
            return None
        pipe = idle[0]
        if len(idle) > 1:
            chosen = relays.lightest([one.relay for one in idle], {one.relay.id: one.sent for one in idle})
            pipe = self.fleet.pipes[chosen.id]
        return pipe if pipe.allows(now) else None

    def _start(self, held: HeldBatch, row: Row, pipe: Pipe) -> None:
        mail = self._composed(held, row)
        if mail is None:
            return
        most = pipe.relay.max_size
        if most is not None and len(mail.body) > most:  # another relay may take it
            self.sizes[row.id] = len(mail.body)
            held.todo.appendleft(row)
            return
        self.sizes.pop(row.id, None)
        held.wire += 1
        pipe.sent += 1
        self._alone_out += held.alone
        mail.ref = InFlight(held, row, pipe, self.loop.time())
        pipe.idle.pop().send(mail)

    def _composed(self, held: HeldBatch, row: Row) -> Mail | None:
        """The letter; or None, when it cannot be made: that fails this one message."""
        self.journal.composing(row.id)
        started = perf_counter()
        try:
            data = orjson.loads(row.data)
            files = None if row.files is None else orjson.loads(row.files)
            letter = LetterRow(row.id, row.address, row.name, data, files)
            return self.ledger.composer(held.submission).compose(letter, row.first_at or held.first_at)
        except BocauError as error:
            self._unfit(held, row, f"{error} {error.advice()}".strip())
        except Exception as error:
            log.exception("compose_crashed", message=row.id)
            self._unfit(held, row, say(UNMADE, kind=type(error).__name__))
        finally:
            self.journal.composing(0)
            self._composed_count += 1
            self._composed_seconds += perf_counter() - started
        return None

    def _unfit(self, held: HeldBatch, row: Row, reason: str) -> None:
        """Fail one message that no letter or no relay can be had for."""
        self._result(held, Result(row.id, row.attempt, MessageState.failed, counted=False, reply=reason[:400]))

    def _unfit_for_all(self, held: HeldBatch, row: Row, size: int, *, ever: bool) -> None:
        """No relay may take it; ``ever``: for now."""
        self.sizes.pop(row.id, None)
        if ever:
            self._result(held, self.judge.unfit_for_now(row, size, self.ledger.stream(held.submission)))
        else:
            self._unfit(held, row, self.judge.unfit(row.address.rpartition("@")[2], size))

    def body_due(self, session: Session, mail: Mail) -> None:
        """The server waits for the last byte: check, write A with this tick's flush, then release."""
        flight: InFlight = mail.ref
        held = flight.held
        fine = not (held.fenced or held.stopping or self.full) and boot_seconds() < held.deadline
        if fine and flight.row.id not in held.dropped and self.journal.has_room():
            self.journal.attempt(flight.row.id, flight.row.attempt, held.id, held.token)
            flight.attempted = True
            self._due.append((session, mail))
            self._flush_soon()
            return
        self.full = self.full or not self.journal.has_room()
        self.loop.call_soon(session.abort)

    def done(self, pipe: Pipe, session: Session, mail: Mail, outcome: Outcome) -> None:
        """The end of one mail's way, whatever it was."""
        flight: InFlight = mail.ref
        held, row = flight.held, flight.row
        held.wire -= 1
        self._alone_out -= held.alone
        used, first = session.mails_sent > 1, row.id not in self.backs
        stream = self.ledger.stream(held.submission)
        step, result = self.judge.next_step(outcome, row, pipe.relay.id, stream, used=used, first=first)
        if step is NextStep.settle and result is not None:
            if not (outcome.doubt or outcome.local):
                self.fleet.works(pipe)
            self.journal.reply(result, held.id, held.token)
            self._result(held, result)
            pipe.tally[result.state.name, self.judge.label] += 1
            pipe.latencies.append(self.loop.time() - flight.started)
        else:
            self._take_back(flight, counts=not used or step is not NextStep.turn)
        if step is NextStep.turn:
            self.fleet.used_up(pipe, session, limited=self.judge.label == SESSION_LIMIT)
        too_much = pipe.watch.answered(doubt=outcome.doubt)
        broke = step is NextStep.back and not used and not self.judge.ours(outcome)
        if broke:  # it takes connections, and ends them before it has taken a mail
            too_much = pipe.watch.connect_failed()
        if step is NextStep.relay or too_much or (broke and pipe.half_open):
            self.fleet.trouble(pipe, too_much or self.judge.trouble(outcome), outcome)
        if not held.wire:
            self.changed.set()

    def _take_back(self, flight: InFlight, *, counts: bool) -> None:
        """Nobody's attempt: the mail waits at the front of its batch again. ``counts``: not for ever."""
        held, row = flight.held, flight.row
        if row.id in held.dropped:
            self._result(held, Result(row.id, row.attempt, MessageState.cancelled, counted=False))
            return
        if flight.attempted:
            self.journal.never(row.id, row.attempt, held.id, held.token)
            self._flush_soon()
        if not counts:
            held.todo.appendleft(row)
            return
        backs = self.backs[row.id] = self.backs.get(row.id, 0) + 1
        if backs >= BACKS and not held.fenced:
            del self.backs[row.id]
            self._result(held, self.judge.broken(row, flight.pipe.relay.id, self.ledger.stream(held.submission)))
            return
        held.todo.appendleft(row)

    def _result(self, held: HeldBatch, result: Result) -> None:
        held.fresh += 1
        self._fresh.append((held, result))
        self._flush_soon()

    def _flush_soon(self) -> None:
        if not self._flushing:
            self._flushing = True
            self.loop.call_soon(self._flush)

    def _flush(self) -> None:
        """One write for the whole tick; results may be settled and bodies may go only after it."""
        self._flushing = False
        try:
            self.journal.flush()
        except (OSError, JournalFullError) as error:
            log.error("journal_full", error=str(error))
            self.full = True
        for held, result in self._fresh:
            held.fresh -= 1
            held.results.append(result)
        self._fresh.clear()
        due, self._due = self._due, []
        for session, _ in due:
            if self.full:
                session.abort()
            else:
                session.release_body()
        self.settling.wake_if_due(self.loop.time())

    # -- the end

    async def stop(self, grace: float) -> bool:
        """Send nothing more, wait for replies, settle, give back. True when nothing was left undecided."""
        self.stopping = True
        self._let_go()
        end = self.loop.time() + grace
        while self.held and self.loop.time() < end:
            self.settling.wake()
            await self._pause(TICK)
        clean = not self.held
        self.fleet.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORD):
                await self.database.ask(partial(self.ledger.release, self.journal.id))
        await self.settling.close()
        if clean:
            self.journal.close()
        else:
            self.journal.abandon()
        self.database.close()
        return clean

    async def _rotate(self) -> None:
        """A new diary when the old one is long, or was deleted, and nothing in it is owed."""
        old, self.journal = self.journal, Journal(self.settings.journals, self.ledger_id)
        old.close()
        await self.database.ask(partial(self.ledger.release, old.id))
        self.fleet.renew()

    # -- what settling asks and tells

    def settled(self, results: Sequence[Result]) -> None:
        """The ledger has these results of a batch."""
        self.window.settled(len(results))
        for result in results:
            self.backs.pop(result.id, None)

    def settle_over(self) -> None:
        """Mails may have been permitted, batches have left."""
        self.changed.set()
        self.pump()

    def rest(self) -> float | None:
        """Seconds until a relay may be used, for what is given back; None: no need to wait."""
        now = self.loop.time()
        return None if self.stopping or self._can_send(now) else self.fleet.rest(now)

    def tell_metrics(self) -> None:
        """Count in bulk, once per settle."""
        for pipe in self.fleet.pipes.values():
            if pipe.tally:
                metrics.settled(pipe.relay.name, pipe.tally, pipe.latencies)
                pipe.tally, pipe.latencies = Counter(), []
        metrics.composed(self._composed_count, self._composed_seconds)
        self._composed_count, self._composed_seconds = 0, 0.0
