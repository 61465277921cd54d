"""Our SMTP client alone: ready-made bytes to the sink. How fast a mail can be handed over at best."""

import asyncio
import multiprocessing
import sys
import time

import uvloop

from bocau.wire.smtp import Mail, Outcome, Profile, Session, connect


class Driver:
    def __init__(self, mails: int, body: bytes) -> None:
        self.left, self.body = mails, body
        self.open = 0
        self.over = asyncio.Event()

    def ready(self, session: Session) -> None:
        if self.left <= 0:
            session.quit()
            return
        self.left -= 1
        address = b"user%d@example.test" % self.left
        session.send(Mail(b"b@plain.test", address, self.body, None, False, False, True))

    def body_due(self, session: Session, mail: Mail) -> None:
        session.release_body()

    def done(self, session: Session, mail: Mail, outcome: Outcome) -> None:
        if not outcome.sent:
            sys.exit(f"the sink refused: {outcome}")

    def closed(self, session: Session, outcome: Outcome | None) -> None:
        self.open -= 1
        if not self.open:
            self.over.set()


async def send(port: int, mails: int, connections: int, body: bytes, chunking: bool) -> None:
    driver = Driver(mails, body)
    driver.open = connections
    profile = Profile("127.0.0.1", port, "off", mails_per_connection=10**9, chunking=chunking)
    await asyncio.gather(*(connect(profile, driver) for _ in range(connections)))
    await driver.over.wait()


def work(arguments: tuple[int, int, int, bytes, bool]) -> float:
    uvloop.run(send(*arguments))
    return time.process_time()


def rate(
    port: int, body: bytes, *, mails: int = 60_000, processes: int = 2, chunking: bool = True
) -> tuple[float, float]:
    """Mails a second, and µs of CPU a mail."""
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        started = time.perf_counter()
        cpu = pool.map(work, [(port, mails // processes, 25, body, chunking)] * processes, chunksize=1)
    return mails / (time.perf_counter() - started), sum(cpu) / mails * 1e6
