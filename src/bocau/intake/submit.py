"""Into the ledger: one message, many, or a file chunk by chunk; the same thing twice is one submission."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import orjson

from bocau import content, ledger
from bocau.base.config import Stream
from bocau.base.db import Connection
from bocau.base.words import N_, Phrase
from bocau.intake.errors import (
    FieldsMissingError,
    StreamUnknownError,
    SubjectWrongError,
    UnsubscribeMissingError,
    UnsubscribeWrongError,
)
from bocau.ledger.options import OWN, Options
from bocau.wire import headers
from bocau.wire.address import parse_mailbox, shown

BULK = "bulk"
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
MAX_SUBJECT = 998  # RFC 5322 2.1.1
MOST_AGAIN = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is sent, the same for everybody. ``sender``: From as a mailbox. ``time_to_live``: seconds."""

    source: content.Source
    sender: str
    stream: str
    queue: str = BULK
    name: str = ""
    options: Options = field(default_factory=Options)
    time_to_live: float = 86_400.0


class Submitted(NamedTuple):
    """``added`` messages went in now; ``duplicates``: (row, row that had the same recipient first)."""

    opened: ledger.Opened
    added: int
    duplicates: list[tuple[int, int]]


def check_order(order: Order, streams: Mapping[str, Stream]) -> None:
    """Refuse what could never be sent, before anything is stored.

    Raises AddressWrongError, HeaderWrongError, SubjectWrongError, StreamUnknownError, UnsubscribeMissingError,
    UnsubscribeWrongError.
    """
    author = parse_mailbox(order.sender)
    headers.check_value("From", author.name)
    if order.options.reply_to:
        headers.check_value("Reply-To", parse_mailbox(order.options.reply_to).name)
    for name, value in (order.options.headers or {}).items():
        headers.check_value(headers.check_free(name), value)
    _check_subject(order.source.subject)
    if order.stream not in streams:
        raise StreamUnknownError(stream=shown(order.stream), streams=", ".join(streams))
    needed = order.stream == BULK and order.options.unsubscribe != OWN
    _check_unsubscribe(order.options.unsubscribe_url or "", needed=needed)


def check_fields(order: Order, names: Iterable[str]) -> None:
    """Refuse a mail that uses fields nobody has. ``names``: fields and headings. Raises FieldsMissingError.

    The order's content must have been compiled once.
    """
    if order.source.allow_missing:
        return
    names = list(dict.fromkeys(names))
    missing = content.check(content.Version.unsaved(order.source), names)
    if missing:
        told = ", ".join(f"{field} ({field.part}, {field.line})" for field in missing[:20])
        raise FieldsMissingError(fields=told, columns=", ".join(names[:50]) or "—")


def key_of(order: Order, *ingredients: object) -> str:
    """The submission's key: equal order and equal ingredients (digests, options; JSON values), equal key."""
    told = {
        "source": hashlib.sha256(order.source.to_json()).hexdigest(),
        "sender": order.sender,
        "stream": order.stream,
        "queue": order.queue,
        "options": order.options.as_dict(),
        "ingredients": ingredients,
    }
    return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()


def begin(connection: Connection, order: Order, key: str, now: int, *, again: bool = False) -> ledger.Opened:
    """Open the submission of ``key``, or find it. ``again``: a new one; later the same key finds the newest.

    ``now`` in ms. Freezes the content; compile it before, so that a broken template is never stored.
    """
    draft = ledger.Draft(
        key=key,
        name=order.name[:200],
        stream=order.stream,
        queue=order.queue,
        content=content.freeze(connection, order.source, now),
        sender=order.sender,
        options=order.options.to_json(),
        time_to_live=order.time_to_live,
    )
    found = ledger.open_submission(connection, draft, now)
    if found.created:
        return found
    for number in range(2, MOST_AGAIN):
        newer = _next(connection, draft._replace(key=f"{key}-{number}"), now, make=again)
        if newer is None:
            return found
        if newer.created:
            return newer
        found = newer
    return found


def add(connection: Connection, submission: int, messages: Sequence[ledger.NewMessage]) -> ledger.Added:
    """Put a chunk of messages in; those already there are left out, so a resumed intake starts from the beginning."""
    return ledger.add_messages(connection, submission, messages)


def finish(connection: Connection, submission: int, rejected: int) -> None:
    """Everything is in; ``rejected`` rows never became messages."""
    ledger.close_submission(connection, submission, rejected)


def submit(
    connection: Connection,
    order: Order,
    messages: Sequence[ledger.NewMessage],
    key: str,
    now: int,
    *,
    again: bool = False,
) -> Submitted:
    """One message, or a few, in one step. The same key again adds nothing. ``now`` in ms."""
    opened = begin(connection, order, key, now, again=again)
    if opened.expanded:
        return Submitted(opened, 0, [])
    added = add(connection, opened.id, messages)
    finish(connection, opened.id, len(added.duplicates))
    return Submitted(opened._replace(expanded=True), added.added, added.duplicates)


def _next(connection: Connection, draft: ledger.Draft, now: int, *, make: bool) -> ledger.Opened | None:
    """The submission with the draft's key; None when there is none and it shall not be made."""
    step = connection.begin_nested()
    opened = ledger.open_submission(connection, draft, now)
    if opened.created and not make:
        step.rollback()
        return None
    step.commit()
    return opened


def _check_subject(subject: str) -> None:
    if CONTROL.search(subject):
        raise SubjectWrongError(reason=Phrase(N_("has a line break or another control character")))
    if not subject.strip():
        raise SubjectWrongError(reason=Phrase(N_("is empty")))
    if len(subject) > MAX_SUBJECT:
        raise SubjectWrongError(reason=Phrase(N_("is longer than 998 characters")))


def _check_unsubscribe(url: str, *, needed: bool) -> None:
    if not url:
        if needed:
            raise UnsubscribeMissingError
        return
    if not url.startswith("https://") or CONTROL.search(url):
        raise UnsubscribeWrongError(url=shown(url))
