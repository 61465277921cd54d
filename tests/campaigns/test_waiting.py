"""Why a campaign waits, and why some of its people have no mail."""

import sqlalchemy as sa

from bocau import campaigns, ledger
from bocau.audience import Target
from bocau.base.db import reading, transaction
from bocau.campaigns import waiting
from bocau.ledger import MessageState, admit, protocol
from bocau.ledger.protocol import Result, Settle
from bocau.relays.circuits import open_circuit
from tests.campaigns.world import NOW, expand, fill, plan, started


def reasons(engine: sa.Engine, number: int) -> list[str]:
    with reading(engine) as connection:
        return [str(one) for one in waiting.reasons(connection, campaigns.show(connection, number), NOW)]


def unsent(engine: sa.Engine, number: int) -> dict[str, int]:
    with reading(engine) as connection:
        return {
            str(one.why): one.messages for one in waiting.why_unsent(connection, campaigns.show(connection, number))
        }


def running(engine: sa.Engine, people: int = 5) -> int:
    with transaction(engine) as connection:
        fill(connection, people)
    number = started(engine, plan(Target(everyone=True)))
    expand(engine, number)
    return number


def test_nothing_keeps_a_campaign_that_runs(engine: sa.Engine) -> None:
    assert reasons(engine, running(engine)) == []


def test_a_paused_submission_a_resting_relay_and_turns_are_named(engine: sa.Engine) -> None:
    number = running(engine)
    with transaction(engine) as connection:
        open_circuit(connection, 0, "connect", 9_000_000_000_000)
    assert len(reasons(engine, number)) == 1 and "left alone" in reasons(engine, number)[0]
    with transaction(engine) as connection:
        claimed = protocol.claim(connection, "bulk", "journal", 60_000)
        assert claimed is not None
        admit.put_aside(connection, claimed, {row.id: 9_000_000_000_000 for row in claimed.rows})
    assert reasons(engine, number) == [
        "5 mails wait until 2255-03-14 16:00 at least for their turn: limits or quiet hours"
    ]
    with transaction(engine) as connection:
        (submission,) = campaigns.submissions(connection, number)
        ledger.pause(connection, submission)
    assert f"its submission {submission} is paused" in reasons(engine, number)[0]


def test_why_people_have_no_mail_is_counted(engine: sa.Engine) -> None:
    number = running(engine, 6)
    failed = MessageState.failed
    with transaction(engine) as connection:
        claimed = protocol.claim(connection, "bulk", "journal", 60_000)
        assert claimed is not None
        ids = [row.id for row in claimed.rows]
        claimed = admit.refuse(connection, claimed, {ids[4]: "unsubscribed", ids[5]: "unsubscribed"})
        protocol.settle(connection, Settle(claimed.id, claimed.token, 0, ids[3], 60_000, ()))
        results = [
            Result(ids[0], 1, MessageState.sent, relay=-1, code=250),
            Result(ids[1], 1, failed, relay=-1, code=550),
            Result(ids[2], 1, failed, relay=-1, code=550),
            Result(ids[3], 1, failed, reply="template"),
        ]
        protocol.settle(connection, Settle(claimed.id, claimed.token, 1, ids[3], 60_000, results))
    assert unsent(engine, number) == {
        "refused by the receiving server (550)": 2,
        "unsubscribed": 2,
        "the mail could not be made or is too large": 1,
    }
