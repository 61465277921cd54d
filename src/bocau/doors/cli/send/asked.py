"""What `bocau send` was asked, and the order it comes to."""

import sys
from dataclasses import dataclass
from pathlib import Path

import click

from bocau import content, intake
from bocau.base.errors import BocauError, reason_of
from bocau.base.queues import QUEUE, QUEUES
from bocau.base.words import N_, Phrase, say
from bocau.cells import WORDS
from bocau.ledger.options import Options
from bocau.wire.address import shown
from bocau.wiring import Parts

MAX_BODY = 4 << 20  # bytes of a template
OF_FILES = "bulk"
"""The queue of what goes to a file of people."""


class BodyUnreadableError(BocauError):
    code = "body-unreadable"
    sentence = N_("The file {path} cannot be read: {reason}. Nothing was sent.")
    hint = N_("{option} takes a text file of at most 4 MB, in UTF-8 or in the encoding its <meta charset> says.")


class OptionTextError(BocauError):
    """An option's text cannot be understood. ``form``: how it is written."""

    code = "option-text"
    sentence = N_("{option}: “{text}” is not understood. Nothing was sent.")
    hint = N_("Write it as {form}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The options of `bocau send`, one to one."""

    sender: str
    to: tuple[str, ...]
    data: tuple[str, ...]
    list_file: Path | None
    subject: str
    html: Path | None
    text: Path | None
    markdown: Path | None
    mjml: Path | None
    attach: tuple[Path, ...]
    attach_column: str
    reply_to: str
    header: tuple[str, ...]
    stream: str
    queue: str | None
    unsubscribe_url: str
    encoding: str
    delimiter: str
    sheet: str
    no_headings: bool
    email_column: str
    name_column: str
    kinds: tuple[str, ...]
    allow_missing: bool
    strict: bool
    report: Path | None
    dry_run: Path | None
    limit: int | None
    test: str
    again: bool
    yes: bool
    no_wait: bool


def check_usage(wanted: Wanted) -> None:
    """Refuse options that do not go together. Raises click.UsageError."""
    if bool(wanted.to) == bool(wanted.list_file):
        raise click.UsageError(say(N_("Give either --to or --csv.")))
    if wanted.data and wanted.list_file:
        raise click.UsageError(say(N_("--data goes with --to; a file has its own columns.")))
    if wanted.to and (wanted.attach_column or wanted.email_column or wanted.name_column):
        raise click.UsageError(say(N_("Options about columns go with --csv.")))
    if wanted.queue and (not QUEUE.match(wanted.queue) or wanted.queue.startswith("chores")):
        raise click.UsageError(say(N_("A queue is transactional or bulk, with a region where needed: bulk.eu")))
    bodies = [body for body in (wanted.html, wanted.markdown, wanted.mjml) if body]
    if len(bodies) > 1 or not (bodies or wanted.text):
        raise click.UsageError(say(N_("Give one of --html, --markdown, --mjml or --text; --text may go with another.")))


def order_of(parts: Parts, wanted: Wanted) -> intake.Order:
    """The order, its files stored. Raises BodyUnreadableError, FileMissingError, FileRefusedError and kin."""
    settings = parts.settings
    stream = settings.streams.get(wanted.stream)
    return intake.Order(
        source=source_of(parts, wanted),
        sender=wanted.sender.strip(),
        stream=wanted.stream,
        queue=queue_of(wanted),
        name=wanted.list_file.name if wanted.list_file else wanted.subject,
        options=Options(
            reply_to=wanted.reply_to or None,
            unsubscribe_url=wanted.unsubscribe_url or None,
            headers=dict(map(split_header, wanted.header)) or None,
        ),
        time_to_live=stream.time_to_live if stream else 0.0,
    )


def queue_of(wanted: Wanted) -> str:
    """A single mail does not wait behind a file of thousands."""
    single = wanted.stream if (wanted.to or wanted.test) and wanted.stream in QUEUES else OF_FILES
    return wanted.queue or single


def source_of(parts: Parts, wanted: Wanted) -> content.Source:
    """What is said, as files give it."""
    return content.Source(
        subject=wanted.subject,
        html=body(wanted.html, "--html"),
        text=body(wanted.text, "--text"),
        markdown=body(wanted.markdown, "--markdown"),
        mjml=body(wanted.mjml, "--mjml"),
        attachments=tuple(parts.files.put(path).as_dict() for path in wanted.attach),
        allow_missing=wanted.allow_missing,
    )


def body(path: Path | None, option: str) -> str:
    """The text of a file, or of standard input for ``-``. Raises BodyUnreadableError."""
    if path is None:
        return ""
    try:
        if str(path) == "-":
            raw = sys.stdin.buffer.read(MAX_BODY + 1)
        else:
            with path.open("rb") as handle:
                raw = handle.read(MAX_BODY + 1)
        if len(raw) > MAX_BODY:
            raise BodyUnreadableError(path=path, option=option, reason=Phrase(N_("it is larger than 4 MB")))
        text = content.decode(raw)
    except content.CharsetError as error:
        raise BodyUnreadableError(path=path, option=option, reason=error.problem) from None
    except OSError as error:
        raise BodyUnreadableError(path=path, option=option, reason=reason_of(error)) from None
    if not text.strip():
        raise BodyUnreadableError(path=path, option=option, reason=Phrase(N_("it is empty")))
    return text.replace("\r\n", "\n")


def split_header(text: str) -> tuple[str, str]:
    """``Name: value``. Raises OptionTextError."""
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise OptionTextError(option="--header", text=shown(text), form="Name: value")
    return name.strip(), value.strip()


def split_data(text: str, option: str = "--data") -> tuple[str, str]:
    """``key=value``. Raises OptionTextError."""
    name, sign, value = text.partition("=")
    if not sign or not name.strip():
        raise OptionTextError(option=option, text=shown(text), form="key=value")
    return name.strip(), value


def split_kind(text: str) -> tuple[str, str]:
    """``amount=number`` → the column and a word of ``cells.WORDS``. Raises OptionTextError."""
    name, sign, kind = text.rpartition("=")
    if not sign or not name.strip() or kind.strip().lower() not in WORDS:
        raise OptionTextError(option="--type", text=shown(text), form=f"column={', column='.join(WORDS)}")
    return name.strip(), kind.strip().lower()
