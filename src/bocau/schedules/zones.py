"""Wall clocks and instants, also where clocks jump. Pure.

A wall time that a jump leaves out (a gap) means the instant it would have been without the jump: 02:30 is then 03:30. One
that comes twice (a fold) means the first.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from bocau.base.places import zone_named
from bocau.schedules.errors import ZoneUnknownError

EPOCH = datetime(1970, 1, 1)
MS = timedelta(milliseconds=1)
NEAR = 6 * 3_600_000


@lru_cache(512)
def zone_of(name: str) -> ZoneInfo:
    """Raises ZoneUnknownError."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ZoneUnknownError(zone=name[:64]) from None


def known(text: str) -> str:
    """The name of a zone as people write it. Raises ZoneUnknownError."""
    named = zone_named(text)
    if named is None:
        raise ZoneUnknownError(zone=text[:64])
    return named


def wall(instant: int, zone: str) -> datetime:
    """What clocks of the zone show at ``instant`` (ms); without a zone of its own."""
    moment = datetime.fromtimestamp(instant / 1000, UTC).astimezone(zone_of(zone))
    return moment.replace(tzinfo=None, fold=0)


def instants(clock: datetime, zone: str, *, both: bool = False) -> list[int]:
    """When clocks of the zone show ``clock``: once, or with ``both`` twice where it comes twice."""
    info = zone_of(zone)
    first, second = (_ms(clock, info, fold) for fold in (0, 1))
    return [first, second] if both and first < second else [first]


def calm(instant: int, zone: str) -> bool:
    """Whether no clock of the zone jumps within some hours of ``instant``: then wall times and instants go in step."""
    sooner, later = instant - NEAR, instant + NEAR
    return wall(later, zone) - wall(sooner, zone) == 2 * NEAR * MS


def told(instant: int, zone: str) -> str:
    """``2026-12-07 08:00 +07:00 (Asia/Ho_Chi_Minh)``."""
    moment = datetime.fromtimestamp(instant / 1000, UTC).astimezone(zone_of(zone))
    offset = f"{moment:%z}"
    return f"{moment:%Y-%m-%d %H:%M} {offset[:3]}:{offset[3:5]} ({zone})"


def exact(instant: int, zone: str) -> str:
    """ISO 8601 with the zone's offset."""
    return datetime.fromtimestamp(instant / 1000, UTC).astimezone(zone_of(zone)).isoformat()


def _ms(clock: datetime, info: ZoneInfo, fold: int) -> int:
    offset = clock.replace(tzinfo=info, fold=fold).utcoffset()
    assert offset is not None
    return (clock - offset - EPOCH) // MS
