"""`bocau sandbox`: the mailbox that catches mail until a real relay is set."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from bocau import sandbox
from bocau.base.clock import here
from bocau.base.config import Settings
from bocau.base.errors import BocauError, reason_of
from bocau.base.words import N_, figure, say
from bocau.doors.cli.terminal.frame import (
    Exit,
    Noun,
    argument,
    confirm,
    leave,
    option,
    pass_settings,
    show,
    table,
    tell,
    warn,
)

CAUGHT_UP = 1000  # mails made searchable at most before a search
STEP = 500
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class SandboxMailUnknownError(BocauError):
    code = "sandbox-mail-unknown"
    sentence = N_("The sandbox mailbox has no mail {id}. It keeps only the newest and may have been cleared.")
    hint = N_("`bocau sandbox list` shows what there is.")


class ExportFailedError(BocauError):
    code = "sandbox-export-failed"
    sentence = N_("The mails could not be written to {folder}: {reason}. They are all still in the mailbox.")
    hint = N_("Choose a folder you may write to.")


@click.group(cls=Noun, help=N_("The mailbox that catches mail until a real relay is set."))
def command() -> None:
    """The noun."""


@command.command("serve", help=N_("Run the mailbox's SMTP server in the foreground."))
@pass_settings
def serve(settings: Settings) -> None:
    """Catch mails until SIGTERM."""
    from bocau.base import log
    from bocau.sandbox.serve import serve as run

    log.configure(settings.log_level, settings.log_format)
    run(settings)


@command.command("list", help=N_("Show the caught mails, newest first."))
@option("--search", "text", default="", help=N_("Only mails with all these words; accents make no difference."))
@option("--in", "place", type=click.Choice(sandbox.PLACES), default="all", help=N_("Where to look for the words."))
@option("--limit", type=click.IntRange(1, 500), default=20, show_default=True, help=N_("At most this many."))
@option("--before", type=int, help=N_("Only mails older than the one with this number."))
@pass_settings
def list_mails(settings: Settings, text: str, place: sandbox.Place, limit: int, before: int | None) -> None:
    """List or search."""
    with _mailbox(settings) as mailbox:
        if text:
            mailbox.look_through(CAUGHT_UP)
        page = sandbox.search(mailbox, sandbox.Query(text, place), before=before, limit=limit)
        waiting = mailbox.tally().waiting if text else 0
    data = {"total": page.total, "mails": [_entry(entry) for entry in page.entries], "next_before": page.older}
    show(data, lambda: _list_for_people(page))
    if waiting:
        warn(say(N_("The text of {n} new mails cannot be searched yet. Search again in a moment."), n=waiting))


@command.command("show", help=N_("Show one mail."))
@argument("mail_id", type=int, metavar="NUMBER")
@option("--raw", is_flag=True, help=N_("Write the mail as it came, byte for byte."))
@option("--html", is_flag=True, help=N_("Show the HTML instead of the text."))
@pass_settings
def show_mail(settings: Settings, mail_id: int, raw: bool, html: bool) -> None:
    """One mail."""
    with _mailbox(settings) as mailbox:
        source = mailbox.raw(mail_id)
        entries = mailbox.entries([mail_id])
    if source is None or not entries:
        raise SandboxMailUnknownError(id=mail_id)
    if raw:
        sys.stdout.buffer.write(source)
        return
    readable = sandbox.read(source)
    data = _entry(entries[0]) | {
        "headers": readable.headers,
        "text": readable.text,
        "html": readable.html,
        "attachments": [{"name": file.name, "type": file.kind, "size": file.size} for file in readable.files],
    }
    show(data, lambda: _mail_for_people(entries[0], readable, html=html))


@command.command("export", help=N_("Write mails as .eml files into a folder."))
@argument("folder", type=click.Path(path_type=Path, file_okay=False))
@option("--search", "text", default="", help=N_("Only mails with all these words; accents make no difference."))
@pass_settings
def export(settings: Settings, folder: Path, text: str) -> None:
    """All mails, or those a search finds."""
    written = 0
    with _mailbox(settings) as mailbox:
        while text and mailbox.look_through(CAUGHT_UP):
            pass
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for mail_id in _numbers(mailbox, sandbox.Query(text)):
                source = mailbox.raw(mail_id)
                if source is not None:
                    (folder / f"mail-{mail_id}.eml").write_bytes(source)
                    written += 1
        except OSError as error:
            raise ExportFailedError(folder=folder, reason=reason_of(error)) from error
    show({"written": written, "folder": str(folder)}, lambda: tell(_exported(written, folder)))


@command.command("clear", help=N_("Delete all caught mails."))
@option("--yes", is_flag=True, help=N_("Do not ask."))
@pass_settings
def clear(settings: Settings, yes: bool) -> None:
    """Delete everything caught so far."""
    with _mailbox(settings) as mailbox:
        there = mailbox.tally().mails
        question = say(N_("Delete all {n} caught mails? This cannot be undone."), n=there)
        if there and not confirm(question, yes=yes):
            warn(say(N_("Nothing was deleted. To skip the question: bocau sandbox clear --yes")))
            leave(Exit.error)
        gone = mailbox.clear() if there else 0
    show({"deleted": gone}, lambda: tell(say(N_("{n} mails deleted."), n=gone)))


@contextmanager
def _mailbox(settings: Settings) -> Iterator[sandbox.Mailbox]:
    keep = {"keep_mails": settings.sandbox_keep_mails, "keep_bytes": settings.sandbox_keep_bytes}
    with sandbox.Mailbox(settings.home, **keep) as opened:
        yield opened


def _numbers(mailbox: sandbox.Mailbox, query: sandbox.Query) -> Iterator[int]:
    before: int | None = None
    while True:
        page = sandbox.search(mailbox, query, before=before, limit=STEP)
        yield from (entry.id for entry in page.entries)
        if page.older is None:
            return
        before = page.older


def _exported(written: int, folder: Path) -> str:
    return say(N_("{n} mails written to {folder}."), n=written, folder=folder)


def _entry(entry: sandbox.Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "received_at": entry.received_at,
        "envelope_from": entry.sender,
        "envelope_to": list(entry.recipients),
        "from": entry.author,
        "to": entry.addressed,
        "subject": entry.subject,
        "size": entry.size,
    }


def _clock(ms: int) -> str:
    return f"{here(ms):%Y-%m-%d %H:%M:%S}"


def _list_for_people(page: sandbox.Page) -> None:
    if not page.entries:
        tell(say(N_("No mail was found.")))
        return
    columns = (say(N_(">No.")), say(N_("Caught")), say(N_("To")), say(N_("Subject")))
    table(
        columns,
        [(entry.id, _clock(entry.received_at), ", ".join(entry.recipients), entry.subject) for entry in page.entries],
    )
    tell(say(N_("{shown} of {total} mails."), shown=figure(len(page.entries)), total=figure(page.total)))


def _mail_for_people(entry: sandbox.Entry, readable: sandbox.Readable, *, html: bool) -> None:
    tell(f"{say(N_('From'))}: {entry.author or entry.sender}")
    tell(f"{say(N_('To'))}: {', '.join(entry.recipients)}")
    tell(f"{say(N_('Subject'))}: {entry.subject}")
    tell(f"{say(N_('Caught'))}: {_clock(entry.received_at)}")
    for file in readable.files:
        tell(f"{say(N_('Attachment'))}: {file.name} ({file.kind}, {figure(file.size)} B)")
    tell("")
    text = readable.html if html else readable.text
    tell(_CONTROL.sub("", text) or say(N_("(nothing to show in this form; try --html or --raw)")))
