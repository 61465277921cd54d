"""A campaign's file: its people are taken in chunk by chunk, before the launch."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import orjson
import sqlalchemy as sa

from bocau import audience
from bocau.audience import Counted, Person, freezing
from bocau.base.db import Connection
from bocau.base.db.adding import new_rows
from bocau.base.db.slices import slices
from bocau.campaigns import queries
from bocau.campaigns import tables as t
from bocau.campaigns.history import history
from bocau.campaigns.orders import names_people
from bocau.campaigns.shapes import Campaign, File
from bocau.campaigns.states import Step
from bocau.ledger import NewMessage

CHUNK = 5000


def begin_file(connection: Connection, campaign_id: int, file: File) -> bool:
    """Say which file a draft's people come from. False: all of this very file are in already. Another file's people go.

    Raises CampaignUnknownError, CampaignStepWrongError.
    """
    campaign = queries.locked(connection, campaign_id, Step.change)
    known = campaign.file
    if known is not None and known.digest == file.digest and known.columns == dict(file.columns):
        return not known.complete
    connection.execute(sa.delete(t.campaign_person).where(t.campaign_person.c.campaign == campaign_id))
    _put(connection, campaign_id, replace(file, rows=0, complete=False))
    return True


def add_file_rows(connection: Connection, campaign_id: int, rows: Sequence[NewMessage]) -> int:
    """Take people in; those who are there already are left out, so an interrupted command starts from the beginning.
    How many are new."""
    queries.locked(connection, campaign_id, Step.change)
    if not rows:
        return 0
    values = [
        {
            "campaign": campaign_id,
            "recipient": one.recipient,
            "address": one.address,
            "name": one.name,
            "row": one.row,
            "data": one.data,
        }
        for one in rows
    ]
    before = _count(connection, campaign_id)
    connection.execute(new_rows(connection, t.campaign_person), values)
    return _count(connection, campaign_id) - before


def end_file(connection: Connection, campaign_id: int) -> int:
    """All are in; how many."""
    campaign = queries.locked(connection, campaign_id, Step.change)
    assert campaign.file is not None
    rows = _count(connection, campaign_id)
    _put(connection, campaign_id, replace(campaign.file, rows=rows, complete=True))
    return rows


def drop_file(connection: Connection, campaign_id: int) -> None:
    """Forget a draft's file. Raises CampaignUnknownError, CampaignStepWrongError."""
    queries.locked(connection, campaign_id, Step.change)
    connection.execute(sa.delete(t.campaign_person).where(t.campaign_person.c.campaign == campaign_id))
    queries.put(connection, campaign_id, file=None)


def forget(connection: Connection, recipient: str) -> int:
    """Forget a person in all campaigns' files (a recipient key). How many rows."""
    return connection.execute(sa.delete(t.campaign_person).where(t.campaign_person.c.recipient == recipient)).rowcount


def count(connection: Connection, campaign_id: int, now: int) -> Counted:
    """How many people are meant, how many get the mail, and why the others do not. Reads all of them once; nobody counts
    twice. Raises CampaignUnknownError and what is wrong with the target."""
    campaign = queries.show(connection, campaign_id)
    target = campaign.plan.target
    told = Counted(0, 0, {})
    if names_people(target):
        told = audience.count_target(connection, target, history(connection), now)
    if campaign.file is None:
        return told
    total, mailable, left_out = told.total, told.mailable, dict(told.left_out)
    for chunk in slices(_people(connection, campaign_id), CHUNK):
        fresh, reasons = _judged(connection, campaign, chunk, now)
        total, mailable = total + len(fresh), mailable + len(fresh) - len(reasons)
        for reason in reasons.values():
            left_out[reason] = left_out.get(reason, 0) + 1
    return Counted(total, mailable, left_out)


def some_people(connection: Connection, campaign: Campaign, most: int) -> list[NewMessage]:
    """The first people of a campaign, as their mails would be made. Raises what is wrong with the target."""
    query = (
        sa.select(t.campaign_person).where(t.campaign_person.c.campaign == campaign.id).order_by(t.campaign_person.c.id)
    )
    made = [as_message(row) for row in connection.execute(query.limit(most))]
    if len(made) < most and names_people(campaign.plan.target):
        past = history(connection)
        some = audience.slice_target(connection, campaign.plan.target, 0, most - len(made), history=past)
        made += [message_of(one) for one in some]
    return made


def of_contact(connection: Connection, campaign: Campaign, recipient: str) -> NewMessage | None:
    """One person's mail as it would be made, whether the campaign means the person or not: from its file, else from what is
    known of the contact; None when it is neither. ``recipient``: the key."""
    mine = (t.campaign_person.c.campaign == campaign.id, t.campaign_person.c.recipient == recipient)
    row = connection.execute(sa.select(t.campaign_person).where(*mine)).one_or_none()
    if row is not None:
        return as_message(row)
    person = audience.person(connection, recipient)
    return None if person is None else message_of(person)


def as_message(row: sa.Row[Any]) -> NewMessage:
    """A file's person as a message."""
    return NewMessage(row.recipient, row.address, row.name, row.row, row.data)


def message_of(person: Person) -> NewMessage:
    """A contact as a message: with name, language and zone among the data, as every template may use them."""
    own = orjson.dumps({"name": person.name, "language": person.language, "zone": person.zone}).decode()
    data = f"{own[:-1]},{person.data[1:]}" if len(person.data) > 2 else own
    return NewMessage(person.recipient, person.address, person.name, 0, data)


def _judged(
    connection: Connection, campaign: Campaign, keys: Sequence[str], now: int
) -> tuple[set[str], dict[str, str]]:
    """Those the target does not mean anyway, and why some of them get nothing."""
    told, target = history(connection), campaign.plan.target
    fresh = set(keys)
    if names_people(target):
        fresh -= freezing.among(connection, keys, target, told, now)
    out = freezing.shut_out(connection, keys, target, told, now)
    out |= audience.blocked(connection, keys, target.lists, bulk=True, now=now)
    return fresh, {key: reason for key, reason in out.items() if key in fresh}


def _people(connection: Connection, campaign_id: int) -> "list[str]":
    query = sa.select(t.campaign_person.c.recipient).where(t.campaign_person.c.campaign == campaign_id)
    return list(connection.execute(query.order_by(t.campaign_person.c.id)).scalars())


def _count(connection: Connection, campaign_id: int) -> int:
    query = sa.select(sa.func.count()).where(t.campaign_person.c.campaign == campaign_id)
    return connection.execute(query).scalar_one()


def _put(connection: Connection, campaign_id: int, file: File) -> None:
    values = asdict(file) | {"columns": dict(file.columns), "fields": list(file.fields)}
    queries.put(connection, campaign_id, file=orjson.dumps(values).decode())
