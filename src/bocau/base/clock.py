"""Times are whole milliseconds since 1970 UTC; waiting is measured on a clock that counts sleep."""

import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

_zone = [ZoneInfo("UTC")]
"""The installation's, as settings say; a process has one."""


def set_zone(name: str) -> None:
    """What ``zone`` is from now on. Called where settings are read, by nobody else."""
    _zone[0] = ZoneInfo(name)


def zone() -> ZoneInfo:
    """Where this installation lives: its days and its clock times are meant there, wherever its machines stand."""
    return _zone[0]


def here(ms: int) -> datetime:
    """What clocks of the installation show."""
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone())


def exact(ms: int | None) -> str | None:
    """The moment for programs: ISO 8601 with its offset."""
    return None if ms is None else here(ms).isoformat(timespec="milliseconds")


def now_ms() -> int:
    """This machine's wall clock, in ms since the epoch. Doors read it; verbs are given it."""
    return time.time_ns() // 1_000_000


def boot_seconds() -> float:
    """Seconds since boot, also counted while suspended (CLOCK_BOOTTIME where there is one)."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
