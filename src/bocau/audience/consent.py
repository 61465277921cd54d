"""The record of each contact's permission: lines that are only ever added. Who is erased takes them along.

What an import did stands once, in its own row, and not once for each of its contacts; here it is told as if it did.
"""

from collections.abc import Iterable
from typing import Any

import orjson
import sqlalchemy as sa

from bocau.audience import tables as t
from bocau.audience.matching import plain
from bocau.audience.shapes import Consent
from bocau.audience.states import How, What
from bocau.audience.values import clean
from bocau.base.db import Connection

LONGEST_TEXT = 10_000
LATEST = 5_000
"""Lines that are looked at for one network: the newest ones, so that the question costs the same with any history."""


def record(
    connection: Connection,
    contact_ids: Iterable[int],
    what: What,
    consented: Consent,
    now: int,
    *,
    list_id: int | None = None,
) -> None:
    """Add a line for each contact. ``list_id`` None: about the contact as a whole."""
    line = {
        "list": list_id,
        "what": what.value,
        "at": now,
        "how": consented.how.value,
        "source": clean(consented.source)[:500],
        "ip": clean(consented.ip)[:45],
        "text": clean(consented.text)[:LONGEST_TEXT],
    }
    lines = [line | {"contact": contact_id} for contact_id in contact_ids]
    if lines:
        connection.execute(sa.insert(t.consent), lines)


def asked_since(connection: Connection, contact_id: int, since: int) -> dict[int, list[int]]:
    """List id → when the person was asked about it, oldest first; since a moment in ms."""
    query = sa.select(t.consent.c.list, t.consent.c.at).where(
        t.consent.c.contact == contact_id,
        t.consent.c.what == What.asked.value,
        t.consent.c.at > since,
        t.consent.c.list.is_not(None),
    )
    found: dict[int, list[int]] = {}
    for row in connection.execute(query.order_by(t.consent.c.id)):
        found.setdefault(row.list, []).append(row.at)
    return found


def forms_from(connection: Connection, since: int) -> dict[str, int]:
    """IP address → sign-ups by a form that came from it since a moment in ms, among the latest lines of all."""
    newest = connection.execute(sa.select(sa.func.max(t.consent.c.id))).scalar() or 0
    query = sa.select(t.consent.c.ip, sa.func.count().label("n")).where(
        t.consent.c.id > newest - LATEST,
        t.consent.c.at > since,
        t.consent.c.how == How.form.value,
        t.consent.c.what.in_((What.asked.value, What.subscribed.value)),
        t.consent.c.ip != "",
    )
    return {row.ip: int(row.n) for row in connection.execute(query.group_by(t.consent.c.ip))}


def lines(connection: Connection, contact_id: int) -> list[dict[str, Any]]:
    """The contact's record, oldest first; ``list_name`` is None for no list and for one that is deleted."""
    query = (
        sa.select(t.consent, t.mailing_list.c.name.label("list_name"))
        .outerjoin(t.mailing_list, t.mailing_list.c.id == t.consent.c.list)
        .where(t.consent.c.contact == contact_id)
        .order_by(t.consent.c.id)
    )
    told = [*_imported(connection, contact_id), *(plain(row) for row in connection.execute(query))]
    return sorted(told, key=lambda line: int(line["at"]))


def _imported(connection: Connection, contact_id: int) -> list[dict[str, Any]]:
    """Lines about the imports that made the contact and put it on lists. ``id`` is None: they stand nowhere else."""
    made = sa.select(t.contact.c.origin, sa.null().label("list"), sa.null().label("list_name"), t.contact.c.created_at)
    on = (
        sa.select(t.subscription.c.origin, t.subscription.c.list, t.mailing_list.c.name, sa.null())
        .outerjoin(t.mailing_list, t.mailing_list.c.id == t.subscription.c.list)
        .where(t.subscription.c.contact == contact_id, t.subscription.c.origin != 0)
    )
    found = [
        *connection.execute(made.where(t.contact.c.id == contact_id, t.contact.c.origin != 0)),
        *connection.execute(on),
    ]
    runs = sa.select(t.import_run).where(t.import_run.c.id.in_([row.origin for row in found]))
    by_id = {run.id: run for run in connection.execute(runs)} if found else {}
    return [_import_line(contact_id, row, by_id[row[0]], found[0]) for row in found if row[0] in by_id]


def _import_line(contact_id: int, row: Any, run: Any, made: Any) -> dict[str, Any]:
    plan = orjson.loads(run.plan)
    at = made[3] if made[0] == run.id and made[3] else run.created_at
    what = What.created if row[1] is None else What.subscribed
    return {
        "id": None,
        "contact": contact_id,
        "list": row[1],
        "what": what.value,
        "at": at,
        "how": How.imported.value,
        "source": plan["source"] or run.file,
        "ip": "",
        "text": plan["text"],
        "list_name": row[2],
        "import": run.id,
    }
