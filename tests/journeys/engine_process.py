"""One worker process without Celery: the runtime, draining one queue until SIGTERM. For journeys that break it."""

import os
import signal
import sys
import threading

import structlog

from bocau import wiring
from bocau.base import log
from bocau.delivery.runtime import Runtime
from tests.journeys import failpoints


def main(queue: str = "bulk") -> int:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    parts = wiring.parts()
    log.configure(parts.settings.log_level, "json")
    failpoints.install(os.environ)
    runtime = Runtime(parts.settings, parts.secret, parts.files)
    say = structlog.get_logger()
    say.info("worker_ready", pid=os.getpid())
    while not stop.is_set():
        try:
            more = runtime.drain(queue, 5.0, stop.is_set)
        except Exception as error:  # noqa: BLE001 - as under Celery: a task that failed, and the worker goes on
            say.error("drain_failed", error=repr(error))
            more = False
        if not more:
            stop.wait(0.1)
    clean = runtime.stop(parts.settings.stop_grace)
    say.info("worker_ended", clean=clean)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
