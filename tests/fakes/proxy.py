"""A TCP proxy between a program and its database that can be made to misbehave, in a thread of its own.

``hold``: bytes stop and wait (a frozen host: the kernel still acknowledges); ``release`` lets them on.
``drop``: bytes vanish; what lost some is useless for ever, so ``heal`` cuts it.
``cut``: connections end with a reset; ``refuse``: new ones too, until ``heal``.
``lose_commits``: the server commits, and its answer to COMMIT never arrives: the connection ends instead.
"""

import asyncio
import contextlib
import struct
import threading
from collections.abc import Callable, Coroutine
from typing import Any

SSL_REQUEST, GSS_REQUEST = 80877103, 80877104


class Proxy:
    """``port`` leads to ``host:target``. All methods may be called from any thread."""

    def __init__(self, target: int, host: str = "127.0.0.1") -> None:
        self.host, self.target = host, target
        self.port = 0
        self.commits_lost = 0
        self.dropping = self.refusing = False
        self._lose: Callable[[list[bytes]], bool] | None = None
        self._pairs: set[_Pair] = set()
        self._loop = asyncio.new_event_loop()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()
        self._server: asyncio.Server = self._do(self._listen())

    async def _listen(self) -> asyncio.Server:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        return server

    # -- orders

    def hold(self) -> None:
        self._now(self._flowing.clear)

    def release(self) -> None:
        self._now(self._flowing.set)

    def drop(self) -> None:
        self.dropping = True

    def cut(self) -> None:
        self._now(self._cut)

    def refuse(self) -> None:
        self.refusing = True
        self.cut()

    def heal(self) -> None:
        """All is well for new connections; held bytes go on, what lost bytes ends."""
        self.dropping = self.refusing = False
        self._lose = None
        self._now(lambda: self._cut(spoilt=True))
        self.release()

    def lose_commits(self, touching: str = "", every: int = 1, times: int = 1_000_000) -> None:
        """Lose the answer to every so many-th COMMIT of transactions with ``touching`` in one of their statements."""
        wanted, met, before = touching.encode(), 0, self.commits_lost

        def lost(statements: list[bytes]) -> bool:
            nonlocal met
            if self.commits_lost - before >= times or not any(wanted in text for text in statements):
                return False
            met += 1
            return met % every == 0

        self._lose = lost

    def stop(self) -> None:
        self._now(self._cut)
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    # -- inside

    async def _end(self) -> None:
        self._server.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def _now(self, what: Callable[[], object]) -> None:
        """Done when it returns."""

        async def call() -> None:
            what()

        self._do(call())

    def _cut(self, spoilt: bool = False) -> None:
        for pair in list(self._pairs):
            if pair.spoilt or not spoilt:
                pair.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pair = _Pair(self, writer)
        self._pairs.add(pair)
        try:
            with contextlib.suppress(OSError, asyncio.CancelledError):  # cancelled: the proxy stops
                await self._flowing.wait()
                if self.refusing:
                    return
                back, onward = await asyncio.open_connection(self.host, self.target)
                pair.onward = onward
                await pair.run(reader, back)
        finally:
            pair.abort()
            self._pairs.discard(pair)

    def loses(self, statements: list[bytes]) -> bool:
        if self._lose is None or not self._lose(statements):
            return False
        self.commits_lost += 1
        return True

    async def gate(self) -> bool:
        """Wait while bytes are held; whether they may go on, or vanish."""
        await self._flowing.wait()
        return not self.dropping


class _Pair:
    """One connection through the proxy."""

    def __init__(self, proxy: Proxy, writer: asyncio.StreamWriter) -> None:
        self.proxy, self.writer = proxy, writer
        self.onward: asyncio.StreamWriter | None = None
        self.spoilt = self.mute = False
        self.talk = _Talk()

    async def run(self, reader: asyncio.StreamReader, back: asyncio.StreamReader) -> None:
        assert self.onward is not None
        there = asyncio.create_task(self._pump(reader, self.onward, self._heard))
        here = asyncio.create_task(self._pump(back, self.writer, self._answered))
        await asyncio.wait((there, here), return_when=asyncio.FIRST_COMPLETED)
        self.abort()
        for task in (there, here):
            task.cancel()
        await asyncio.gather(there, here, return_exceptions=True)

    async def _pump(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, look: Callable[[bytes], bool]
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(1 << 16):
                if not await self.proxy.gate():
                    self.spoilt = True
                elif not look(data):
                    return
                elif not self.spoilt:
                    sink.write(data)
                    await sink.drain()

    def _heard(self, data: bytes) -> bool:
        for statements in self.talk.commits(data):
            self.mute = self.mute or self.proxy.loses(statements)
        return True

    def _answered(self, data: bytes) -> bool:
        """False: this is the answer to be lost, and the end."""
        return not self.mute

    def abort(self) -> None:
        for writer in (self.writer, self.onward):
            if writer is not None:
                writer.transport.abort()


class _Talk:
    """What a client says in PostgreSQL's protocol: the statements of each transaction, told at its COMMIT."""

    def __init__(self) -> None:
        self._buffer = b""
        self._greeted = False
        self._names: dict[bytes, bytes] = {}
        self._statements: list[bytes] = []

    def commits(self, data: bytes) -> list[list[bytes]]:
        self._buffer += data
        found = []
        while (message := self._next()) is not None:
            kind, body = message
            if kind == b"P":
                name, text, _ = body.split(b"\0", 2)
                self._names[name] = text
            elif kind == b"B":
                self._statements.append(self._names.get(body.split(b"\0", 2)[1], b""))
            elif kind == b"Q":
                text = body.rstrip(b"\0").strip().upper()
                if text == b"COMMIT":
                    found.append(self._statements)
                if text in (b"BEGIN", b"COMMIT", b"ROLLBACK"):
                    self._statements = []
                else:
                    self._statements.append(body)
        return found

    def _next(self) -> tuple[bytes, bytes] | None:
        head = 5 if self._greeted else 4
        if len(self._buffer) < head:
            return None
        length = struct.unpack_from("!i", self._buffer, head - 4)[0] + head - 4
        if len(self._buffer) < length:
            return None
        kind, body = self._buffer[: head - 4], self._buffer[head:length]
        self._buffer = self._buffer[length:]
        if not self._greeted and struct.unpack_from("!i", body)[0] not in (SSL_REQUEST, GSS_REQUEST):
            self._greeted = True
        return kind, body
