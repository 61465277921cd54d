"""What page tests look at: submissions in all states, made by the ledger's own verbs."""

from collections.abc import Sequence

import orjson
import sqlalchemy as sa

from bocau import ledger
from bocau.base.clock import now_ms
from bocau.base.db import transaction
from bocau.ledger import protocol
from bocau.ledger.states import MessageState

SENDER = "Phòng khám <hen@clinic.test>"
Told = dict[int, tuple[MessageState, int | None, str, str]]
"""Place in the submission → state, code, enhanced code and text of the reply."""


def submission(
    db: sa.Engine,
    *,
    key: str = "one",
    name: str = "Nhắc lịch khám",
    people: Sequence[tuple[str, str]] = (),
    rejected: int = 0,
) -> int:
    """A submission whose people (name, address) are all queued."""
    rows = [
        ledger.NewMessage(
            address.lower(), address, person, line, orjson.dumps({"name": person, "amount": 6233000}).decode()
        )
        for line, (person, address) in enumerate(people, 2)
    ]
    draft = ledger.Draft(key, name, "transactional", "bulk", 1, SENDER, "{}", 86400.0)
    with transaction(db) as connection:
        number = ledger.open_submission(connection, draft, now_ms()).id
        ledger.add_messages(connection, number, rows)
        ledger.close_submission(connection, number, rejected)
    return number


def settle(db: sa.Engine, told: Told, *, otherwise: MessageState | None = MessageState.sent) -> list[int]:
    """Claim the next batch and record what ``told`` says; the rest becomes ``otherwise`` (None: stays queued)."""
    with transaction(db) as connection:
        claimed = protocol.claim(connection, "bulk", "a-journal", 60_000)
        assert claimed is not None
        top = claimed.rows[-1].id
        raised = protocol.settle(connection, protocol.Settle(claimed.id, claimed.token, 0, top, 60_000, []))
        assert raised.verdict is protocol.Verdict.committed
        results = []
        for place, row in enumerate(claimed.rows):
            state, code, enhanced, reply = told.get(place, (otherwise, 250, "2.0.0", "Kept in the sandbox"))
            if state is not None:
                delay = 300_000 if state is MessageState.deferred else None
                results.append(
                    protocol.Result(
                        row.id, row.attempt, state, code=code, enhanced=enhanced, reply=reply, relay=-1, delay=delay
                    )
                )
        protocol.settle(connection, protocol.Settle(claimed.id, claimed.token, 1, top, 60_000, results))
        protocol.finish(connection)
    return [row.id for row in claimed.rows]
