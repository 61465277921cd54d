"""How contacts are told to people."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from bocau.audience import Proof
from bocau.audience.shown.contacts import ContactView, ContactWhole, HistoryLine
from bocau.audience.states import HOW_WORDS, SCOPE_WORDS, STATUS_WORDS, SUBSCRIBED_WORDS, WHAT_WORDS, reason_word, word
from bocau.audience.values import Attribute
from bocau.base.words import N_, figure, say
from bocau.doors.cli.terminal.frame import facts, table, tell
from bocau.doors.cli.terminal.telling import harmless, moment
from bocau.ledger.titles import message_state

GONE = {
    "contacts": N_("contact"),
    "tags": N_("tags it had"),
    "subscriptions": N_("lists it was on"),
    "consent": N_("lines of its history"),
    "imports": N_("what imports had changed"),
    "suppressions": N_("entries that stop mail, now without the address"),
    "messages": N_("mails, now without the person"),
    "events": N_("events of these mails"),
    "campaign_files": N_("rows in files of campaigns"),
}
"""What an erasing takes away."""
GROUPED = 10_000
"""Numbers from here on are cut into thousands."""


def page(found: Sequence[ContactView]) -> None:
    """A page for people."""
    if not found:
        tell(say(N_("No contacts here. Import a file: bocau contacts import FILE")))
        return
    columns = (">" + say(N_("No.")), say(N_("Address")), say(N_("Name")), say(N_("Status")))
    table(
        columns, [(one.id, harmless(one.address), harmless(one.name), word(STATUS_WORDS, one.status)) for one in found]
    )


def one(found: ContactWhole, known: Sequence[Attribute]) -> None:
    """A person for people. ``known``: all attributes."""
    contact = found.contact
    tell(say(N_("Contact {id}: {address}"), id=contact.id, address=harmless(contact.address)))
    facts(
        [
            (say(N_("Name")), harmless(contact.name)),
            (say(N_("Status")), word(STATUS_WORDS, contact.status)),
            (say(N_("Language")), harmless(contact.language)),
            (say(N_("Time zone")), harmless(contact.zone)),
            (say(N_("Created")), moment(contact.created_at)),
            (say(N_("Changed")), moment(contact.updated_at)),
            *((harmless(each.label), value(found.attributes.get(each.name))) for each in known),
            (say(N_("Tags")), harmless(", ".join(found.tags))),
        ]
    )
    _standing(found)
    _history(found.history)
    if found.mails:
        rows = [(mail.id, mail.submission, message_state(mail.state)) for mail in found.mails]
        table((">" + say(N_("Mail")), ">" + say(N_("Submission")), say(N_("State"))), rows)


def _standing(contact: ContactWhole) -> None:
    """The lists, and what keeps mail away."""
    if contact.lists:
        lines = [(harmless(one.name), word(SUBSCRIBED_WORDS, one.state), moment(one.at)) for one in contact.lists]
        table((say(N_("List")), say(N_("Status")), say(N_("Since"))), lines)
    if contact.suppressions:
        stops = [
            (harmless(one.value), word(SCOPE_WORDS, one.scope), reason_word(one.reason)) for one in contact.suppressions
        ]
        table((say(N_("Gets no mail")), say(N_("Scope")), say(N_("Reason"))), stops)


def _history(lines: Sequence[HistoryLine]) -> None:
    steps = [
        (
            moment(line.at),
            word(WHAT_WORDS, line.what),
            word(HOW_WORDS, line.how),
            harmless(line.list_name or ""),
            harmless(line.source),
        )
        for line in lines
    ]
    table((say(N_("When")), say(N_("What")), say(N_("How")), say(N_("List")), say(N_("Source"))), steps)


def value(found: Any) -> str:
    """An attribute's value as people read it; what may be a year is not cut into thousands."""
    if found is None:
        return ""
    if isinstance(found, bool):
        return say(N_("yes") if found else N_("no"))
    if isinstance(found, int | float):
        places = 0 if found == int(found) else min(6, len(repr(found).partition(".")[2]))
        return figure(found, places) if abs(found) >= GROUPED or places else str(int(found))
    return harmless(cell(found))


def tags(found: Sequence[Mapping[str, Any]]) -> None:
    """All tags for people."""
    if not found:
        tell(say(N_("No tags yet.")))
        return
    table(
        (say(N_("Tag")), ">" + say(N_("Contacts"))), [(harmless(one["name"]), figure(one["contacts"])) for one in found]
    )


def erased(data: Mapping[str, Any]) -> None:
    """The proof for people."""
    tell(say(N_("Erased. Proof number {id} names nobody."), id=data["id"]))
    lines = [(say(GONE[name]) if name in GONE else name, figure(count)) for name, count in data["counts"].items()]
    table((say(N_("What")), ">" + say(N_("Rows"))), lines)


def proofs(erasures: Sequence[Proof]) -> None:
    """All proofs for people."""
    if not erasures:
        tell(say(N_("Nobody was erased.")))
        return
    columns = (">" + say(N_("No.")), say(N_("When")), say(N_("Asked by")), say(N_("Proof")))
    table(columns, [(one.id, moment(one.at), harmless(one.asked_by), one.digest) for one in erasures])


def cell(value: Any) -> Any:
    """An attribute's value as one cell."""
    return ", ".join(value) if isinstance(value, list) else value


def as_bytes(data: Mapping[str, Any]) -> bytes:
    """JSON to be kept or handed over."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS
    return orjson.dumps(data, option=options, default=str)
