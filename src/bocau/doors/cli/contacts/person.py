"""All rooms' words about one person: written out, and forgotten. Under every address that was theirs."""

from collections.abc import Iterator
from typing import IO, Any

import orjson

from bocau import audience, ledger
from bocau.audience import contacts
from bocau.base.db import Connection, reading
from bocau.campaigns import filed
from bocau.doors.cli.contacts.told import as_bytes
from bocau.wiring import Parts

PAGE = 500


def write(parts: Parts, address: str, file: IO[bytes]) -> int:
    """Everything that is known of a person, as JSON, a page of mails at a time. How many mails."""
    recipient = contacts.key(address)
    with reading(parts.db) as connection:
        held = audience.export_person(connection, recipient)
    head = as_bytes(held).rstrip().removesuffix(b"}").rstrip()
    file.write(head + b',\n  "mails": [')
    count = 0
    for mail in _mails(parts, recipient):
        file.write((b",\n" if count else b"\n") + orjson.dumps(mail, option=orjson.OPT_NON_STR_KEYS, default=str))
        count += 1
    file.write(b"\n  ]\n}\n")
    return count


def forget(connection: Connection, address: str, now: int, asked_by: str) -> tuple[audience.Proof, dict[str, int]]:
    """Erase a person; the proof, and what went, as numbers of rows. Raises MailUnderWayError.

    An address that is somebody else's by now stays as it is; only mails of the time before go.
    """
    recipient = contacts.key(address)
    gone = {"messages": 0, "events": 0, "campaign_files": 0}
    former = contacts.former(connection, recipient)
    for one, until in {recipient: None, **former}.items():
        told = ledger.forget(connection, one, until)
        if until is None:
            told["campaign_files"] = filed.forget(connection, one)
        gone = {name: number + told.get(name, 0) for name, number in gone.items()}
    proof = audience.erase(connection, recipient, now, asked_by=asked_by)
    for one, until in former.items():
        if until is None:
            audience.erase(connection, one, now, asked_by=asked_by)
    return proof, {**proof.counts, **gone}


def _mails(parts: Parts, recipient: str) -> Iterator[Any]:
    with reading(parts.db) as connection:
        theirs = {recipient: None, **contacts.former(connection, recipient)}
    for one, until in theirs.items():
        after = 0
        while True:
            wanted = ledger.Filter(recipient=one, until=until, after=after, limit=PAGE)
            with reading(parts.db) as connection:
                page = ledger.list_messages(connection, wanted)
                whole = [ledger.show_message(connection, row["id"]) for row in page]
            yield from whole
            if len(page) < PAGE:
                break
            after = page[-1]["id"]
