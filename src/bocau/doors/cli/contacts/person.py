"""Everything about one person as a file for that person."""

from collections.abc import Iterator
from typing import IO, Any

import orjson

from bocau.base.db import reading
from bocau.doors.cli.contacts.told import as_bytes
from bocau.flows import erasing
from bocau.wiring import Parts


def write(parts: Parts, address: str, file: IO[bytes]) -> int:
    """As JSON, a page of mails at a time. How many mails."""
    with reading(parts.db) as connection:
        known = erasing.write_out(connection, address)
    head = as_bytes(known.held).rstrip().removesuffix(b"}").rstrip()
    file.write(head + b',\n  "mails": [')
    count = 0
    for mail in _mails(parts, known.mails):
        file.write((b",\n" if count else b"\n") + orjson.dumps(mail, option=orjson.OPT_NON_STR_KEYS, default=str))
        count += 1
    file.write(b"\n  ]\n}\n")
    return count


def _mails(parts: Parts, place: erasing.Place) -> Iterator[Any]:
    following: erasing.Place | None = place
    while following is not None:
        with reading(parts.db) as connection:
            page = erasing.mails(connection, following)
        yield from page.mails
        following = page.following
