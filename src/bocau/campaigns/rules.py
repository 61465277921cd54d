"""What decides, and needs no database: allowed steps, who gets which variant, when a wall clock's time is, who wins."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bocau.campaigns.states import Part, State, Step

STEPS: Mapping[tuple[State, Step], State] = {
    (State.draft, Step.change): State.draft,
    (State.draft, Step.schedule): State.scheduled,
    (State.draft, Step.launch): State.running,
    (State.draft, Step.cancel): State.cancelled,
    (State.draft, Step.delete): State.draft,
    (State.scheduled, Step.change): State.scheduled,
    (State.scheduled, Step.schedule): State.scheduled,
    (State.scheduled, Step.unschedule): State.draft,
    (State.scheduled, Step.launch): State.running,
    (State.scheduled, Step.cancel): State.cancelled,
    (State.running, Step.pause): State.paused,
    (State.running, Step.resume): State.running,
    (State.running, Step.cancel): State.cancelled,
    (State.running, Step.finish): State.finished,
    (State.running, Step.retry): State.running,
    (State.running, Step.send_rest): State.running,
    (State.running, Step.choose): State.running,
    (State.paused, Step.pause): State.paused,
    (State.paused, Step.resume): State.running,
    (State.paused, Step.cancel): State.cancelled,
    (State.paused, Step.retry): State.paused,
    (State.paused, Step.send_rest): State.paused,
    (State.paused, Step.choose): State.paused,
    (State.finished, Step.retry): State.running,
    (State.finished, Step.send_rest): State.running,
}
"""State and step → next state. What is not here is not possible. Pause and resume twice are once."""

BUCKETS = 10_000
EARLIEST = timedelta(hours=14)
"""No zone's clock is further ahead of UTC."""


class Tried(NamedTuple):
    """What a variant has come to: ``hits`` different people of ``sent``."""

    variant: int
    sent: int
    hits: int


def after(state: State, step: Step) -> State | None:
    """Where ``step`` leads from ``state``; None when it is not possible."""
    return STEPS.get((state, step))


def bucket(campaign: int, recipient: str) -> int:
    """A person's place from 0 to 9,999 in a campaign: always the same, different in every campaign."""
    digest = hashlib.blake2b(f"{campaign}:{recipient}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) % BUCKETS


def place_of(number: int, share: int, variants: int) -> int | None:
    """Which variant a bucket tries, from 0; None: it is not in the test. ``share`` in per cent."""
    edge = share * BUCKETS // 100
    return number * variants // edge if number < edge else None


def takes(part: Part, number: int, share: int) -> bool:
    """Whether a leg for ``part`` is for this bucket."""
    tested = number < share * BUCKETS // 100
    return part is Part.everyone or tested == (part is Part.test)


def instant(wall: str, zone: str) -> int:
    """Ms at which clocks in ``zone`` show ``wall`` (``2026-12-01T08:00``). In the hour that is skipped in spring: as much
    later; of the hour that comes twice in autumn the first."""
    shown = datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone))
    return round(shown.timestamp() * 1000)


def earliest(wall: str) -> int:
    """Ms before which no clock on earth shows ``wall``."""
    shown = datetime.fromisoformat(wall).replace(tzinfo=UTC) - EARLIEST
    return round(shown.timestamp() * 1000)


def winner(tried: Sequence[Tried]) -> int:
    """The variant with the greatest part of its people; of equals the first."""
    best = max(tried, key=lambda one: one.hits / one.sent if one.sent else 0.0)
    return best.variant
