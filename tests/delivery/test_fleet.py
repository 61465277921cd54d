"""The relays of one process: which are asked first, which are left alone, and who tries again."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from bocau.delivery.fleet import MOST, SUPPLY, Fleet
from bocau.delivery.ledger_client import Supply
from bocau.relays import Trouble
from bocau.wire.smtp import Mail, Profile, Reply
from tests.delivery.stand_ins import (
    BROKEN,
    TAKEN,
    Database,
    Ledger,
    Loop,
    Mails,
    Session,
    at_once,
    circuit,
    relay,
    share,
)


class World:
    def __init__(self) -> None:
        self.loop, self.ledger, self.database = Loop(), Ledger(), Database()
        self.changes = 0
        ledger: Any = self.ledger
        self.fleet = Fleet(Mails(), ledger, self.database, self.changed)  # type: ignore[arg-type]

    def changed(self) -> None:
        self.changes += 1

    def supply(self, *relays: Any, circuits: Any = None, limits: Any = None, mails: int = 0) -> None:
        shares = {one.id: share() for one in relays}
        self.ledger.usable = Supply(list(relays), shares, circuits or {}, limits or {})
        at_once(self.fleet.supply(self.loop.now, "journal", mails))


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    loops: list[Loop] = []
    monkeypatch.setattr(asyncio, "get_running_loop", lambda: loops[-1] if loops else None)
    made = World()
    made.fleet.loop = made.loop  # type: ignore[assignment]
    loops.append(made.loop)
    yield made
    made.loop.close()


def best(world: World) -> list[int]:
    return [pipe.relay.id for pipe in world.fleet.fit(None, "x.test", 0, world.loop.now) or []]


def test_database_is_asked_every_two_seconds_or_when_told(world: World) -> None:
    world.supply(relay())
    assert not world.fleet.stale(world.loop.now)
    assert world.fleet.stale(world.loop.now + SUPPLY)
    world.fleet.renew()
    assert world.fleet.stale(world.loop.now)


def test_one_connection_for_each_mail_is_asked_for_up_to_a_limit(world: World) -> None:
    world.supply(relay(), mails=3)
    world.supply(relay(), mails=10_000)
    assert world.ledger.named("supply") == [["journal", 3, {}], ["journal", MOST, {1: 0}]]


def test_relays_of_the_lowest_priority_go_first_and_others_when_these_are_left_alone(world: World) -> None:
    world.supply(relay(1, priority=10), relay(2, priority=10), relay(3, priority=20))
    assert best(world) == [1, 2]
    world.supply(relay(1), relay(2), relay(3, priority=20), circuits={1: circuit(60_000), 2: circuit(60_000)})
    assert best(world) == [3]


def test_what_was_sent_long_ago_counts_less_with_every_look(world: World) -> None:
    world.supply(relay(1), relay(2))
    world.fleet.pipes[1].sent = 1000.0
    for _ in range(10):
        world.supply(relay(1), relay(2))
    assert 0 < world.fleet.pipes[1].sent < 1


def test_nothing_fits_for_now_is_told_from_never(world: World) -> None:
    world.supply(relay(1, max_size=10), relay(2), circuits={2: circuit(60_000)})
    fit = [world.fleet.fit(*key, world.loop.now) for key in ((None, "x.test", 11), (1, "x.test", 11), (7, "x.test", 0))]
    assert fit == [[], None, []]


def test_relay_that_is_gone_or_changed_takes_leave(world: World) -> None:
    world.supply(relay(1), relay(2))
    sessions = [Session(), Session()]
    for pipe, session in zip(world.fleet.pipes.values(), sessions, strict=True):
        pipe.live = {session}  # type: ignore[arg-type]
    world.supply(relay(2, profile="other"))
    assert list(world.fleet.pipes) == [2] and [session.left for session in sessions] == [1, 1]


def test_third_failed_connection_in_a_row_opens_the_circuit_for_all(world: World) -> None:
    world.supply(relay())
    pipe = world.fleet.pipes[1]
    for _ in range(3):
        assert best(world) == [1]
        world.fleet.unreachable(pipe, BROKEN)
    assert best(world) == []
    world.loop.turn()
    assert [args[:2] for args in world.ledger.named("open_circuit")] == [[1, Trouble.connect]]
    assert pipe.blocked_until == world.loop.now + 60.0 and world.changes == 1


def test_look_that_does_not_know_of_the_circuit_yet_does_not_close_it(world: World) -> None:
    world.supply(relay())
    world.fleet.trouble(world.fleet.pipes[1], Trouble.limit, BROKEN)
    world.supply(relay())
    assert best(world) == []


def test_probe_is_taken_by_one_process_and_the_others_wait(world: World) -> None:
    world.supply(relay(), circuits={1: circuit(0)})
    pipe = world.fleet.pipes[1]
    assert pipe.half_open
    world.ledger.probing = False
    pipe.grow(5)
    world.loop.turn()
    assert not pipe.opening and pipe.blocked_until > world.loop.now


def test_failed_probe_opens_the_circuit_again_and_a_taken_mail_closes_it(world: World) -> None:
    world.supply(relay(), circuits={1: circuit(0)})
    pipe = world.fleet.pipes[1]
    world.fleet.works(pipe)
    world.loop.turn()
    assert not pipe.half_open and world.ledger.named("close_circuit") == [[1]]
    pipe.half_open = pipe.probing = True
    world.fleet.trouble(pipe, None, BROKEN)
    world.loop.turn()
    assert len(world.ledger.named("open_circuit")) == 1 and not pipe.probing


def test_circuit_whose_closing_was_not_heard_stays_half_open(world: World) -> None:
    world.supply(relay(), circuits={1: circuit(0)})
    pipe, world.database.away = world.fleet.pipes[1], True
    world.fleet.works(pipe)
    world.loop.turn()
    assert pipe.half_open


def test_limit_that_one_process_learnt_holds_for_all_and_is_let_go_when_it_is_forgotten(world: World) -> None:
    one = relay(profile=Profile("mx.test", 25))
    world.supply(one)
    pipe, sessions = world.fleet.pipes[1], [Session(), Session()]
    sessions[0].mails = [Mail(b"", b"", b"")] * 5
    pipe.live, pipe.idle = set(sessions), list(sessions)  # type: ignore[arg-type]
    world.supply(one, limits={1: 3})
    assert [session.left for session in sessions] == [1, 0] and pipe.idle == sessions[1:]
    assert {session.profile.mails_per_connection for session in sessions} == {3}  # type: ignore[attr-defined]
    world.supply(one)
    assert {session.profile.mails_per_connection for session in sessions} == {1000}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("words", "learnt"), [("Too many messages in this connection", [2]), ("Timeout exceeded", []), ("Bye", [])]
)
def test_farewell_between_two_mails_may_tell_the_limit(world: World, words: str, learnt: list[int]) -> None:
    world.supply(relay(profile=Profile("mx.test", 25)))
    pipe, session = world.fleet.pipes[1], Session()
    session.mails, session.farewell = [Mail(b"", b"", b"")] * 2, Reply(421, "", words)
    pipe.closed(session, None)  # type: ignore[arg-type]
    world.loop.turn()
    assert [mails for _, mails in world.ledger.named("learn_session_limit")] == learnt


def test_look_that_does_not_know_of_the_limit_yet_does_not_take_it_away(world: World) -> None:
    world.supply(relay(profile=Profile("mx.test", 25)))
    pipe, session = world.fleet.pipes[1], Session()
    session.mails = [Mail(b"", b"", b"")] * 4
    world.fleet.used_up(pipe, session, limited=True)  # type: ignore[arg-type]
    world.supply(pipe.relay)
    assert pipe.session_limit == 3


def test_what_goes_well_is_no_trouble(world: World) -> None:
    world.supply(relay())
    world.fleet.trouble(world.fleet.pipes[1], None, TAKEN)
    assert best(world) == [1] and not world.loop.work


def test_rest_is_until_the_first_relay_may_be_used(world: World) -> None:
    assert world.fleet.rest(world.loop.now) == 1.0
    world.supply(relay(1), relay(2), circuits={1: circuit(3_000), 2: circuit(9_000)})
    assert world.fleet.rest(world.loop.now) == 3.0
