"""The process dies between any two steps of a mail's way, again and again. One connection, so bounds are exact."""

from random import Random

import pytest

from tests.journeys.conftest import Make
from tests.journeys.world import LONG, SOAK

DOUBLED = {"journal": 1, "data": 0, "sent": 1, "reply": 1, "settle": 1, "ack": 1, "claim": 0, "replay": 0, "adopted": 0}
"""Copies too many that a kill there may cost: a mail whose reply was not in the file."""
ROUNDS = 13 if SOAK else 1


@pytest.mark.parametrize(
    ("kind", "points"),
    [
        ("postgresql", ["journal", "data", "sent", "reply"]),
        ("sqlite", ["settle", "ack", "claim"]),
        ("postgresql", ["reply", "replay", "replay", "adopted"]),
    ],
    ids=["before the reply is kept", "after the reply is kept", "the replayer"],
)
def test_killed(make_world: Make, kind: str, points: list[str]) -> None:
    world = make_world(kind, connections=1, sink=("--latency-ms", "2"), **LONG)
    number = world.submit(600 * ROUNDS, batches=50)
    random = Random(7)
    for point in points * ROUNDS:
        nth = (
            1 if point in ("claim", "replay", "adopted") else random.randint(1, 8 if point in ("settle", "ack") else 40)
        )
        worker = world.start(BOCAU_FAILPOINT=f"{point}:{nth}")
        world.until_dead(worker)
    world.start()
    world.until_finished(number, 120)
    world.account(number, extra=sum(DOUBLED[point] for point in points) * ROUNDS)
