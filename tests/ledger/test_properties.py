"""Whatever happens in whatever order, the ledger keeps its promise: the verbs as rules, faults as rules."""

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

import sqlalchemy as sa
from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from bocau import ledger
from bocau.ledger import protocol
from bocau.ledger.states import BatchState, MessageState, SubmissionState
from tests.ledger.play import Call, D, F, InFlight, K, Play, S, Worker, doubt_rules

SOAK = bool(os.environ.get("BOCAU_SOAK"))
FAULTS = 5
"""At most so many faults in one story."""


class Story(RuleBasedStateMachine):
    """One rule draws what happens among all that can happen now (Hypothesis would switch whole rules off, and most
    stories would stand still). What can happen are the methods named in ``WORK`` (often) and ``FAULT`` (a few times):
    each finds its candidates first; none means that it cannot happen."""

    db: sa.Engine
    folder: Path
    WORK: ClassVar[dict[str, int]] = {
        "worker_goes_on": 5,
        "claim": 1,
        "issue": 1,
        "execute": 1,
        "hear": 1,
        "send": 1,
        "relay_takes": 1,
        "read_250": 1,
        "relay_refuses": 1,
        "connection_breaks": 1,
        "stray_transaction_arrives": 1,
        "journal_is_adopted": 1,
        "hold_ends": 1,
        "deferred_comes_due": 1,
        "finish": 1,
    }
    FAULT = (
        "lease_runs_out",
        "acknowledgement_is_lost",
        "worker_is_killed",
        "power_is_lost",
        "host_is_lost",
        "relay_falls_silent",
        "claim_is_never_heard_of",
        "claim_is_not_all_admitted",
        "cancel_one",
        "somebody_leaves",
        "pause_and_resume",
        "pause",
        "cancel_all",
        "person_retries",
        "worker_is_asked_to_stop",
    )

    @initialize(
        counts=st.lists(st.integers(2, 4), min_size=1, max_size=3),
        window=st.integers(1, 3),
        resend=st.sampled_from([True, True, False]),
    )
    def begin(self, counts: list[int], window: int, resend: bool) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.play = Play(self.db, self.folder, window, doubt_rules(resend={"bulk": resend}, cap_crash=2))
        self.play.fill(*counts)
        self.faults = FAULTS
        self.play.claim(self.play.worker())
        self.play.worker()
        self.play.check()

    @rule(data=st.data())
    def happens(self, data: st.DataObject) -> None:
        names = [name for name, often in self.WORK.items() for _ in range(often)]
        names += self.FAULT * (2 if self.faults else 0)
        can = [(name, one) for name in names for one in [getattr(self, name)()] if one]
        if not can:
            return
        name, candidates = data.draw(st.sampled_from(can))
        chosen = data.draw(st.sampled_from(candidates)) if len(candidates) > 1 else candidates[0]
        note(name)
        self.faults -= name in self.FAULT
        chosen()

    @invariant()
    def promise_is_kept(self) -> None:
        if hasattr(self, "play"):
            self.play.check()

    def teardown(self) -> None:
        if hasattr(self, "play"):
            try:
                self.play.drain()
            finally:
                self.play.close()

    # -- who and what there is

    def alive(self) -> list[Worker]:
        return [w for w in self.play.workers if w.alive]

    def on_wire(self, taken: bool | None = None) -> list[tuple[Worker, InFlight]]:
        return [(w, r) for w in self.alive() for r in w.flights if taken is None or r.taken == taken]

    def calls(self, executed: bool) -> list[tuple[Worker, Call]]:
        return [(w, w.call) for w in self.alive() if w.call and w.call.executed == executed]

    def batches(self, state: BatchState) -> list[int]:
        return [one.id for one in self.play.seen_batches if one.state == state]

    def rows(self, *states: MessageState) -> list[int]:
        return [row.id for row in self.play.seen if row.state in states]

    # -- work: each returns what could be done

    def worker_goes_on(self) -> list[Callable[[], Any]]:
        ready = self.batches(BatchState.ready)
        busy = [w for w in self.alive() if w.held or w.call or ready]
        return [lambda w=w: [self.next_step(w) for _ in range(3)] for w in busy]  # type: ignore[misc]

    def next_step(self, w: Worker) -> None:
        if w.call and w.call.executed:
            self.play.hear(w)
        elif w.call:
            self.play.execute(w.call)
        elif w.flights and (not self.play.may_send(w) or len(w.flights) > 1):
            flight = w.flights[0]
            if flight.taken:
                self.play.reads(w, flight, S)
            else:
                self.play.relay_takes(flight)
        elif not self.play.send(w) and not self.play.settle(w) and len(w.held) < 2:
            self.play.claim(w)

    def claim(self) -> list[Callable[[], Any]]:
        if not self.batches(BatchState.ready):
            return []
        return [lambda w=w: self.play.claim(w) for w in self.alive() if len(w.held) < 2]  # type: ignore[misc]

    def issue(self) -> list[Callable[[], Any]]:
        return [lambda w=w: self.play.settle(w) for w in self.alive() if w.held and not w.call]  # type: ignore[misc]

    def execute(self) -> list[Callable[[], Any]]:
        return [lambda call=call: self.play.execute(call) for _, call in self.calls(False)]  # type: ignore[misc]

    def hear(self) -> list[Callable[[], Any]]:
        return [lambda w=w: self.play.hear(w) for w, _ in self.calls(True)]  # type: ignore[misc]

    def send(self) -> list[Callable[[], Any]]:
        return [lambda w=w: self.play.send(w) for w in self.alive() if self.play.may_send(w)]  # type: ignore[misc]

    def relay_takes(self) -> list[Callable[[], Any]]:
        return [lambda r=r: self.play.relay_takes(r) for _, r in self.on_wire(False)]  # type: ignore[misc]

    def read_250(self) -> list[Callable[[], Any]]:
        return [lambda w=w, r=r: self.play.reads(w, r, S) for w, r in self.on_wire(True)]  # type: ignore[misc]

    def relay_refuses(self) -> list[Callable[[], Any]]:
        pairs = [(w, r, state) for w, r in self.on_wire(False) for state in (D, F)]
        return [lambda w=w, r=r, to=to: self.play.reads(w, r, to) for w, r, to in pairs]  # type: ignore[misc]

    def connection_breaks(self) -> list[Callable[[], Any]]:
        return [lambda w=w, r=r: self.play.breaks(w, r) for w, r in self.on_wire(False)]  # type: ignore[misc]

    def stray_transaction_arrives(self) -> list[Callable[[], Any]]:
        return [lambda: self.play.execute(self.play.strays.pop())] if self.play.strays else []

    def journal_is_adopted(self) -> list[Callable[[], Any]]:
        """By one that may die before it can say so."""
        dead = [(w, retire) for w in self.play.workers if not w.alive and not w.read for retire in (True, False)]
        return [lambda w=w, retire=retire: self.play.replay(w, retire=retire) for w, retire in dead]  # type: ignore[misc]

    def hold_ends(self) -> list[Callable[[], Any]]:
        return [lambda b=b: self.play.hold_ends(b) for b in self.batches(BatchState.doubt)]  # type: ignore[misc]

    def deferred_comes_due(self) -> list[Callable[[], Any]]:
        return [self.play.rebatch] if self.rows(D) else []

    def finish(self) -> list[Callable[[], Any]]:
        return [lambda: self.play.do(protocol.finish), lambda: self.play.do(protocol.cancel_leftovers)]

    # -- faults

    def lease_runs_out(self) -> list[Callable[[], Any]]:
        return [lambda b=b: self.play.lapse(b) for b in self.batches(BatchState.claimed)]  # type: ignore[misc]

    def acknowledgement_is_lost(self) -> list[Callable[[], Any]]:
        """It asks again."""
        return [lambda call=call: setattr(call, "executed", False) for _, call in self.calls(True)]  # type: ignore[misc]

    def dies(self, how: Callable[..., Any], *args: Any) -> list[Callable[[], Any]]:
        """The relay takes none or all of its mails on the wire; another worker starts."""

        def die(w: Worker, taken: bool) -> None:
            how(w, *args, taken=[flight for flight in w.flights if taken and not flight.taken])
            self.play.worker()

        pairs = [(w, taken) for w in self.alive() if w.held for taken in (False, True)]
        return [lambda w=w, taken=taken: die(w, taken) for w, taken in pairs]  # type: ignore[misc]

    def worker_is_killed(self) -> list[Callable[[], Any]]:
        return self.dies(self.play.kill)

    def host_is_lost(self) -> list[Callable[[], Any]]:
        return self.dies(self.play.lose_host)

    def power_is_lost(self) -> list[Callable[[], Any]]:
        """The journal loses nothing but its boot, all, every other record, or the last ones."""
        kinds: list[Callable[[int], bool]] = [
            lambda record: False,
            lambda record: True,
            lambda record: record % 2 == 0,
            lambda record: record >= 2,
        ]
        return [die for lost in kinds for die in self.dies(self.play.lose_power, lost)]

    def relay_falls_silent(self) -> list[Callable[[], Any]]:
        return [lambda w=w, r=r: self.play.silent(w, r) for w, r in self.on_wire()]  # type: ignore[misc]

    def claim_is_never_heard_of(self) -> list[Callable[[], Any]]:
        ready = self.batches(BatchState.ready)
        return [lambda: self.play.claim(self.alive()[0], heard=False)] if ready and self.alive() else []

    def claim_is_not_all_admitted(self) -> list[Callable[[], Any]]:
        """Some may not be mailed, some must wait."""
        kinds: list[tuple[int, Sequence[int]]] = [(1, ()), (9, ()), (0, (0,)), (0, range(9)), (1, (1, 2)), (0, (1, 3))]
        able = [w for w in self.alive() if len(w.held) < 2] if self.batches(BatchState.ready) else []
        return [
            lambda w=w, refused=refused, aside=aside: self.play.claim(w, refused=refused, aside=aside)  # type: ignore[misc]
            for w in able
            for refused, aside in kinds
        ]

    def somebody_leaves(self) -> list[Callable[[], Any]]:
        people = [row.recipient for row in self.play.seen if row.state in ledger.OPEN]
        wanted = [{self.play.submission: {who: "unsubscribed"}} for who in people]
        return [lambda one=one: self.play.do(ledger.withdraw, one) for one in wanted]  # type: ignore[misc]

    def cancel_one(self) -> list[Callable[[], Any]]:
        rows = self.rows(*ledger.OPEN)
        return [lambda n=n: self.play.do(ledger.cancel_messages, [n]) for n in rows]  # type: ignore[misc]

    def steer(self, *verbs: Callable[..., Any]) -> list[Callable[[], Any]]:
        if self.play.seen_state != SubmissionState.running or not self.on_wire():
            return []
        return [lambda: [self.play.do(verb, self.play.submission) for verb in verbs]]

    def pause_and_resume(self) -> list[Callable[[], Any]]:
        return self.steer(ledger.pause, ledger.resume)

    def pause(self) -> list[Callable[[], Any]]:
        return self.steer(ledger.pause) if self.faults == 2 else []

    def cancel_all(self) -> list[Callable[[], Any]]:
        return self.steer(ledger.cancel) if self.faults == 1 else []

    def person_retries(self) -> list[Callable[[], Any]]:
        return [lambda n=n: self.play.retry(n) for n in self.rows(F, K)]  # type: ignore[misc]

    def worker_is_asked_to_stop(self) -> list[Callable[[], Any]]:
        held = [w.held for w in self.alive() if w.held]
        return [lambda all_=all_: [setattr(one, "stopping", True) for one in all_] for all_ in held]  # type: ignore[misc]


def play_stories(engine: sa.Engine, folder: Path, examples: int, steps: int) -> None:
    """Hypothesis finds the stories."""

    def story() -> Story:
        made = Story()
        made.db, made.folder = engine, folder / "journal"
        return made

    run_state_machine_as_test(  # type: ignore[arg-type]
        story,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=not SOAK,
            database=None,
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        ),
    )


def test_ledger_keeps_its_promise_whatever_happens(ground: sa.Engine, tmp_path: Path) -> None:
    few = 25 if ground.dialect.name == "postgresql" else 60
    play_stories(ground, tmp_path, 3000 if SOAK else few, 60 if SOAK else 40)
