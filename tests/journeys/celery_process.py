"""A real Celery worker, or beat, as the command line starts them. ``BOCAU_TASKS_PER_CHILD``: recycle children so."""

import os
import sys

import structlog

from bocau import wiring
from bocau.base import log
from bocau.bell import broker
from bocau.doors.worker import life
from tests.journeys import failpoints


def worker(queues: str, children: str, name: str) -> None:
    parts = wiring.parts()
    log.configure(parts.settings.log_level, "json")
    failpoints.install(os.environ)
    if tasks := os.environ.get("BOCAU_TASKS_PER_CHILD"):
        failpoints.after(broker, "configure", lambda app: app.conf.update(worker_max_tasks_per_child=int(tasks)))
    say = structlog.get_logger()
    sys.argv = ["celery"]
    life.serve(parts.settings, tuple(queues.split(",")), int(children), name, lambda: say.info("worker_serves"))


def beat() -> None:
    parts = wiring.parts()
    log.configure(parts.settings.log_level, "json")
    say = structlog.get_logger()
    life.beat(parts.settings, lambda: say.info("beat_ticks"))
