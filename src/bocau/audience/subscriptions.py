"""Coming and going: who is on a list, by whose word.

A person comes back after having left only by confirming it: a form that a stranger fills in changes nothing for them.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import NamedTuple

import sqlalchemy as sa

from bocau.audience import consent, contacts, erased, lists, places, suppressions
from bocau.audience import tables as t
from bocau.audience.requests import ContactCreation, ContactDetails
from bocau.audience.shapes import Consent
from bocau.audience.states import Reason, Status, Subscribed, What
from bocau.base.db import Connection
from bocau.base.db.adding import new_rows
from bocau.base.db.slices import slices
from bocau.base.given import NOT_GIVEN

HOUR, DAY = 3_600_000, 86_400_000
MOST_A_DAY = 5
"""Mails in a day that ask one person: a stranger may fill in the form in their name."""


class Asked(NamedTuple):
    """``subscribed``: lists (ids) the person is on now. ``to_confirm``: lists that wait for the person's own word; of
    these ``lately`` were asked about within the hour, or too often today: no other mail asks. ``contact``: the id."""

    recipient: str
    subscribed: tuple[int, ...]
    to_confirm: tuple[int, ...]
    lately: tuple[int, ...] = ()
    contact: int = 0


class Held(NamedTuple):
    """How a person stands to a list, and since when (ms)."""

    state: Subscribed
    at: int


class Members(NamedTuple):
    """What became of people that were put on a list: recipient keys."""

    added: list[str]
    there: list[str]  # they were on it
    left: list[str]  # they had unsubscribed, and were not put on it
    unknown: list[str]  # no contacts


def subscribe(
    connection: Connection,
    address: str,
    list_ids: Collection[int],
    consented: Consent,
    now: int,
    *,
    name: str = "",
    language: str = "",
    zone: str = "",
) -> Asked:
    """Somebody asks for lists, by a form. Who is no contact becomes one. Lists with double opt-in, and everything for a
    person who had unsubscribed or was erased, wait for ``confirm``: the door sends the mail that asks for it.

    Who is known from forms only is ``unconfirmed``: no campaign means them. The same again is no harm. Raises
    AddressWrongError, ListUnknownError, LanguageWrongError, ZoneWrongError.
    """
    recipient = contacts.key(address)
    wanted = _lists(connection, list_ids)
    gone = _is_gone(connection, recipient)
    creation = ContactCreation(
        address=address, name=name or NOT_GIVEN, language=language or NOT_GIVEN, zone=zone or NOT_GIVEN
    )
    contact_id = _contact(connection, creation, consented, now)
    states = _states(connection, contact_id)
    asked = consent.asked_since(connection, contact_id, now - DAY)
    sure: list[int] = []
    waiting: list[int] = []
    lately: list[int] = []
    for one in wanted:
        state = states.get(one.id)
        if state == Subscribed.subscribed and not gone:
            sure.append(one.id)
            continue
        careful = gone or one.opt_in == "double" or state == Subscribed.unsubscribed
        (waiting if careful else sure).append(one.id)
        if not careful:
            _put(connection, [contact_id], one.id, Subscribed.subscribed, now)
        elif state is None:
            _put(connection, [contact_id], one.id, Subscribed.unconfirmed, now)
        if careful and (asked.get(one.id, [0])[-1] > now - HOUR or sum(map(len, asked.values())) >= MOST_A_DAY):
            lately.append(one.id)
            continue
        what = What.asked if careful else What.subscribed
        consent.record(connection, [contact_id], what, consented, now, list_id=one.id)
    if sure:
        contacts.activate(connection, [contact_id])
    return Asked(recipient, tuple(sure), tuple(waiting), tuple(lately), contact_id)


def confirm(
    connection: Connection, recipient: str, list_ids: Collection[int], consented: Consent, now: int
) -> tuple[int, ...]:
    """The person's own word (the link in the mail that asked): they are on these lists now, and what they had stopped by
    unsubscribing may go again. The lists they are on now, of those; empty when the contact or the lists are no more.
    """
    contact_id = contacts.ids(connection, [recipient]).get(recipient)
    if contact_id is None:
        return ()
    kept = [one.id for one in lists.every(connection) if one.id in set(list_ids)]
    states = _states(connection, contact_id)
    for list_id in kept:
        if states.get(list_id) != Subscribed.subscribed:
            _put(connection, [contact_id], list_id, Subscribed.subscribed, now)
            consent.record(connection, [contact_id], What.confirmed, consented, now, list_id=list_id)
    if kept:
        contacts.activate(connection, [contact_id])
        welcome(connection, recipient, consented, now)
    return tuple(kept)


def standing(connection: Connection, contact_id: int, list_id: int) -> Held | None:
    """How the contact (an id) stands to a list; None when it never had to do with it."""
    query = sa.select(t.subscription.c.state, t.subscription.c.at).where(
        t.subscription.c.list == list_id, t.subscription.c.contact == contact_id
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else Held(Subscribed(row.state), row.at)


def unsubscribe(
    connection: Connection, recipient: str, list_ids: Collection[int], consented: Consent, now: int
) -> None:
    """The person leaves all of these lists, also those they were not on; without lists, or when the person is no contact,
    everything that is not transactional. At once, and the same again is no harm."""
    contact_id = contacts.ids(connection, [recipient]).get(recipient) if list_ids else None
    if contact_id is None:
        stopped = suppressions.suppress(
            connection, recipient, Reason.unsubscribed, now, scope="bulk", source=consented.source, how=consented.how
        )
        if stopped:
            everywhere = contacts.ids(connection, [recipient]).values()
            consent.record(connection, everywhere, What.unsubscribed, consented, now)
        return
    states = _states(connection, contact_id)
    for list_id in dict.fromkeys(list_ids):
        if states.get(list_id) != Subscribed.unsubscribed:
            _put(connection, [contact_id], list_id, Subscribed.unsubscribed, now)
            consent.record(connection, [contact_id], What.unsubscribed, consented, now, list_id=list_id)


def welcome(connection: Connection, recipient: str, consented: Consent, now: int) -> None:
    """Take back what the person stopped by unsubscribing or by being erased; complaints and bounces stay."""
    erased.come_back(connection, recipient, now)
    suppressions.unsuppress(connection, recipient, now, scope="bulk", reason=Reason.unsubscribed, how=consented)


def put_on(
    connection: Connection, list_id: int, addresses: Sequence[str], consented: Consent, now: int, *, again: bool = False
) -> Members:
    """Put contacts on a list because somebody here says that they agreed; up to some thousands at a time.

    Who had left it stays away unless ``again``. Raises AddressWrongError (nothing was changed).
    """
    keys = list(dict.fromkeys(contacts.key(address) for address in addresses))
    known = contacts.ids(connection, keys)
    query = sa.select(t.subscription.c.contact, t.subscription.c.state).where(
        t.subscription.c.list == list_id, t.subscription.c.contact.in_(list(known.values()))
    )
    states = {row.contact: Subscribed(row.state) for row in connection.execute(query)}
    made = Members([], [], [], [key for key in keys if key not in known])
    for key in known:
        state = states.get(known[key])
        if state == Subscribed.subscribed:
            made.there.append(key)
        elif state == Subscribed.unsubscribed and not again:
            made.left.append(key)
        else:
            made.added.append(key)
    added = [known[key] for key in made.added]
    _put(connection, added, list_id, Subscribed.subscribed, now)
    consent.record(connection, added, What.subscribed, consented, now, list_id=list_id)
    contacts.activate(connection, added)
    return made


def take_off(connection: Connection, list_id: int, addresses: Sequence[str], consented: Consent, now: int) -> int:
    """Take contacts off a list, for good: an import does not put them back. How many were on it or had been asked."""
    known = contacts.ids(connection, [contacts.key(address) for address in addresses])
    here = sa.and_(t.subscription.c.list == list_id, t.subscription.c.contact.in_(list(known.values())))
    on_it = sa.select(t.subscription.c.contact).where(here, t.subscription.c.state != Subscribed.unsubscribed.value)
    leaving = connection.execute(on_it.with_for_update()).scalars().all()
    _put(connection, leaving, list_id, Subscribed.unsubscribed, now)
    consent.record(connection, leaving, What.unsubscribed, consented, now, list_id=list_id)
    return len(leaving)


def _lists(connection: Connection, list_ids: Collection[int]) -> list[lists.MailingList]:
    """In the order given. Raises ListUnknownError."""
    known = {one.id: one for one in lists.every(connection)}
    for list_id in list_ids:
        if list_id not in known:
            raise lists.ListUnknownError(name=list_id)
    return [known[list_id] for list_id in dict.fromkeys(list_ids)]


def _is_gone(connection: Connection, recipient: str) -> bool:
    """Whether the person left altogether."""
    left = sa.select(t.suppression.c.id).where(
        t.suppression.c.value == recipient,
        t.suppression.c.scope == "bulk",
        t.suppression.c.reason == Reason.unsubscribed.value,
    )
    return connection.execute(left).first() is not None or bool(erased.among(connection, [recipient]))


def _contact(connection: Connection, creation: ContactCreation, consented: Consent, now: int) -> int:
    """The contact's id; made when there is none. Nothing is changed about one that is there, but what a form alone said."""
    recipient = contacts.key(creation.address)
    found = contacts.ids(connection, [recipient]).get(recipient)
    if found is not None:
        _say_anew(connection, found, creation)
        return found
    try:
        fresh = replace(creation, status=Status.unconfirmed, consented=consented)
        made = contacts.make(connection, fresh, now)
    except contacts.ContactTakenError:  # by another connection, meanwhile
        return contacts.ids(connection, [recipient])[recipient]
    if erased.among(connection, [recipient]):
        suppressions.suppress(connection, recipient, Reason.erased, now, scope="bulk", how=consented.how)
    return made


def _say_anew(connection: Connection, contact_id: int, details: ContactDetails) -> None:
    """Who is known from forms only is called as the latest form says: an earlier one may have been a stranger's."""
    own, away = places.split(contacts.columns(connection, details))
    if not own and not away:
        return
    here = (t.contact.c.id == contact_id) & (t.contact.c.status == Status.unconfirmed.value)
    if connection.execute(sa.select(t.contact.c.id).where(here).with_for_update()).first() is None:
        return
    if own:
        connection.execute(sa.update(t.contact).where(here).values(**own))
    places.write(connection, {contact_id: away})


def _states(connection: Connection, contact_id: int) -> dict[int, Subscribed]:
    """List id → state. The contact is locked: two answers of one person follow each other."""
    connection.execute(sa.select(t.contact.c.id).where(t.contact.c.id == contact_id).with_for_update())
    query = sa.select(t.subscription.c.list, t.subscription.c.state).where(t.subscription.c.contact == contact_id)
    return {row.list: Subscribed(row.state) for row in connection.execute(query)}


def _put(connection: Connection, contact_ids: Sequence[int], list_id: int, state: Subscribed, now: int) -> None:
    """In the order of their ids: two who put the same people meet only once."""
    values = {"state": state.value, "at": now}
    for some in slices(sorted(contact_ids)):
        here = sa.and_(t.subscription.c.list == list_id, t.subscription.c.contact.in_(some))
        if connection.execute(sa.update(t.subscription).where(here).values(**values)).rowcount < len(some):
            rows = [{"list": list_id, "contact": contact_id, "origin": 0, **values} for contact_id in some]
            connection.execute(new_rows(connection, t.subscription), rows)
