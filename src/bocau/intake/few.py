"""A few people named one by one, with the same merge data for all of them."""

from collections.abc import Mapping, Sequence

import orjson

from bocau.base.words import N_, Phrase
from bocau.intake.errors import DataWrongError
from bocau.intake.expand import MAX_DATA, TOO_MUCH_DATA
from bocau.ledger import NewMessage
from bocau.sheets.headings import slug
from bocau.sheets.kinds import TURN, Kind, Value, is_plain_number
from bocau.sheets.rows import display_name
from bocau.wire.address import check, parse_mailbox


def few(people: Sequence[str], data: Mapping[str, str], kinds: Mapping[str, Kind] | None = None) -> list[NewMessage]:
    """Messages for mailboxes (``An <an@x.vn>`` or an address alone), each person once.

    ``data``: texts by key or heading; plain numbers become numbers unless ``kinds`` says otherwise. Raises
    AddressWrongError, DataWrongError.
    """
    text = _json(merge_fields(data, kinds or {}))
    found: dict[str, NewMessage] = {}
    for one in people:
        mailbox = parse_mailbox(one)
        address = check(mailbox.address)
        found.setdefault(
            address.recipient, NewMessage(address.recipient, address.address, display_name(mailbox.name), 0, text)
        )
    return list(found.values())


def merge_fields(data: Mapping[str, str], kinds: Mapping[str, Kind]) -> dict[str, Value]:
    """Field → value. Raises DataWrongError."""
    return {_field(name): _value(name, text, kinds.get(name)) for name, text in data.items()}


def _field(name: str) -> str:
    field = slug(name)
    if not field:
        raise DataWrongError(field=name[:40], reason=Phrase(N_("its name has neither letters nor digits")))
    return field


def _value(name: str, text: str, kind: Kind | None) -> Value:
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise DataWrongError(field=name[:40], reason=Phrase(N_("its value is not text")))
    kind = kind or (Kind.number if is_plain_number(text) else Kind.text)
    try:
        return TURN[kind](text)
    except ValueError as error:
        raise DataWrongError(field=name[:40], reason=Phrase(str(error))) from None


def _json(fields: Mapping[str, Value]) -> str:
    raw = orjson.dumps(dict(fields))
    if len(raw) > MAX_DATA:
        raise DataWrongError(field=next(iter(fields)), reason=Phrase(TOO_MUCH_DATA))
    return raw.decode()
