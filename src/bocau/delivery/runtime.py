"""One event loop per worker process, in a thread of its own, started at first use and keyed by PID.

Celery's child runs tasks on its main thread; they hand their work over to the loop and wait. Between tasks the pulse
goes on: it adopts dead processes' journals, and sweeps when nobody else did, so that beat is not a single point of
stopping.
"""

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import sqlalchemy as sa
import structlog

from bocau.base import config
from bocau.base.db import make_engine, sever
from bocau.delivery import backwards, sweep
from bocau.delivery.engine import Engine
from bocau.delivery.ledger_client import LedgerClient

log = structlog.get_logger()
STOPS = 0.5
"""Seconds that a drain that was told to stop may take to notice."""


class Runtime:
    """The process's loop thread with its engine. Made after the fork, never before."""

    def __init__(self, settings: config.Settings, secret: bytes, files: Any) -> None:
        self.settings, self.pid = settings, os.getpid()
        self.db: sa.Engine = make_engine(
            settings.database,
            pool_size=4,
            statement_timeout=settings.database_timeout,
            idle_timeout=settings.database_timeout,
        )
        self.ledger = LedgerClient(self.db, settings, secret, files)
        self.ring: Callable[[str], object] = lambda queue: None
        self.swept: Callable[[], object] = lambda: None
        """Called after a sweep of this process: what else is due by the clock."""
        self.queues: tuple[str, ...] = ()
        self._engine: Engine | None = None
        self._busy = self._checked = False
        self._ended = threading.Event()
        self._loop = _new_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="engine", daemon=True)
        self._thread.start()
        self._pulse = self._call(self._beat())

    def drain(self, queue: str, seconds: float, stop: Callable[[], bool]) -> bool:
        """Send what is due in a queue; blocks. True when there was more."""
        return bool(self._call(self._drain(queue, seconds, stop)).result())

    def stop(self, grace: float) -> bool:
        """End cleanly: no further mail, replies awaited for ``grace`` seconds, everything settled or given back."""
        self._ended.set()
        self._pulse.cancel()
        clean = True
        if self._engine is not None:
            clean = bool(self._call(self._engine.stop(grace)).result())
        sever(self.db)  # a thread that waits for a silent database would keep the process from ending
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self.db.dispose()
        return clean

    async def _drain(self, queue: str, seconds: float, stop: Callable[[], bool]) -> bool:
        """Told to stop, it returns soon even when the database does not answer."""
        work = asyncio.ensure_future(self._sent(queue, seconds, stop))
        while not work.done():
            await asyncio.wait([work], timeout=STOPS)
            if stop() and not work.done() and not (await asyncio.wait([work], timeout=STOPS))[0]:
                work.cancel()
                return False
        return work.result()

    async def _sent(self, queue: str, seconds: float, stop: Callable[[], bool]) -> bool:
        engine = await self._ready()
        self._busy = True
        try:
            return await engine.drain(queue, seconds, stop)
        finally:
            self._busy = False

    async def _ready(self) -> Engine:
        if self._engine is None:
            await self._loop.run_in_executor(None, backwards.check, self.db, self.settings)
            ledger_id = await self._loop.run_in_executor(None, self.ledger.ledger_id)
            self._engine = Engine(self.ledger, self.settings, ledger_id)
        return self._engine

    async def _beat(self) -> None:
        """Adopt at once and every few seconds; sweep and ring when that was left undone."""
        while not self._ended.is_set():
            try:
                await self._loop.run_in_executor(None, self._look_after)
            except Exception as error:  # noqa: BLE001 - the database may be away; the next beat tries again
                log.warning("pulse_failed", error=type(error).__name__)
                self._checked = False  # what comes back may be an older database
            await asyncio.sleep(self.settings.adopt_interval)

    def _look_after(self) -> None:
        if not self._checked:
            backwards.check(self.db, self.settings)
            self._checked = True
        sweep.adopt(self.db, self.settings)
        swept = sweep.sweep_if_due(self.db, self.settings)
        for queue in sweep.ready(self.db):
            if swept or (queue in self.queues and not self._busy):
                self.ring(queue)
        if swept:
            self.swept()

    def _call(self, work: Any) -> "Future[Any]":
        return asyncio.run_coroutine_threadsafe(work, self._loop)


def _new_loop() -> asyncio.AbstractEventLoop:
    """uvloop where there is one (not on Windows)."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


_runtime: Runtime | None = None


def current(make: Callable[[], Runtime]) -> Runtime:
    """This process's runtime; a forked child never inherits its parent's."""
    global _runtime
    if _runtime is None or _runtime.pid != os.getpid():
        _runtime = make()
    return _runtime


def existing() -> Runtime | None:
    """This process's runtime when it has one."""
    return _runtime if _runtime is not None and _runtime.pid == os.getpid() else None
