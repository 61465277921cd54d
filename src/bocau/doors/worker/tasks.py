"""Celery's tasks: each hands over to a verb."""

from bocau import bell
from bocau.delivery import runtime, sweep
from bocau.doors.worker import process, timetable


@bell.app.task(name=bell.DRAIN)
def drain(queue: str) -> None:
    """Send what is due in a queue; ring again when there was more."""
    with process.asked_to_stop() as stop:
        more = process.current().drain(queue, process.parts().settings.drain_time, stop)
    if more:
        bell.ring(queue)


@bell.app.task(name=bell.SWEEP)
def sweep_due() -> None:
    """Look for what comes due, then ring for every queue that has work."""
    parts = process.parts()
    if sweep.sweep_if_due(parts.db, parts.settings):
        for queue, count in sweep.ready(parts.db).items():
            for _ in range(min(count, parts.settings.worker_children)):
                bell.ring(queue)
        timetable.tick(parts)


@bell.app.task(name=bell.CHORES)
def chores() -> None:
    """Expand campaigns and make reports; ask again when there is more."""
    parts = process.parts()
    with process.asked_to_stop() as stop:
        more = timetable.chores(parts, parts.settings.drain_time, stop)
    if more:
        bell.ask_chores()


__all__ = ["chores", "drain", "runtime", "sweep_due"]
