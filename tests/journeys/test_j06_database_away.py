"""PostgreSQL is stopped for three leases; when it returns, the sweep comes first and takes every batch back."""

import time
from collections.abc import Iterator

import pytest

from tests.fakes.postgres import CARELESS, Postgres
from tests.journeys.conftest import Make
from tests.journeys.world import SHORT, streams

MAILS = 1500
THREE_LEASES = 3.0


@pytest.fixture
def postgresql() -> Iterator[Postgres]:
    """A server of this journey's own, since it stops it."""
    server = Postgres(**CARELESS)
    yield server
    server.remove()


@pytest.mark.own_database
def test_results_that_waited_are_not_sent_again(make_world: Make, postgresql: Postgres) -> None:
    world = make_world(sink=("--latency-ms", "10"), **SHORT, **streams(doubt_hold=60))
    number = world.submit(MAILS, batches=500)
    worker = world.start()
    world.until_taken(300)
    postgresql.stop()
    away = time.monotonic()
    world.until(lambda: time.monotonic() - away > THREE_LEASES)
    taken = world.sink.taken()
    assert taken < MAILS
    worker.pause()
    postgresql.start()
    world.sweep()
    assert world.counts(number).get("doubted")
    worker.go_on()
    world.until_finished(number)
    assert world.counts(number) == {"sent": MAILS}
    assert world.account(number) == 0
