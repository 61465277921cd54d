"""A thread that rings: who commits does not wait for a broker, and is not told when it is away.

Rings that wait are few and coalesce: a name is there once. The thread starts with the first ring, and a forked child has
its own; what its parent had connected it neither uses nor closes.
"""

import os
import threading
from collections.abc import Iterable
from time import monotonic
from typing import TYPE_CHECKING
from weakref import WeakSet

import structlog

from bocau.base import config
from bocau.bell.address import broker_url

if TYPE_CHECKING:
    from bocau.bell.broker import Line

log = structlog.get_logger()
MOST = 100
"""Names that wait at one time; what comes beyond them is found by the sweep."""
SILENCE = 15.0
"""Seconds without ringing after a ring that nobody heard: each try may take seconds, and workers look by themselves."""
PATIENCE = 0.5
"""Seconds that who ends waits for its last rings to leave."""
_all: "WeakSet[Doorbell]" = WeakSet()


class Doorbell:
    """Rings at the broker of ``settings``, wherever that is at the moment. Any thread may ring."""

    def __init__(self, settings: config.Settings) -> None:
        self._settings = settings
        self._inherited: list[Line | None] = []
        self._begin()
        _all.add(self)

    def ring(self, names: Iterable[str], times: int = 1) -> None:
        """Let somebody look at queues, or do chores (``CHORES_DUE``). Never raises and never waits.

        ``times``: how many shall come.
        """
        with self._changed:
            if self._closed:
                return
            for name in names:
                if name in self._waiting or len(self._waiting) < MOST:
                    self._waiting[name] = max(times, self._waiting.get(name, 0))
            if self._thread is None and self._waiting:
                self._start()
            self._changed.notify_all()

    def close(self, patience: float = PATIENCE) -> None:
        """Let what waits leave, for up to ``patience`` seconds (loading Celery is not counted), then ring no more."""
        with self._changed:
            self._changed.wait_for(lambda: not self._loading)
            end = monotonic() + patience
            left = self._changed.wait_for(lambda: not (self._waiting or self._busy), patience)
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()
        if left and self._thread is not None:
            self._thread.join(max(0.0, end - monotonic()))

    def _begin(self) -> None:
        self._changed = threading.Condition()
        self._waiting: dict[str, int] = {}
        self._thread: threading.Thread | None = None
        self._line: Line | None = None
        self._busy = self._loading = self._closed = False
        self._silent_until = 0.0

    def _start(self) -> None:
        thread = threading.Thread(target=self._serve, name="doorbell", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # no further thread, or the interpreter is at its end
            self._waiting.clear()
            log.warning("ring_failed", error=type(error).__name__)
            return
        self._thread, self._loading = thread, True

    def _serve(self) -> None:
        while (found := self._next()) is not None:
            heard = self._ring(*found)
            with self._changed:
                self._busy = self._loading = False
                if not heard:
                    self._waiting.clear()
                    self._silent_until = monotonic() + SILENCE
                self._changed.notify_all()
        if self._line is not None:
            self._line.hang_up()

    def _next(self) -> tuple[str, int] | None:
        """The name that has waited longest, and how often to ring; None when this is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            if self._closed:
                return None
            name = next(iter(self._waiting))
            self._busy = True
            return name, self._waiting.pop(name)

    def _ring(self, name: str, times: int) -> bool:
        """False: nobody can hear it."""
        if monotonic() < self._silent_until or not broker_url(self._settings):
            return True
        try:
            line = self._loaded()
            return all(line.ring(name) for _ in range(times))
        except Exception:
            log.exception("ring_failed", queue=name)
            return False

    def _loaded(self) -> "Line":
        if self._line is None:
            from bocau.bell.broker import Line

            self._line = Line(self._settings)
            with self._changed:
                self._loading = False
                self._changed.notify_all()
        return self._line

    def _forked(self) -> None:
        """In a child: nothing of the parent's is used. Its connection is kept, since letting go would shut its socket."""
        self._inherited.append(self._line)
        self._begin()


def _forked() -> None:
    for doorbell in list(_all):
        doorbell._forked()


os.register_at_fork(after_in_child=_forked)
