"""What is told of one message: who fetched its picture, and whether that counts."""

import pytest
import sqlalchemy as sa

from bocau import events, ledger
from bocau.base.db import transaction
from bocau.flows.story import story
from bocau.ledger.tables import message


@pytest.mark.parametrize(
    ("detail", "words"),
    [
        ({"by": "person"}, "shown to somebody"),
        ({"by": "proxy", "hint": True}, "a hint that it was opened"),
        ({"by": "proxy"}, "not counted as opened"),
    ],
)
def test_opening_that_only_a_proxy_saw_is_told_as_such(
    engine: sa.Engine, detail: dict[str, object], words: str
) -> None:
    draft = ledger.Draft("k", "k", "bulk", "bulk", 1, "a@b.test", "{}", 86_400.0)
    with transaction(engine) as connection:
        number = ledger.open_submission(connection, draft, 1).id
        ledger.add_messages(connection, number, [ledger.NewMessage("an@x.test", "an@x.test", row=1)])
        (one,) = connection.execute(sa.select(message.c.id)).scalars()
        events.append(connection, [events.Event(one, events.Kind.opened, 0, detail)])
        assert words in story(connection, one).steps[-1].sentence
