"""What the engine's parts talk to, without sockets, threads, files or a database; time stands still until it is moved."""

from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from types import SimpleNamespace
from typing import Any

from bocau.base import config
from bocau.delivery.held_batch import HeldBatch
from bocau.delivery.ledger_client import Answer, Found, Supply
from bocau.ledger.protocol import Claimed, Result, Row, Settle, Settled, Verdict
from bocau.relays import Circuit, Share
from bocau.wire.reply import parse
from bocau.wire.smtp import Mail, Outcome, Reply, Stage

SETTINGS = config.Settings()
TAKEN = Outcome(Stage.dot, parse(250, b"2.0.0 Ok: queued"))
SILENT = Outcome(Stage.dot, None, doubt=True, error="silent")
BROKEN = Outcome(Stage.data, None, error="reset")
LEASE = SETTINGS.lease - SETTINGS.lease_margin


def at_once(work: Coroutine[Any, Any, Any]) -> Any:
    """The result of work that has nothing to wait for."""
    try:
        work.send(None)
    except StopIteration as over:
        return over.value
    work.close()
    raise AssertionError("it waits")


class Task:
    def add_done_callback(self, call: Callable[[Any], object]) -> None:
        pass


class Loop:
    """What is to be called soon is called by ``turn``; ``later`` holds (seconds, call)."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.soon: deque[tuple[Callable[..., Any], tuple[Any, ...]]] = deque()
        self.work: deque[Coroutine[Any, Any, Any]] = deque()
        self.later: list[tuple[float, Callable[[], Any]]] = []

    def time(self) -> float:
        return self.now

    def call_soon(self, call: Callable[..., Any], *args: Any) -> SimpleNamespace:
        self.soon.append((call, args))
        return SimpleNamespace(cancel=lambda: None)

    def call_later(self, seconds: float, call: Callable[[], Any]) -> None:
        self.later.append((seconds, call))

    def create_task(self, work: Coroutine[Any, Any, Any]) -> Task:
        self.work.append(work)
        return Task()

    def turn(self) -> None:
        while self.soon or self.work:
            if self.soon:
                call, args = self.soon.popleft()
                call(*args)
            else:
                at_once(self.work.popleft())

    def close(self) -> None:
        for work in self.work:
            work.close()


class Database:
    """A thread that answers at once; or not at all, while it is ``away``."""

    away = False

    async def ask(self, call: Callable[[], Any]) -> Any:
        return None if self.away else call()

    def close(self) -> None:
        pass


class Ledger:
    """Remembers what it was told; settles say what ``answer`` says."""

    lease = 60_000

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []
        self.answer = Settled(Verdict.committed)
        self.standing: dict[int, bool] | None = None
        self.usable = Supply([], {}, {}, {})
        self.probing = True
        self.relay: int | None = None

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def tell(*args: Any) -> Any:
            self.told.append((name, *[list(one) if isinstance(one, list) else one for one in args]))
            return 1

        return tell

    def named(self, name: str) -> list[tuple[Any, ...]]:
        return [args for said, *args in self.told if said == name]  # type: ignore[misc]

    def settle(self, orders: Sequence[tuple[Settle, int]]) -> list[Answer]:
        self.told.append(("settle", [order for order, _ in orders]))
        return [Answer(self.answer, self.standing) for _ in orders]

    def supply(self, *args: Any) -> Supply:
        self.told.append(("supply", *args))
        return self.usable

    def take_probe(self, *args: Any) -> bool:
        return self.probing

    def open_circuit(self, *args: Any) -> float:
        self.told.append(("open_circuit", *args))
        return 60.0

    def terms(self, submission: int) -> SimpleNamespace:
        return SimpleNamespace(relay=self.relay)

    def stream(self, submission: int) -> config.Stream:
        return SETTINGS.streams["bulk"]

    def composer(self, submission: int) -> SimpleNamespace:
        return SimpleNamespace(compose=lambda letter, date: Mail(b"a@x.test", letter.address.encode(), b"body\r\n"))

    def claim(self, *args: Any) -> Found:
        return Found([], False)


class Journal:
    """Keeps records as (kind, message id); ``flushed`` counts writes."""

    id = "journal"
    size = 0

    def __init__(self) -> None:
        self.records: list[tuple[str, int]] = []
        self.room = True
        self.flushed = 0

    def composing(self, message_id: int) -> None:
        pass

    def attempt(self, message_id: int, *rest: int) -> None:
        self.records.append(("A", message_id))

    def reply(self, result: Result, *rest: int) -> None:
        self.records.append(("R", result.id))

    def never(self, message_id: int, *rest: int) -> None:
        self.records.append(("N", message_id))

    def settled(self, batch_id: int, token: int, seq: int) -> None:
        self.records.append(("S", batch_id))

    def has_room(self) -> bool:
        return self.room

    def flush(self) -> None:
        self.flushed += 1


class Session:
    """A connection: what was sent on it, and whether its last byte was let go."""

    profile = None

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.released = self.aborted = self.left = 0
        self.farewell: Reply | None = None
        self.mail: Mail | None = None

    @property
    def mails_sent(self) -> int:
        return len(self.mails)

    def send(self, mail: Mail) -> None:
        self.mails.append(mail)
        self.mail = mail

    def release_body(self) -> None:
        self.released += 1

    def abort(self) -> None:
        self.aborted += 1

    def quit(self) -> None:
        self.left += 1


class Mails:
    """Who has mails, as a pipe sees it."""

    def __init__(self) -> None:
        self.pumped = 0
        self.over: list[Outcome] = []

    def pump(self) -> None:
        self.pumped += 1

    def body_due(self, session: Any, mail: Mail) -> None:
        pass

    def done(self, pipe: Any, session: Any, mail: Mail, outcome: Outcome) -> None:
        self.over.append(outcome)


def relay(relay_id: int = 1, **values: Any) -> Any:
    usual = {"name": "r", "kind": "smtp", "priority": 10, "weight": 100, "profile": "p", "loopback": True}
    return SimpleNamespace(**{"id": relay_id, **usual, "enabled": True, "max_size": None, **values})


def share(connections: int = 20, rate: float | None = None) -> Share:
    return Share(connections, rate, 0)


def circuit(wait: int) -> Circuit:
    return Circuit(0, "connect", "", 1, False, wait)


def batch(count: int, now: float, *, batch_id: int = 9, alone: bool = False, deadline: float = 1e9) -> HeldBatch:
    """A claimed batch of which nothing is permitted yet; its messages' ids begin at 1."""
    rows = [Row(n, f"p{n}@x.test", "", "{}", None, 1, 0, 0, None) for n in range(1, count + 1)]
    return HeldBatch(Claimed(batch_id, 1, 4, 0, 0, alone, 1, 0, None, rows), deadline, now)


def permit(held: HeldBatch, count: int) -> HeldBatch:
    held.ask(count, 60_000)
    held.heard(Settled(Verdict.committed), held.deadline)
    return held
