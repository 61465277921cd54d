"""Claims of a queue in which much may not go now: what may go is found behind it, and nobody asks in vain for ever."""

from typing import Any

import pytest
import sqlalchemy as sa

from bocau.base import config
from bocau.base.db import reading, transaction
from bocau.delivery import ledger_client as module
from bocau.delivery.admission import Terms
from bocau.delivery.ledger_client import LedgerClient
from bocau.delivery.pace import Line
from bocau.ledger.tables import batch
from tests.ledger.test_protocol_verbs import J1, fill

NOTHING: Any = None
"""What a composer needs, of which there is none here."""


def ledger_client(engine: sa.Engine, terms: dict[int, Terms]) -> LedgerClient:
    made = LedgerClient(engine, config.Settings(), b"", NOTHING)
    made.composer = made.stream = lambda number: NOTHING  # type: ignore[assignment]
    made.terms = lambda number: terms.get(number, Terms(bulk=True))  # type: ignore[assignment]
    return made


def batches(engine: sa.Engine, submission: int) -> list[tuple[int, int | None, int]]:
    with reading(engine) as connection:
        columns = (batch.c.state, batch.c.not_before, batch.c.claims)
        rows = connection.execute(sa.select(*columns).where(batch.c.submission == submission).order_by(batch.c.id))
        return [tuple(row) for row in rows]


def test_many_batches_whose_relay_is_away_hold_nobody_up(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROUNDS", 2)
    chosen = fill(engine, 1, key="chosen")
    with transaction(engine) as connection:  # many more of the same, without a mail each for the time being
        like = connection.execute(sa.select(batch).where(batch.c.submission == chosen)).one()
        values = {"submission": chosen, "queue": like.queue, "state": 0, "open": 1}
        connection.execute(sa.insert(batch), [{**values, "not_before": 7} for _ in range(60)])
    free = fill(engine, 2, key="free")
    mine = ledger_client(engine, {chosen: Terms(bulk=True, relay=7)})
    before = batches(engine, chosen)
    found = mine.claim("bulk", J1, 64, usable=[1])
    assert [one.submission for one in found.claimed] == [free]
    assert batches(engine, chosen) == before  # with the turn each waited for, and ready as soon as the relay is
    assert mine.claim("bulk", J1, 64, usable=[1]) == ([], False)
    found = mine.claim("bulk", J1, 1, usable=[1, 7])
    assert [one.submission for one in found.claimed] == [chosen]


def test_the_drain_goes_on_behind_batches_that_wait_for_their_limit(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ROUNDS", 2)
    slow = Terms(bulk=True, lines=(Line("c/hour", 60),))
    terms = {fill(engine, 1, key=f"slow{n}"): slow for n in range(6)}
    free = fill(engine, 1, key="free")
    mine = ledger_client(engine, terms)
    assert len(mine.claim("bulk", J1, 1).claimed) == 1
    assert mine.claim("bulk", J1, 1) == ([], True)
    assert mine.claim("bulk", J1, 1) == ([], True)
    assert [one.submission for one in mine.claim("bulk", J1, 1).claimed] == [free]
    assert mine.claim("bulk", J1, 1) == ([], False)
