"""Who is suppressed while campaigns run: what waits is held back at once, what a worker holds says why it was dropped."""

from typing import Any

import sqlalchemy as sa

from bocau import events, ledger, tracking
from bocau.audience import Reason, suppressions
from bocau.audience.suppressions import Suppression
from bocau.base.db import reading, transaction
from bocau.ledger import protocol
from bocau.ledger.protocol import Result, Settle
from bocau.ledger.states import MessageState
from tests.ledger.seeds import NOW, submitted

PEOPLE = ["an@x.test", "binh@x.test", "chi@x.test"]


def story(engine: sa.Engine, number: int, person: str) -> tuple[str, list[Any]]:
    """The state of a person's mail, and its events with their reasons."""
    with reading(engine) as connection:
        (row,) = ledger.list_messages(connection, ledger.Filter(submission=number, recipient=person))
        told = [(one["kind"], one["detail"].get("reason")) for one in events.timeline(connection, row["id"])]
    return row["state"], told


def test_many_at_once_in_all_running_campaigns(engine: sa.Engine) -> None:
    first, second = submitted(engine, PEOPLE), submitted(engine, [*PEOPLE, "dung@x.test"], "two")
    with transaction(engine) as connection:
        held = protocol.claim(connection, "bulk", "journal", 60_000)
        assert held is not None and held.submission == first
        one, two = held.rows[0].id, held.rows[1].id
        protocol.settle(connection, Settle(held.id, held.token, 0, two, 60_000, ()))
    with transaction(engine) as connection:
        wanted = [Suppression(who, Reason.complained) for who in ("chi@x.test", "binh@x.test", "nobody@x.test")]
        suppressions.suppress_many(connection, wanted, NOW)
        assert tracking.withdraw_everywhere(connection, [each.value for each in wanted], NOW) == 4
    with transaction(engine) as connection:
        results = [Result(one, 1, MessageState.sent, code=250), Result(two, 1, MessageState.cancelled, counted=False)]
        protocol.settle(connection, Settle(held.id, held.token, 1, two, 60_000, results))
    assert story(engine, first, "an@x.test") == ("sent", [])
    assert story(engine, first, "binh@x.test") == ("cancelled", [("recalled", "complained"), ("cancelled", None)])
    assert story(engine, first, "chi@x.test") == ("suppressed", [("suppressed", "complained")])
    assert story(engine, second, "binh@x.test") == ("suppressed", [("suppressed", "complained")])
    assert [story(engine, second, who)[0] for who in ("an@x.test", "dung@x.test")] == ["queued", "queued"]
    with transaction(engine) as connection:
        assert tracking.withdraw_everywhere(connection, PEOPLE, NOW) == 0
