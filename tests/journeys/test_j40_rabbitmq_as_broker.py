"""A real Celery worker over a real RabbitMQ: rings through quorum queues, SIGTERM drains."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bocau.base.config import Settings
from bocau.bell import broker as bell
from tests.fakes.rabbitmq import Rabbitmq, installed
from tests.journeys.nursery import ROOT
from tests.journeys.world import World

pytestmark = pytest.mark.skipif(not installed(), reason="RabbitMQ is not installed on this machine")


@pytest.fixture
def rabbitmq() -> Iterator[Rabbitmq]:
    broker = Rabbitmq()
    yield broker
    broker.remove()


def test_rings_travel_over_quorum_queues(make_world: Callable[..., World], rabbitmq: Rabbitmq, tmp_path: Path) -> None:
    world = make_world("sqlite", BOCAU_BROKER_URL=rabbitmq.url)
    number = world.submit(500)
    serve = (
        "from bocau import wiring; from bocau.doors.worker import life; "
        "life.serve(wiring.parts().settings, ('bulk', 'bulk.eu'), 1, 'rabbit', print)"
    )
    with world.log.open("ab") as log:
        worker = subprocess.Popen([sys.executable, "-c", serve], env=world.env, cwd=ROOT, stdout=log, stderr=log)
    try:
        settings = Settings(home=world.home, broker_url=rabbitmq.url)  # type: ignore[arg-type]
        bell.configure(settings)
        assert bell.ring("bulk")
        world.until_finished(number)
        assert world.account(number) == 0
        regional = world.submit(5, "regional", queue="bulk.eu")
        assert bell.ring("bulk.eu")  # a queue that this process was not configured with
        world.until_finished(regional)
        worker.terminate()
        assert worker.wait(40) == 0
    finally:
        worker.kill()
        worker.wait()
        bell.app.close()
    assert "Traceback" not in world.log.read_text()
    assert os.environ.get("BOCAU_BROKER_URL") is None
