"""The table of steps, walked whole; shares; wall clocks; winners."""

from datetime import UTC, datetime

import pytest

from bocau.campaigns.rules import BUCKETS, STEPS, Tried, after, bucket, earliest, instant, place_of, takes, winner
from bocau.campaigns.states import Part, State, Step

POSSIBLE = {
    State.draft: {
        "change": "draft",
        "schedule": "scheduled",
        "launch": "running",
        "cancel": "cancelled",
        "delete": "draft",
    },
    State.scheduled: {
        "change": "scheduled",
        "schedule": "scheduled",
        "unschedule": "draft",
        "launch": "running",
        "cancel": "cancelled",
    },
    State.running: {
        "pause": "paused",
        "resume": "running",
        "cancel": "cancelled",
        "finish": "finished",
        "retry": "running",
        "send-rest": "running",
        "choose": "running",
    },
    State.paused: {
        "pause": "paused",
        "resume": "running",
        "cancel": "cancelled",
        "retry": "paused",
        "send-rest": "paused",
        "choose": "paused",
    },
    State.finished: {"retry": "running", "send-rest": "running"},
    State.cancelled: {},
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("step", Step)
def test_every_step_from_every_state(state: State, step: Step) -> None:
    to = after(state, step)
    assert (to.name if to else None) == POSSIBLE[state].get(step.value)


def test_every_state_can_be_reached_and_only_what_was_cancelled_stays_for_ever() -> None:
    reached, found = {State.draft}, {State.draft}
    while found:
        found = {to for (state, _), to in STEPS.items() if state in found} - reached
        reached |= found
    assert reached == set(State)
    assert {state for state in State if not any(key[0] is state for key in STEPS)} == {State.cancelled}


@pytest.mark.parametrize(("share", "variants"), [(20, 2), (20, 3), (1, 5), (100, 3), (50, 5), (99, 4)])
def test_shares_are_exact_and_equal(share: int, variants: int) -> None:
    places = [place_of(number, share, variants) for number in range(BUCKETS)]
    counts = [places.count(place) for place in range(variants)]
    assert sum(counts) == share * BUCKETS // 100
    assert max(counts) - min(counts) <= 1
    for number, place in enumerate(places):
        assert takes(Part.everyone, number, share)
        assert takes(Part.test, number, share) == (place is not None)
        assert takes(Part.rest, number, share) == (place is None)


def test_a_person_has_one_bucket_in_a_campaign_and_another_in_the_next() -> None:
    people = [f"p{number}@x.test" for number in range(200)]
    first = [bucket(1, one) for one in people]
    assert first == [bucket(1, one) for one in people]
    assert first != [bucket(2, one) for one in people]
    assert all(0 <= one < BUCKETS for one in first)


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("wall", "zone", "utc"),
    [
        ("2026-12-01T08:00", "Asia/Ho_Chi_Minh", "2026-12-01T01:00"),
        ("2026-12-01T08:00", "America/New_York", "2026-12-01T13:00"),
        ("2026-07-01T08:00", "Europe/Berlin", "2026-07-01T06:00"),
        ("2026-12-01T08:00", "Pacific/Kiritimati", "2026-11-30T18:00"),
        ("2026-03-29T02:30", "Europe/Berlin", "2026-03-29T01:30"),  # skipped: an hour later on the clock
        ("2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30"),  # twice: the first time
    ],
)
def test_when_clocks_in_a_zone_show_it(wall: str, zone: str, utc: str) -> None:
    assert instant(wall, zone) == at(utc)
    assert earliest(wall) <= instant(wall, zone)


def test_the_greatest_part_wins_and_of_equals_the_first() -> None:
    assert winner([Tried(1, 100, 10), Tried(2, 10, 2), Tried(3, 1000, 150)]) == 2
    assert winner([Tried(1, 100, 10), Tried(2, 50, 5)]) == 1
    assert winner([Tried(1, 0, 0), Tried(2, 0, 0)]) == 1
    assert winner([Tried(1, 0, 0), Tried(2, 10, 1)]) == 2
