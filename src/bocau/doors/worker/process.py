"""A worker's process: what it holds, and whether it was asked to stop.

SIGTERM to Celery's main process fires ``worker_shutting_down`` there; a shared event, made before the fork, tells the
children. SIGTERM to a child alone sets a flag while a task runs (billiard replaces handlers set earlier). In both
cases delivery starts no further mail, waits for replies, settles and gives the rest back.
"""

import multiprocessing
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from celery import signals

from bocau import wiring
from bocau.base import metrics
from bocau.delivery.runtime import Runtime, existing
from bocau.delivery.runtime import current as current_runtime
from bocau.doors.worker import timetable

_stopping = multiprocessing.get_context("fork").Event()
_parts: wiring.Parts | None = None
_queues: tuple[str, ...] = ()


def prepare(queues: tuple[str, ...]) -> None:
    """Before the fork: which queues this worker serves, and that nobody asked it to stop."""
    global _queues
    _queues = queues
    _stopping.clear()


def parts() -> wiring.Parts:
    """This process's parts; made at first use."""
    global _parts
    if _parts is None:
        _parts = wiring.parts()
    return _parts


def current() -> Runtime:
    """This process's engine; made at first use."""
    return current_runtime(_make)


def _make() -> Runtime:
    made = parts()
    runtime = Runtime(made.settings, made.secret, made.files)
    runtime.ring, runtime.queues = lambda queue: made.bell.ring([queue]), _queues
    runtime.swept = partial(timetable.tick, made)
    return runtime


@contextmanager
def asked_to_stop() -> Iterator[Callable[[], bool]]:
    """Yields a question: has this process been asked to stop? SIGTERM only sets a flag meanwhile."""
    asked = False

    def note(*_: Any) -> None:
        nonlocal asked
        asked = True

    before = signal.signal(signal.SIGTERM, note)
    try:
        yield lambda: asked or _stopping.is_set()
    finally:
        signal.signal(signal.SIGTERM, before)
        if asked:
            signal.raise_signal(signal.SIGTERM)


@signals.worker_process_init.connect
def _born(**_: Any) -> None:
    global _parts
    _parts = None  # nothing that was connected before the fork
    current()


@signals.worker_shutting_down.connect
def _told(**_: Any) -> None:
    _stopping.set()


@signals.worker_process_shutdown.connect
def _dies(**_: Any) -> None:
    runtime = existing()
    if runtime is not None:
        runtime.stop(runtime.settings.stop_grace)
        metrics.close()
    if _parts is not None:
        _parts.close()
