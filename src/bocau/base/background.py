"""Work on an event loop that nobody awaits."""

import asyncio
from collections.abc import Coroutine
from typing import Any


class Background:
    """Keeps each task until it is over: the loop alone does not keep it alive."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def spawn(self, work: Coroutine[Any, Any, Any], loop: asyncio.AbstractEventLoop | None = None) -> None:
        """Begin work on ``loop``, or on the running one."""
        task = (loop or asyncio.get_running_loop()).create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
