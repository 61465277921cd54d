"""The words of the model: states, facts, rules, and one state of the whole world."""

from dataclasses import dataclass
from typing import Any, NamedTuple

Q, D, U, S, F, X, K = range(7)  # queued deferred doubted sent failed cancelled unknown
NAMES = "QDUSFXK"
TERMINAL = (S, F, X, K)
READY, CLAIMED, CLOSED = range(3)  # batches
NEW, RUN, PAUSED, DEAD, GONE = range(5)  # processes
OK, TEMP, PERM, DOUBT, NEVER, DROP = 1, 4, 5, 6, 7, 9
"""Facts: 250, 451, 550, silence or reset after the last byte, "never attempted", "dropped: cancel was asked"."""
TRIED, TAKEN, RETRIED = 0, 2, 3  # journal: A; A N; A N A. With a reply it is the fact itself
ASKED, COMMITTED, FENCED, LOOKED, LOOKED_OLD = 0, 1, 2, 5, 6  # what the database made of an order
FAULTS = (
    "kill",
    "pause",
    "part",
    "host",
    "power",
    "lostack",
    "temp",
    "perm",
    "reset",
    "snap",
    "cancel",
    "term",
    "back",
    "holdexp",
    "slow",
    "jump",
    "dbcrash",
    "retry",
)
"""kill -9; pause; partition from the database but not from SMTP; host lost; power lost; acknowledgement of a commit
lost; 451; 550; connection reset or silent after the last byte; connection broken before it; cancel; SIGTERM; a batch
given back; hold ends before the journal speaks; lease runs out under a healthy worker; database's clock jumps; database
loses its last commit; a person retries."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The protocol, rule by rule. A mutant is a copy with one of them changed."""

    frontier: str = "permit"  # or prefix, max, maxskip: simpler designs
    grant: str = "settle"  # the ceiling rides on a settle; claim: already on the claim
    window: str = (
        "process"  # permitted - settled <= W over all claims of a process; living: not of lost ones; claim: each
    )
    ahead: str = "above"  # what was claimed ahead is not in doubt; all: a revoke doubts the whole batch
    deadline: bool = True  # own deadline before data
    late: bool = True  # facts of old tokens are kept
    hold: bool = True  # a doubt waits for its journal
    guard: str = "attempt"  # of a settled row: state and attempt; state; none
    seq: bool = True  # a repeated settle is known by its sequence number
    afirst: bool = True  # A before data
    rfirst: bool = True  # R before the connection's next A
    flock: bool = True  # a journal is replayed only when its owner is dead
    lockbatch: bool = True  # token and ceiling in one locking UPDATE
    finish: str = "one"  # in one statement; two; frontier
    cap: int = 1  # automatic re-sends after doubt
    policy: str = "resend"  # or hold, for a person
    cancel: str = "holder"  # cancel of a permitted mail goes through its holder; direct
    boot: bool = True  # other boot: a missing A proves nothing
    takenboot: bool = True  # other boot: an N proves nothing
    sync: bool = True  # commits are durable
    sweepguard: bool = True  # the sweep moves rows under their locks
    gc: str = "acked"  # journal kept until the commit is acknowledged; early
    journal: bool = True  # journals are replayed
    disclaim: bool = True  # a fenced holder disclaims what it never tried
    jrcheck: bool = True  # facts other than a 250 carry their journal
    replayfirst: bool = False  # simpler designs: a host replays before it claims
    oweall: bool = True  # a dropped mail is owed a fact too
    retdisclaim: bool = True  # on SIGTERM with an old token too
    discall: bool = True  # all that was loaded, not only below the known ceiling
    claimkey: bool = True  # a disclaim withdraws only the doubt of the claim it was loaded under
    backcancel: bool = True  # giving back cancels what was asked back
    doubt: str = "settle"  # silence after the last byte: told and counted; call: sent again within the call; uncounted
    final: bool = True  # a sent row stays sent whatever is told later
    heard: bool = True  # a late 250 for a row that another holder was permitted is remembered on the row


FIXED = Rules()


class Row(NamedTuple):
    """A message. ``batch`` and ``token``: of a doubted row, the claim that was revoked. ``heard``: a 250 was told while
    another holder was permitted to try again."""

    state: int
    attempts: int
    batch: int
    doubts: int
    journal: int
    asked: int
    heard: int
    token: int = 0


class Batch(NamedTuple):
    """``ceiling``: messages below it are permitted. ``lease``: 1 while it runs."""

    state: int
    token: int
    ceiling: int
    owner: int
    lease: int


Told = tuple[int, int, int]  # message, attempt, fact


class Held(NamedTuple):
    """A claim in a process's memory. ``todo``: (message, attempt) in order. ``over``: own deadline passed. ``old``: it
    heard that its token is old."""

    batch: int
    token: int
    ceiling: int
    todo: tuple[tuple[int, int], ...]
    results: tuple[Told, ...]
    over: int
    old: int


class Order(NamedTuple):
    """A settle on its way: guards, results, new ceiling, what came of it. The answer tells rows that no longer stand
    (``gone``) and rows asked back; ``again``: it had been executed before."""

    batch: int
    token: int
    results: tuple[Told, ...]
    ceiling: int
    verdict: int = ASKED
    gone: tuple[int, ...] = ()
    asked: tuple[int, ...] = ()
    again: int = 0


class Process(NamedTuple):
    """``wire``: per connection () or (phase, message, attempt, batch, token); phases: a journalled, w bytes gone, v
    accepted, n refused for now, x refused for good."""

    life: int
    net: int
    claims: tuple[Held, ...]
    wire: tuple[tuple[Any, ...], ...]
    fly: tuple[Order, ...]
    term: int


class State:
    """Everything. ``journals``: per process, sorted (message, attempt, what). ``spoken``: 0 unread, 1 replayed, 2 lost, 3
    read after power loss. ``orphans``: mails on connections nobody listens to. ``allow``: duplicates the faults so far
    excuse; ``may``: doubts they excuse; ``flaw``: a complaint that only a transaction can see."""

    __slots__ = (
        "accepted",
        "allow",
        "batches",
        "budget",
        "buffers",
        "finished",
        "flaw",
        "half",
        "journals",
        "may",
        "orphans",
        "processes",
        "rows",
        "spoken",
        "undo",
    )
    rows: list[Row]
    batches: list[Batch]
    processes: list[Process]
    journals: list[tuple[Told, ...]]
    spoken: list[int]
    buffers: list[tuple[Told, ...]]
    orphans: tuple[int, ...]
    accepted: list[int]
    budget: list[int]
    allow: int
    may: int
    finished: int
    undo: tuple[Any, ...]
    half: int
    flaw: str

    def copy(self) -> "State":
        new = State.__new__(State)
        new.rows, new.batches, new.processes = self.rows[:], self.batches[:], self.processes[:]
        new.journals, new.spoken, new.buffers = self.journals[:], self.spoken[:], self.buffers[:]
        new.orphans, new.accepted, new.budget = self.orphans, self.accepted[:], self.budget[:]
        new.allow, new.may, new.finished = self.allow, self.may, self.finished
        new.undo, new.half, new.flaw = self.undo, self.half, self.flaw
        return new

    def key(self) -> int:
        """Names the state (64 bits)."""
        return hash(
            (
                tuple(self.rows),
                tuple(self.batches),
                tuple(self.processes),
                tuple(self.journals),
                tuple(self.spoken),
                tuple(self.buffers),
                self.orphans,
                tuple(self.accepted),
                tuple(self.budget),
                self.allow,
                self.may,
                self.finished,
                self.undo,
                self.half,
                self.flaw,
            )
        )

    def set_process(self, p: int, **changes: Any) -> None:
        self.processes[p] = self.processes[p]._replace(**changes)

    def show(self) -> str:
        return " ".join(
            f"m{i}:{NAMES[row.state]}#{row.attempts}{'?' * row.doubts}/accepted {self.accepted[i]}"
            for i, row in enumerate(self.rows)
        )


def noted(journal: tuple[Told, ...], message: int, attempt: int, what: int) -> tuple[Told, ...]:
    """The journal with one more record; of a mail's records only what they come to is kept."""
    kept = tuple(r for r in journal if r[:2] != (message, attempt))
    return tuple(sorted((*kept, (message, attempt, what))))


def before(journal: tuple[Told, ...], message: int, attempt: int) -> int | None:
    """What the journal tells of this attempt so far."""
    return next((what for i, k, what in journal if (i, k) == (message, attempt)), None)
