"""One claimed batch in the hands of a worker: what may go, what is on its way, what waits to be settled."""

from collections import deque

from bocau.ledger import MessageState
from bocau.ledger.protocol import DOUBT, NEVER, Claimed, Fact, Result, Row, Settle, Settled, Verdict


class HeldBatch:
    """``todo`` holds rows at or below the committed ceiling, ``ahead`` those above it, ``raised`` those a settle on
    its way asks to permit. ``owed`` counts rows that are permitted (or may be) and not settled: the window's measure.
    """

    __slots__ = (
        "ahead",
        "alone",
        "born",
        "deadline",
        "dropped",
        "facts",
        "fenced",
        "first_at",
        "fresh",
        "id",
        "order",
        "owed",
        "permit",
        "raised",
        "relay",
        "results",
        "revision",
        "seq",
        "silent",
        "slow",
        "stopping",
        "stuck",
        "submission",
        "todo",
        "token",
        "wire",
    )

    def __init__(self, claimed: Claimed, deadline: float, now: float) -> None:
        self.id, self.submission, self.token = claimed.id, claimed.submission, claimed.token
        self.permit, self.revision, self.first_at = claimed.permit, claimed.revision, claimed.first_at
        self.alone = claimed.alone
        self.relay: int | None = None  # the only one it may go through
        self.ahead: deque[Row] = deque(claimed.rows)
        self.todo: deque[Row] = deque()
        self.raised: list[Row] = []
        self.results: list[Result] = []
        self.facts: list[Fact] = []  # of a lost batch, until they are told
        self.order: Settle | None = None
        self.dropped: set[int] = set()
        self.seq = self.wire = self.owed = 0
        self.fresh = 0  # results that wait for their record in the journal
        self.silent = 0  # of those on the wire, mails whose server has fallen silent
        self.fenced = self.stopping = self.stuck = False
        self.slow = False  # it stops only since its time is over
        self.deadline, self.born = deadline, now

    @property
    def over(self) -> bool:
        """Nothing of it is left to be sent, awaited or told."""
        return self.quiet and not (self.todo or self.ahead or self.facts)

    @property
    def quiet(self) -> bool:
        """Nothing of it is on its way or waits to be told."""
        return not (self.wire or self.fresh or self.results or self.order)

    def ask(self, room: int, lease: int) -> Settle:
        """The next settle: all results so far, and ``room`` more messages permitted."""
        raised = [] if self.stopping else [self.ahead.popleft() for _ in range(min(room, len(self.ahead)))]
        self.raised = raised
        self.owed += len(raised)
        permit = raised[-1].id if raised else self.permit
        self.order = Settle(self.id, self.token, self.seq, permit, lease, self.results)
        self.results = []
        return self.order

    def heard(self, settled: Settled, deadline: float) -> None:
        """The settle's answer. Fenced: the token is old, nothing new of it may be sent."""
        order, self.order = self.order, None
        assert order is not None
        if settled.verdict is Verdict.fenced:
            self.fenced = True
            self.results = [*order.results, *self.results]
            self.ahead.extendleft(reversed(self.raised))
            self.raised = []
            return
        self.seq, self.permit, self.deadline = order.seq + 1, order.permit, deadline
        self.owed -= len(order.results)
        self.todo.extend(self.raised)
        self.raised = []

    def drop(self, standing: dict[int, bool]) -> None:
        """Somebody asked for something: keep only rows that still stand. ``standing``: queued id → asked to cancel.

        A permitted mail that was asked to be cancelled and is not on its way is cancelled by us, who hold it; what
        stood above the ceiling has been cancelled already.
        """
        kept: deque[Row] = deque()
        for row in self.todo:
            if standing.get(row.id) is False:
                kept.append(row)
            elif row.id in standing:
                self.results.append(Result(row.id, row.attempt, MessageState.cancelled, counted=False))
            else:
                self.owed -= 1
        self.todo = kept
        self.ahead = deque(row for row in self.ahead if standing.get(row.id) is False)
        self.dropped = {message_id for message_id, asked in standing.items() if asked}

    def disclaim(self) -> list[Fact]:
        """Of a lost batch: every result, and all that was loaded and never tried (mutants 15–15d)."""
        self.facts += self.untried()
        self.facts += [self._fact(result) for result in self.results]
        self.todo.clear()
        self.ahead.clear()
        self.results = []
        return self.facts

    def untried(self) -> list[Fact]:
        """A "never attempted" for every row that is still in hand, naming the claim it was loaded under."""
        rows = (*self.todo, *self.ahead)
        return [Fact(row.id, row.attempt, NEVER, batch=self.id, token=self.token) for row in rows]

    def never(self) -> list[int]:
        """Permitted and not tried."""
        return [row.id for row in self.todo]

    def waiting(self) -> int:
        return len(self.todo) + len(self.ahead)

    def _fact(self, result: Result) -> Fact:
        """A result that the ledger must hear although we lost the batch."""
        told: MessageState | str = DOUBT if result.doubt else result.state
        if not result.counted:
            return Fact(result.id, result.attempt, NEVER, batch=self.id, token=self.token)
        return Fact(
            result.id,
            result.attempt,
            told,
            result.code,
            result.enhanced,
            result.reply,
            result.relay,
            result.delay,
            self.id,
            self.token,
        )
