"""A thread in which the loop's calls to the database run, one after another."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import sqlalchemy as sa
import structlog

log = structlog.get_logger()
SILENCES = 4.0
"""Database timeouts, one after another, until we stop believing that an answer will come."""
WAITS = 0.2
"""Seconds that a call which failed takes at least."""


class DatabaseThread:
    """``timeout``: of one statement, in seconds; ``sever``: gives up on a database that neither answers nor hangs up."""

    def __init__(self, name: str, timeout: float, sever: Callable[[], None]) -> None:
        self.timeout, self.sever = timeout, sever
        self._pool = ThreadPoolExecutor(1, name)

    async def ask(self, call: Callable[[], Any]) -> Any:
        """The call's result; None when the database did not answer (logged; every call is made to be repeated)."""
        work = asyncio.get_running_loop().run_in_executor(self._pool, call)
        try:
            answered, _ = await asyncio.wait([work], timeout=SILENCES * self.timeout)
            if not answered:
                self.sever()
            return await work
        except sa.exc.DBAPIError as error:
            log.warning("database_unavailable", error=type(error.orig).__name__)
        except Exception:
            log.exception("call_failed")
        await asyncio.sleep(WAITS)
        return None

    def close(self) -> None:
        self._pool.shutdown(wait=False)
