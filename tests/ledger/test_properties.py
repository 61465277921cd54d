"""Whatever happens in whatever order, the ledger keeps its promise: the verbs as rules, faults as rules."""

import os
import shutil
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bocau import ledger
from bocau.ledger import protocol
from bocau.ledger.states import BatchState, MessageState
from tests.ledger.play import D, F, K, Play, S, Worker, doubt_rules

SOAK = bool(os.environ.get("BOCAU_SOAK"))
PICK = st.integers(0, 7)
FAULTS = 5
"""At most so many faults in one story."""


class Machine(RuleBasedStateMachine):
    """One story. Numbers pick among what is there."""

    db: sa.Engine
    folder: Path

    @initialize(
        counts=st.lists(st.integers(1, 3), min_size=1, max_size=3),
        window=st.integers(1, 3),
        resend=st.booleans(),
    )
    def begin(self, counts: list[int], window: int, resend: bool) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.play = Play(self.db, self.folder, window, doubt_rules(resend={"bulk": resend}, cap_crash=2))
        self.play.fill(*counts)
        self.play.check()
        self.faults = FAULTS
        self.play.worker()
        self.play.worker()

    # -- workers

    def alive(self) -> list[Worker]:
        return [w for w in self.play.workers if w.alive]

    def batches(self, state: BatchState) -> list[Any]:
        return [one for one in self.play.seen_batches if one.state == state]

    def some(self, n: int, things: list[Any]) -> Any:
        return things[n % len(things)] if things else None

    @rule(n=PICK)
    @precondition(lambda self: self.alive())
    def claim(self, n: int) -> None:
        w = self.some(n, self.alive())
        if len(w.held) < 2:
            self.play.claim(w)

    @rule(n=PICK)
    @precondition(lambda self: any(w.call is None and w.held for w in self.alive()))
    def issue(self, n: int) -> None:
        self.play.settle(self.some(n, [w for w in self.alive() if w.call is None and w.held]))

    @rule(n=PICK)
    @precondition(lambda self: any(w.call and not w.call.executed for w in self.alive()))
    def execute(self, n: int) -> None:
        self.play.execute(self.some(n, [w.call for w in self.alive() if w.call and not w.call.executed]))

    @rule(n=PICK)
    @precondition(lambda self: any(w.call and w.call.executed for w in self.alive()))
    def hear(self, n: int) -> None:
        self.play.hear(self.some(n, [w for w in self.alive() if w.call and w.call.executed]))

    @rule(n=PICK, times=st.integers(1, 3))
    @precondition(lambda self: any(w.held and w.call is None for w in self.alive()))
    def go_on(self, n: int, times: int) -> None:
        """A worker settles and hears, sends, is answered: the happy path in one step."""
        w = self.some(n, [w for w in self.alive() if w.held and w.call is None])
        for _ in range(times):
            self.play.finish_call(w)
            ride = self.play.send(w)
            if ride is not None:
                self.play.relay_takes(ride)
                self.play.reads(w, ride, S)

    @rule(n=PICK)
    @precondition(lambda self: any(self.play.may_send(w) for w in self.alive()))
    def send(self, n: int) -> None:
        self.play.send(self.some(n, [w for w in self.alive() if self.play.may_send(w)]))

    # -- the relay

    def on_wire(self) -> list[Any]:
        return [(w, ride) for w in self.alive() for ride in w.rides]

    @rule(n=PICK)
    @precondition(lambda self: any(not ride.taken for _, ride in self.on_wire()))
    def relay_takes(self, n: int) -> None:
        self.play.relay_takes(self.some(n, [ride for _, ride in self.on_wire() if not ride.taken]))

    @rule(n=PICK)
    @precondition(lambda self: any(ride.taken for _, ride in self.on_wire()))
    def read_250(self, n: int) -> None:
        self.play.reads(*self.some(n, [(w, ride) for w, ride in self.on_wire() if ride.taken]), S)

    @rule(n=PICK, state=st.sampled_from([D, F]))
    @precondition(lambda self: any(not ride.taken for _, ride in self.on_wire()))
    def relay_refuses(self, n: int, state: MessageState) -> None:
        self.play.reads(*self.some(n, [(w, ride) for w, ride in self.on_wire() if not ride.taken]), state)

    @rule(n=PICK)
    @precondition(lambda self: any(not ride.taken for _, ride in self.on_wire()))
    def connection_breaks(self, n: int) -> None:
        self.play.breaks(*self.some(n, [(w, ride) for w, ride in self.on_wire() if not ride.taken]))

    # -- faults

    def fault(self) -> None:
        self.faults -= 1

    @rule(n=PICK)
    @precondition(lambda self: self.faults and self.on_wire())
    def relay_falls_silent(self, n: int) -> None:
        self.fault()
        self.play.silent(*self.some(n, self.on_wire()))

    @rule(
        n=PICK, how=st.sampled_from(["kill", "power", "host"]), taken=st.booleans(), lost=st.integers(0, 255)
    )
    @precondition(lambda self: self.faults and any(w.held for w in self.alive()))
    def worker_dies(self, n: int, how: str, taken: bool, lost: int) -> None:
        self.fault()
        w = self.some(n, [w for w in self.alive() if w.held])
        takes = [ride for ride in w.rides if taken and not ride.taken]
        if how == "kill":
            self.play.kill(w, takes)
        elif how == "power":
            self.play.lose_power(w, lambda record: bool(lost >> record % 8 & 1), takes)
        else:
            self.play.lose_host(w, takes)
        self.play.worker()

    @rule(n=PICK)
    @precondition(lambda self: self.play.strays)
    def stray_transaction_arrives(self, n: int) -> None:
        self.play.execute(self.play.strays.pop(n % len(self.play.strays)))

    @rule(n=PICK)
    @precondition(lambda self: any(not w.alive and not w.read for w in self.play.workers))
    def journal_is_adopted(self, n: int) -> None:
        dead = [w for w in self.play.workers if not w.alive and not w.read]
        self.play.replay(self.some(n, dead), retire=n % 3 > 0)

    @rule(n=PICK)
    @precondition(lambda self: self.faults)
    def claim_is_never_heard_of(self, n: int) -> None:
        self.fault()
        w = self.some(n, self.alive())
        if w is not None:
            self.play.claim(w, heard=False)

    @rule(n=PICK)
    @precondition(lambda self: self.faults and any(w.call and w.call.executed for w in self.alive()))
    def acknowledgement_is_lost(self, n: int) -> None:
        """It asks again."""
        self.fault()
        self.some(n, [w.call for w in self.alive() if w.call and w.call.executed]).executed = False

    @rule(n=PICK)
    @precondition(lambda self: self.faults and self.batches(BatchState.claimed))
    def lease_runs_out(self, n: int) -> None:
        self.fault()
        self.play.lapse(self.some(n, self.batches(BatchState.claimed)).id)

    @rule(n=PICK)
    @precondition(lambda self: self.batches(BatchState.doubt))
    def hold_ends(self, n: int) -> None:
        self.play.hold_ends(self.some(n, self.batches(BatchState.doubt)).id)

    # -- the sweep and people

    @rule()
    @precondition(lambda self: any(row.state == D for row in self.play.seen))
    def deferred_comes_due(self) -> None:
        self.play.rebatch()

    @rule()
    def finish(self) -> None:
        self.play.do(protocol.finish)
        self.play.do(protocol.cancel_leftovers)

    @rule(n=PICK)
    @precondition(lambda self: self.faults and self.open_rows())
    def cancel_one(self, n: int) -> None:
        self.fault()
        self.play.do(ledger.cancel_messages, [self.some(n, self.open_rows()).id])

    def open_rows(self) -> list[Any]:
        return [row for row in self.play.seen if row.state in ledger.OPEN]

    @rule(what=st.sampled_from([ledger.pause, ledger.resume, ledger.cancel]))
    @precondition(lambda self: self.faults)
    def steer(self, what: Any) -> None:
        self.fault()
        if self.play.state() in (ledger.SubmissionState.running, ledger.SubmissionState.paused):
            self.play.do(what, self.play.submission)

    @rule(n=PICK)
    @precondition(lambda self: self.faults and any(row.state in (F, K) for row in self.play.seen))
    def person_retries(self, n: int) -> None:
        self.fault()
        self.play.retry(self.some(n, [row.id for row in self.play.seen if row.state in (F, K)]))

    @rule(n=PICK)
    @precondition(lambda self: any(w.held for w in self.alive()))
    def worker_is_asked_to_stop(self, n: int) -> None:
        for held in self.some(n, [w for w in self.alive() if w.held]).held:
            held.stopping = True

    @invariant()
    def promise_is_kept(self) -> None:
        if hasattr(self, "play"):
            self.play.check()

    def teardown(self) -> None:
        if not hasattr(self, "play"):
            return
        try:
            self.play.drain()
        finally:
            self.play.close()


def play_stories(engine: sa.Engine, folder: Path, examples: int, steps: int) -> None:
    """Hypothesis finds the stories."""

    def machine() -> Machine:
        made = Machine()
        made.db, made.folder = engine, folder / "journal"
        return made

    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, derandomize=not SOAK, database=None,
            suppress_health_check=list(HealthCheck), print_blob=False,
        ),
    )  # fmt: skip


def test_ledger_keeps_its_promise_whatever_happens(ground: sa.Engine, tmp_path: Path) -> None:
    few = 40 if ground.dialect.name == "postgresql" else 80
    play_stories(ground, tmp_path, 3000 if SOAK else few, 60 if SOAK else 35)
