"""Keeps a few processes alive: starts them in order, restarts what dies, carries their output, stops them in order.

Each process has a session of its own, so that a signal to our group does not reach its children in mid-work, and is
tethered to us (see ``base.tether``), so that even kill -9 of the supervisor leaves nothing behind.
"""

import asyncio
import os
import re
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import structlog

from bocau.base import tether

log = structlog.get_logger()
LINE_MAX = 1 << 20
LOOK_EVERY = 0.1
LAST_WORDS = 1.0
"""Seconds in which a dead process's output is still carried."""
FIRST_WAIT, LONGEST_WAIT = 0.2, 30.0
SETTLED_AFTER = 30.0
"""A process that lived so long (s) is no longer taken for one that dies at its start."""
REMEDY_AFTER = 3


@dataclass(frozen=True)
class Part:
    """One process. ``start`` and ``stop`` are ranks: lower ones first, equal ones together.

    ``ready`` says whether it serves; it may block for a second. ``grace``: seconds from SIGTERM to SIGKILL.
    Lines of its output in which ``hush`` is found (a regular expression) are not worth a person's time.
    ``remedy`` is called after three deaths in a row, each within half a minute of its start.
    """

    name: str
    command: list[str]
    ready: Callable[[], bool]
    start: int = 0
    stop: int = 0
    grace: float = 10.0
    environ: Mapping[str, str] = field(default_factory=dict)
    hush: str = ""
    remedy: Callable[[], object] | None = None


def pause_before(failures: int) -> float:
    """Seconds before the next start after so many quick deaths in a row (0: it had lived well)."""
    return min(FIRST_WAIT * 2.0 ** min(failures, 20), LONGEST_WAIT)


class Supervisor:
    """``write`` gets each line a process wrote: the part's name and the text."""

    def __init__(self, parts: Sequence[Part], write: Callable[[str, str], None]) -> None:
        self._keepers = [_Keeper(part, write) for part in parts]
        self._stop = asyncio.Event()
        self._hurry = asyncio.Event()

    def stop(self) -> None:
        """Ask for the end; asked twice, nothing is waited for."""
        (self._hurry if self._stop.is_set() else self._stop).set()

    async def run(self, started: Callable[[list[str]], None], patience: float = 60.0) -> None:
        """Run until ``stop`` is called. ``started`` is told once which parts are not ready after ``patience`` seconds."""
        tasks: list[asyncio.Task[None]] = []
        end = time.monotonic() + patience
        try:
            for stage in self._ranked(lambda part: part.start):
                tasks += [asyncio.create_task(keeper.keep()) for keeper in stage]
                await self._unless_stopped(asyncio.gather(*(keeper.wait_ready(end) for keeper in stage)))
            if not self._stop.is_set():
                started([keeper.part.name for keeper in self._keepers if not keeper.is_ready])
            await self._stop.wait()
        finally:
            for stage in self._ranked(lambda part: part.stop):
                await asyncio.gather(*(keeper.stop(self._hurry) for keeper in stage))
            await asyncio.gather(*tasks)

    def _ranked(self, rank: Callable[[Part], int]) -> "list[list[_Keeper]]":
        ranks = sorted({rank(keeper.part) for keeper in self._keepers})
        return [[keeper for keeper in self._keepers if rank(keeper.part) == one] for one in ranks]

    async def _unless_stopped(self, work: "asyncio.Future[list[None]]") -> None:
        stop = asyncio.ensure_future(self._stop.wait())
        both: list[asyncio.Future[Any]] = [work, stop]
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        work.cancel()
        await asyncio.gather(*both, return_exceptions=True)


class _Keeper:
    """Keeps one part alive."""

    def __init__(self, part: Part, write: Callable[[str, str], None]) -> None:
        self.part, self._write = part, write
        self.is_ready = False
        self._stopping = asyncio.Event()
        self._process: _Process | None = None

    async def keep(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            born = time.monotonic()
            code = await self._live()
            if self._stopping.is_set():
                break
            lived = time.monotonic() - born
            failures = 0 if lived > SETTLED_AFTER else failures + 1
            log.warning("part_died", part=self.part.name, code=code, lived=round(lived, 1), in_a_row=failures)
            if failures == REMEDY_AFTER and self.part.remedy is not None:
                log.warning("part_remedied", part=self.part.name, result=str(self.part.remedy()))
            await self._rest(pause_before(failures))

    async def _live(self) -> int:
        try:
            self._process = process = await _Process.start(self.part, self._write)
        except OSError as error:
            log.error("part_not_started", part=self.part.name, error=str(error))
            return -1
        if self._stopping.is_set():  # asked to stop while it was being started
            process.signal(signal.SIGTERM)
        return await process.wait()

    async def _rest(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return

    async def wait_ready(self, end: float) -> None:
        while time.monotonic() < end:
            if await asyncio.to_thread(self.part.ready):
                self.is_ready = True
                return
            await asyncio.sleep(LOOK_EVERY)

    async def stop(self, hurry: asyncio.Event) -> None:
        """SIGTERM, then SIGKILL for its whole session when the grace is over or ``hurry`` is set."""
        self._stopping.set()
        process = self._process
        if process is None or process.is_over:
            return
        if not hurry.is_set():
            process.signal(signal.SIGTERM)
        waits = [asyncio.ensure_future(process.wait()), asyncio.ensure_future(hurry.wait())]
        await asyncio.wait(waits, timeout=self.part.grace, return_when=asyncio.FIRST_COMPLETED)
        waits[1].cancel()
        if not process.is_over:
            log.warning("part_killed", part=self.part.name, grace=self.part.grace)
            _kill_group(process.pid)
        await waits[0]


class _Process(asyncio.SubprocessProtocol):
    """One life of a part: its output line by line, and its end."""

    def __init__(self, part: Part, write: Callable[[str, str], None]) -> None:
        self._part, self._write = part, write
        self._rest = b""
        self._exited = asyncio.Event()
        self._silent = asyncio.Event()
        self._transport: asyncio.SubprocessTransport

    @classmethod
    async def start(cls, part: Part, write: Callable[[str, str], None]) -> "_Process":
        """Raises OSError."""
        transport, process = await asyncio.get_running_loop().subprocess_exec(
            lambda: cls(part, write),
            *tether.command(part.command),
            stdin=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, **part.environ},
            start_new_session=True,
        )
        process._transport = transport
        return process

    @property
    def pid(self) -> int:
        return self._transport.get_pid()

    @property
    def is_over(self) -> bool:
        return self._exited.is_set()

    def signal(self, number: int) -> None:
        """Only to the process itself: it decides what its children do."""
        with suppress(ProcessLookupError):
            self._transport.send_signal(number)

    async def wait(self) -> int:
        """Its exit code, when it is over, all of it, and its last line has been carried."""
        await self._exited.wait()
        _kill_group(self.pid)  # what it left behind would hold its ports and locks
        with suppress(TimeoutError):
            await asyncio.wait_for(self._silent.wait(), LAST_WORDS)
        self._transport.close()
        return self._transport.get_returncode() or 0

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LINE_MAX:
            lines, self._rest = [*lines, self._rest], b""
        for line in lines:
            self._carry(line)

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        if self._rest:
            self._carry(self._rest)
        self._silent.set()

    def process_exited(self) -> None:
        self._exited.set()

    def _carry(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace").rstrip()
        if not (self._part.hush and re.search(self._part.hush, text)):
            self._write(self._part.name, text)


def _kill_group(leader: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
