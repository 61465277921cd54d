"""`bocau campaigns preflight`, `preview`, `test`: before anybody gets it."""

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import click
import orjson

from bocau import campaigns, intake
from bocau.audience import Counted
from bocau.base.clock import now_ms
from bocau.base.db import reading, transaction
from bocau.base.errors import BocauError, reason_of
from bocau.base.words import N_, figure, say
from bocau.campaigns import sample
from bocau.campaigns.findings import Finding, Level
from bocau.campaigns.installation import Installation
from bocau.campaigns.preflight import preflight as look
from bocau.delivery.compose import Row
from bocau.delivery.compose import preview as letter
from bocau.doors.cli.campaigns.told import counted_for_people
from bocau.doors.cli.send import preview as composing
from bocau.doors.cli.terminal.frame import Exit, Verb, argument, leave, option, pass_parts, show, tell
from bocau.doors.cli.terminal.telling import harmless
from bocau.wire import dns
from bocau.wiring import Parts

SIGNS = {Level.block: ("✗", "red"), Level.warn: ("!", "yellow")}
NOBODYS = 0
"""The message a preview is: its links mean nobody."""


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
        "findings": [one.as_dict() for one in found],
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
    installation = Installation.of(parts.settings, parts.secret)
    with reading(parts.db) as connection:
        campaign_id = campaigns.find(connection, campaign)
        order, message = sample.sample(connection, campaign_id, installation, variant=variant, person=person)
    row = Row(NOBODYS, message.address, message.name, orjson.loads(message.data), None)
    raw = letter(composing.composer(parts, order), row, now_ms())
    files = _write(folder, f"{campaign_id}-{re.sub(r'[^A-Za-z0-9.@_-]', '_', message.address)[:80]}", raw)
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
    installation = Installation.of(parts.settings, parts.secret)
    with transaction(parts.db) as connection:
        campaign_id = campaigns.find(connection, campaign)
        sent = sample.send_test(
            connection, campaign_id, testers, installation, now_ms(), variant=variant, person=person
        )
        caught = installation.catches(connection, campaigns.show(connection, campaign_id).plan.relay)
    told = [one.as_dict() for one in sent]
    show({"id": campaign_id, "tests": told}, lambda: _testing(told, parts.settings.site if caught else ""))


def _for_people(findings: Sequence[Finding], counted: Counted | None) -> None:
    if counted is not None:
        counted_for_people(counted)
    for one in findings:
        sign, colour = SIGNS[one.level]
        where = f"{one.variant}: " if one.variant else ""
        click.echo(f"{click.style(sign, fg=colour)} {one.code:<20} {harmless(where + str(one.sentence))}")
        if str(one.hint):
            click.echo(f"    → {one.hint}")
    blocked = sum(one.level is Level.block for one in findings)
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


def _testing(rows: Sequence[dict[str, Any]], sandbox: str) -> None:
    """``sandbox``: our site when the sandbox gets them, else empty."""
    for one in rows:
        text = N_("Variant {variant} to {address}: submission {submission}")
        tell(say(text, **{name: harmless(value) for name, value in one.items()}))
    if sandbox:
        text = N_("They go to the sandbox, not to the recipients. Read them: {site}/sandbox, or: bocau sandbox list")
        tell(say(text, site=sandbox))


VERBS = (preflight, preview, test)
