"""The record of each contact's permission: lines that are only ever added. Who is erased takes them along."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from bocau.audience.matching import plain
from bocau.audience.shapes import Consent
from bocau.audience.states import What
from bocau.audience.tables import consent, mailing_list
from bocau.audience.values import clean
from bocau.base.db import Session

LONGEST_TEXT = 10_000


def record(
    session: Session,
    contact_ids: Iterable[int],
    what: What,
    consented: Consent,
    now: int,
    *,
    list_id: int | None = None,
) -> None:
    """Add a line for each contact. ``list_id`` None: about the contact as a whole."""
    line = {
        "list": list_id, "what": what.value, "at": now, "how": consented.how.value, "source": clean(consented.source)[:500],
        "ip": clean(consented.ip)[:45], "text": clean(consented.text)[:LONGEST_TEXT],
    }  # fmt: skip
    lines = [line | {"contact": number} for number in contact_ids]
    if lines:
        session.execute(sa.insert(consent), lines)


def lines(session: Session, contact_id: int) -> list[dict[str, Any]]:
    """The contact's record, oldest first; ``list_name`` is None for no list and for one that is deleted."""
    query = (
        sa.select(consent, mailing_list.c.name.label("list_name"))
        .outerjoin(mailing_list, mailing_list.c.id == consent.c.list)
        .where(consent.c.contact == contact_id)
        .order_by(consent.c.id)
    )
    return [plain(row) for row in session.execute(query)]
