"""Celery's tasks: each hands over to a verb."""

from bocau.base.queues import CHORES_DUE
from bocau.bell import broker
from bocau.delivery import runtime, sweep
from bocau.doors.worker import process, timetable


@broker.app.task(name=broker.DRAIN)
def drain(queue: str) -> None:
    """Send what is due in a queue; ring again when there was more."""
    with process.asked_to_stop() as stop:
        more = process.current().drain(queue, process.parts().settings.drain_time, stop)
    if more:
        process.parts().bell.ring([queue])


@broker.app.task(name=broker.SWEEP)
def sweep_due() -> None:
    """Look for what comes due, then ring for every queue that has work."""
    parts = process.parts()
    if sweep.sweep_if_due(parts.db, parts.settings):
        for queue, count in sweep.ready(parts.db).items():
            parts.bell.ring([queue], times=min(count, parts.settings.worker_children))
        timetable.tick(parts)


@broker.app.task(name=broker.CHORES)
def chores() -> None:
    """Expand campaigns and make reports; ask again when there is more."""
    parts = process.parts()
    with process.asked_to_stop() as stop:
        more = timetable.chores(parts, parts.settings.drain_time, stop)
    if more:
        parts.bell.ring([CHORES_DUE])


__all__ = ["chores", "drain", "runtime", "sweep_due"]
