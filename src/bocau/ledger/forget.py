"""Forgetting a person: their rows stay, so that counts stay true, but say nothing about anybody any more."""

import sqlalchemy as sa

from bocau import events
from bocau.base.db import Connection
from bocau.base.errors import BocauError
from bocau.base.words import N_
from bocau.ledger import tables as t
from bocau.ledger.look import made_until
from bocau.ledger.states import OPEN
from bocau.ledger.steer import cancel_messages


class MailUnderWayError(BocauError):
    code = "mail-under-way"
    sentence = N_("{count} mails to this person are on their way at this moment. Nobody was erased.")
    hint = N_("Wait a minute, or cancel what is running with `bocau submissions cancel`; then try again.")


def forget(connection: Connection, recipient: str, until: int | None = None) -> dict[str, int]:
    """Take a person (a recipient key) out of all messages and their events: ``messages`` and ``events`` that said something.

    ``until``: only out of submissions made until then (ms). Open mails are cancelled first. The domain stays: a mail
    server's name is no personal data, and counts go by it. Raises MailUnderWayError when a worker holds one.
    """
    mine = [t.message.c.recipient == recipient]
    if until is not None:
        mine.append(made_until(until))
    rows = connection.execute(sa.select(t.message.c.id, t.message.c.state).where(*mine)).all()
    still = [row.id for row in rows if row.state in OPEN]
    if still:
        cancel_messages(connection, still)
        left = sa.select(sa.func.count()).where(t.message.c.id.in_(still), t.message.c.state.in_(OPEN))
        if count := connection.execute(left).scalar_one():
            raise MailUnderWayError(count=count)
    domain = recipient.rpartition("@")[2]
    for row in rows:
        nobody = f"erased-{row.id}@{domain}"
        values = {"recipient": nobody, "address": nobody, "name": "", "data": "{}", "files": None, "reply": None}
        connection.execute(sa.update(t.message).where(t.message.c.id == row.id).values(**values))
    return {"messages": len(rows), "events": events.forget(connection, [row.id for row in rows])}
