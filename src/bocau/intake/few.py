"""A few people named one by one, with the same merge data for all of them."""

from collections.abc import Mapping, Sequence

import orjson

from bocau.base import clock
from bocau.base.words import N_, Phrase
from bocau.cells import ChangedError, Question, Study, habits_of, reason_of, settle
from bocau.cells.plain import as_plain_number, is_doubtful, is_plain_number
from bocau.intake.errors import DataWrongError
from bocau.intake.expand import MAX_DATA, TOO_MUCH_DATA, Value, as_value, wished_reader
from bocau.ledger import NewMessage
from bocau.sheets.errors import ColumnsUnclearError
from bocau.sheets.headings import slug
from bocau.sheets.rows import display_name
from bocau.wire.address import check, parse_mailbox


def few(people: Sequence[str], data: Mapping[str, str], kinds: Mapping[str, str] | None = None) -> list[NewMessage]:
    """Messages for mailboxes (``An <an@x.vn>`` or an address alone), each person once.

    ``data``: texts by key or heading; plain numbers become numbers unless ``kinds``, words of ``cells.WORDS``, say
    otherwise. Raises
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


def merge_fields(data: Mapping[str, str], kinds: Mapping[str, str]) -> dict[str, Value]:
    """Field → value. Raises DataWrongError."""
    return {_field(name): _value(name, text, kinds.get(name)) for name, text in data.items()}


def _field(name: str) -> str:
    field = slug(name)
    if not field:
        raise DataWrongError(field=name[:40], reason=Phrase(N_("its name has neither letters nor digits")))
    return field


def _value(name: str, text: str, word: str | None) -> Value:
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise DataWrongError(field=name[:40], reason=Phrase(N_("its value is not text")))
    habits = habits_of(str(clock.zone()))
    if word is None:
        plain = is_plain_number(text) and not is_doubtful(text, habits.decimal)
        return as_plain_number(text) if plain else text.strip()
    study = Study(name[:40])
    study.add([text], [1])
    meaning = settle(word, study, habits)
    if isinstance(meaning, Question):
        raise ColumnsUnclearError([meaning], "--data")
    read = wished_reader(meaning)
    try:
        return read(text) if read is not None else text.strip()
    except ChangedError as error:
        return as_value(error.value)
    except ValueError as error:
        reason = reason_of(error)
        raise DataWrongError(field=name[:40], reason=Phrase(reason) if isinstance(reason, str) else reason) from None


def _json(fields: Mapping[str, Value]) -> str:
    raw = orjson.dumps(dict(fields))
    if len(raw) > MAX_DATA:
        raise DataWrongError(field=next(iter(fields)), reason=Phrase(TOO_MUCH_DATA))
    return raw.decode()
