"""`bocau campaigns preflight`, `preview`, `test`: before anybody gets it."""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import click
import orjson

from bocau import campaigns, intake, relays
from bocau.audience import Counted
from bocau.base.clock import now_ms
from bocau.base.db import Connection, reading, transaction
from bocau.base.errors import BocauError, reason_of
from bocau.base.words import N_, figure, say
from bocau.campaigns import Campaign, filed, orders
from bocau.campaigns.findings import Finding, Level
from bocau.campaigns.installation import Installation
from bocau.campaigns.preflight import preflight as look
from bocau.campaigns.queries import variant_of
from bocau.delivery.compose import Row
from bocau.delivery.compose import preview as letter
from bocau.doors.cli.campaigns.told import counted_for_people
from bocau.doors.cli.send import preview as composing
from bocau.doors.cli.terminal.frame import Exit, Verb, argument, leave, option, pass_parts, show, tell
from bocau.doors.cli.terminal.telling import harmless
from bocau.ledger import NewMessage
from bocau.wire import dns
from bocau.wire.address import check
from bocau.wiring import Parts

SIGNS = {Level.block: ("✗", "red"), Level.warn: ("!", "yellow")}
FIRST = 1
NOBODYS = 0
"""The message a preview is: its links mean nobody."""


class PersonUnknownError(BocauError):
    code = "campaign-person-unknown"
    sentence = N_("“{address}” is neither a contact nor in the campaign's file. Nothing was made.")
    hint = N_("Choose somebody who is: bocau contacts list")


class PreviewUnwritableError(BocauError):
    code = "preview-unwritable"
    sentence = N_("The preview cannot be written to {folder}: {reason}.")
    hint = N_("Choose another folder: --output FOLDER")


@click.command(
    "preflight",
    cls=Verb,
    help=N_("Check everything before the launch: what blocks it, what you should know."),
    epilog=N_("Exits with code 1 if something blocks the launch."),
)
@argument("campaign")
@option("--offline", is_flag=True, help=N_("Make no DNS look-ups."))
@pass_parts
def preflight(parts: Parts, campaign: str, offline: bool) -> None:
    """All checks."""
    with reading(parts.db) as connection:
        campaign_id = campaigns.find(connection, campaign)
        lookup = None if offline else lru_cache(maxsize=None)(dns.texts)
        installation = Installation.of(parts.settings, parts.secret)
        found, counted = look(connection, campaign_id, now_ms(), installation, lookup)
    blocked = any(one.level is Level.block for one in found)
    data = {
        "id": campaign_id,
        "ready": not blocked,
        "findings": [_finding(one) for one in found],
        "audience": counted._asdict() if counted else None,
    }
    show(data, lambda: _for_people(found, counted))
    if blocked:
        leave(Exit.error)


@click.command("preview", cls=Verb, help=N_("Write the mail into files as one person would get it; nothing is sent."))
@argument("campaign")
@option("--for", "person", default="", help=N_("Whose mail: an address; by default the first recipient's."))
@option("--variant", default="", help=N_("Which variant, if not the first."))
@option(
    "--output",
    "-o",
    "folder",
    type=click.Path(path_type=Path),
    default=Path("preview"),
    show_default=True,
    help=N_("The folder for the .eml, .html and .txt files."),
)
@pass_parts
def preview(parts: Parts, /, *, campaign: str, person: str, variant: str, folder: Path) -> None:
    """Files."""
    with reading(parts.db) as connection:
        found, order, message = _one(parts, connection, campaign, variant, person)
    data = orjson.loads(message.data)
    row = Row(NOBODYS, message.address, message.name, data, None)
    raw = letter(composing.composer(parts, orders.unfollowed(order)), row, now_ms())
    files = _write(folder, f"{found.id}-{re.sub(r'[^A-Za-z0-9.@_-]', '_', message.address)[:80]}", raw)
    show({"address": message.address, "files": [str(one) for one in files]}, lambda: _written(files))


@click.command("test", cls=Verb, help=N_("Send it to these addresses as a test; the campaign itself is not affected."))
@argument("campaign")
@argument("addresses", nargs=-1, required=True)
@option(
    "--for", "person", default="", help=N_("With whose data: an address; by default the recipient's own, if known.")
)
@option("--variant", default="", help=N_("Which variant; by default all of them."))
@pass_parts
def test(parts: Parts, /, *, campaign: str, addresses: tuple[str, ...], person: str, variant: str) -> None:
    """A submission of its own."""
    testers = intake.few(addresses, {})
    told: list[dict[str, Any]] = []
    with transaction(parts.db) as connection:
        campaign_id = campaigns.find(connection, campaign)
        found = campaigns.show(connection, campaign_id)
        names = [variant] if variant else [one.name for one in found.plan.variants]
        for name in names:
            for tester in testers:
                told.append(_tested(parts, connection, (str(campaign_id), name, person), tester))
        caught = _caught(parts, connection, found)
    show({"id": campaign_id, "tests": told}, lambda: _testing(told, parts.settings.site if caught else ""))


def _caught(parts: Parts, connection: Connection, found: Campaign) -> bool:
    """Whether the sandbox gets its mails, and nobody else."""
    wanted = found.plan.relay
    used = [one for one in relays.active(connection, parts.settings, parts.secret) if wanted in (None, one.id)]
    return bool(used) and all(one.kind == "sandbox" for one in used)


def _tested(parts: Parts, connection: Connection, which: tuple[str, str, str], tester: NewMessage) -> dict[str, Any]:
    campaign, variant, person = which
    found, order, message = _one(parts, connection, campaign, variant, person or tester.address, anybody=not person)
    stream = parts.settings.streams[orders.TEST_STREAM]
    order = replace(orders.as_test(order), time_to_live=stream.time_to_live)
    mine = message._replace(recipient=tester.recipient, address=tester.address, row=0)
    key = intake.key_of(order, "campaign test", found.id, tester.recipient, now_ms())
    done = intake.submit(connection, order, [mine], key, now_ms(), again=True)
    return {"variant": variant_of(found, variant).name, "address": tester.address, "submission": done.opened.id}


def _one(
    parts: Parts, connection: Connection, campaign: str, variant: str, person: str, *, anybody: bool = False
) -> tuple[Campaign, intake.Order, NewMessage]:
    """The campaign, what a variant's people are sent, and one person's message. ``anybody``: the first of its people when
    the named one is unknown. Raises PersonUnknownError."""
    campaign_id = campaigns.find(connection, campaign)
    found = campaigns.show(connection, campaign_id)
    found = replace(found, plan=replace(found.plan, site=parts.settings.site))
    order = orders.order_of(connection, found, variant_of(found, variant))
    message = filed.of_contact(connection, found, check(person).recipient) if person else None
    if message is None and (anybody or not person):
        message = next(iter(filed.some_people(connection, found, FIRST)), None)
    if message is None:
        raise PersonUnknownError(address=harmless(person) or "—")
    return found, order, message


def _finding(one: Finding) -> dict[str, str]:
    return {
        "code": one.code,
        "level": one.level.value,
        "variant": one.variant,
        "sentence": str(one.sentence),
        "hint": str(one.hint),
    }


def _for_people(found: Sequence[Finding], counted: Counted | None) -> None:
    if counted is not None:
        counted_for_people(counted)
    for one in found:
        sign, colour = SIGNS[one.level]
        where = f"{one.variant}: " if one.variant else ""
        click.echo(f"{click.style(sign, fg=colour)} {one.code:<20} {harmless(where + str(one.sentence))}")
        if str(one.hint):
            click.echo(f"    → {one.hint}")
    blocked = sum(one.level is Level.block for one in found)
    tell(
        say(N_("Findings that block the launch: {count}."), count=figure(blocked))
        if blocked
        else say(N_("It can be launched."))
    )


def _write(folder: Path, stem: str, raw: bytes) -> list[Path]:
    """The letter, and its parts as files a browser shows. Raises PreviewUnwritableError."""
    import email
    from email import policy

    message = email.message_from_bytes(raw, policy=policy.default)
    parts: dict[str, bytes] = {"eml": raw}
    for kind, ending in (("html", "html"), ("plain", "txt")):
        part = message.get_body((kind,))
        if part is not None:
            parts[ending] = part.get_content().encode()
    files = [folder / f"{stem}.{ending}" for ending in parts]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in zip(files, parts.values(), strict=True):
            path.write_bytes(text)
    except OSError as error:
        raise PreviewUnwritableError(folder=folder, reason=reason_of(error)) from None
    return files


def _written(files: Sequence[Path]) -> None:
    for path in files:
        tell(str(path))
    tell(say(N_("Nothing was sent.")))


def _testing(told: Sequence[dict[str, Any]], sandbox: str) -> None:
    """``sandbox``: our site when the sandbox gets them, else empty."""
    for one in told:
        text = N_("Variant {variant} to {address}: submission {submission}")
        tell(say(text, **{name: harmless(value) for name, value in one.items()}))
    if sandbox:
        text = N_("They go to the sandbox, not to the recipients. Read them: {site}/sandbox, or: bocau sandbox list")
        tell(say(text, site=sandbox))


VERBS = (preflight, preview, test)
