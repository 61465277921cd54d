"""What a rule can ask about a contact: its own fields and its attributes. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from bocau.audience import places
from bocau.audience.states import Kind
from bocau.audience.values import Attribute

TEXT = ("=", "!=", "in", "not in", "contains", "starts with", "ends with", "is empty")
ORDER = ("=", "!=", "<", "<=", ">", ">=")
OPERATORS = {
    "text": TEXT,
    "choice": TEXT,
    "number": (*ORDER, "in", "not in", "is empty"),
    "boolean": ("=", "!=", "is empty"),
    "date": (*ORDER, "before", "after", "in", "not in", "within", "anniversary", "is empty"),
    "datetime": (*ORDER, "before", "after", "within", "is empty"),
    "moment": (*ORDER, "before", "after", "within"),
    "list": ("has", "contains", "is empty"),
    "status": ("=", "!=", "in", "not in"),
}
"""Kind of a field → what may follow it. ``moment``: ms since the epoch; like a ``datetime``, it is
compared by days."""


class Field(NamedTuple):
    """``own``: address, domain, name, language, zone, status or joined; empty for an attribute, which ``attribute`` is."""

    name: str
    kind: str
    own: str = ""
    attribute: Attribute | None = None

    def operators(self) -> tuple[str, ...]:
        return OPERATORS[self.kind]

    def page(self) -> sa.Table | None:
        """The page of an attribute's slot; None for what is in ``contact``."""
        return None if self.attribute is None else places.page_of(self.attribute.slot)


OWN = (
    Field("address", "text", "address"),
    Field("email", "text", "address"),
    Field("domain", "text", "domain"),
    Field("name", "text", "name"),
    Field("language", "text", "language"),
    Field("zone", "text", "zone"),
    Field("status", "status", "status"),
    Field("joined", "moment", "joined"),
)


def fields(known: Sequence[Attribute]) -> dict[str, Field]:
    """Name → field: the contact's own, then the attributes."""
    own = {field.name: field for field in OWN}
    return own | {one.name: Field(one.name, Kind(one.kind).value, "", one) for one in known}
