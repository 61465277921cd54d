"""Thousands of mails, one trouble after another, and ten workers killed at random: `make soak`.

The seed is printed with a failure; ``BOCAU_SEED`` repeats it.
"""

import os
from collections.abc import Callable, Iterator
from random import Random, randrange
from typing import Any

import pytest

from tests.fakes.proxy import Proxy
from tests.journeys.conftest import Make
from tests.journeys.world import CONNECTIONS, SHORT, SOAK, Process, World, streams

pytestmark = pytest.mark.skipif(not SOAK, reason="only in `make soak`")
MAILS, KILLS, WORKERS = 6000, 10, 3
Trouble = Callable[["Run"], None]


class Run:
    """Workers on two hosts, each with a way to the database of its own."""

    def __init__(self, make_world: Make, kind: str, random: Random, **settings: Any) -> None:
        self.random = random
        self.world: World = make_world(
            kind, sink=("--latency-ms", "8"), **SHORT, **{**streams(doubt_hold=30), **settings}
        )
        self.number = self.world.submit(MAILS, batches=400)
        self.proxies: list[Proxy] = []
        self.workers: list[Process] = []
        self.places: list[dict[str, str]] = []
        for place in range(WORKERS):
            led = {"BOCAU_JOURNAL_DIR": str(self.world.home / f"host{place % 2}")}
            if kind == "postgresql":
                proxy, way = self.world.through()
                self.proxies.append(proxy)
                led |= way
            self.places.append(led)
            self.workers.append(self.world.start(**led))

    def kill(self) -> None:
        """One dies and is started again, as by a supervisor."""
        place = self.random.randrange(WORKERS)
        self.workers[place].kill()
        self.workers[place] = self.world.start(**self.places[place])

    def over(self) -> bool:
        return self.world.state(self.number) == "finished"

    def go_on(self, mails: int) -> None:
        """Until the sink took so many more."""
        goal = self.world.sink.taken() + mails
        self.world.until(lambda: self.world.sink.taken() >= goal or self.over(), 60)


def nothing(run: Run) -> None:
    """Kills are enough."""


def refuse_some(run: Run) -> None:
    run.world.sink.rule("rcpt", every=10, once=True, reply="451 4.3.0 Later")
    run.world.sink.rule("dot", share=0.03, reply="550 5.1.1 No such mailbox")


def limit_for_a_while(run: Run) -> None:
    run.world.sink.rule("dot", reply="550 5.4.5 Daily user sending limit exceeded", seconds=run.random.uniform(0.2, 1))


def gone_for_a_while(run: Run) -> None:
    run.world.sink.do("gone", seconds=run.random.uniform(0.2, 1.5))


def break_connections(run: Run) -> None:
    run.world.sink.rule("rcpt", every=40, reply="421 4.3.2 Closing", seconds=3)
    run.world.sink.rule("mail", every=50, action="close", seconds=3)


def freeze(run: Run) -> None:
    """A worker stands still for longer than its lease."""
    frozen = run.random.choice(run.workers)
    frozen.pause()
    run.go_on(MAILS // 20)
    frozen.go_on()


def cut_off(run: Run) -> None:
    proxy = run.random.choice(run.proxies)
    run.random.choice([Proxy.hold, Proxy.drop, Proxy.refuse])(proxy)
    run.go_on(MAILS // 20)
    proxy.heal()


def lose_answers(run: Run) -> None:
    for proxy in run.proxies:
        proxy.lose_commits(every=run.random.randint(5, 20), times=20)


ON_ANY: list[Trouble] = [nothing, refuse_some, limit_for_a_while, gone_for_a_while, break_connections]
ON_POSTGRESQL: list[Trouble] = [freeze, cut_off, lose_answers]
PAIRS = [("sqlite", trouble) for trouble in ON_ANY] + [("postgresql", trouble) for trouble in ON_ANY + ON_POSTGRESQL]


@pytest.fixture
def random() -> Iterator[Random]:
    seed = int(os.environ.get("BOCAU_SEED") or randrange(1 << 32))
    print(f"BOCAU_SEED={seed}")
    yield Random(seed)


@pytest.mark.parametrize(("kind", "trouble"), PAIRS, ids=[f"{kind}-{trouble.__name__}" for kind, trouble in PAIRS])
def test_ten_random_kills(make_world: Make, random: Random, kind: str, trouble: Trouble) -> None:
    run = Run(make_world, kind, random)
    for _ in range(KILLS):
        run.go_on(random.randint(1, MAILS // 12))
        if random.random() < 0.5:
            trouble(run)
        run.kill()
    run.world.until_finished(run.number, 180)
    account(run, trouble)


def test_everything_at_once(make_world: Make, random: Random) -> None:
    run = Run(make_world, "postgresql", random)
    for _ in range(KILLS):
        run.go_on(random.randint(1, MAILS // 12))
        random.choice(ON_ANY + ON_POSTGRESQL)(run)
        run.kill()
    run.world.until_finished(run.number, 180)
    account(run, refuse_some)


def account(run: Run, trouble: Trouble) -> None:
    """A kill, and a relay that is suddenly gone, leaves at most the mails on the wire in doubt; of those on their way
    alone for the second time it may leave one unknown."""
    counts = run.world.counts(run.number)
    wires = KILLS + (KILLS * WORKERS if trouble in (gone_for_a_while, refuse_some) else 0)
    run.world.account(run.number, extra=wires * CONNECTIONS)
    assert counts.get("unknown", 0) <= wires * 2, counts
    assert set(counts) <= {"sent", "unknown", *(["failed"] if trouble is refuse_some else [])}, counts
