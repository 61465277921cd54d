"""What is shown of a contact: a line of a list, and everything about one."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from bocau.audience import contacts
from bocau.base.clock import exact
from bocau.base.db import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactView:
    """``status``: a name of ``states.Status``. ``language``, ``zone``: empty where they are not known."""

    id: int
    address: str
    name: str
    status: str
    language: str
    zone: str
    created_at: int
    updated_at: int

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self) | {"created_at": exact(self.created_at), "updated_at": exact(self.updated_at)}


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionView:
    """How a contact stands to a list, whose ``id`` and ``name`` these are, and since when. ``state``: a name of
    ``states.Subscribed``."""

    id: int
    name: str
    state: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionView:
    """What keeps mail away; ``value`` is the address, its domain, or # and an erased person's hash."""

    id: int
    value: str
    scope: str
    reason: str
    source: str
    note: str
    created_at: int
    expires_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLine:
    """A line of the contact's record. ``list_name``: None for no list and for one that is deleted."""

    what: str
    how: str
    source: str
    text: str
    list_name: str | None
    at: int

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self) | {"at": exact(self.at)}


@dataclass(frozen=True, slots=True)
class ContactMail:
    """A mail to the contact. ``state``: a name of the ledger's states."""

    id: int
    submission: int
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactWhole:
    """A contact and what hangs on it. ``attributes``: name → value, None for none. ``history``: oldest first; ``mails``: the
    newest first."""

    contact: ContactView
    attributes: Mapping[str, Any]
    tags: tuple[str, ...]
    lists: tuple[SubscriptionView, ...]
    suppressions: tuple[SuppressionView, ...]
    history: tuple[HistoryLine, ...]
    mails: tuple[ContactMail, ...]

    def as_dict(self) -> dict[str, Any]:
        """As JSON. Times of lists and suppressions are ms."""
        return self.contact.as_dict() | {
            "attributes": dict(self.attributes),
            "tags": list(self.tags),
            "lists": [asdict(one) for one in self.lists],
            "suppressions": [asdict(one) for one in self.suppressions],
            "history": [one.as_dict() for one in self.history],
            "mails": [asdict(one) for one in self.mails],
        }


def contact_view(row: Mapping[str, Any]) -> ContactView:
    """A contact that was read already, as ``contacts`` tells one."""
    return ContactView(**_of(ContactView, row))


def contact_whole(connection: Connection, address: str, mails: Iterable[Mapping[str, Any]] = ()) -> ContactWhole:
    """Everything about one. ``mails``: as the ledger tells them. Raises AddressWrongError, ContactUnknownError."""
    found = contacts.show(connection, address)
    return ContactWhole(
        contact=contact_view(found),
        attributes=found["attributes"],
        tags=tuple(found["tags"]),
        lists=tuple(SubscriptionView(**_of(SubscriptionView, one)) for one in found["lists"]),
        suppressions=tuple(SuppressionView(**_of(SuppressionView, one)) for one in found["suppressions"]),
        history=tuple(HistoryLine(**_of(HistoryLine, one)) for one in found["history"]),
        mails=tuple(ContactMail(**_of(ContactMail, one)) for one in mails),
    )


def _of(shape: type[Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """What a shape has of a row."""
    return {field.name: row[field.name] for field in fields(shape)}
