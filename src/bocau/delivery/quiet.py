"""Hours in which a campaign writes to nobody: what the clock says where its recipients live. Pure."""

from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import orjson

from bocau.base import clock
from bocau.ledger.options import QuietHours

RECIPIENT = "recipient"
"""As zone: the one that stands as ``zone`` in the message's data."""


class Quiet(NamedTuple):
    """No mail from ``start`` to before ``end``, local time; over midnight when ``end`` is earlier. Equal: never quiet.

    ``zone``: an IANA name, or "recipient"; ``default``: for recipients whose zone is not known, else the
    installation's.
    """

    start: time
    end: time
    zone: str
    default: str = "UTC"


def quiet_of(told: QuietHours | None) -> Quiet | None:
    """Of a submission's options."""
    if told is None:
        return None
    default = told.default or clock.zone().key
    return Quiet(time.fromisoformat(told.start), time.fromisoformat(told.end), told.zone or default, default)


def quiet_until(quiet: Quiet, data: str, now: int) -> int:
    """When a mail with this merge data (JSON) may go, in ms; 0: now."""
    zone = quiet.zone
    if zone == RECIPIENT:
        zone = str(orjson.loads(data).get("zone") or quiet.default)
    return _until(quiet.start, quiet.end, _known(zone, quiet.default), now)


def _until(start: time, end: time, zone: ZoneInfo, now: int) -> int:
    here = datetime.fromtimestamp(now / 1000, UTC).astimezone(zone)
    clock = here.time()
    inside = start <= clock < end if start <= end else clock >= start or clock < end
    if not inside:
        return 0
    day = here.date() + timedelta(days=1 if clock >= end else 0)
    ends = int(datetime.combine(day, end, zone).timestamp() * 1000)
    return ends if ends > now else 0


@lru_cache(1024)
def _known(zone: str, default: str) -> ZoneInfo:
    """A recipient's zone is data: what is no zone's name counts as unknown."""
    for name in (zone, default):
        try:
            return ZoneInfo(name)
        except (ValueError, OSError, LookupError):
            continue
    return ZoneInfo("UTC")
