"""A small world around the real verbs: workers that are played step by step, a relay that counts, real journals.

A worker here does what delivery's engine does, with the engine's own ``HeldBatch`` and ``Journal``, but every step is one
call: what goes to the database is issued, executed and heard separately, so that a test may put anything in between.
``check`` looks at the whole ledger, and keeps what it saw in ``seen``, ``seen_batches`` and ``seen_state``.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bocau import ledger
from bocau.base.db import Connection, reading, transaction
from bocau.delivery import journal
from bocau.delivery.held_batch import HeldBatch
from bocau.delivery.journal import Journal
from bocau.events.tables import event
from bocau.ledger import protocol
from bocau.ledger.protocol import Fact, Result, Returned, Row, Settle, Settled, Told, Verdict
from bocau.ledger.states import FINAL, BatchState, MessageState, SubmissionState
from bocau.ledger.tables import batch, message, submission

S, D, F, X, K = (
    MessageState.sent,
    MessageState.deferred,
    MessageState.failed,
    MessageState.cancelled,
    MessageState.unknown,
)
Q, U = MessageState.queued, MessageState.doubted
LEASE, LEDGER, QUEUE = 3_600_000, "ledger", "bulk"
FOR_EVER = 2**52
CODES = {S: 250, D: 451, F: 550}
MESSAGES, BATCHES = sa.select(message).order_by(message.c.id), sa.select(batch).order_by(batch.c.id)
KINDS, STATE = sa.select(event.c.message, event.c.kind), sa.select(submission.c.state)
"""Asked after every step: a statement that is made once is compiled once."""


def doubt_rules(**changes: Any) -> protocol.DoubtRules:
    return protocol.DoubtRules(hold={"bulk": LEASE}, resend={"bulk": True})._replace(**changes)


@dataclass
class InFlight:
    """A mail under way. ``taken``: the relay has it, its reply was not read yet."""

    held: HeldBatch
    row: Row
    attempted: bool = False
    taken: bool = False


@dataclass
class Call:
    """A transaction of a worker: issued, then executed (again and again when its acknowledgement is lost), then heard."""

    name: str
    run: Callable[[Connection], Any]
    hear: Callable[[Any], None]
    executed: bool = False
    answer: Any = None


@dataclass
class Worker:
    journal: Journal
    held: list[HeldBatch] = field(default_factory=list)
    flights: list[InFlight] = field(default_factory=list)
    call: Call | None = None
    alive: bool = True
    read: bool = False  # its journal was replayed, or is lost

    def owed(self) -> int:
        return sum(held.owed for held in self.held)


class Broken(AssertionError):
    """The ledger is not as the promise says."""


class Play:
    """``window`` is W. ``excused``: duplicates that the faults so far make honest."""

    def __init__(self, db: sa.Engine, folder: Path, window: int = 3, rules: protocol.DoubtRules | None = None) -> None:
        self.db, self.folder, self.window = db, folder, window
        self.rules = rules or doubt_rules()
        self.workers: list[Worker] = []
        self.strays: list[Call] = []
        self.accepted: Counter[int] = Counter()
        self.told: set[int] = set()
        self.sent: set[int] = set()
        self.lost: set[str] = set()  # journals nobody can read any more
        self.silences: set[int] = set()
        self.excused = 0
        self.seen: Sequence[Any] = ()
        self.seen_batches: Sequence[Any] = ()
        self.seen_state = SubmissionState.running
        with transaction(db) as connection:
            for table in (event, message, batch, submission):
                connection.execute(sa.delete(table))

    # -- intake

    def fill(self, *counts: int) -> int:
        """A submission with a batch of so many messages for each count."""
        draft = ledger.Draft("key", "play", "bulk", QUEUE, 1, "a@b.test", "{}", 86400.0)
        with transaction(self.db) as connection:
            opened = ledger.open_submission(connection, draft, 1_700_000_000_000)
            for b, count in enumerate(counts):
                names = [f"r{b}-{n}@x.test" for n in range(count)]
                rows = [ledger.NewMessage(name, name, row=100 * b + n) for n, name in enumerate(names, 1)]
                ledger.add_messages(connection, opened.id, rows)
            ledger.close_submission(connection, opened.id, 0)
            connection.execute(sa.update(submission).values(expires_at=FOR_EVER))
        self.submission = opened.id
        return opened.id

    def do(self, verb: Callable[..., Any], *args: Any) -> Any:
        with transaction(self.db) as connection:
            return verb(connection, *args)

    # -- workers

    def worker(self) -> Worker:
        made = Worker(Journal(self.folder, LEDGER))
        self.workers.append(made)
        return made

    def claim(self, w: Worker, *, heard: bool = True, refused: int = 0, aside: Sequence[int] = ()) -> HeldBatch | None:
        """``heard`` false: the acknowledgement is lost. ``refused``: the first ones may not be mailed; ``aside``: those
        at these places (from 0) wait, which they may do until now."""
        with transaction(self.db) as connection:
            claimed = protocol.claim(connection, QUEUE, w.journal.id, LEASE)
            if claimed is not None:
                rows = claimed.rows
                claimed = protocol.refuse(connection, claimed, {row.id: "manual" for row in rows[:refused]})
                waits = {row.id: 1 + n % 2 for n, row in enumerate(rows) if n in aside}
                claimed = protocol.put_aside(connection, claimed, waits)
        if claimed is None or not claimed.rows or not heard:
            return None
        held = HeldBatch(claimed, deadline=0.0, now=0.0)
        w.held.append(held)
        return held

    def settle(self, w: Worker) -> Call | None:
        """Issue a settle of all that w has to tell or ask, or the facts of a lost batch, or a batch given back."""
        assert w.call is None
        w.held = [held for held in w.held if not held.over]
        w.call = self._disclaims(w) or self._gives_back(w) or self._settles(w)
        return w.call

    def execute(self, call: Call) -> Any:
        """The database does it. A call repeated after a lost acknowledgement is executed again."""
        with transaction(self.db) as connection:
            call.answer = call.run(connection)
        call.executed = True
        return call.answer

    def hear(self, w: Worker) -> None:
        call, w.call = w.call, None
        assert call is not None and call.executed
        call.hear(call.answer)
        w.held = [held for held in w.held if not held.over]

    def finish_call(self, w: Worker) -> str:
        """Issue (when nothing is on its way), execute, hear. The call's name, or "" when there was nothing to say."""
        call = w.call or self.settle(w)
        if call is None:
            return ""
        if not call.executed:
            self.execute(call)
        self.hear(w)
        return call.name

    def _settles(self, w: Worker) -> Call | None:
        room, chosen = self.window - w.owed(), []
        for held in w.held:
            if held.fenced or not (held.order or held.results or (held.ahead and room > 0 and not held.stopping)):
                continue
            order = held.order or held.ask(max(0, room), LEASE)
            room -= len(held.raised)
            chosen.append((held, order, held.revision))
        if not chosen:
            return None

        def run(connection: Connection) -> list[tuple[Settled, dict[int, bool] | None]]:
            answers = [self._settle(connection, order, known) for _, order, known in chosen]
            for (_, order, _), (settled, _) in zip(chosen, answers, strict=True):
                if settled.verdict is not Verdict.fenced:
                    self.told |= {r.id for r in order.results if r.state == S}
            return answers

        def hear(answers: list[tuple[Settled, dict[int, bool] | None]]) -> None:
            for (held, _, _), (settled, standing) in zip(chosen, answers, strict=True):
                held.heard(settled, 0.0)
                if not held.fenced:
                    held.stopping = held.stopping or settled.stop
                    if standing is not None:
                        held.revision = settled.revision
                        held.drop(standing)

        return Call("settle", run, hear)

    @staticmethod
    def _settle(connection: Connection, order: Settle, known: int) -> tuple[Settled, dict[int, bool] | None]:
        settled = protocol.settle(connection, order)
        asked = settled.verdict is not Verdict.fenced and settled.revision != known
        return settled, protocol.standing(connection, order.batch) if asked else None

    def _disclaims(self, w: Worker) -> Call | None:
        lost = next((held for held in w.held if held.fenced and held.disclaim()), None)
        return lost and self._disclaim(w, lost, tuple(lost.facts))

    def _disclaim(self, w: Worker, lost: HeldBatch, facts: Sequence[Fact]) -> Call:
        return Call("facts", lambda connection: self._facts(connection, w, facts), lambda _: self._forget(lost, facts))

    def _facts(self, connection: Connection, w: Worker, facts: Sequence[Fact]) -> bool:
        protocol.facts(connection, w.journal.id, facts)
        self.told |= {fact.id for fact in facts if fact.told == S}
        return True

    @staticmethod
    def _forget(held: HeldBatch, facts: Sequence[Fact]) -> None:
        del held.facts[: len(facts)]

    def _gives_back(self, w: Worker) -> Call | None:
        for held in w.held:
            if held.stopping and not held.fenced and held.quiet and held.waiting():
                return self._back(w, held)
        return None

    def _back(self, w: Worker, held: HeldBatch) -> Call:
        order, untried = Returned(held.id, held.token, held.never(), None), held.untried()

        def hear(_: Any) -> None:
            held.todo.clear()
            held.ahead.clear()

        return Call("back", lambda s: protocol.give_back(s, order) or self._facts(s, w, untried), hear)

    # -- mails

    def may_send(self, w: Worker) -> HeldBatch | None:
        if any(flight.held.alone for flight in w.flights):
            return None
        for held in w.held:
            if held.todo and not held.stopping and not held.fenced:
                return None if held.alone and w.flights else held
        return None

    def send(self, w: Worker) -> InFlight | None:
        """The next permitted mail: A is in the journal, its last byte may be on its way."""
        held = self.may_send(w)
        if held is None:
            return None
        flight = InFlight(held, held.todo.popleft())
        if flight.row.id in held.dropped:
            held.results.append(Result(flight.row.id, flight.row.attempt, X, counted=False))
            return None
        held.wire += 1
        w.flights.append(flight)
        w.journal.attempt(flight.row.id, flight.row.attempt, held.id, held.token)
        w.journal.flush()
        flight.attempted = True
        return flight

    def relay_takes(self, flight: InFlight) -> None:
        assert not flight.taken
        flight.taken = True
        self.accepted[flight.row.id] += 1

    def reads(self, w: Worker, flight: InFlight, state: MessageState) -> None:
        """The relay's reply; ``sent`` only for what it has taken."""
        assert flight.taken == (state == S)
        delay = 0 if state == D else None
        self._over(w, flight, Result(flight.row.id, flight.row.attempt, state, code=CODES[state], delay=delay))

    def silent(self, w: Worker, flight: InFlight) -> None:
        """Silence or a reset after the last byte: as delivery's judge has it."""
        self.excused += 1
        self.silences.add(flight.row.id)
        over = flight.row.doubts + 1 > self.rules.cap_silence or not self.rules.resend["bulk"]
        state, delay = (K, None) if over else (D, 0)
        self._over(w, flight, Result(flight.row.id, flight.row.attempt, state, True, True, delay=delay))

    def breaks(self, w: Worker, flight: InFlight) -> None:
        """The connection breaks before the last byte: nobody's attempt."""
        assert not flight.taken
        w.flights.remove(flight)
        flight.held.wire -= 1
        w.journal.never(flight.row.id, flight.row.attempt, flight.held.id, flight.held.token)
        w.journal.flush()
        flight.held.todo.appendleft(flight.row)

    def _over(self, w: Worker, flight: InFlight, result: Result) -> None:
        w.flights.remove(flight)
        flight.held.wire -= 1
        w.journal.reply(result, flight.held.id, flight.held.token)
        w.journal.flush()
        flight.held.results.append(result)

    # -- what breaks

    def kill(self, w: Worker, taken: Sequence[InFlight] = ()) -> None:
        """kill -9; the relay still takes ``taken`` of the mails on the wire. Its transaction may still be executed."""
        self.excused += len(w.flights)
        for flight in taken:
            self.relay_takes(flight)
        if w.call is not None and not w.call.executed:
            self.strays.append(w.call)
        w.journal.abandon()
        w.alive, w.call, w.flights, w.held = False, None, [], []

    def lose_power(self, w: Worker, lost: Callable[[int], bool], taken: Sequence[InFlight] = ()) -> None:
        """As kill, but other boot, and the journal's records for which ``lost`` holds never reached the disk."""
        self.excused += self.window
        self.kill(w, taken)
        data = bytearray(w.journal.path.read_bytes())
        for n, (offset, _) in enumerate(list(journal._bodies(bytes(data)))[1:]):
            if lost(n):
                data[offset : offset + 2] = b"\0\0"
        w.journal.path.write_bytes(bytes(data).replace(journal.boot_id().encode(), b"another boot".ljust(36)))

    def lose_host(self, w: Worker, taken: Sequence[InFlight] = ()) -> None:
        self.kill(w, taken)
        w.journal.path.unlink()
        w.read = True
        self.lost.add(w.journal.id)

    def lapse(self, *numbers: int) -> None:
        """Leases are over: pause, partition, slowness, a jump of the clock. The sweep takes the batches back."""
        over = sa.and_(batch.c.id.in_(numbers), batch.c.state == BatchState.claimed)
        with transaction(self.db) as connection:
            connection.execute(sa.update(batch).where(over).values(lease_end=0))
            protocol.revoke(connection, 0, self.rules)

    def replay(self, w: Worker, *, retire: bool = True) -> int:
        """A process of w's host adopts its journal; ``retire`` false: it dies before it can say so."""
        changed = self.tell(self.diary(w))
        if retire:
            journal.retire(w.journal.path)
            w.read = True
        return changed

    def diary(self, w: Worker) -> Told:
        return journal.told(w.journal.path, LEDGER)

    def tell(self, told: Told) -> int:
        changed = self.do(protocol.replay, told, self.rules)
        self.told |= {fact.id for fact in told.facts.values() if fact.told == S}
        return int(changed)

    def hold_ends(self, *numbers: int) -> int:
        """Holds of doubt batches end."""
        with transaction(self.db) as connection:
            over = sa.and_(batch.c.id.in_(numbers), batch.c.state == BatchState.doubt)
            connection.execute(sa.update(batch).where(over).values(not_before=0))
            ended = int(protocol.hold_end(connection, self.rules))
        self.excused += ended
        return ended

    def rebatch(self) -> int:
        """What is deferred comes due."""
        with transaction(self.db) as connection:
            connection.execute(sa.update(message).where(message.c.due_at.is_not(None)).values(due_at=0))
            return int(protocol.rebatch(connection))

    def retry(self, number: int) -> int:
        """A person retries one message."""
        doubts = next(row.doubts for row in self.rows() if row.id == number)
        moved = int(self.do(ledger.retry, [number], {"bulk": 86400.0}))
        self.excused += moved * min(doubts, 1)
        return moved

    # -- looking

    def rows(self) -> Sequence[Any]:
        with reading(self.db) as connection:
            return connection.execute(MESSAGES).all()

    def batches(self, *states: BatchState) -> list[Any]:
        with reading(self.db) as connection:
            found = connection.execute(BATCHES).all()
        return [row for row in found if not states or row.state in states]

    def words(self) -> list[str]:
        """State, attempts and doubts of each message: ``sent 1 0``."""
        return [f"{MessageState(row.state).name} {row.attempts} {row.doubts}" for row in self.rows()]

    def state(self) -> SubmissionState:
        with reading(self.db) as connection:
            return SubmissionState(connection.execute(STATE).scalar_one())

    def check(self) -> None:
        """Everything that must hold after every step."""
        with reading(self.db) as connection:
            self.seen = rows = connection.execute(MESSAGES).all()
            self.seen_batches = connection.execute(BATCHES).all()
            self.seen_state = SubmissionState(connection.execute(STATE).scalar_one())
            kinds = Counter(map(tuple, connection.execute(KINDS)))
        batches = {one.id: one for one in self.seen_batches}
        permitted: Counter[str] = Counter()
        for row in rows:
            self._check_row(row, kinds)
            home = batches.get(row.batch)
            _must(home is not None, f"m{row.id} is in a batch that does not exist")
            if row.state == Q:
                _must(home.state in (0, 1), f"m{row.id} is queued in a batch that is {home.state}")
                permitted[home.journal] += home.state == 1 and row.id <= home.permit
            _must(row.state != U or home.state == BatchState.doubt, f"m{row.id} is doubted outside a doubt batch")
        for one in batches.values():
            open_rows = sum(row.batch == one.id and row.state in (Q, U) for row in rows)
            _must(one.open == open_rows, f"batch {one.id} says {one.open} are open, {open_rows} are")
            _must(
                (one.state == BatchState.closed) == (one.open == 0),
                f"batch {one.id}: state {one.state}, open {one.open}",
            )
        _must(
            max(permitted.values(), default=0) <= self.window, f"permitted and unsettled: {permitted}, W {self.window}"
        )
        for one in batches.values():
            doubted = sum(row.batch == one.id and row.state == U for row in rows)
            _must(doubted <= self.window, f"a revoke put {doubted} in doubt, W {self.window}")
        twice = sum(count - 1 for count in self.accepted.values() if count > 1)
        _must(twice <= self.excused, f"{twice} duplicates, {self.excused} excused")
        if self.seen_state == SubmissionState.finished:
            _must(all(row.state in FINAL for row in rows), "finished with open rows")

    def _check_row(self, row: Any, kinds: Counter[tuple[int, str]]) -> None:
        name, taken = f"m{row.id}", self.accepted[row.id]
        _must(taken <= 1 + row.doubts, f"{name} was accepted {taken} times, its row knows of {row.doubts} doubts")
        _must(row.state != S or taken > 0, f"{name} is sent, nobody accepted it")
        denied = row.state in (F, X, MessageState.expired, MessageState.suppressed)
        _must(not denied or not taken or row.doubts > 0, f"{name} is {MessageState(row.state).name}, but was accepted")
        _must(row.state == S or row.id not in self.sent, f"{name} was sent, and is {MessageState(row.state).name}")
        self.sent |= {row.id} if row.state == S else set()
        deaf = row.state in FINAL and row.state != S and row.id in self.told
        _must(not deaf, f"{name} is {MessageState(row.state).name} although its acceptance was told")
        _must((row.due_at is not None) == (row.state == D), f"{name}: state {row.state}, due {row.due_at}")
        marked = row.state if row.state in (F, K, MessageState.expired) else None
        _must(row.attention == marked, f"{name}: state {row.state}, attention {row.attention}")
        shown = kinds[row.id, "doubted"] - kinds[row.id, "cleared"]
        _must(row.doubts == shown, f"{name} has {row.doubts} doubts, its timeline shows {shown}")

    # -- the end

    def drain(self) -> None:
        """No more faults: everything comes to an end, within a bounded number of rounds."""
        if self.state() == SubmissionState.paused:
            self.do(ledger.resume, self.submission)
        self.worker()
        for _ in range(8):
            self.round(holds=False)
            self.check()
        self._check_doubts()
        for _ in range(40):
            self.round()
            self.check()
            if all(row.state in FINAL for row in self.seen) and not any(w.held or w.call for w in self.workers):
                break
        left = [(row.id, MessageState(row.state).name, row.batch) for row in self.rows() if row.state not in FINAL]
        _must(not left, f"these never end (message, state, batch): {left}")
        _must(not self.batches(BatchState.ready, BatchState.claimed, BatchState.doubt), "a batch never closes")
        self.do(protocol.finish)
        _must(self.state() in (SubmissionState.finished, SubmissionState.cancelled), "the submission never finishes")

    def close(self) -> None:
        for w in self.workers:
            if w.alive:
                w.journal.abandon()
                w.alive = False

    def _check_doubts(self) -> None:
        """Every worker has told all it knew: only what nobody can know is still in doubt."""
        for row in self.rows():
            journal_id = next(one.journal for one in self.batches() if one.id == row.batch)
            known = row.state != U or row.id in self.silences or journal_id in self.lost
            _must(known, f"m{row.id} is in doubt, although its worker could tell")

    def round(self, *, holds: bool = True) -> None:
        """Everybody does what is to be done, once."""
        while self.strays:
            self.execute(self.strays.pop())
        for w in self.workers:
            if w.alive:
                self.work(w)
            elif not w.read:
                self.replay(w)
        mine = {(held.id, held.token) for w in self.workers for held in w.held}
        lost = [b.id for b in self.batches(BatchState.claimed) if (b.id, b.token) not in mine]
        self.lapse(*lost)
        if holds:
            self.hold_ends(*[b.id for b in self.batches(BatchState.doubt)])
        self.rebatch()
        self.do(protocol.cancel_leftovers)
        self.do(protocol.finish)

    def work(self, w: Worker) -> None:
        for _ in range(100):
            for flight in list(w.flights):
                if not flight.taken:
                    self.relay_takes(flight)
                self.reads(w, flight, S)
            sent = self.send(w)
            said = self.finish_call(w)
            if not sent and not said and (w.held or self.claim(w) is None):
                return


def _must(holds: bool, complaint: str) -> None:
    if not holds:
        raise Broken(complaint)
