"""What is due by the clock: once a second by one process of all; what takes longer is left to a chores task.

Each step has transactions of its own, and one that fails is told and tried again the next time: it must not keep the
others from their turn.
"""

from collections.abc import Callable, Iterator
from time import monotonic, sleep

import sqlalchemy as sa
import structlog

from bocau import campaigns, schedules, stats, tracking
from bocau.base.clock import now_ms
from bocau.base.db import Connection, reading, transaction
from bocau.base.queues import CHORES_DUE
from bocau.campaigns.installation import Installation
from bocau.wiring import Parts

log = structlog.get_logger()
MOST = 50
"""Repetitions of one step in one tick; what is left has its turn a second later."""
FOLDED = 100
"""Batches and events counted in one transaction: on SQLite nobody else writes meanwhile."""
GAP = 0.01
"""Seconds between two slices on SQLite, whose lock is not fair: workers and commands must get it in between."""


def tick(parts: Parts) -> None:
    """Fire, start, take in, count, finish; then ask for chores when there are any."""
    for name, step in _steps(parts):
        _guarded(name, parts, step)
    with reading(parts.db) as connection:
        more = bool(campaigns.expanding(connection, now_ms()) or schedules.reports_due(connection, now_ms()))
    if more:
        parts.bell.ring([CHORES_DUE])


def chores(parts: Parts, seconds: float, stop: Callable[[], bool]) -> bool:
    """Expand campaigns, slice by slice and in turns, and make reports, for up to ``seconds``. True when there is more."""
    until = monotonic() + seconds
    more = True
    while more and monotonic() < until and not stop():
        more = _expand(parts) | schedules.make_reports(parts.db, parts.settings, parts.files, now_ms())
    return more


def _steps(parts: Parts) -> Iterator[tuple[str, Callable[[Connection], object]]]:
    now, installation = now_ms(), Installation.of(parts.settings, parts.secret)
    yield "schedules_fire", lambda connection: schedules.fire_due(connection, now, installation)
    yield "campaigns_start", lambda connection: campaigns.start_due(connection, now, installation)
    yield "hits_ingest", lambda connection: tracking.ingest(connection, parts.settings, parts.secret)
    yield "stats_fold", lambda connection: stats.fold(connection, FOLDED)
    yield "campaigns_finish", lambda connection: campaigns.finish_due(connection, now)


def _guarded(name: str, parts: Parts, step: Callable[[Connection], object]) -> None:
    """Repeat a step, a transaction each, until it has nothing to do."""
    try:
        for _ in range(MOST):
            with transaction(parts.db) as connection:
                done = step(connection)
            if not done:
                return
    except sa.exc.DBAPIError as error:
        log.warning("timetable_step_failed", step=name, error=type(error).__name__)
    except Exception:
        log.exception("timetable_step_failed", step=name)


def _expand(parts: Parts) -> bool:
    """One slice of every campaign that is being expanded."""
    with reading(parts.db) as connection:
        running = campaigns.expanding(connection, now_ms())
    installation = Installation.of(parts.settings, parts.secret)
    more = False
    for campaign_id in running:
        with transaction(parts.db) as connection:
            slice_ = campaigns.expand_slice(connection, campaign_id, now_ms(), installation=installation)
        more |= slice_.more
        if parts.db.dialect.name == "sqlite":
            sleep(GAP)
    return more
