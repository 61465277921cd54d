"""Results into the ledger, permission out of it: one settle on its way at a time, in its own thread."""

import asyncio
from collections.abc import Sequence
from functools import partial
from time import perf_counter
from typing import Protocol

import structlog

from bocau.base import config, metrics
from bocau.base.clock import boot_seconds
from bocau.delivery.database_thread import DatabaseThread
from bocau.delivery.held_batch import HeldBatch
from bocau.delivery.journal import Journal
from bocau.delivery.ledger_client import Answer, LedgerClient
from bocau.delivery.window import Window
from bocau.ledger.protocol import Result, Returned, Settle

log = structlog.get_logger()
FULL = 250
"""So many results are settled without waiting for the interval."""
SHORTEST = 0.2
LONGEST = 5.0
"""Seconds a batch given back rests at least and at most: a relay may be mended before its circuit's time is over."""
WAITS = 0.2
"""Seconds until a settle is repeated after the database failed."""


class Holder(Protocol):
    """Whose batches are settled. ``journal``: the one that is written at present."""

    held: list[HeldBatch]
    window: Window
    journal: Journal

    def settled(self, results: Sequence[Result], /) -> None:
        """The ledger has these results of a batch."""

    def settle_over(self) -> None:
        """All that was to be told is told: mails may have been permitted, batches have left."""

    def part(self, held: HeldBatch, /) -> int:
        """How many more of its mails may be permitted, whatever the window has room for."""

    def tell_metrics(self) -> None:
        """A settle was made."""

    def rest(self) -> float | None:
        """Seconds until a relay may be used, for what is given back; None: no need to wait."""


class Settling:
    """Woken by results, by an empty window and by time."""

    def __init__(self, holder: Holder, ledger: LedgerClient, settings: config.Settings) -> None:
        self.holder, self.ledger, self.settings = holder, ledger, settings
        self.loop = asyncio.get_running_loop()
        self.database = DatabaseThread("settle", settings.database_timeout, ledger.sever)
        self.last = self.loop.time()
        self._task: asyncio.Task[None] | None = None
        self._again = False

    def wake_if_due(self, now: float) -> None:
        """Start a settle when enough waits, or long enough, or permission runs out, or a lease ages."""
        if self._task is not None:
            return
        held, size = self.holder.held, self.holder.window.size
        pending = sum(len(one.results) for one in held)
        enough = pending >= min(FULL, size // 4)
        late = pending and now - self.last >= self.settings.settle_interval
        if enough or late or self._low(held, size) or any(self._ages(one) or one.fenced for one in held):
            self.wake()

    def _low(self, held: list[HeldBatch], size: int) -> bool:
        """Less than half a window of permission is left and there is more to permit; or a batch is to be given back."""
        if any(one.stopping and one.quiet for one in held):
            return True
        if self._room() < size // 4 or sum(len(one.todo) for one in held if not one.stuck) >= size // 2:
            return False
        return any(one.ahead and not one.stopping and self.holder.part(one) > 0 for one in held)

    def _room(self) -> int:
        """How many more mails may be permitted. What waits for a silent server leaves the window to the others, but not the
        most that may ever be in doubt."""
        window = self.holder.window
        moving = stuck = 0
        for one in self.holder.held:
            if one.stuck:
                stuck += one.owed
            else:
                moving += one.owed
        return min(window.size - moving, window.most - moving - stuck)

    def wake(self) -> None:
        if self._task is None:
            self._task = self.loop.create_task(self._run())
        else:
            self._again = True

    async def _run(self) -> None:
        try:
            self._again = True
            while self._again:
                self._again = False
                await self._settle()
                await self._part()
        finally:
            self._task = None
        self.holder.settle_over()

    # -- settle and raise

    async def _settle(self) -> None:
        """One transaction for every batch that has something to tell or to ask."""
        holder = self.holder
        asking = [one for one in holder.held if not one.fenced and self._asks(one)]
        room = self._room()
        chosen: list[HeldBatch] = []
        orders: list[tuple[Settle, int]] = []
        for one in asking:
            most = min(room, holder.part(one))
            if most <= 0 and not (one.order or one.results or self._ages(one)):
                continue
            order = one.order or one.ask(max(0, most), self.ledger.lease)
            room -= len(one.raised)
            orders.append((order, one.revision))
            chosen.append(one)
        if not orders:
            return
        self.last = self.loop.time()
        asked_at, started = boot_seconds(), perf_counter()
        answers: list[Answer] | None = await self.database.ask(partial(self.ledger.settle, orders))
        if answers is None:
            self.loop.call_later(WAITS, self.wake)
            return
        deadline = asked_at + self.settings.lease - self.settings.lease_margin
        for one, (order, _), answer in zip(chosen, orders, answers, strict=True):
            self._heard(one, order, answer, deadline)
        metrics.settle_took(perf_counter() - started, sum(len(order.results) for order, _ in orders))
        holder.tell_metrics()

    def _asks(self, one: HeldBatch) -> bool:
        """Results, a retry, more room, or a lease that is a quarter gone."""
        if one.order or one.results:
            return True
        if not one.stopping and one.ahead and len(one.todo) < self.holder.window.size // 2:
            return True
        return self._ages(one)

    def _ages(self, one: HeldBatch) -> bool:
        """A quarter of its lease is gone: prolong it."""
        settings = self.settings
        return boot_seconds() > one.deadline - 0.75 * (settings.lease - settings.lease_margin)

    def _heard(self, one: HeldBatch, order: Settle, answer: Answer, deadline: float) -> None:
        one.heard(answer.settled, deadline)
        if one.fenced:
            log.warning("batch_lost", batch=one.id, token=one.token)
            return
        if order.results:
            self.holder.settled(order.results)
            self.holder.journal.settled(one.id, one.token, one.seq)
        if answer.settled.stop:
            one.stopping, one.slow = True, False
        if answer.standing is not None:
            one.revision = answer.settled.revision
            one.drop(answer.standing)

    # -- part with batches

    async def _part(self) -> None:
        """Batches that are over leave; those that stop are given back; lost ones are disclaimed."""
        holder = self.holder
        for one in list(holder.held):
            if one.fenced:
                await self._disclaim(one)
            elif one.stopping and one.quiet and one.waiting():
                await self._give_back(one)
            if one.over:
                holder.held.remove(one)
        if not holder.held:
            await self.database.ask(partial(self.ledger.finish))

    async def _disclaim(self, one: HeldBatch) -> None:
        """The token is old: say all that is known, now and again when the last replies are in."""
        holder = self.holder
        facts = one.disclaim()
        if facts and await self.database.ask(partial(self.ledger.facts, holder.journal.id, facts)):
            del one.facts[: len(facts)]
        elif facts:
            self.loop.call_later(WAITS, self.wake)

    async def _give_back(self, one: HeldBatch) -> None:
        holder = self.holder
        order = Returned(one.id, one.token, one.never(), self._delay())
        call = partial(self.ledger.give_back, order, holder.journal.id, one.untried())
        if await self.database.ask(call) is None:
            self.loop.call_later(WAITS, self.wake)
            return
        one.todo.clear()
        one.ahead.clear()

    def _delay(self) -> int | None:
        """ms until a batch given back may be claimed: while no relay can be used, until one may be."""
        rest = self.holder.rest()
        return None if rest is None else int(min(max(SHORTEST, rest), LONGEST) * 1000)

    async def close(self) -> None:
        """Let the settle on its way come home."""
        if self._task is not None:
            await asyncio.wait([self._task], timeout=1.0)
            if self._task is not None:
                self._task.cancel()
        self.database.close()
