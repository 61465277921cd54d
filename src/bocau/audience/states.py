"""The closed lists of the audience: what a contact, a subscription and a record of consent may be."""

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from typing import Literal

from bocau.base.words import N_, say


class Status(IntEnum):
    """Whether campaigns write to a contact. Only ``active`` ones are mailed."""

    active = 0
    inactive = 1  # a person switched it off
    bounced = 2  # a mail server said for good that there is no such mailbox
    unconfirmed = 3  # came by a form and has not confirmed yet; a form is all that we know them from


class Subscribed(IntEnum):
    """How a contact stands to a list."""

    unconfirmed = 0  # asked by mail, has not answered yet
    subscribed = 1
    unsubscribed = 2


OptIn = Literal["single", "double"]
"""Whether who comes by a form is on a list at once, or asked by mail first."""


class Kind(StrEnum):
    """What an attribute holds."""

    text = "text"
    number = "number"
    date = "date"
    datetime = "datetime"  # on the clock of whoever wrote it, without a zone
    boolean = "boolean"
    choice = "choice"
    list = "list"


class What(StrEnum):
    """What a line of a contact's history says."""

    created = "created"
    asked = "asked"  # a mail asks for confirmation
    subscribed = "subscribed"
    confirmed = "confirmed"
    unsubscribed = "unsubscribed"
    suppressed = "suppressed"
    unsuppressed = "unsuppressed"
    activated = "activated"
    inactivated = "inactivated"
    bounced = "bounced"
    undone = "undone"  # the import that had put them on the list was taken back
    moved = "moved"  # to another address; ``source`` is the recipient key it had


class How(StrEnum):
    """On which way a permission came or went."""

    form = "form"
    link = "link"
    imported = "import"
    command = "command"
    api = "api"
    page = "page"
    campaign = "campaign"


class Reason(StrEnum):
    """Why somebody gets no mail."""

    unsubscribed = "unsubscribed"
    complained = "complained"
    bounced = "bounced"
    erased = "erased"
    invalid = "invalid"
    manual = "manual"
    list_unsubscribed = "list-unsubscribed"  # from the lists a mail goes to; never stored


REASON_WORDS = {
    "unsubscribed": N_("unsubscribed"),
    "complained": N_("complained"),
    "bounced": N_("bounced"),
    "erased": N_("asked to be erased"),
    "invalid": N_("no usable address"),
    "manual": N_("on the list of those who get no mail"),
    "list-unsubscribed": N_("left the lists it goes to"),
    "frequency-cap": N_("had enough campaigns recently"),
    "left-out": N_("excluded by the campaign"),
    "inactive": N_("switched off"),
    "unconfirmed": N_("has not confirmed yet"),
}
"""Also what campaigns say of people they leave out."""


STATUS_WORDS = {
    "active": N_("active"),
    "inactive": N_("switched off"),
    "bounced": N_("bounced"),
    "unconfirmed": N_("has not confirmed yet"),
}
SUBSCRIBED_WORDS = {
    "unconfirmed": N_("has not confirmed yet"),
    "subscribed": N_("subscribed"),
    "unsubscribed": N_("unsubscribed"),
}
WHAT_WORDS = {
    "created": N_("was added"),
    "asked": N_("was asked by mail"),
    "subscribed": N_("was put on the list"),
    "confirmed": N_("confirmed it"),
    "unsubscribed": N_("unsubscribed"),
    "suppressed": N_("gets no more mail"),
    "unsuppressed": N_("may get mail again"),
    "activated": N_("was switched on"),
    "inactivated": N_("was switched off"),
    "bounced": N_("bounced"),
    "undone": N_("was removed again: the import was undone"),
    "moved": N_("got another address"),
}
HOW_WORDS = {
    "form": N_("sign-up form"),
    "link": N_("link in a mail"),
    "import": N_("import of a file"),
    "command": N_("command line"),
    "api": N_("another program"),
    "page": N_("preference page"),
    "campaign": N_("campaign"),
}
SCOPE_WORDS = {"all": N_("all mail"), "bulk": N_("bulk mail only")}
OPT_IN_WORDS = {"single": N_("on the list at once"), "double": N_("asked by mail first")}
KIND_WORDS = {
    "text": N_("text"),
    "number": N_("number"),
    "date": N_("date"),
    "datetime": N_("date with time"),
    "boolean": N_("yes or no"),
    "choice": N_("one of several"),
    "list": N_("several values"),
}


def word(words: Mapping[str, str], value: object) -> str:
    """A value of a closed list in the current language; one that nobody knows as it is."""
    return say(words[str(value)]) if str(value) in words else str(value)


def reason_word(reason: str) -> str:
    """A reason in the current language; one that nobody knows as it is."""
    return word(REASON_WORDS, reason)
