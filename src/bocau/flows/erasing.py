"""All rooms' words about one person: written out, and forgotten. Under every address that was theirs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bocau import audience, ledger
from bocau.audience import Proof, contacts
from bocau.base.db import Connection
from bocau.campaigns import filed

PAGE = 500


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person's mails go on. ``waiting``: recipient keys that are not through, each with until when (ms) what was
    submitted for it is theirs, None for ever. ``after``: the message id behind which the first of them goes on."""

    waiting: tuple[tuple[str, int | None], ...]
    after: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """``held``: what the audience knows of the person. ``mails``: where their mails begin."""

    held: Mapping[str, Any]
    mails: Place


@dataclass(frozen=True, slots=True)
class Page:
    """Some mails, each as ``ledger.show_message`` tells it, and where to go on; None: these were the last."""

    mails: tuple[Any, ...]
    following: Place | None


@dataclass(frozen=True, slots=True)
class Erased:
    """``counts``: what is gone → rows, of all rooms; the proof keeps only the audience's."""

    proof: Proof
    counts: Mapping[str, int]


def write_out(connection: Connection, address: str) -> Known:
    """Everything that is known of a person but their mails, which ``mails`` gives page by page. Raises AddressWrongError."""
    recipient = contacts.key(address)
    theirs = {recipient: None, **contacts.former(connection, recipient)}
    return Known(audience.export_person(connection, recipient), Place(tuple(theirs.items())))


def mails(connection: Connection, place: Place, size: int = PAGE) -> Page:
    """The mails from a place on, by address and age, ``size`` at most."""
    if not place.waiting:
        return Page((), None)
    (recipient, until), *others = place.waiting
    wanted = ledger.Filter(recipient=recipient, until=until, after=place.after, limit=size)
    found = ledger.list_messages(connection, wanted)
    told = tuple(ledger.show_message(connection, row["id"]) for row in found)
    if len(found) == size:
        return Page(told, Place(place.waiting, found[-1]["id"]))
    return Page(told, Place(tuple(others)) if others else None)


def erase(connection: Connection, address: str, now: int, *, asked_by: str = "") -> Erased:
    """Forget a person in every room, also one who is no contact; the same again gives another proof. ``now`` in ms.

    ``asked_by`` must not name the person. An address that is somebody else's by now stays as it is; only mails of the time
    before go. Raises AddressWrongError, and MailUnderWayError when a worker holds a mail of theirs: whoever gets an error
    must roll back.
    """
    recipient = contacts.key(address)
    gone = {"messages": 0, "events": 0, "campaign_files": 0}
    former = contacts.former(connection, recipient)
    for one, until in {recipient: None, **former}.items():
        told = ledger.forget(connection, one, until)
        if until is None:
            told["campaign_files"] = filed.forget(connection, one)
        gone = {name: count + told.get(name, 0) for name, count in gone.items()}
    proof = audience.erase(connection, recipient, now, asked_by=asked_by)
    for one, until in former.items():
        if until is None:
            audience.erase(connection, one, now, asked_by=asked_by)
    return Erased(proof, {**proof.counts, **gone})
