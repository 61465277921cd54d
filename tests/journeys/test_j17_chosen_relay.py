"""A submission that must go through one relay goes through no other, and holds nobody else up."""

from collections.abc import Callable, Iterator

import pytest

from bocau.base.clock import now_ms
from bocau.base.db import transaction
from bocau.relays.requests import RelayChange
from bocau.relays.stored import NewRelay, add_relay, change_relay
from bocau.wire.smtp import TlsPolicy
from tests.journeys.world import Sink, World

MAILS = 300


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    """No relay by URL: those of the database count."""
    return make_world("sqlite", BOCAU_RELAY_URL="", BOCAU_SECRET_KEY="k" * 43)


@pytest.fixture
def second(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sink]:
    sink = Sink(world.nursery, tmp_path_factory.mktemp("second"))
    yield sink
    sink.stop()


def stored(world: World, name: str, sink: Sink, priority: int, max_size: int | None = None) -> int:
    new = NewRelay(
        name, "127.0.0.1", sink.port, TlsPolicy.off, priority=priority, max_connections=10, max_size=max_size
    )
    with transaction(world.db) as connection:
        return add_relay(connection, new, b"k" * 32, now_ms())


def submissions(sink: Sink) -> set[str]:
    """Whose mails a sink took: the number stands in the address."""
    return {address.partition("@")[0].partition(".")[2] for address in sink.accepted()}


def test_each_goes_its_way(world: World, second: Sink) -> None:
    stored(world, "first", world.sink, 1)
    relay = stored(world, "second", second, 2)
    chosen, any_way = world.submit(MAILS, "chosen", relay=relay), world.submit(MAILS, "any")
    world.start()
    world.until_finished(chosen)
    world.until_finished(any_way)
    assert submissions(second) == {str(chosen)} and len(second.accepted()) == MAILS
    assert submissions(world.sink) == {str(any_way)} and len(world.sink.accepted()) == MAILS


def test_large_mails_go_through_the_relay_that_takes_them(world: World, second: Sink) -> None:
    stored(world, "first", world.sink, 1, max_size=20_000)
    stored(world, "second", second, 2)
    large = world.submit(MAILS, "large", html=f"<p>Xin chào {{{{ name }}}}</p><p>{'tin ' * 10_000}</p>", batches=100)
    small = world.submit(MAILS, "small", batches=100)
    world.start()
    world.until_finished(large)
    world.until_finished(small)
    assert submissions(second) == {str(large)} and len(second.accepted()) == MAILS
    assert submissions(world.sink) == {str(small)} and len(world.sink.accepted()) == MAILS


@pytest.mark.parametrize("bound", [True, False], ids=["bound to it", "by preference"])
def test_silent_relay_holds_up_only_what_it_has(world: World, second: Sink, bound: bool) -> None:
    """It takes bodies and says no more. Longer than drains, budgets and leases last, its mails stay their worker's."""
    first = stored(world, "first", world.sink, 1)
    stored(world, "second", second, 2)
    world.sink.rule("dot", action="silent")
    slow = world.submit(MAILS, "slow", relay=first if bound else None)
    worker = world.start(BOCAU_SMTP_TIMEOUTS__DOT="600", BOCAU_BATCH_BUDGET="3")
    world.until(lambda: world.sink.do("counts")["opened"] == 10)
    if bound:
        other = world.submit(MAILS, "other")
        world.until_finished(other)
        assert submissions(second) == {str(other)}
        assert world.counts(slow) == {"queued": MAILS}
        later = world.submit(MAILS, "later")
        world.until_finished(later)
        assert len(second.accepted()) == 2 * MAILS
    else:
        world.until(lambda: len(second.accepted()) == MAILS - 10)
        world.until(lambda: world.counts(slow) == {"queued": 10, "sent": MAILS - 10})
    assert not world.said("batch_lost") and worker.alive
    world.sink.do("rules", rules=[])
    world.sink.do("down")
    world.sink.do("up")
    world.until_finished(slow)
    assert world.counts(slow) == {"sent": MAILS}
    assert sum(row.doubts for row in world.rows(slow)) == 10


def test_one_whose_relay_is_away_waits_alone(world: World, second: Sink) -> None:
    stored(world, "first", world.sink, 1)
    relay = stored(world, "second", second, 2)
    with transaction(world.db) as connection:
        change_relay(connection, "second", RelayChange(enabled=False), b"k" * 32)
    chosen, any_way = world.submit(MAILS, "chosen", relay=relay), world.submit(MAILS, "any")
    world.start()
    world.until_finished(any_way)
    assert world.counts(chosen) == {"queued": MAILS}
    assert world.said("relay_of_campaign_unusable")
    with transaction(world.db) as connection:
        change_relay(connection, "second", RelayChange(enabled=True), b"k" * 32)
    world.until_finished(chosen)
    assert submissions(second) == {str(chosen)}
    assert submissions(world.sink) == {str(any_way)}
