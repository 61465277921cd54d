"""The first mails as they would leave, without sending them."""

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from bocau import content, intake, relays
from bocau.base.clock import now_ms
from bocau.base.db import reading
from bocau.base.errors import BocauError, reason_of
from bocau.base.words import N_, say
from bocau.delivery.compose import ComposeError, Composer, Row
from bocau.delivery.compose import preview as letter
from bocau.doors.cli.terminal.frame import Exit, leave, show, table, tell
from bocau.ledger import NewMessage
from bocau.wire.address import parse_mailbox
from bocau.wiring import Parts

FIRST = 5
"""Mails a dry run writes when no --limit is given."""


class FolderUnwritableError(BocauError):
    code = "folder-unwritable"
    sentence = N_("The mails cannot be written to {folder}: {reason}. Nothing was sent.")
    hint = N_("Choose another folder: --dry-run FOLDER")


class FirstRowMissingError(BocauError):
    code = "first-row-missing"
    sentence = N_("No row can be sent as it is. Nothing was sent.")
    hint = N_("Send with --strict to get a list of all problems.")


def composer(parts: Parts, order: intake.Order) -> Composer:
    """What makes the letters. Raises what is wrong with the order itself."""
    settings = parts.settings
    domain = parse_mailbox(order.sender).address.rpartition("@")[2]
    with reading(parts.db) as connection:
        sender = relays.sender_for(connection, domain, parts.secret)
    made = Composer(
        content.Version.unsaved(order.source),
        sender,
        order.sender,
        order.stream,
        order.options,
        submission=0,
        secret=parts.secret,
        files=parts.files,
        max_bytes=settings.mail_max_bytes,
        fuel=settings.template_fuel,
    )
    if made.broken is not None:
        raise made.broken
    return made


def messages_of(chunks: Iterable[intake.Chunk], *, quiet: bool = False) -> Iterator[NewMessage]:
    """The messages, once what is wrong with rows between them was told, unless ``quiet``."""
    for chunk in chunks:
        for problem in [] if quiet else chunk.problems:
            place = say(
                N_("Row {row}, {column}: {reason}"), row=problem.row, column=problem.column, reason=problem.why()
            )
            tell(place)
        yield from chunk.messages


def first(chunks: Iterable[intake.Chunk]) -> NewMessage:
    """The first row that can be sent. Raises FirstRowMissingError."""
    for chunk in chunks:
        if chunk.messages:
            return chunk.messages[0]
    raise FirstRowMissingError


def prove(made: Composer, messages: Iterable[NewMessage]) -> None:
    """Compose the first letters: when none can be made, the order is at fault, and nobody need be told ten thousand
    times. Raises what is wrong with the first one."""
    wrong: BocauError | None = None
    for number, message in enumerate(islice(messages, FIRST), start=1):
        try:
            made.compose(_row(message, number), now_ms())
            return
        except ComposeError as error:
            wrong = wrong or error.reason
    if wrong is not None:
        raise wrong


def write(made: Composer, messages: Iterable[NewMessage], folder: Path) -> None:
    """Write each letter as an .eml file and list them. Ends with code 4 when any cannot be made."""
    written: list[dict[str, Any]] = []
    now = now_ms()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, message in enumerate(messages, start=1):
            written.append(_one(made, message, folder, (number, now)))
    except OSError as error:
        raise FolderUnwritableError(folder=folder, reason=reason_of(error)) from None
    show({"written": written}, lambda: _list(written))
    if any(one["error"] for one in written):
        leave(Exit.failed)


def _one(made: Composer, message: NewMessage, folder: Path, place: tuple[int, int]) -> dict[str, Any]:
    number, now = place
    told: dict[str, Any] = {"row": message.row, "address": message.address, "file": "", "error": ""}
    try:
        raw = letter(made, _row(message, number), now)
    except ComposeError as error:
        return told | {"error": str(error)}
    path = folder / f"{number:04d}-{re.sub(r'[^A-Za-z0-9.@_-]', '_', message.address)[:100]}.eml"
    path.write_bytes(raw)
    return told | {"file": str(path)}


def _row(message: NewMessage, number: int) -> Row:
    files = orjson.loads(message.files) if message.files else None
    return Row(message.row or number, message.address, message.name, orjson.loads(message.data), files)


def _list(written: list[dict[str, Any]]) -> None:
    rows = [(one["row"] or "", one["address"], one["file"] or one["error"]) for one in written]
    table((">" + say(N_("Row")), say(N_("To")), say(N_("File"))), rows)
    tell(say(N_("Nothing was sent (--dry-run).")))
