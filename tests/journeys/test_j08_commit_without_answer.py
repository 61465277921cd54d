"""The database commits and its answer never arrives; the worker says the same again."""

import pytest

from tests.journeys.conftest import Make
from tests.journeys.world import SHORT

MAILS = 400


@pytest.mark.parametrize(("touching", "every"), [("UPDATE message m SET", 4), ("", 7)], ids=["settles", "anything"])
def test_nothing_is_counted_twice(make_world: Make, touching: str, every: int) -> None:
    world = make_world(sink=("--latency-ms", "10"), **SHORT)
    world.sink.rule("rcpt", share=0.3, once=True, reply="451 4.3.0 Later")
    number = world.submit(MAILS, batches=100)
    proxy, led = world.through()
    proxy.lose_commits(touching, every=every)
    worker = world.start(**led)
    world.until_finished(number)
    assert proxy.commits_lost >= 4
    proxy.heal()
    assert worker.end() == 0
    assert world.counts(number) == {"sent": MAILS}
    assert world.account(number) == 0
    refused, rows = world.sink.do("counts")["codes"]["451"], world.rows(number)
    again = [row.attempts - 1 for row in rows]
    surely = [row.attempts - 1 for row in rows if not row.doubts]  # a busy machine lets a lease of a second run out
    assert refused > 60 and sum(surely) <= refused <= sum(again)
    assert max(surely) == 1
