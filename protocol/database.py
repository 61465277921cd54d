"""The database: every transaction of the protocol as one step on a state."""

from collections.abc import Iterable

from protocol.state import (
    ASKED,
    CLAIMED,
    CLOSED,
    COMMITTED,
    DOUBT,
    DROP,
    FENCED,
    FIXED,
    LOOKED,
    LOOKED_OLD,
    NEVER,
    OK,
    PERM,
    READY,
    RETRIED,
    TAKEN,
    TEMP,
    TRIED,
    Batch,
    D,
    F,
    Held,
    K,
    Order,
    Q,
    Row,
    Rules,
    S,
    State,
    U,
    X,
)

OVER = Batch(CLOSED, 0, 0, -1, 1)


class Database:
    """``window`` is W; the rules decide what is left out."""

    def __init__(self, rules: Rules, window: int) -> None:
        self.rules, self.window = rules, window
        sure = rules.sync and rules.sweepguard and rules.final and rules.lockbatch
        self.sound = sure and rules.frontier == "permit" and rules.guard == "attempt" and rules.gc == "acked"

    def begin(self, s: State) -> None:
        if not self.rules.sync:
            s.undo = (tuple(s.rows), tuple(s.batches))

    # -- rows

    def permitted(self, s: State, row: Row, i: int) -> bool:
        """Only its holder decides."""
        if row.state != Q or row.batch < 0:
            return False
        b = s.batches[row.batch]
        return b.state == CLAIMED and i < b.ceiling

    def put(self, s: State, i: int, row: Row) -> None:
        """A row changes; one whose acceptance was heard of meanwhile becomes sent as soon as nobody else decides."""
        if row.heard and (row.state == S or self.rules.heard):
            row = row._replace(state=S, batch=-1, journal=-1, token=0, heard=0)
        s.rows[i] = row

    def into_batch(self, s: State, numbers: Iterable[int]) -> None:
        """Rows go into a new ready batch."""
        moved = [i for i in numbers if not (s.rows[i].heard and self.rules.heard)]
        for i in numbers:
            self.put(s, i, s.rows[i]._replace(state=Q, batch=len(s.batches), journal=-1, token=0))
        if moved:
            s.batches.append(Batch(READY, 0, 0, -1, 1))

    def close(self, s: State) -> None:
        """Batches without queued rows close for ever. What can change nothing any more is forgotten, so that states
        which differ in nothing else are one."""
        open_batches = {row.batch for row in s.rows if row.state == Q}
        for b, it in enumerate(s.batches):
            if it.state != CLOSED and b not in open_batches:
                s.batches[b] = OVER
        if self.sound:
            sent = {i for i, row in enumerate(s.rows) if row.state == S}
            for p, journal in enumerate(s.journals):
                if any(i in sent for i, _, _ in journal):
                    s.journals[p] = tuple(r for r in journal if r[0] not in sent)

    def outcome(self, s: State, i: int, k: int, what: int) -> None:
        """What attempt ``k`` came to, at a row that stands at it."""
        row = s.rows[i]
        row = row._replace(attempts=row.attempts if what == DROP else k, batch=-1, journal=-1, token=0)
        if what == OK:
            row = row._replace(state=S)
        elif what == TEMP:
            row = row._replace(state=X if row.asked else D)
        elif what == PERM:
            row = row._replace(state=F)
        elif what == DROP:
            row = row._replace(state=X)
        elif self.rules.doubt == "uncounted":
            row = row._replace(state=D)
        else:
            over = self.rules.policy == "hold" or row.doubts + 1 > self.rules.cap or row.asked
            row = row._replace(state=K if over else D, doubts=row.doubts + 1)
            self._capped(s, i, row)
        self.put(s, i, row)

    def resolve(self, s: State, i: int) -> None:
        """A doubt nobody can resolve any more: sent again, or unknown."""
        row = s.rows[i]
        if self.rules.policy == "hold" or row.doubts > self.rules.cap or row.asked:
            self.put(s, i, row._replace(state=K, batch=-1, journal=-1, token=0))
        else:
            self._capped(s, i, row)
            self.into_batch(s, [i])

    def _capped(self, s: State, i: int, row: Row) -> None:
        if row.state != K and row.doubts > FIXED.cap:
            s.flaw = f"CAP m{i} is sent again after {row.doubts} doubts"

    def withdraw(self, s: State, i: int) -> bool:
        """A doubt turns out to be no attempt. True when the row is to be queued."""
        row = s.rows[i]
        state = X if row.asked else Q
        self.put(
            s,
            i,
            row._replace(state=state, attempts=row.attempts - 1, batch=-1, doubts=row.doubts - 1, journal=-1, token=0),
        )
        return s.rows[i].state == Q

    # -- facts

    def result(self, s: State, i: int, k: int, what: int, who: int, claim: tuple[int, int]) -> None:
        """One result of a settle whose token is good meets its row."""
        row = s.rows[i]
        if self.rules.guard == "none":  # a bare UPDATE by primary key
            self.outcome(s, i, row.attempts + 1, what)
        elif self.rules.guard == "state":
            if row.state == Q:
                self.outcome(s, i, row.attempts + 1, what)
        elif row.state == Q and row.batch == claim[0] and row.attempts == k - 1 and what != NEVER:
            self.outcome(s, i, k, what)
        else:
            s.flaw = "UNMET a result of a good settle met no row"
            self.fact(s, i, k, what, who, claim)

    def fact(self, s: State, i: int, k: int, what: int, who: int, claim: tuple[int, int] | None = None) -> None:
        """One fact without a living claim; ``claim`` (batch, token) is what its teller held."""
        if not self.rules.late:
            return
        row = s.rows[i]
        known = row.journal == who or what == OK or not self.rules.jrcheck
        if row.state == U and row.attempts == k and known:
            if what in (NEVER, DROP):
                same = claim == (row.batch, row.token) or not self.rules.claimkey
                if same and self.withdraw(s, i):
                    self.into_batch(s, [i])
            elif what == DOUBT:
                s.rows[i] = row._replace(journal=-1)  # it has spoken: nothing more will be known
            else:
                self.outcome(s, i, k, what)
        elif what == OK and row.state != S:
            if self.permitted(s, row, i):
                s.rows[i] = row._replace(heard=1)
            else:
                s.rows[i] = row._replace(state=S, batch=-1, journal=-1, token=0)
        elif what == PERM and not self.rules.final:
            s.rows[i] = row._replace(state=F, batch=-1, journal=-1, token=0)

    # -- transactions

    def ceiling(self, todo: tuple[tuple[int, int], ...], now: int, room: int) -> int:
        """Permit ``room`` more messages of the list."""
        above = [i for i, _ in todo if i >= now]
        return above[:room][-1] + 1 if above and room > 0 else now

    def claim(self, s: State, p: int) -> Held | None:
        """The first ready batch. None: there is none."""
        b = next((b for b, it in enumerate(s.batches) if it.state == READY), None)
        if b is None:
            return None
        self.begin(s)
        _, token, ceiling, _, _ = s.batches[b]
        low = ceiling if self.rules.frontier in ("permit", "maxskip") else 0
        todo = tuple(
            (i, row.attempts + 1)
            for i, row in enumerate(s.rows)
            if row.state == Q and row.batch == b and i >= low and not row.asked
        )
        if self.rules.grant == "claim" and self.rules.frontier == "permit":
            ceiling = self.ceiling(todo, ceiling, self.window)
        s.batches[b] = Batch(CLAIMED, token + 1, ceiling, p, 1)
        return Held(b, token + 1, ceiling, todo, (), 0, 0)

    def settle(self, s: State, p: int, order: Order) -> Order:
        """Results, new ceiling, lease: guarded by token and sequence. Returns the order with its verdict."""
        it = s.batches[order.batch]
        good = it.state == CLAIMED and it.token == order.token
        if not self.rules.lockbatch:  # two statements: the token is looked at, the row is not locked
            if order.verdict == ASKED:
                return order._replace(verdict=LOOKED if good else LOOKED_OLD)
            good = order.verdict == LOOKED
        self.begin(s)
        if not (good and order.again and self.rules.seq):
            for i, k, what in order.results:
                if good:
                    self.result(s, i, k, what, p, (order.batch, order.token))
                else:
                    self.fact(s, i, k, what, p, (order.batch, order.token))
        if good:
            order = self._raise(s, order)
        self.close(s)
        return order._replace(verdict=COMMITTED if good else FENCED)

    def _raise(self, s: State, order: Order) -> Order:
        """Ceiling and lease; the holder hears which rows no longer stand and which are asked back."""
        it = s.batches[order.batch]
        if self.rules.frontier != "permit":
            done = [i for i, _, _ in order.results]
            s.batches[order.batch] = it._replace(ceiling=self._furthest(s, order.batch, it.ceiling, done), lease=1)
            return order
        s.batches[order.batch] = it._replace(ceiling=max(it.ceiling, order.ceiling), lease=1)
        if self.rules.cancel != "holder":
            return order
        stands = [row.state == Q and row.batch == order.batch for row in s.rows]
        gone = tuple(i for i, stood in enumerate(stands) if not stood)
        asked = tuple(i for i, row in enumerate(s.rows) if stands[i] and (row.asked or row.heard))
        return order._replace(gone=gone, asked=asked)

    def _furthest(self, s: State, b: int, now: int, done: list[int]) -> int:
        """Frontiers of simpler designs: all below are settled, or the furthest settled."""
        if self.rules.frontier == "prefix":
            open_rows = [i for i, row in enumerate(s.rows) if row.batch == b and row.state == Q]
            return max(now, open_rows[0] if open_rows else len(s.rows))
        return max([now, *(i + 1 for i in done)])

    def revoke(self, s: State, b: int) -> None:
        """A lease is over: what was permitted becomes doubted, the rest is ready."""
        self.begin(s)
        _, token, ceiling, owner, _ = s.batches[b]
        s.batches[b] = Batch(READY, token + 1, ceiling, -1, 1)
        frontier, again = self.rules.frontier, []
        reach = len(s.rows) if self.rules.ahead == "all" else ceiling
        for i, row in enumerate(s.rows):
            if row.state != Q or row.batch != b or i >= reach:
                continue
            if frontier == "permit":
                doubted = row._replace(
                    state=U, attempts=row.attempts + 1, doubts=row.doubts + 1, journal=owner, token=token
                )
                self.put(s, i, doubted)
                again.append(i)
            elif frontier != "maxskip":
                s.rows[i] = row._replace(doubts=row.doubts + 1)
        if not self.rules.hold:
            for i in again:
                self.resolve(s, i)
        if frontier != "maxskip":
            self.close(s)
        elif not any(row.state == Q and row.batch == b and i >= ceiling for i, row in enumerate(s.rows)):
            s.batches[b] = OVER

    def replay(self, s: State, p: int) -> None:
        """What the journal of a dead process tells, settled by whoever holds its lock."""
        self.begin(s)
        intact = s.spoken[p] == 0 or not self.rules.boot
        told = {(i, k): what for i, k, what in s.journals[p]}
        mine = [b for b, it in enumerate(s.batches) if it.state == CLAIMED and it.owner == p]
        for (i, k), what in told.items():
            if what in (OK, TEMP, PERM):
                if s.rows[i].batch in mine and s.rows[i].state == Q:
                    self._replayed(s, i, k, what, p)
                else:
                    self.fact(s, i, k, what, p)
        fresh: list[int] = []
        for b in mine:
            fresh += self._owed(s, b, told, intact)
        for i, row in enumerate(s.rows):
            if row.state == U and row.journal == p:
                if self._tried(told.get((i, row.attempts)), intact):
                    self.resolve(s, i)
                elif self.withdraw(s, i):
                    fresh.append(i)
        self._untried(s, fresh)
        self.close(s)
        s.spoken[p], s.journals[p] = 1, ()

    def _replayed(self, s: State, i: int, k: int, what: int, p: int) -> None:
        if self.rules.guard == "attempt" and s.rows[i].attempts != k - 1:
            self.fact(s, i, k, what, p)
        else:
            self.outcome(s, i, k if self.rules.guard == "attempt" else s.rows[i].attempts + 1, what)

    def _tried(self, what: int | None, intact: bool) -> bool:
        """Whether a mail without a reply may have gone."""
        if what == TAKEN and not self.rules.takenboot:
            return False
        return not intact or what in (TRIED, RETRIED, DOUBT)

    def _owed(self, s: State, b: int, told: dict[tuple[int, int], int], intact: bool) -> list[int]:
        """Rows of a batch the dead process held; returns those that surely were not tried."""
        _, token, ceiling, _, _ = s.batches[b]
        permit, fresh = self.rules.frontier == "permit", []
        for i, row in enumerate(s.rows):
            if row.state != Q or row.batch != b or (permit and i >= ceiling):
                continue
            k = row.attempts + 1
            tried = self._tried(told.get((i, k)), intact or i >= ceiling)
            if not permit:
                s.rows[i] = row._replace(doubts=row.doubts + 1) if tried else row
            elif tried:
                self.put(s, i, row._replace(state=U, attempts=k, batch=-1, doubts=row.doubts + 1, journal=-1, token=0))
                if s.rows[i].state == U:
                    self.resolve(s, i)
            else:
                fresh.append(i)
        s.batches[b] = Batch(READY, token + 1, ceiling, -1, 1)
        return fresh

    def give_back(self, s: State, p: int, held: Held) -> None:
        """The rest of a batch is ready again; with an old token it is disclaimed."""
        self.begin(s)
        it = s.batches[held.batch]
        if it.state == CLAIMED and it.token == held.token:
            s.batches[held.batch] = Batch(READY, it.token + 1, it.ceiling, -1, 1)
            if self.rules.frontier == "permit":
                self._untried(s, [i for i, _ in held.todo if i < it.ceiling and s.rows[i].batch == held.batch])
            self.close(s)
        elif self.rules.retdisclaim:
            for i, k in held.todo:
                if self.rules.discall or i < held.ceiling:
                    self.fact(s, i, k, NEVER, p, (held.batch, held.token))

    def _untried(self, s: State, numbers: list[int]) -> None:
        """Permitted, never tried: queued anew, or cancelled when that was asked."""
        fresh = []
        for i in numbers:
            row = s.rows[i]
            if row.asked and self.rules.backcancel:
                self.put(s, i, row._replace(state=X, batch=-1))
            elif row.state == Q:
                fresh.append(i)
        self.into_batch(s, fresh)

    def cancel(self, s: State, i: int) -> None:
        """Surely, or by asking the holder."""
        self.begin(s)
        row = s.rows[i]
        sure = row.state == D or (row.state == Q and not self.permitted(s, row, i))
        if self.rules.cancel == "direct":
            sure = row.state in (Q, D)
        if sure:
            s.rows[i] = row._replace(state=X, batch=-1, token=0)
        elif self.rules.cancel != "direct":
            s.rows[i] = row._replace(asked=1)
        self.close(s)
