"""Keeps hits before the answer, and takes them into the database behind it."""

import os
import threading

import structlog

from bocau import tracking
from bocau.base.db import transaction
from bocau.wiring import Parts

log = structlog.get_logger()
EVERY = 2.0
"""Seconds between two attempts."""


class Keeper:
    """One per application; works in each process a server forks from it. A thread lives as long as there are hits left."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.words = tracking.Words(parts.secret)
        self.spool = tracking.Spool(tracking.folder(parts.settings))
        self._lock = threading.Lock()
        self._owner, self._again = 0, False

    def keep(self, hit: tracking.Hit, *, take: bool) -> None:
        """Never fails: a reader's way goes on although their hit is lost. ``take``: also see to it that it gets in."""
        try:
            self.spool.append(hit)
        except OSError as error:
            log.error("hit_lost", error=type(error).__name__, reason=str(error)[:200])
            return
        if take:
            self._wake()

    def _wake(self) -> None:
        with self._lock:
            self._again = True
            if self._owner == os.getpid():
                return
            self._owner = os.getpid()
        threading.Thread(target=self._run, name="hits", daemon=True).start()

    def _run(self) -> None:
        pause = threading.Event()
        while True:
            pause.wait(EVERY)
            with self._lock:
                self._again = False
            done = self.take_in()
            with self._lock:
                if done and not self._again:
                    self._owner = 0
                    return

    def take_in(self) -> bool:
        """Whether all hits are in the database now."""
        try:
            while self._some():
                pass
        except Exception as error:  # noqa: BLE001 - the next attempt comes
            log.warning("hits_wait", error=type(error).__name__, reason=str(error)[:300])
            return False
        return True

    def _some(self) -> int:
        with transaction(self.parts.db) as connection:
            return tracking.ingest(connection, self.parts.settings, self.parts.secret)
