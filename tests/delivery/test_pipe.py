"""One process's connections to one relay: how many, how fast, and what a doubt changes."""

from types import SimpleNamespace
from typing import Any

import pytest

from bocau.delivery import pipe as module
from bocau.delivery.pipe import CAREFUL, FIRST, Pipe
from bocau.wire.smtp import Profile
from tests.delivery.stand_ins import BROKEN, SILENT, Loop, Mails, Session, relay, share


class Circuits:
    def __init__(self) -> None:
        self.asked = self.failed = 0

    def probe(self, pipe: Any) -> None:
        self.asked += 1

    def unreachable(self, pipe: Any, outcome: Any) -> None:
        self.failed += 1


@pytest.fixture
def loop() -> Any:
    made = Loop()
    yield made
    made.close()


def pipe(loop: Loop, connections: int = 20, rate: float | None = None) -> Any:
    made = Pipe(relay(), Mails(), Circuits(), loop)  # type: ignore[arg-type]
    made.update(made.relay, share(connections, rate), loop.now, 10.0)
    return made


def test_connections_grow_by_half_and_never_above_the_share(loop: Loop) -> None:
    one = pipe(loop, connections=10)
    counts = []
    for _ in range(5):
        one.grow(100)
        counts.append(one.opening)
    assert counts == [FIRST, 6, 9, 10, 10]


def test_no_more_connections_than_mails(loop: Loop) -> None:
    one = pipe(loop)
    one.grow(2)
    assert one.opening == 2


def test_half_open_circuit_is_tried_by_the_probing_process_with_one_connection(loop: Loop) -> None:
    one = pipe(loop)
    one.half_open = True
    one.grow(100)
    assert (one.opening, one.circuits.asked) == (0, 1)
    one.probing = True
    one.grow(100)
    assert one.opening == 1


def test_smaller_share_closes_idle_connections_and_one_that_becomes_idle(loop: Loop) -> None:
    one, sessions = pipe(loop, connections=3), [Session() for _ in range(3)]
    one.live, one.idle = set(sessions), sessions[:1]
    one.update(one.relay, share(1), loop.now, 10.0)
    assert [session.left for session in sessions] == [1, 0, 0]
    one.ready(sessions[1])
    assert sessions[1].left == 1 and not one.mails.pumped


def test_rate_is_a_bucket_of_one_second(loop: Loop) -> None:
    one = pipe(loop, rate=2.0)
    loop.now += 1.0
    assert [one.allows(loop.now) for _ in range(3)] == [True, True, False]
    loop.now += 0.5
    assert [one.allows(loop.now) for _ in range(2)] == [True, False]


def test_nothing_is_sent_with_a_share_that_was_not_renewed(loop: Loop) -> None:
    one = pipe(loop)
    assert one.allows(loop.now + 9.9) and not one.allows(loop.now + 10.0)


def test_doubt_makes_every_body_wait_for_the_servers_word_for_a_while(loop: Loop) -> None:
    one, session = pipe(loop), Session()
    one.relay = SimpleNamespace(profile=Profile("mx.test", 25))
    one.live = {session}
    one.done(session, None, SILENT)
    assert session.profile.chunking is False and one.mails.over == [SILENT]
    loop.now += CAREFUL
    assert one._profile().chunking is True


def test_connection_that_never_became_ready_is_told_to_the_circuit(loop: Loop) -> None:
    one = pipe(loop)
    one.closed(Session(), BROKEN)
    one.closed(Session(), None)
    assert one.circuits.failed == 1


def test_connection_closed_before_it_is_made_is_not_counted(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    one, session = pipe(loop), Session()

    async def stillborn(*_: Any) -> Session:
        one.closed(session, BROKEN)
        return session

    monkeypatch.setattr(module, "connect", stillborn)
    one.grow(1)
    loop.turn()
    assert not one.live and not one.opening and not one._stillborn
