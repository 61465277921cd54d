"""Where a worker process dies, chosen by the environment. Everything here is put over the product from outside.

``BOCAU_FAILPOINT=name:nth`` kills the process (as kill -9 does) at the nth passing of a point:

    journal     half of the tick's records are in the file
    data        A is in the file, the body is not on its way
    sent        the body is on its way, no reply yet (give the sink some latency)
    reply       the relay's reply was read, R is not in the file
    settle      R is in the file, nothing is settled
    ack         the settle is committed, the engine has not heard of it
    claim       the claim is committed, the engine has not heard of it
    back        a batch was given back, the engine has not heard of it
    replay      a dead process's journal is being replayed, nothing is committed
    adopted     it was replayed and committed, the file is not put away
    slice       a campaign's slice is in the ledger, nothing is committed
    expander    the same, and the process's whole worker dies
    chunk       a chunk of an import is stored, nothing is committed
    undo        a slice of an import is undone, nothing is committed

``BOCAU_POISON=compose:word,reply:word`` kills it at every mail to an address with the word: while it is composed, or
when its reply is read. ``BOCAU_MARGIN`` sets the bytes that the journal keeps free ahead, ``BOCAU_SKEW`` the seconds
by which the process's wall clock is wrong.
"""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from bocau import intake, relays
from bocau.audience import imports
from bocau.delivery import fleet, journal
from bocau.delivery.compose import Composer
from bocau.delivery.engine import Engine
from bocau.delivery.journal import Journal
from bocau.delivery.ledger_client import LedgerClient
from bocau.ledger import protocol
from bocau.wire.smtp import Session


def install(environ: Mapping[str, str]) -> None:
    """Quicker looks at relays than anybody needs in earnest, and the faults asked for."""
    fleet.SUPPLY = 0.4
    relays.lease_share = partial(relays.lease_share, life=2.0)
    if margin := environ.get("BOCAU_MARGIN"):
        journal.MARGIN = int(margin)
    if skew := environ.get("BOCAU_SKEW"):
        seconds, right = int(skew), time.time_ns
        time.time_ns = lambda: right() + seconds * 10**9
        time.time = lambda: time.time_ns() / 1e9
    name, _, nth = environ.get("BOCAU_FAILPOINT", "").partition(":")
    if name:
        POINTS[name](Countdown(int(nth or 1)))
    for poison in filter(None, environ.get("BOCAU_POISON", "").split(",")):
        where, _, word = poison.partition(":")
        {"compose": poison_compose, "reply": poison_reply}[where](word)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Countdown:
    def __init__(self, left: int) -> None:
        self.left = left

    def now(self) -> bool:
        """Is it the nth passing?"""
        self.left -= 1
        return self.left == 0

    def __call__(self) -> None:
        if self.now():
            die()


def before(owner: Any, name: str, point: Callable[..., object]) -> None:
    """``point`` hears the arguments of every call before it is made."""
    real = getattr(owner, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        point(*args, **kwargs)
        return real(*args, **kwargs)

    setattr(owner, name, wrapped)


def after(owner: Any, name: str, point: Callable[[Any], object]) -> None:
    """``point`` hears the result of every call."""
    real = getattr(owner, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        result = real(*args, **kwargs)
        point(result)
        return result

    setattr(owner, name, wrapped)


def at_journal(count: Countdown) -> None:
    def torn(diary: Journal) -> None:
        data = b"".join(diary._buffer)
        if b"A" in data and count.now():
            os.pwrite(diary._fd, data[: len(data) // 2], diary.size)
            die()

    before(Journal, "flush", torn)


def at_data(count: Countdown) -> None:
    before(Session, "release_body", lambda session: count())


def at_sent(count: Countdown) -> None:
    def soon(session: Session) -> None:
        if count.now():
            asyncio.get_running_loop().call_later(0.005, die)

    before(Session, "release_body", soon)


def at_reply(count: Countdown) -> None:
    before(Journal, "reply", lambda *_: count())


def at_settle(count: Countdown) -> None:
    def told(ledger: LedgerClient, orders: Any) -> None:
        if any(order.results for order, _ in orders):
            count()

    before(LedgerClient, "settle", told)


def at_ack(count: Countdown) -> None:
    real = LedgerClient.settle

    def settle(ledger: LedgerClient, orders: Any) -> Any:
        answers = real(ledger, orders)
        if any(order.results for order, _ in orders):
            count()
        return answers

    setattr(LedgerClient, "settle", settle)  # noqa: B010


def at_claim(count: Countdown) -> None:
    def claimed(batches: Any) -> None:
        if batches:
            count()

    after(LedgerClient, "claim", claimed)


def at_back(count: Countdown) -> None:
    after(LedgerClient, "give_back", lambda good: count())


def at_replay(count: Countdown) -> None:
    after(protocol, "replay", lambda rows: count())


def at_adopted(count: Countdown) -> None:
    before(journal, "retire", lambda path: count())


def at_slice(count: Countdown) -> None:
    after(intake, "add", lambda added: count())


def at_expander(count: Countdown) -> None:
    def added(done: object) -> None:
        if count.now():
            os.kill(os.getppid(), signal.SIGKILL)
            die()

    after(intake, "add", added)


def at_chunk(count: Countdown) -> None:
    after(imports, "store", lambda stored: count())


def at_undo(count: Countdown) -> None:
    after(imports, "undo_slice", lambda undone: count())


POINTS: dict[str, Callable[[Countdown], None]] = {
    "journal": at_journal,
    "data": at_data,
    "sent": at_sent,
    "reply": at_reply,
    "settle": at_settle,
    "ack": at_ack,
    "claim": at_claim,
    "back": at_back,
    "replay": at_replay,
    "adopted": at_adopted,
    "slice": at_slice,
    "expander": at_expander,
    "chunk": at_chunk,
    "undo": at_undo,
}


def poison_compose(word: str) -> None:
    def swallowed(composer: Composer, row: Any, date_ms: int) -> None:
        if word in row.address:
            die()

    before(Composer, "compose", swallowed)


def poison_reply(word: str) -> None:
    def swallowed(worker: Engine, pipe: Any, session: Any, mail: Any, outcome: Any) -> None:
        if word in mail.ref.row.address:
            die()

    before(Engine, "done", swallowed)
