"""One contact: added, changed, shown, found. An address is checked and normalised before it is looked for."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa

from bocau.audience import attributes, consent, erased, places, suppressions
from bocau.audience import tables as t
from bocau.audience.matching import plain
from bocau.audience.requests import ContactChange, ContactCreation, ContactDetails
from bocau.audience.shapes import Consent, Person
from bocau.audience.states import How, Status, Subscribed, What
from bocau.audience.values import Attribute, as_mailed, clean, from_slot, to_slot
from bocau.base import clock
from bocau.base.db import Connection
from bocau.base.db.adding import add_row
from bocau.base.errors import BocauError
from bocau.base.given import NOT_GIVEN
from bocau.base.places import language_named, zone_named
from bocau.base.words import N_
from bocau.cells import single
from bocau.wire import address as addresses

MOST_NAME = 200
PERSON = tuple(t.contact.c[name] for name in ("id", "recipient", "address", "name", "language", "zone"))
WIDTH = len(PERSON)


class ContactUnknownError(BocauError):
    code = "contact-unknown"
    sentence = N_("There is no contact with the address “{address}”.")
    hint = N_("Look for it: bocau contacts list --find")


class ContactTakenError(BocauError):
    code = "contact-taken"
    sentence = N_("There is a contact with the address “{address}” already. Nothing was changed.")
    hint = N_("Change that contact: bocau contacts change")


class ContactErasedError(BocauError):
    code = "contact-erased"
    sentence = N_("The person with the address “{address}” asked to be erased. Nothing was added.")
    hint = N_("Add --back when the person has come back and agrees.")


class LanguageWrongError(BocauError):
    code = "language-wrong"
    sentence = N_("“{language}” is not a language code. Nothing was changed.")
    hint = N_("Write vi, en or another code of ISO 639.")


class ZoneWrongError(BocauError):
    code = "zone-wrong"
    sentence = N_("“{zone}” is not a time zone. Nothing was changed.")
    hint = N_("Write it as Asia/Ho_Chi_Minh.")


class Wanted(NamedTuple):
    """Which contacts: all that are given must hold. ``text`` stands in address or name. ``after`` pages by id."""

    text: str = ""
    status: Status | None = None
    list_id: int | None = None
    tag: str = ""
    after: int = 0
    limit: int = 100


def key(address: str) -> str:
    """The recipient key of an address. Raises a kind of AddressWrongError."""
    return addresses.check(address).recipient


def add(connection: Connection, creation: ContactCreation, now: int) -> int:
    """Make a contact; its id.

    Raises AddressWrongError, ContactTakenError, ContactErasedError, AttributeUnknownError, ValueWrongError,
    LanguageWrongError, ZoneWrongError.
    """
    checked = addresses.check(creation.address)
    if creation.back:
        erased.come_back(connection, checked.recipient, now)
    elif erased.among(connection, [checked.recipient]):
        raise ContactErasedError(address=checked.address)
    return make(connection, creation, now)


def make(connection: Connection, creation: ContactCreation, now: int) -> int:
    """``add`` without asking whether the person was erased: for a form, whose mail asks the person."""
    checked = addresses.check(creation.address)
    values, away = places.split(columns(connection, creation))
    values |= {"recipient": checked.recipient, "address": checked.address, "created_at": now, "updated_at": now}
    try:
        with connection.begin_nested():
            contact_id = add_row(connection, t.contact, values)
    except sa.exc.IntegrityError as error:
        raise ContactTakenError(address=checked.address) from error
    if any(value is not None for value in away.values()):
        places.write(connection, {contact_id: away})
    consent.record(connection, [contact_id], What.created, creation.consented or Consent(How.command), now)
    return contact_id


def change(connection: Connection, address: str, wanted: ContactChange, now: int) -> int:
    """Change what is given; the contact's id. Raises what ``add`` and ``move`` raise."""
    contact_id, status = _known(connection, address)
    values = columns(connection, wanted)
    if wanted.address is not NOT_GIVEN:
        move(connection, address, wanted.address, now)
    if values:
        own, away = places.split(values)
        here = sa.update(t.contact).where(t.contact.c.id == contact_id)
        if connection.execute(here.values(**own, updated_at=now)).rowcount == 0:  # erased meanwhile
            raise ContactUnknownError(address=addresses.shown(address))
        places.write(connection, {contact_id: away})
    if wanted.status is not NOT_GIVEN and wanted.status != status:
        what = {
            Status.active: What.activated,
            Status.inactive: What.inactivated,
            Status.bounced: What.bounced,
            Status.unconfirmed: What.asked,
        }
        consented = wanted.consented or Consent(How.command)
        consent.record(connection, [contact_id], what[wanted.status], consented, now)
    return contact_id


def move(connection: Connection, address: str, new: str, now: int) -> str:
    """Give a contact another address; the new recipient key. What it agreed to goes along, suppressions of the old
    address stay with the old one; its record says which that was. Raises AddressWrongError, ContactUnknownError,
    ContactTakenError, ContactErasedError."""
    contact_id, _ = _known(connection, address)
    checked = addresses.check(new)
    if erased.among(connection, [checked.recipient]):
        raise ContactErasedError(address=checked.address)
    values = {"recipient": checked.recipient, "address": checked.address, "updated_at": now}
    try:
        with connection.begin_nested():
            connection.execute(sa.update(t.contact).where(t.contact.c.id == contact_id).values(**values))
    except sa.exc.IntegrityError as error:
        raise ContactTakenError(address=checked.address) from error
    if checked.recipient != key(address):
        consent.record(connection, [contact_id], What.moved, Consent(How.command, key(address)), now)
    return checked.recipient


def former(connection: Connection, recipient: str) -> dict[str, int | None]:
    """Recipient keys that a contact had before, each with when it gave it up (ms); None where nobody else has it now."""
    contact_id = ids(connection, [recipient]).get(recipient)
    if contact_id is None:
        return {}
    moved = sa.select(t.consent.c.source, t.consent.c.at).where(
        t.consent.c.contact == contact_id, t.consent.c.what == What.moved.value
    )
    found: dict[str, int] = {row.source: row.at for row in connection.execute(moved.order_by(t.consent.c.id))}
    found.pop(recipient, None)
    taken = ids(connection, found)
    return {one: at if one in taken else None for one, at in found.items()}


def later(connection: Connection, recipient: str) -> str | None:
    """The recipient key that a contact has now who had this one before; None when there is none, or another has it now."""
    if ids(connection, [recipient]):
        return None
    moved = (t.consent.c.what == What.moved.value, t.consent.c.source == recipient)
    query = sa.select(t.contact.c.recipient).join(t.consent, t.consent.c.contact == t.contact.c.id).where(*moved)
    found: str | None = connection.execute(query.order_by(t.consent.c.id.desc()).limit(1)).scalar()
    return found


def person(connection: Connection, recipient: str) -> Person | None:
    """The contact as mail is made for it; None when there is none. ``recipient``: the key."""
    found = people(connection, attributes.every(connection), t.contact.c.recipient == recipient)
    return found[0] if found else None


def people(
    connection: Connection, known: Sequence[Attribute], *where: sa.ColumnElement[bool], limit: int | None = None
) -> list[Person]:
    """Contacts by id. ``known``: the attributes their data has."""
    slots = [one.slot for one in known]
    query = sa.select(*PERSON, *places.labelled(slots)).select_from(places.joined(slots)).where(*where)
    return [
        Person(*row[:WIDTH], orjson.dumps(_data(known, row[WIDTH:])).decode())  # type: ignore[call-arg]
        for row in connection.execute(query.order_by(t.contact.c.id).limit(limit))
    ]


def show(connection: Connection, address: str) -> dict[str, Any]:
    """Everything about one contact: its row, ``attributes`` (name → value), ``tags``, ``lists``, ``suppressions``,
    ``history`` (oldest first). Raises AddressWrongError, ContactUnknownError."""
    recipient = key(address)
    known = attributes.every(connection)
    row = connection.execute(_whole(known).where(t.contact.c.recipient == recipient)).one_or_none()
    if row is None:
        raise ContactUnknownError(address=addresses.shown(address))
    return _told(row) | {
        "attributes": {one.name: from_slot(one, row._mapping[one.slot]) for one in known},
        "tags": _tags(connection, row.id),
        "lists": _lists(connection, row.id),
        "suppressions": suppressions.matching(connection, recipient),
        "history": consent.lines(connection, row.id),
    }


def page(connection: Connection, wanted: Wanted) -> list[dict[str, Any]]:
    """Contacts by id, without attributes."""
    query = sa.select(*OWN).where(t.contact.c.id > wanted.after, *_wanted(wanted))
    return [_told(row) for row in connection.execute(query.order_by(t.contact.c.id).limit(wanted.limit))]


def rows(connection: Connection, known: Sequence[Attribute], wanted: Wanted) -> list[dict[str, Any]]:
    """Contacts by id with ``attributes``, a mapping of name → value; for an export, a page at a time."""
    query = _whole(known).where(t.contact.c.id > wanted.after, *_wanted(wanted))
    found = connection.execute(query.order_by(t.contact.c.id).limit(wanted.limit))
    return [
        _told(row)
        | {"attributes": {one.name: from_slot(one, value) for one, value in zip(known, row[len(OWN) :], strict=True)}}
        for row in found
    ]


def count(connection: Connection) -> int:
    return connection.execute(sa.select(sa.func.count()).select_from(t.contact)).scalar_one()


def ids(connection: Connection, recipients: Iterable[str]) -> dict[str, int]:
    """Recipient key → contact id, of those that are contacts."""
    query = sa.select(t.contact.c.recipient, t.contact.c.id).where(t.contact.c.recipient.in_(list(recipients)))
    return {row.recipient: row.id for row in connection.execute(query)}


def recipient_of(connection: Connection, contact_id: int) -> str | None:
    """The recipient key of a contact's id; None when there is none."""
    return connection.execute(sa.select(t.contact.c.recipient).where(t.contact.c.id == contact_id)).scalar()


def status_of(connection: Connection, recipient: str) -> Status | None:
    """The status of the contact with this recipient key; None when there is none."""
    found = connection.execute(sa.select(t.contact.c.status).where(t.contact.c.recipient == recipient)).scalar()
    return None if found is None else Status(found)


def activate(connection: Connection, numbers: Sequence[int]) -> None:
    """Contacts that were known from a form only are known by a better word now."""
    waiting = sa.update(t.contact).where(
        t.contact.c.id.in_(list(numbers)), t.contact.c.status == Status.unconfirmed.value
    )
    connection.execute(waiting.values(status=Status.active.value))


def check_language(text: str) -> str:
    """The code of a language as people write it, in small letters; empty for none. Raises LanguageWrongError."""
    code = language_named(text) if text.strip() else ""
    if code is None:
        raise LanguageWrongError(language=clean(text)[:40])
    return code


def check_zone(text: str) -> str:
    """The name of a zone as people write it; empty for none. Raises ZoneWrongError."""
    zone = zone_named(text) if text.strip() else ""
    if zone is None:
        raise ZoneWrongError(zone=clean(text)[:64])
    return zone


OWN = [column for column in t.contact.c if not places.is_slot(column.name)]
OWN_NAMES = [str(column.name) for column in OWN]


def _whole(known: Sequence[Attribute]) -> sa.Select[Any]:
    """A contact's own columns and the slots of these attributes, each called like its slot."""
    slots = [one.slot for one in known]
    return sa.select(*OWN, *places.labelled(slots)).select_from(places.joined(slots))


def _known(connection: Connection, address: str) -> tuple[int, Status]:
    """Id and status. Raises AddressWrongError, ContactUnknownError."""
    query = sa.select(t.contact.c.id, t.contact.c.status).where(t.contact.c.recipient == key(address))
    row = connection.execute(query).one_or_none()
    if row is None:
        raise ContactUnknownError(address=addresses.shown(address))
    return row.id, Status(row.status)


def columns(connection: Connection, details: ContactDetails) -> dict[str, Any]:
    """What ``details`` come to in the table. Raises AttributeUnknownError, ValueWrongError, LanguageWrongError and kin."""
    values: dict[str, Any] = {}
    if details.name is not NOT_GIVEN:
        values["name"] = " ".join(clean(details.name).split())[:MOST_NAME]
    if details.language is not NOT_GIVEN:
        values["language"] = check_language(details.language)
    if details.zone is not NOT_GIVEN:
        values["zone"] = check_zone(details.zone)
    if details.status is not NOT_GIVEN:
        values["status"] = details.status.value
    wanted = {}
    for named, value in details.values.items():
        one = attributes.find(connection, named)
        values[one.slot] = to_slot(one, value)
        wanted[one.name] = one.slot
    gone = attributes.hold(connection, wanted)
    if gone is not None:
        raise attributes.AttributeUnknownError(gone)
    return values


def _data(known: Sequence[Attribute], slots: Sequence[Any]) -> dict[str, Any]:
    """As mails have it. Days in a pattern that by itself says another day are told once more, for filters; None stands where
    two of them look the same and are not."""
    data = {one.name: as_mailed(one, value) for one, value in zip(known, slots, strict=True)}
    zone = clock.zone().key
    if all(single.reads_back(one.pattern, zone) for one in known if one.pattern):
        return data
    days: dict[str, str | None] = {}
    for one, value in zip(known, slots, strict=True):
        if one.pattern and value is not None:
            text, day = data[one.name], from_slot(one, value)
            days[text] = day if days.get(text, day) == day else None
    return data | {single.VALUES: days} if days else data


def _told(row: sa.Row[Any]) -> dict[str, Any]:
    """Of a row whose first columns are ``OWN``."""
    told = dict(zip(OWN_NAMES, row, strict=False))
    return told | {"status": Status(told["status"]).name}


def _wanted(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    where: list[sa.ColumnElement[bool]] = []
    text = clean(wanted.text)
    if text:
        named = sa.func.lower(t.contact.c.name).contains(text.lower(), autoescape=True)
        where.append(
            t.contact.c.address.contains(text.lower(), autoescape=True)
            | named
            | t.contact.c.name.contains(text, autoescape=True)
        )
    if wanted.status is not None:
        where.append(t.contact.c.status == wanted.status.value)
    if wanted.list_id is not None:
        members = sa.select(t.subscription.c.contact).where(
            t.subscription.c.list == wanted.list_id, t.subscription.c.state == Subscribed.subscribed.value
        )
        where.append(t.contact.c.id.in_(members))
    if wanted.tag:
        tagged = sa.select(t.contact_tag.c.contact).join(t.tag, t.tag.c.id == t.contact_tag.c.tag)
        where.append(t.contact.c.id.in_(tagged.where(t.tag.c.name == clean(wanted.tag))))
    return where


def _tags(connection: Connection, contact_id: int) -> list[str]:
    query = sa.select(t.tag.c.name).join(t.contact_tag, t.contact_tag.c.tag == t.tag.c.id)
    return list(connection.execute(query.where(t.contact_tag.c.contact == contact_id).order_by(t.tag.c.name)).scalars())


def _lists(connection: Connection, contact_id: int) -> list[dict[str, Any]]:
    query = (
        sa.select(t.mailing_list.c.id, t.mailing_list.c.name, t.subscription.c.state, t.subscription.c.at)
        .join(t.subscription, t.subscription.c.list == t.mailing_list.c.id)
        .where(t.subscription.c.contact == contact_id)
        .order_by(t.mailing_list.c.name)
    )
    return [plain(row) | {"state": Subscribed(row.state).name} for row in connection.execute(query)]
