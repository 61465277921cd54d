"""The protocol's transactions on each database, step by step (PROTOCOL.md 2.3)."""

from collections.abc import Sequence

import pytest
import sqlalchemy as sa

from bocau import ledger
from bocau.base.db import reading, transaction
from bocau.ledger import protocol
from bocau.ledger.protocol import Fact, Result, Settle, Verdict
from bocau.ledger.states import MessageState
from bocau.ledger.tables import batch, message, submission

J1, J2 = "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"
S, D, F = MessageState.sent, MessageState.deferred, MessageState.failed
DOUBT = protocol.DoubtRules(hold={"transactional": 3_600_000}, resend={"transactional": True})


def fill(
    engine: sa.Engine,
    count: int,
    *,
    key: str = "key",
    stream: str = "transactional",
    queue: str = "bulk",
    domains: Sequence[str] = ("x.test",),
) -> int:
    draft = ledger.Draft(key, "test", stream, queue, 1, "a@b.test", "{}", 86400.0)
    with transaction(engine) as connection:
        opened = ledger.open_submission(connection, draft, 1_700_000_000_000)
        people = [f"r{n}@{domains[(n - 1) % len(domains)]}" for n in range(1, count + 1)]
        rows = [ledger.NewMessage(who, who, row=n) for n, who in enumerate(people, 1)]
        ledger.add_messages(connection, opened.id, rows)
        ledger.close_submission(connection, opened.id, 0)
        connection.execute(sa.update(submission).values(expires_at=2**52))
    return opened.id


def claim(engine: sa.Engine, journal: str) -> protocol.Claimed:
    with transaction(engine) as connection:
        claimed = protocol.claim(connection, "bulk", journal, 60_000)
    assert claimed is not None
    return claimed


def settle(engine: sa.Engine, held: protocol.Claimed, seq: int, results: list[Result], permit: int) -> Verdict:
    with transaction(engine) as connection:
        return protocol.settle(connection, Settle(held.id, held.token, seq, permit, 60_000, results)).verdict


def revoke(engine: sa.Engine) -> int:
    with transaction(engine) as connection:
        connection.execute(sa.update(batch).where(batch.c.state == 1).values(lease_end=0))
        return protocol.revoke(connection, 0, DOUBT)


def rows(engine: sa.Engine) -> list[tuple[int, int, int]]:
    with reading(engine) as connection:
        columns = (message.c.state, message.c.attempts, message.c.doubts)
        return [
            (MessageState(s).name[0], a, d)
            for s, a, d in connection.execute(sa.select(*columns).order_by(message.c.id))
        ]  # type: ignore[misc]


def finish(engine: sa.Engine) -> int:
    with transaction(engine) as connection:
        return protocol.finish(connection)


def test_every_transaction_does_what_the_protocol_says(engine: sa.Engine) -> None:
    fill(engine, 6)
    held = claim(engine, J1)
    one, two, three, four, five, six = [row.id for row in held.rows]
    assert settle(engine, held, 0, [], four) == Verdict.committed
    assert settle(engine, held, 1, [Result(one, 1, S, code=250)], four) == Verdict.committed
    assert settle(engine, held, 1, [Result(one, 1, S, code=250)], four) == Verdict.was_committed
    assert settle(engine, held, 2, [Result(two, 1, D, code=451, delay=0)], four) == Verdict.committed
    assert revoke(engine) == 1
    assert settle(engine, held, 3, [Result(three, 1, S, code=250)], six) == Verdict.fenced
    assert rows(engine) == [("s", 1, 0), ("d", 1, 0), ("d", 1, 1), ("d", 1, 1), ("q", 0, 0), ("q", 0, 0)]
    second = claim(engine, J2)
    assert [row.id for row in second.rows] == [five, six]
    told = [Fact(three, 1, S, 250)] + [
        Fact(n, 1, protocol.NEVER, batch=held.id, token=held.token) for n in (four, five, six)
    ]
    for _ in range(2):
        with transaction(engine) as connection:
            protocol.facts(connection, J1, told)
    assert rows(engine) == [("s", 1, 0), ("d", 1, 0), ("s", 1, 1), ("q", 0, 0), ("q", 0, 0), ("q", 0, 0)]
    assert settle(engine, second, 0, [], six) == Verdict.committed
    both = [Result(five, 1, S, code=250), Result(six, 1, S, code=250)]
    assert settle(engine, second, 1, both, six) == Verdict.committed
    assert finish(engine) == 0
    third = claim(engine, J2)
    assert [(row.id, row.attempt) for row in third.rows] == [(four, 1)]
    assert settle(engine, third, 0, [], four) == Verdict.committed
    assert settle(engine, third, 1, [Result(four, 1, S, code=250)], four) == Verdict.committed
    assert finish(engine) == 0
    with transaction(engine) as connection:
        assert protocol.rebatch(connection) == 1
    last = claim(engine, J2)
    assert [(row.id, row.attempt) for row in last.rows] == [(two, 2)]
    assert settle(engine, last, 0, [], two) == Verdict.committed
    assert settle(engine, last, 1, [Result(two, 2, S, code=250)], two) == Verdict.committed
    assert finish(engine) == 1
    assert {state for state, _, _ in rows(engine)} == {"s"}


def test_equal_recipients_and_resumed_rows_are_told_apart(engine: sa.Engine) -> None:
    number = fill(engine, 3)
    again = [ledger.NewMessage("r1@x.test", "r1@x.test", row=1), ledger.NewMessage("r2@x.test", "R2@x.test", row=9)]
    with transaction(engine) as connection:
        added = ledger.add_messages(connection, number, again)
    assert added == ledger.Added(0, [(9, 2)])


@pytest.mark.parametrize("attempted", [True, False])
def test_replay_tells_attempted_from_never_tried(engine: sa.Engine, attempted: bool) -> None:
    fill(engine, 2)
    held = claim(engine, J1)
    first, second = (row.id for row in held.rows)
    settle(engine, held, 0, [], second)
    told = protocol.Told(
        J1, {(first, 1): Fact(first, 1, S, 250)}, {(first, 1), (second, 1)} if attempted else {(first, 1)}, True
    )
    with transaction(engine) as connection:
        protocol.replay(connection, told, DOUBT)
        protocol.replay(connection, told, DOUBT)
    assert rows(engine)[0] == ("s", 1, 0)
    assert rows(engine)[1] == (("q", 1, 1) if attempted else ("q", 0, 0))
    next_claim = claim(engine, J2)
    assert [(row.id, row.attempt) for row in next_claim.rows] == [(second, 2 if attempted else 1)]
    assert next_claim.alone is attempted


def test_pause_stops_claims_and_cancel_asks_holders_only_below_the_ceiling(engine: sa.Engine) -> None:
    number = fill(engine, 4)
    held = claim(engine, J1)
    ids = [row.id for row in held.rows]
    settle(engine, held, 0, [], ids[1])
    with transaction(engine) as connection:
        ledger.pause(connection, number)
        assert ledger.cancel(connection, number) == 2
    with transaction(engine) as connection:
        told = protocol.settle(
            connection, Settle(held.id, held.token, 1, ids[3], 1000, [Result(ids[0], 1, S, code=250)])
        )
    assert (told.verdict, told.stop) == (Verdict.committed, True) and told.revision > held.revision
    dropped = [Result(ids[1], 1, MessageState.cancelled, counted=False)]
    assert settle(engine, held, 2, dropped, ids[3]) == Verdict.committed
    assert [state for state, _, _ in rows(engine)] == ["s", "c", "c", "c"]


def test_retry_starts_attempts_anew_and_reopens_the_submission(engine: sa.Engine) -> None:
    number = fill(engine, 1)
    held = claim(engine, J1)
    only = held.rows[0].id
    settle(engine, held, 0, [], only)
    settle(engine, held, 1, [Result(only, 1, F, code=550, enhanced="5.1.1", reply="no such user")], only)
    assert finish(engine) == 1
    with transaction(engine) as connection:
        assert ledger.retry(connection, [only], {"transactional": 60.0}) == 1
    again = claim(engine, J1)
    assert (again.rows[0].attempt, again.rows[0].retries) == (2, 1)
    with reading(engine) as connection:
        shown = ledger.show_message(connection, only)
        assert shown is not None and [e["kind"] for e in shown["events"]] == ["failed", "retried"]
        assert ledger.progress(connection, number).state == ledger.SubmissionState.running
