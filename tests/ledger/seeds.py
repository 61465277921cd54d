"""A bulk submission for tests of other rooms' doors."""

from collections.abc import Sequence

import sqlalchemy as sa

from bocau import ledger
from bocau.base.db import transaction

NOW = 1_790_000_000_000


def submitted(db: sa.Engine, addresses: Sequence[str], key: str = "one", now: int = NOW) -> int:
    """A submission of stream bulk with a message for each address, all in; its id."""
    draft = ledger.Draft(key, key, "bulk", "bulk", 1, "Tin <tin@clinic.test>", "{}", 86_400.0)
    with transaction(db) as connection:
        number = ledger.open_submission(connection, draft, now).id
        rows = [
            ledger.NewMessage(address, address, "Văn An", place + 2, '{"name":"Văn An"}')
            for place, address in enumerate(addresses)
        ]
        ledger.add_messages(connection, number, rows)
        ledger.close_submission(connection, number, 0)
    return number
