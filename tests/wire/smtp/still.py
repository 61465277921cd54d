"""A loop whose clock moves only when nothing else can happen, and a transport that is a piece of memory.

With both, what takes ten minutes on a network takes a millisecond and always happens in the same order.
"""

import asyncio
import selectors
from collections.abc import Iterable
from typing import Any


class _Selector(selectors.SelectSelector):
    """Waiting costs no time: it moves the loop's clock."""

    loop: "StillLoop"

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if not ready and timeout:
            self.loop.now += timeout
        return ready


class StillLoop(asyncio.SelectorEventLoop):
    """``run_for(seconds)`` does all that happens in that time. ``errors``: exceptions in callbacks and tasks."""

    def __init__(self) -> None:
        self.now = 1000.0
        selector = _Selector()
        selector.loop = self
        super().__init__(selector)
        self.complaints: list[dict[str, Any]] = []
        self.tasks: list[asyncio.Task[Any]] = []
        self.handshake_error: Exception | None = None
        self.set_exception_handler(lambda _, context: self.complaints.append(context))

    def time(self) -> float:
        return self.now

    def create_task(self, *args: Any, **options: Any) -> Any:
        task = super().create_task(*args, **options)
        self.tasks.append(task)
        return task

    @property
    def errors(self) -> list[Any]:
        broken = [task.exception() for task in self.tasks if task.done() and not task.cancelled()]
        return [*self.complaints, *[error for error in broken if error is not None]]

    async def start_tls(self, transport: Any, *args: Any, **options: Any) -> Any:
        """The handshake succeeds at once, or ends with ``handshake_error``; nothing is encrypted."""
        if self.handshake_error is not None:
            raise self.handshake_error
        await asyncio.sleep(0)
        transport.resume_reading()
        return transport

    def run_for(self, seconds: float = 0.0) -> None:
        end = self.now + seconds
        self.run_until_complete(self._wait(seconds))
        self.now = max(self.now, end)

    async def _wait(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        # What the last moment set going is done too.
        for _ in range(5):
            await asyncio.sleep(0)


class Wire(asyncio.Transport):
    """One end of a connection: what is written lies in ``out``; the other end speaks with ``hear``, ``close_here``.

    ``room``: how many bytes the other end takes; what goes beyond waits here until ``take`` is called. ``written``:
    all that was ever written.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, protocol: asyncio.Protocol, room: float = float("inf")) -> None:
        super().__init__()
        self.loop, self.protocol, self.room = loop, protocol, room
        self.out = bytearray()
        self.written = bytearray()
        self.waiting = bytearray()
        self.unread = bytearray()
        self.gone = self.reading_paused = self.writing_paused = False
        self.high = 65536
        protocol.connection_made(self)

    # -- the other end

    def hear(self, data: bytes) -> None:
        if self.gone:
            return
        if self.reading_paused:
            self.unread += data
        else:
            self.protocol.data_received(data)

    def close_here(self, error: Exception | None = None) -> None:
        if not self.gone:
            self.gone = True
            self.protocol.connection_lost(error)

    def take(self, size: int) -> None:
        """The other end reads ``size`` bytes more."""
        self.room += size
        self._move()

    def taken(self) -> bytes:
        """What came over since the last call."""
        data = bytes(self.out)
        self.out.clear()
        return data

    def _move(self) -> None:
        size = int(min(len(self.waiting), self.room))
        self.out += self.waiting[:size]
        del self.waiting[:size]
        self.room -= size
        if self.writing_paused and not self.waiting and not self.gone:
            self.writing_paused = False
            self.protocol.resume_writing()

    # -- asyncio.Transport

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.gone or not data, "written after the end"
        self.waiting += data
        self.written += data
        self._move()
        if len(self.waiting) > self.high and not self.writing_paused:
            self.writing_paused = True
            self.protocol.pause_writing()

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        self.write(b"".join(list_of_data))

    def abort(self) -> None:
        if not self.gone:
            self.gone = True
            self.loop.call_soon(self.protocol.connection_lost, None)

    def close(self) -> None:
        self.abort()

    def is_closing(self) -> bool:
        return self.gone

    def pause_reading(self) -> None:
        self.reading_paused = True

    def resume_reading(self) -> None:
        self.reading_paused = False
        data = bytes(self.unread)
        self.unread.clear()
        if data:
            self.loop.call_soon(self.hear, data)

    def is_reading(self) -> bool:
        return not self.reading_paused

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self.high = high or 65536

    def get_write_buffer_size(self) -> int:
        return len(self.waiting)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("192.0.2.1", 1) if name == "peername" else default
