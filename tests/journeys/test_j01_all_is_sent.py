from collections.abc import Callable

import pytest

from tests.journeys.world import World


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_everybody_gets_one_mail(make_world: Callable[..., World], kind: str) -> None:
    world = make_world(kind)
    number = world.submit(3000)
    worker = world.start()
    world.until_finished(number)
    assert world.counts(number) == {"sent": 3000}
    assert world.account(number) == 0
    assert set(world.sink.accepted().values()) == {1}
    assert worker.end() == 0
    assert world.said("worker_ended")[0]["clean"]
