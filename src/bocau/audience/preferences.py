"""What one person wants to get, as the preference page shows and changes it. The link in a mail is the person's own word."""

from collections.abc import Collection
from typing import NamedTuple

import sqlalchemy as sa

from bocau.audience import contacts, lists, suppressions
from bocau.audience import tables as t
from bocau.audience.requests import ContactCreation
from bocau.audience.shapes import Consent
from bocau.audience.states import Reason, Subscribed
from bocau.audience.subscriptions import confirm, unsubscribe, welcome
from bocau.base.db import Connection


class Choice(NamedTuple):
    """One list as its members see it."""

    id: int
    title: str
    told: str
    subscribed: bool


class Preferences(NamedTuple):
    """``known``: whether the person is a contact. ``stopped``: they unsubscribed from everything."""

    recipient: str
    known: bool
    name: str
    language: str
    stopped: bool
    choices: tuple[Choice, ...]


def preferences(connection: Connection, recipient: str) -> Preferences:
    """What the person may choose: every list that is not hidden, and hidden ones they are on."""
    row = connection.execute(
        sa.select(t.contact.c.id, t.contact.c.name, t.contact.c.language).where(t.contact.c.recipient == recipient)
    ).one_or_none()
    query = sa.select(t.subscription.c.list).where(
        t.subscription.c.contact == (row.id if row else 0), t.subscription.c.state == Subscribed.subscribed.value
    )
    on = set(connection.execute(query).scalars())
    stopped = any(
        one["reason"] == Reason.unsubscribed.value and one["scope"] == "bulk" and one["value"] == recipient
        for one in suppressions.matching(connection, recipient)
    )
    choices = tuple(
        Choice(one.id, one.title(), one.told, one.id in on)
        for one in lists.every(connection)
        if not one.hidden or one.id in on
    )
    return Preferences(
        recipient, row is not None, row.name if row else "", row.language if row else "", stopped, choices
    )


def set_preferences(
    connection: Connection, recipient: str, wanted: Collection[int], consented: Consent, now: int, *, stop: bool = False
) -> Preferences:
    """The person wants exactly these lists (ids) of those shown; with ``stop``, nothing but transactional mail any more.

    Ids that are not shown are passed over. Who wants a list gets it although they had unsubscribed from everything.
    Who is no contact becomes one. What holds afterwards.
    """
    before = preferences(connection, recipient)
    if stop:
        unsubscribe(connection, recipient, (), consented, now)
        return preferences(connection, recipient)
    if not before.known:
        contacts.make(connection, ContactCreation(address=recipient, consented=consented), now)
    shown = {one.id: one.subscribed for one in before.choices}
    leaving = [list_id for list_id, on in shown.items() if on and list_id not in wanted]
    coming = [list_id for list_id, on in shown.items() if not on and list_id in wanted]
    if leaving:
        unsubscribe(connection, recipient, leaving, consented, now)
    if coming:
        confirm(connection, recipient, coming, consented, now)
    elif before.stopped and set(wanted) & shown.keys():
        welcome(connection, recipient, consented, now)
    return preferences(connection, recipient)
