"""SIGTERM: nothing is lost and nothing doubled when the relay answers; the process ends in any case."""

import pytest

from tests.journeys.conftest import Make
from tests.journeys.world import LONG, SHORT, streams

MAILS = 1200


def test_in_mid_run(make_world: Make) -> None:
    world = make_world(sink=("--latency-ms", "20"), **LONG)
    number = world.submit(MAILS, batches=300)
    for taken in (100, 400, 700):
        worker = world.start()
        world.until_taken(taken)
        assert worker.end() == 0
        assert not world.held()
    assert [told["clean"] for told in world.said("worker_ended")] == [True] * 3
    world.start()
    world.until_finished(number)
    assert world.counts(number) == {"sent": MAILS}
    assert world.account(number) == 0
    assert {(row.attempts, row.doubts) for row in world.rows(number)} == {(1, 0)}


@pytest.mark.parametrize("healed", [False, True], ids=["for good", "for a while"])
def test_while_the_database_is_a_black_hole(make_world: Make, healed: bool) -> None:
    world = make_world(sink=("--latency-ms", "20"), BOCAU_STOP_GRACE="1.5", **SHORT, **streams(doubt_hold=60))
    number = world.submit(MAILS, batches=300)
    proxy, led = world.through()
    worker = world.start(**led)
    world.until_taken(100)
    proxy.hold()
    if healed:
        world.until(lambda: world.held() and world.replied() == world.sink.taken())
        worker.ask_to_end()
        proxy.release()
    else:
        worker.ask_to_end()
    assert worker.wait(15) == 0
    proxy.heal()
    world.start()
    world.until_finished(number)
    assert world.counts(number) == {"sent": MAILS}
    assert world.account(number) == 0


def test_with_a_relay_that_is_silent_after_some_mails(make_world: Make) -> None:
    world = make_world(BOCAU_STOP_GRACE="0.5", BOCAU_SMTP_TIMEOUTS__DOT="600", **LONG)
    world.sink.rule("dot", every=100, action="accept_silent", times=3)
    number = world.submit(500)
    worker = world.start()
    world.until(lambda: world.counts(number).get("sent") == 497)
    assert worker.end() == 0
    assert not world.said("worker_ended")[0]["clean"]
    world.start()
    world.until_finished(number)
    assert world.counts(number) == {"sent": 500}
    assert world.account(number, extra=3) == 3
