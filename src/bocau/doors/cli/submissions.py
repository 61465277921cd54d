"""`bocau submissions`: what was sent together: progress, pause, resume, cancel, export."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from bocau import ledger, relays
from bocau.base.db import Connection, reading, transaction
from bocau.base.errors import BocauError
from bocau.base.words import N_, figure, say
from bocau.doors.cli.terminal.export import write
from bocau.doors.cli.terminal.frame import Noun, argument, as_json, confirm, option, pass_parts, show, table, tell
from bocau.doors.cli.terminal.telling import harmless, moment
from bocau.ledger import MessageState
from bocau.ledger.titles import message_state, submission_state
from bocau.ledger.view import SubmissionView, submission_view
from bocau.wiring import Parts

BIGGEST = 2**63 - 1
Number = click.IntRange(1, BIGGEST)


class CancelUnconfirmedError(BocauError):
    code = "cancel-unconfirmed"
    sentence = N_("Submission {id} was not cancelled: nobody confirmed it.")
    hint = N_("Add --yes. Cancelled messages are never sent; `bocau submissions pause` can be undone.")


@click.group(cls=Noun, help=N_("Mails sent together: progress, pause, resume, cancel."))
def command() -> None:
    """The noun."""


@command.command("list", help=N_("List submissions, newest first."))
@option("--before", type=Number, help=N_("Only submissions older than this number: the next page."))
@option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help=N_("At most this many."))
@pass_parts
def list_submissions(parts: Parts, before: int | None, limit: int) -> None:
    """One page of submissions."""
    with reading(parts.db) as connection:
        found = ledger.list_submissions(connection, limit + 1, before)
        rows = [submission_view(connection, row) for row in found[:limit]]
    more = len(found) > limit
    data = {"submissions": [row.as_dict() for row in rows], "next_before": rows[-1].id if more else None}
    show(data, lambda: _page(rows, more))


@command.command("show", help=N_("Show one submission: how many messages are in each state."))
@argument("submission_id", type=Number, metavar="NUMBER")
@pass_parts
def show_submission(parts: Parts, submission_id: int) -> None:
    """One submission."""
    with reading(parts.db) as connection:
        submission = submission_view(connection, _known(connection, submission_id))
        counts = ledger.counts(connection, submission_id)
    show(submission.as_dict() | {"messages": counts}, lambda: _one(submission, counts))


@command.command("pause", help=N_("Stop sending it for now. Mails on their way still arrive."))
@argument("submission_id", type=Number, metavar="NUMBER")
@pass_parts
def pause(parts: Parts, submission_id: int) -> None:
    """Hold it."""
    with transaction(parts.db) as connection:
        ledger.pause(connection, submission_id)
    _tell(parts, submission_id, N_("Submission {id} is paused. Resume it with: bocau submissions resume {id}"))


@command.command("resume", help=N_("Resume a paused submission."))
@argument("submission_id", type=Number, metavar="NUMBER")
@pass_parts
def resume(parts: Parts, submission_id: int) -> None:
    """Go on."""
    with transaction(parts.db) as connection:
        ledger.resume(connection, submission_id)
    _tell(parts, submission_id, N_("Submission {id} was resumed."))


@command.command("cancel", help=N_("End it: what is not yet sent never will be. This cannot be undone."))
@argument("submission_id", type=Number, metavar="NUMBER")
@option("--yes", is_flag=True, help=N_("Do not ask."))
@pass_parts
def cancel(parts: Parts, submission_id: int, yes: bool) -> None:
    """End it."""
    with reading(parts.db) as connection:
        _known(connection, submission_id)
        left = ledger.progress(connection, submission_id)
    question = N_("Cancel submission {id}? {count} waiting messages will not be sent.")
    if not confirm(say(question, id=submission_id, count=figure(left.open + left.deferred)), yes=yes):
        raise CancelUnconfirmedError(id=submission_id)
    with transaction(parts.db) as connection:
        surely = ledger.cancel(connection, submission_id)
    text = N_(
        "Submission {id} was cancelled: {surely} messages will definitely not be sent. Those on their "
        "way may still arrive."
    )
    _tell(parts, submission_id, text, surely=surely)


@command.command(
    "export",
    help=N_("Write one line per message: state, attempts, the relay's reply. CSV, or JSON with --json."),
    epilog=N_("Texts that a spreadsheet would take for a formula begin with an apostrophe in the CSV."),
)
@argument("submission_id", type=Number, metavar="NUMBER")
@option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    help=N_("A new file; by default standard output."),
)
@option("--state", type=click.Choice([s.name for s in MessageState]), help=N_("Only messages in this state."))
@pass_parts
def export(parts: Parts, *, submission_id: int, output: Path | None, state: str | None) -> None:
    """Everything about everybody, streamed."""
    with reading(parts.db) as connection:
        _known(connection, submission_id)
        names = relays.relay_names(connection)
    wanted = ledger.Filter(submission_id, MessageState[state] if state else None)
    count = write(parts.db, wanted, output, names, as_json=as_json())
    if output is not None:
        tell(say(N_("{count} messages were written to {file}."), count=figure(count), file=output))


def _known(connection: Connection, submission_id: int) -> dict[str, Any]:
    """Raises SubmissionUnknownError."""
    row = ledger.show_submission(connection, submission_id)
    if row is None:
        raise ledger.SubmissionUnknownError(id=submission_id)
    return row


def _tell(parts: Parts, submission_id: int, text: str, **fields: int) -> None:
    with reading(parts.db) as connection:
        data = submission_view(connection, _known(connection, submission_id)).as_dict()
    show(
        data | fields,
        lambda: tell(say(text, id=submission_id, **{name: figure(count) for name, count in fields.items()})),
    )


def _page(rows: Sequence[SubmissionView], more: bool) -> None:
    if not rows:
        tell(say(N_("No submissions yet. `bocau send` creates one.")))
        return
    heads = (N_("Name"), N_("State"), N_("Total"), N_("Waiting"), N_("Deferred"), N_("Rejected"), N_("Created"))
    name, state, total, waiting, deferred, rejected, created = map(say, heads)
    columns = (">ID", name, state, f">{total}", f">{waiting}", f">{deferred}", f">{rejected}", created)
    lines = [
        (
            row.id,
            harmless(row.name),
            submission_state(row.state),
            *(figure(count) for count in (row.total, row.open, row.deferred, row.rejected)),
            moment(row.created_at),
        )
        for row in rows
    ]
    table(columns, lines)
    if more:
        tell(say(N_("There are more: add --before {id}"), id=rows[-1].id))


def _one(submission: SubmissionView, counts: Mapping[str, int]) -> None:
    tell(say(N_("Submission {id}: {name}"), id=submission.id, name=harmless(submission.name) or "—"))
    facts = [
        (N_("State"), submission_state(submission.state)),
        (N_("From"), harmless(submission.sender)),
        (N_("Stream"), harmless(submission.stream)),
        (N_("Created"), moment(submission.created_at)),
        (N_("Finished"), moment(submission.finished_at)),
        (N_("Rejected rows"), figure(submission.rejected) if submission.rejected else ""),
    ]
    for title, value in facts:
        if value != "":
            tell(f"  {say(title)}: {value}")
    if not submission.complete:
        tell("  " + say(N_("Its rows are still coming in.")))
    lines = [(message_state(name), figure(count)) for name, count in counts.items() if count]
    table((say(N_("State")), ">" + say(N_("Messages"))), [*lines, (say(N_("Total")), figure(submission.total))])
    if any(counts[name] for name in ("failed", "unknown", "expired")):
        tell(say(N_("See who: bocau messages list --submission {id} --state failed"), id=submission.id))
