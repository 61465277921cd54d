"""Whoever makes mail due notes its queue: every verb does, and none when nobody may send it."""

from collections.abc import Callable, Iterable

import pytest
import sqlalchemy as sa

from bocau import ledger
from bocau.base.clock import now_ms
from bocau.base.db import Connection, attach, transaction
from bocau.ledger import MessageState, NewMessage, people, protocol
from bocau.ledger.protocol import DoubtRules, Result, Returned, Settle, Told

RULES = DoubtRules(hold={"bulk": 0}, resend={"bulk": True}, cap_silence=9, cap_crash=9)
LEASE = 60_000


class Heard:
    def __init__(self) -> None:
        self.names: list[str] = []

    def ring(self, names: Iterable[str]) -> None:
        self.names.extend(names)


@pytest.fixture
def heard(engine: sa.Engine) -> Heard:
    made = Heard()
    attach(engine, made)
    return made


@pytest.fixture
def rung(engine: sa.Engine, heard: Heard) -> Callable[[Callable[[Connection], object]], list[str]]:
    """What is rung for after a transaction with one verb in it."""

    def after(verb: Callable[[Connection], object]) -> list[str]:
        heard.names.clear()
        with transaction(engine) as connection:
            verb(connection)
        return list(heard.names)

    return after


Rung = Callable[[Callable[[Connection], object]], list[str]]


def draft(queue: str = "bulk") -> ledger.Draft:
    return ledger.Draft("key", "name", "bulk", queue, 1, "a@x.test", "{}", 86400.0)


def opened(connection: Connection) -> int:
    return ledger.open_submission(connection, draft(), now_ms()).id


def add(connection: Connection, submission: int, *names: str) -> None:
    rows = [NewMessage(f"{name}@x.test", f"{name}@x.test", row=n) for n, name in enumerate(names)]
    ledger.add_messages(connection, submission, rows)


@pytest.fixture
def submission(engine: sa.Engine, rung: Rung) -> int:
    """Two messages that wait."""
    made: list[int] = []
    assert rung(lambda connection: made.append(opened(connection))) == []
    assert rung(lambda connection: add(connection, made[0], "an", "binh")) == ["bulk"]
    assert rung(lambda connection: ledger.close_submission(connection, made[0], 0)) == []
    return made[0]


def ended(engine: sa.Engine, state: MessageState, **more: int) -> list[int]:
    """All that wait are claimed and settled; their ids."""
    with transaction(engine) as connection:
        claimed = protocol.claim(connection, "bulk", "journal", LEASE)
        assert claimed is not None
        ids = [row.id for row in claimed.rows]
        protocol.settle(connection, Settle(claimed.id, claimed.token, 0, ids[-1], LEASE, ()))
        results = [Result(row.id, row.attempt, state, **more) for row in claimed.rows]  # type: ignore[arg-type]
        protocol.settle(connection, Settle(claimed.id, claimed.token, 1, ids[-1], LEASE, results))
    return ids


def test_the_same_rows_again_are_not_due_but_who_asks_again_is_heard(submission: int, rung: Rung) -> None:
    assert rung(lambda connection: add(connection, submission, "an")) == []
    assert rung(opened) == ["bulk"]


def test_what_is_paused_is_rung_for_when_it_goes_on(submission: int, rung: Rung) -> None:
    assert rung(lambda connection: ledger.pause(connection, submission)) == []
    assert rung(lambda connection: add(connection, submission, "chi")) == []
    assert rung(opened) == []
    assert rung(lambda connection: ledger.resume(connection, submission)) == ["bulk"]


def test_what_is_cancelled_is_not(submission: int, rung: Rung) -> None:
    assert rung(lambda connection: ledger.cancel(connection, submission)) == []
    assert rung(lambda connection: add(connection, submission, "chi")) == []


def test_retry_is_rung_for(engine: sa.Engine, submission: int, rung: Rung) -> None:
    ids = ended(engine, MessageState.failed)
    assert rung(lambda connection: people.reopen(connection, submission, 60.0)) == []
    assert rung(lambda connection: ledger.retry(connection, ids, {})) == ["bulk"]


def test_retry_of_nothing_or_of_what_is_paused_is_not(engine: sa.Engine, submission: int, rung: Rung) -> None:
    ids = ended(engine, MessageState.failed)
    assert rung(lambda connection: ledger.retry(connection, [99], {})) == []
    assert rung(lambda connection: ledger.pause(connection, submission)) == []
    assert rung(lambda connection: ledger.retry(connection, ids, {})) == []


def test_what_comes_due_is_rung_for(engine: sa.Engine, submission: int, rung: Rung) -> None:
    ended(engine, MessageState.deferred, delay=0)
    assert rung(protocol.rebatch) == ["bulk"]
    assert rung(protocol.rebatch) == []


def test_settling_rings_for_nothing(engine: sa.Engine, submission: int, heard: Heard) -> None:
    heard.names.clear()
    ended(engine, MessageState.sent, code=250)
    assert heard.names == []


@pytest.mark.parametrize(("delay", "expected"), [(None, ["bulk"]), (60_000, [])])
def test_what_is_given_back_is_rung_for_unless_it_waits(
    submission: int, rung: Rung, delay: int | None, expected: list[str]
) -> None:
    def claim_and_return(connection: Connection) -> None:
        claimed = protocol.claim(connection, "bulk", "journal", LEASE)
        assert claimed is not None
        assert protocol.give_back(connection, Returned(claimed.id, claimed.token, (), delay))

    assert rung(claim_and_return) == expected


@pytest.mark.parametrize("permitted", [0, 1, 2])
def test_what_is_taken_from_a_silent_holder_is_rung_for(
    engine: sa.Engine, submission: int, rung: Rung, permitted: int
) -> None:
    """Above the ceiling at once, below it when its hold has ended."""
    with transaction(engine) as connection:
        claimed = protocol.claim(connection, "bulk", "journal", -LEASE)
        assert claimed is not None
        permit = [0, *(row.id for row in claimed.rows)][permitted]
        if permit:
            protocol.settle(connection, Settle(claimed.id, claimed.token, 0, permit, -LEASE, ()))
    assert rung(lambda connection: protocol.revoke(connection, 0, RULES)) == (["bulk"] if permitted < 2 else [])
    assert rung(lambda connection: protocol.hold_end(connection, RULES)) == (["bulk"] if permitted else [])


def test_what_a_dead_holder_never_began_is_rung_for(engine: sa.Engine, submission: int, rung: Rung) -> None:
    with transaction(engine) as connection:
        protocol.claim(connection, "bulk", "journal", LEASE)
    told = Told("journal", {}, set(), True)
    assert rung(lambda connection: protocol.replay(connection, told, RULES)) == ["bulk"]
