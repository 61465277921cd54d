"""The database's clock jumps by an hour in mid-run; workers' clocks are an hour wrong. Ownership is no matter of time."""

import pytest
import sqlalchemy as sa

from bocau.base.clock import now_ms
from bocau.base.db import db_now, transaction
from tests.journeys.conftest import Make
from tests.journeys.world import LONG, SHORT, World, streams

MAILS = 1000
CLOCK = """
CREATE TABLE public.skew (seconds int NOT NULL);
INSERT INTO public.skew VALUES (0);
CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
  'SELECT pg_catalog.clock_timestamp() + make_interval(secs => (SELECT seconds FROM public.skew))';
"""


def with_a_clock_to_set(world: World) -> None:
    """The database's own ``clock_timestamp`` is hidden behind one that can be wrong."""
    name = sa.make_url(world.url).database
    with world.db.connect() as connection, connection.begin():
        connection.exec_driver_sql(CLOCK)
        connection.exec_driver_sql(f'ALTER DATABASE "{name}" SET search_path = public, pg_catalog')
    world.db.dispose()


@pytest.mark.own_database
@pytest.mark.parametrize("seconds", [3600, -3600], ids=["an hour on", "an hour back"])
def test_the_databases_clock(make_world: Make, seconds: int) -> None:
    world = make_world(sink=("--latency-ms", "20"), **SHORT, **streams(doubt_hold=60))
    with_a_clock_to_set(world)
    number = world.submit(MAILS, batches=200)
    world.start()
    world.start_elsewhere()
    world.until_taken(200)
    with transaction(world.db) as connection:
        connection.execute(sa.text("UPDATE skew SET seconds = :seconds"), {"seconds": seconds})
    with transaction(world.db) as connection:
        assert abs(connection.execute(sa.select(db_now())).scalar_one() - now_ms() - seconds * 1000) < 60_000
    world.until_finished(number)
    assert world.counts(number) == {"sent": MAILS}
    assert world.account(number) == 0


@pytest.mark.own_database
@pytest.mark.parametrize("seconds", [3600, -3600], ids=["an hour on", "an hour back"])
def test_a_workers_clock(make_world: Make, seconds: int) -> None:
    world = make_world(sink=("--latency-ms", "10"), **LONG)
    world.sink.rule("rcpt", share=0.2, once=True, reply="451 4.3.0 Later")
    number = world.submit(MAILS, batches=200)
    worker = world.start(BOCAU_SKEW=str(seconds))
    world.start()
    world.until_taken(300)
    worker.kill()
    world.start(BOCAU_SKEW=str(seconds))
    world.until_finished(number)
    assert world.counts(number) == {"sent": MAILS}
    world.account(number, extra=10)
