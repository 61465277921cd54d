"""Times are whole milliseconds since 1970 UTC; waiting is measured on a clock that counts sleep."""

import time


def now_ms() -> int:
    """This machine's wall clock, in ms since the epoch. Doors read it; verbs are given it."""
    return time.time_ns() // 1_000_000


def boot_seconds() -> float:
    """Seconds since boot, also counted while suspended (CLOCK_BOOTTIME where there is one)."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
