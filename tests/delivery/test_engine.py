"""What one mail may do when: nothing above the ceiling, nothing without its record, nothing beside a mail in quarantine."""

import asyncio
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from bocau.delivery import engine as module
from bocau.delivery.engine import BACKS, Engine
from bocau.delivery.pipe import Pipe
from bocau.delivery.silence import SILENT as QUIET
from bocau.ledger import MessageState
from bocau.wire.smtp import Outcome, Profile, Reply, Stage
from bocau.wire.smtp.errors import RelayAbortedError
from tests.delivery.stand_ins import (
    BROKEN,
    SETTINGS,
    SILENT,
    TAKEN,
    Database,
    Journal,
    Ledger,
    Loop,
    Session,
    at_once,
    batch,
    permit,
    relay,
    share,
)


class World:
    def __init__(self, loop: Loop) -> None:
        self.loop, self.ledger = loop, Ledger()
        ledger: Any = self.ledger
        self.engine = Engine(ledger, SETTINGS, "ledger")
        self.engine.database = self.engine.fleet.database = self.engine.settling.database = Database()  # type: ignore
        self.journal: Any = self.engine.journal
        self.engine.settling.wake = lambda: None  # type: ignore[method-assign]

    def pipe(self, connections: int = 1, **values: Any) -> Any:
        fleet: Any = self.engine.fleet
        made: Any = Pipe(relay(len(fleet.pipes) + 1, **values), self.engine, fleet, self.loop)  # type: ignore[arg-type]
        made.update(made.relay, share(), self.loop.now, 1e9)
        made.idle = [Session() for _ in range(connections)]
        made.live = set(made.idle)
        fleet.pipes[made.relay.id] = made
        return made

    def hold(self, count: int, permitted: int, **values: Any) -> Any:
        held = batch(count, self.loop.now, **values)
        self.engine.held.append(permit(held, permitted) if permitted else held)
        return held

    def sent(self, pipe: Any) -> tuple[Any, Any]:
        """The mail that went to a pipe's only connection, which then waits for its last byte."""
        (session,) = pipe.live
        return session, session.mails[-1]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    loop = Loop()
    monkeypatch.setattr(asyncio, "get_running_loop", lambda: loop)
    monkeypatch.setattr(module, "Journal", lambda *_: Journal())
    monkeypatch.setattr(module, "boot_seconds", loop.time)
    yield World(loop)
    loop.close()


def states(held: Any) -> list[tuple[int, MessageState, bool]]:
    return [(result.id, result.state, result.counted) for result in held.results]


def test_nothing_above_the_ceiling_is_sent(world: World) -> None:
    pipe = world.pipe(connections=5)
    world.hold(5, permitted=2)
    world.engine.pump()
    assert pipe.sent == 2 and len(pipe.idle) == 3


def test_last_byte_goes_after_the_record_is_written(world: World) -> None:
    pipe = world.pipe()
    world.hold(1, permitted=1)
    world.engine.pump()
    session, mail = world.sent(pipe)
    pipe.body_due(session, mail)
    assert world.journal.records == [("A", 1)] and not session.released
    world.loop.turn()
    assert session.released == 1 and world.journal.flushed == 1


@pytest.mark.parametrize("what", ["fenced", "stopping", "late", "asked back", "no room"])
def test_last_byte_does_not_go_when_permission_ended_meanwhile(world: World, what: str) -> None:
    pipe, held = world.pipe(), world.hold(1, permitted=1)
    world.engine.pump()
    held.fenced, held.stopping, world.journal.room = what == "fenced", what == "stopping", what != "no room"
    held.deadline = world.loop.now if what == "late" else held.deadline
    held.dropped = {1} if what == "asked back" else set()
    session, mail = world.sent(pipe)
    pipe.body_due(session, mail)
    world.loop.turn()
    assert (session.released, session.aborted) == (0, 1) and not world.journal.records


def test_journal_that_is_full_lets_no_body_go(world: World) -> None:
    pipe = world.pipe()
    world.hold(2, permitted=2)
    world.engine.pump()

    def full() -> None:
        raise OSError("no space")

    world.journal.flush = full
    session, mail = world.sent(pipe)
    pipe.body_due(session, mail)
    world.loop.turn()
    assert (session.released, session.aborted) == (0, 1) and world.engine.full


def test_result_is_settled_only_after_its_record_is_written(world: World) -> None:
    pipe, held = world.pipe(), world.hold(1, permitted=1)
    world.engine.pump()
    session, mail = world.sent(pipe)
    pipe.done(session, mail, TAKEN)
    assert not held.results and not held.quiet and world.journal.records == [("R", 1)]
    world.loop.turn()
    assert states(held) == [(1, MessageState.sent, True)]


def test_silence_after_the_last_byte_is_a_doubt_and_an_attempt(world: World) -> None:
    pipe, held = world.pipe(), world.hold(1, permitted=1)
    world.engine.pump()
    pipe.careful = lambda: None
    session, mail = world.sent(pipe)
    pipe.done(session, mail, SILENT)
    world.loop.turn()
    (result,) = held.results
    assert result.doubt and result.counted and world.journal.records == [("R", 1)]


def test_mail_whose_connection_broke_waits_at_the_front_and_its_record_is_taken_back(world: World) -> None:
    pipe, held = world.pipe(), world.hold(3, permitted=3)
    world.engine.pump()
    session, mail = world.sent(pipe)
    pipe.body_due(session, mail)
    pipe.done(session, mail, BROKEN)
    assert [row.id for row in held.todo] == [1, 2, 3] and world.journal.records == [("A", 1), ("N", 1)]


def test_mail_whose_connection_breaks_again_and_again_is_deferred(world: World) -> None:
    pipe, held = world.pipe(), world.hold(1, permitted=1)
    for _ in range(BACKS):
        pipe.watch.connected()
        pipe.idle = list(pipe.live)
        world.engine.pump()
        session, mail = world.sent(pipe)
        pipe.done(session, mail, BROKEN)
    world.loop.turn()
    assert states(held) == [(1, MessageState.deferred, True)] and not held.todo


def refused(code: int, text: str, stage: Stage = Stage.mail) -> Outcome:
    return Outcome(stage, Reply(code, "", text))


def test_mail_that_meets_the_limit_of_its_connection_goes_on_another_and_is_nobodys_attempt(world: World) -> None:
    pipe, held = world.pipe(profile=Profile("mx.test", 25)), world.hold(9, permitted=9)
    (session,) = pipe.live
    world.engine.pump()
    pipe.done(session, session.mails[0], TAKEN)
    for _ in range(BACKS + 1):
        pipe.idle = [session]
        world.engine.pump()
        mail = session.mails[-1]
        pipe.body_due(session, mail)
        pipe.done(session, mail, refused(421, "Too many messages in this connection", Stage.dot))
    world.loop.turn()
    assert states(held) == [(1, MessageState.sent, True)] and held.todo[0].id == 2
    assert world.journal.records[-2:] == [("A", 2), ("N", 2)]
    assert session.left == BACKS + 1 and pipe.session_limit == 1 and pipe.available(world.loop.now)
    assert [mails for _, mails in world.ledger.named("learn_session_limit")] == [1]


def test_same_words_on_a_new_connection_are_the_relays_trouble(world: World) -> None:
    pipe, held = world.pipe(), world.hold(2, permitted=2)
    world.engine.pump()
    session, mail = world.sent(pipe)
    pipe.done(session, mail, refused(421, "Too many messages in this connection"))
    world.loop.turn()
    assert not held.results and not pipe.available(world.loop.now) and pipe.session_limit is None


def test_server_out_of_step_gets_the_mail_once_more_on_another_connection(world: World) -> None:
    pipe, held = world.pipe(connections=2), world.hold(1, permitted=1)
    for n in range(2):
        world.engine.pump()
        session = next(one for one in pipe.live if one.mails and not one.left)
        pipe.done(session, session.mails[0], refused(503, "Sender already specified"))
        assert session.left == (1 if n == 0 else 0)
    world.loop.turn()
    assert states(held) == [(1, MessageState.failed, True)]


def test_connection_that_ends_after_mails_is_no_sign_of_a_sick_relay(world: World) -> None:
    pipe, held = world.pipe(connections=9), world.hold(30, permitted=30)
    sessions = list(pipe.live)
    for outcome in (TAKEN, BROKEN):
        world.engine.pump()
        for session in sessions:
            pipe.done(session, session.mails[-1], outcome)
        pipe.idle = list(sessions)
    assert pipe.available(world.loop.now) and held.wire == 0


def test_mail_asked_back_on_its_way_is_cancelled_when_it_did_not_go(world: World) -> None:
    pipe, held = world.pipe(), world.hold(1, permitted=1)
    world.engine.pump()
    held.dropped = {1}
    session, mail = world.sent(pipe)
    pipe.done(session, mail, BROKEN)
    world.loop.turn()
    assert states(held) == [(1, MessageState.cancelled, False)]


def test_connections_that_we_end_ourselves_are_no_trouble_of_the_relay(world: World) -> None:
    pipe, held = world.pipe(), world.hold(1, permitted=1)
    ours = Outcome(Stage.data, None, problem=RelayAbortedError(relay="r", stage="data"))
    for _ in range(5):
        pipe.idle = list(pipe.live)
        held.todo.extend(() if held.todo else [])
        world.engine.backs.clear()
        world.engine.pump()
        session, mail = world.sent(pipe)
        pipe.done(session, mail, ours)
    assert pipe.available(world.loop.now)


def test_mail_in_quarantine_goes_when_nothing_else_is_on_the_wire_and_nothing_beside_it(world: World) -> None:
    pipe = world.pipe(connections=2)
    other, alone = world.hold(1, permitted=1), world.hold(1, permitted=1, batch_id=10, alone=True)
    world.engine.pump()
    assert (other.wire, alone.wire) == (1, 0)
    session = next(one for one in pipe.live if one.mails)
    pipe.done(session, session.mails[0], TAKEN)
    world.engine.pump()
    assert alone.wire == 0  # the reply is not in the journal yet
    world.loop.turn()
    world.engine.pump()
    assert alone.wire == 1
    permit(other, 0).todo.extend(batch(1, 0.0).ahead)
    world.engine.pump()
    assert other.wire == 0


def test_relays_of_one_priority_share_by_weight(world: World) -> None:
    heavy, light = world.pipe(connections=40, weight=300), world.pipe(connections=40, weight=100)
    world.hold(40, permitted=40)
    world.engine.pump()
    assert (heavy.sent, light.sent) == (30, 10)


def test_batch_that_must_go_through_a_relay_waits_for_it_and_holds_nobody_up(world: World) -> None:
    world.pipe(connections=1)
    world.pipe(connections=0)
    chosen, free = world.hold(1, permitted=1), world.hold(1, permitted=1, batch_id=10)
    chosen.relay = 2
    world.engine.pump()
    assert (chosen.wire, free.wire) == (0, 1)


def test_batch_is_given_back_when_its_relay_cannot_be_reached_or_its_time_is_over(world: World) -> None:
    world.pipe()
    away, old, young = (world.hold(1, permitted=0, batch_id=number) for number in (1, 2, 3))
    away.relay, old.born = 7, world.loop.now - SETTINGS.batch_budget - 1
    world.engine._tick(world.loop.now)
    assert (away.stopping, old.stopping, young.stopping) == (True, True, False)


def test_domain_that_no_relay_ever_takes_fails_its_mail_alone(world: World) -> None:
    world.pipe(loopback=False)
    held = world.hold(1, permitted=1)
    world.engine.pump()
    world.loop.turn()
    assert states(held) == [(1, MessageState.failed, False)]


def silent(world: World, pipe: Any, held: Any) -> None:
    """All connections of a pipe have mails of a batch, and its server says nothing for long."""
    world.engine.pump()
    world.loop.now += 2 * QUIET
    pipe.limit = len(pipe.live)
    world.engine._looked = 0.0
    at_once(world.engine._renew(world.loop.now))
    assert pipe.stuck and held.silent == held.wire


def test_silent_relay_is_passed_over_by_mails_that_may_take_another(world: World) -> None:
    first, second = world.pipe(connections=1), world.pipe(connections=5, priority=99)
    held = world.hold(6, permitted=6)
    world.engine.fleet._last = world.loop.now + 1e6
    silent(world, first, held)
    assert (first.sent, second.sent) == (1, 0)
    world.engine.pump()
    assert second.sent == 5 and not held.stuck
    first.done(next(iter(first.live)), next(iter(first.live)).mails[0], TAKEN)
    first.ready(next(iter(first.live)))
    assert not first.stuck


def test_batch_that_only_waits_for_a_silent_relay_is_not_waited_for(world: World) -> None:
    pipe, _ = world.pipe(connections=2), world.pipe(connections=2)
    bound, free = world.hold(9, permitted=9), world.hold(1, permitted=0, batch_id=10)
    bound.relay = pipe.relay.id
    world.engine.fleet._last = world.loop.now + 1e6
    silent(world, pipe, bound)
    assert (bound.stuck, bound.stopping, free.stuck) == (True, False, False)
    assert world.engine._wants() and bound.waiting() == 7


def test_batch_that_must_take_a_silent_relay_and_has_nothing_there_is_given_back(world: World) -> None:
    pipe = world.pipe(connections=1)
    world.pipe(connections=1)
    on_wire, waits, other = (world.hold(2, permitted=1, batch_id=n) for n in (1, 2, 3))
    on_wire.relay = waits.relay = pipe.relay.id
    world.engine.fleet._last = world.loop.now + 1e6
    silent(world, pipe, on_wire)
    world.engine._stop_what_must(world.loop.now)
    assert [one.stopping for one in (on_wire, waits, other)] == [False, True, False]


def test_time_that_is_over_does_not_stop_a_batch_that_waits_for_a_silent_server(world: World) -> None:
    world.pipe(connections=1)
    held = world.hold(5, permitted=1)
    world.engine.pump()
    held.born = world.loop.now - SETTINGS.batch_budget - 1
    world.engine._tick(world.loop.now)
    assert held.wire and held.stopping and held.slow
    world.engine.fleet._last = world.loop.now + 1e6
    world.loop.now += 2 * QUIET
    at_once(world.engine._renew(world.loop.now))
    world.engine._stop_what_must(world.loop.now)
    assert held.silent == 1 and not (held.stopping or held.slow)


def test_batch_of_one_relay_has_its_part_of_the_window(world: World) -> None:
    world.pipe(), world.pipe()
    bound, free = world.hold(99, permitted=10), world.hold(99, permitted=0)
    bound.relay, most = 1, world.engine.window.most
    assert (world.engine.part(bound), world.engine.part(free)) == (most // 2 - 10, most)
    bound.owed = most
    assert world.engine.part(bound) == 0


def test_mail_for_a_reserved_domain_waits_by_itself_while_what_takes_it_is_away(world: World) -> None:
    sandbox, far = world.pipe(5), world.pipe(5, loopback=False)
    sandbox.blocked_until = world.loop.now + 60.0
    held = world.hold(3, permitted=3)
    held.todo[1] = held.todo[1]._replace(address="an@clinic.vn")
    world.engine.pump()
    world.loop.turn()
    assert far.sent == 1
    assert states(held) == [(1, MessageState.deferred, True), (3, MessageState.deferred, True)]


def composing(world: World, sizes: dict[int, int]) -> None:
    """Letters of these sizes, by message id."""

    def compose(row: Any, date: int) -> Any:
        return SimpleNamespace(body=b"x" * sizes[row.id], ref=None)

    world.ledger.composer = lambda submission: SimpleNamespace(compose=compose)  # type: ignore[method-assign]


def test_mail_too_large_for_the_first_relay_goes_through_the_next(world: World) -> None:
    composing(world, {1: 10, 2: 1001, 3: 10})
    small, big = world.pipe(5, max_size=1000), world.pipe(5, priority=99)
    world.hold(3, permitted=3)
    world.engine.pump()
    assert (small.sent, big.sent) == (2, 1) and world.engine.sizes == {}


def test_mail_too_large_for_every_relay_fails_alone(world: World) -> None:
    composing(world, {1: 2 << 20, 2: 10})
    pipe, held = world.pipe(5, max_size=1000), world.hold(2, permitted=2)
    world.engine.pump()
    world.loop.turn()
    assert states(held) == [(1, MessageState.failed, False)] and pipe.sent == 1
    assert "2.0 MB" in str(held.results[0].reply) and world.engine.sizes == {}


def test_large_mail_waits_by_itself_while_the_relay_that_takes_it_is_away(world: World) -> None:
    composing(world, {1: 1001, 2: 10})
    small, big = world.pipe(5, max_size=1000), world.pipe(5)
    big.blocked_until = world.loop.now + 60.0
    held = world.hold(2, permitted=2)
    world.engine.pump()
    world.loop.turn()
    assert states(held) == [(1, MessageState.deferred, True)] and small.sent == 1


def test_spare_relay_of_weight_zero_waits_until_its_equals_cannot(world: World) -> None:
    composing(world, dict.fromkeys(range(1, 5), 10))
    usual, spare = world.pipe(1), world.pipe(5, weight=0)
    world.hold(4, permitted=4)
    world.engine.pump()
    assert (usual.sent, spare.sent) == (1, 0)
    usual.blocked_until = world.loop.now + 60.0
    world.engine.pump()
    assert (usual.sent, spare.sent) == (1, 3)


def test_equals_share_by_weight_among_those_that_are_idle(world: World) -> None:
    composing(world, dict.fromkeys(range(1, 9), 10))
    heavy, light = world.pipe(8, weight=300), world.pipe(8, weight=100)
    world.hold(8, permitted=8)
    world.engine.pump()
    assert (heavy.sent, light.sent) == (6, 2)


def test_nobody_rests_while_a_relay_may_be_used_or_when_it_ends(world: World) -> None:
    pipe = world.pipe()
    assert world.engine.rest() is None
    pipe.blocked_until = world.loop.now + 3.0
    assert world.engine.rest() == 3.0
    world.engine.stopping = True
    assert world.engine.rest() is None
