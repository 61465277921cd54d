"""`bocau suppressions`: addresses and domains that get no mail."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import click

from bocau import sheets
from bocau.audience import Reason, suppressions
from bocau.audience.states import SCOPE_WORDS, reason_word, word
from bocau.audience.suppressions import Suppression
from bocau.base.clock import now_ms, zone
from bocau.base.db import reading, transaction
from bocau.base.words import N_, figure, say
from bocau.doors.cli.contacts.taking import report_path
from bocau.doors.cli.terminal.export import opened, write_csv
from bocau.doors.cli.terminal.frame import Noun, argument, option, pass_parts, show, table, tell
from bocau.doors.cli.terminal.telling import exact, harmless, moment
from bocau.flows import stopping
from bocau.sheets import Problem
from bocau.wiring import Parts

DAY = 86_400_000
PAGE = 1000
SHOWN = 100
"""Wrong rows that are told at once; the report holds all."""
COLUMNS = ("value", "scope", "reason", "source", "note", "created_at", "expires_at")
scoped = click.Choice(["all", "bulk"])


@click.group(cls=Noun, help=N_("Addresses and domains that get no mail."))
def command() -> None:
    """The noun."""


@command.command("list", help=N_("List addresses and domains that get no mail."))
@option("--find", default="", help=N_("Only those with this text in them."))
@option("--scope", type=scoped, help=N_("Only those for all mail, or for bulk mail."))
@option("--reason", type=click.Choice([str(one) for one in Reason]), help=N_("Only those with this reason."))
@option("--after", type=click.IntRange(0), default=0, help=N_("Only entries after this number: the next page."))
@option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help=N_("At most this many."))
@pass_parts
def list_them(parts: Parts, /, *, find: str, scope: str | None, reason: str | None, after: int, limit: int) -> None:
    """One page."""
    wanted = suppressions.Wanted(
        find, cast("suppressions.Scope | None", scope), Reason(reason) if reason else None, after, limit
    )
    with reading(parts.db) as connection:
        found = suppressions.page(connection, wanted)
    show({"suppressions": [_row(one) for one in found]}, lambda: _table(found))


@command.command("add", help=N_("Stop mail to addresses or domains."))
@argument("values", nargs=-1, required=True)
@option("--scope", type=scoped, default="all", show_default=True, help=N_("All mail, or bulk mail only."))
@option(
    "--reason",
    type=click.Choice([str(one) for one in stopping.GIVEN]),
    default="manual",
    show_default=True,
    help=N_("Why they get no mail."),
)
@option("--note", default="", help=N_("A note for colleagues."))
@option("--days", type=click.IntRange(1, 36_500), help=N_("It ends after this many days."))
@option("--until", type=click.DateTime(["%Y-%m-%d"]), help=N_("It ends on this day."))
@pass_parts
def add(parts: Parts, /, *, values: Sequence[str], days: int | None, until: datetime | None, **said: str) -> None:
    """At once, also for campaigns that run: what no worker holds is withdrawn."""
    now = now_ms()
    end = now + days * DAY if days else int(until.replace(tzinfo=zone()).timestamp() * 1000) if until else None
    wanted = [
        Suppression(value, Reason(said["reason"]), cast("suppressions.Scope", said["scope"]), "", said["note"], end)
        for value in values
    ]
    with transaction(parts.db) as connection:
        made = stopping.stop(connection, wanted, now)
    text = N_("{added} will get no more mail; {kept} were suppressed already.")
    data = {"added": made.added, "kept": made.kept}
    show(data, lambda: tell(say(text, added=figure(made.added), kept=figure(made.kept))))


@command.command("remove", help=N_("Allow mail to an address or a domain again."))
@argument("value")
@option("--scope", type=scoped, help=N_("Only entries that stop all mail, or bulk mail."))
@pass_parts
def remove(parts: Parts, value: str, scope: str | None) -> None:
    """What an erased person asked for stays."""
    with transaction(parts.db) as connection:
        gone = stopping.allow(connection, value, now_ms(), cast("suppressions.Scope | None", scope))
        if not gone:
            raise suppressions.SuppressionUnknownError(value=harmless(value))
    show({"removed": gone}, lambda: tell(say(N_("“{value}” may get mail again."), value=harmless(value))))


@command.command("check", help=N_("Tell whether an address gets mail, and what prevents it."))
@argument("value")
@pass_parts
def check(parts: Parts, value: str) -> None:
    """Its domain counts too."""
    with reading(parts.db) as connection:
        found = suppressions.matching(connection, value)
    show({"suppressions": [_row(one) for one in found]}, lambda: _table(found))


@command.command(
    "import", help=N_("Stop mail to everybody in a file: address or domain first, then optionally a reason.")
)
@argument("path", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@option("--scope", type=scoped, default="all", show_default=True, help=N_("All mail, or bulk mail only."))
@option("--report", type=click.Path(path_type=Path), help=N_("Where to list rows with problems."))
@pass_parts
def import_them(parts: Parts, path: Path, scope: str, report: Path | None) -> None:
    """Rows that are neither an address nor a domain are told, the others go in and count at once."""
    added = kept = 0
    shown: list[Problem] = []
    with sheets.open_table(path) as found:
        problems = sheets.Report(report_path(parts, path, report), stopping.headings(found), N_("imported"))
        try:
            for chunk in stopping.chunks(found, path.name, cast("suppressions.Scope", scope)):
                problems.add(chunk.wrong)
                shown += chunk.wrong[: SHOWN - len(shown)]
                with transaction(parts.db) as connection:
                    made = stopping.stop(connection, chunk.right, now_ms())
                added, kept = added + made.added, kept + made.kept
        finally:
            written = problems.done()
    told = [{"row": one.row, "value": harmless(one.value)[:80], "reason": one.why()} for one in shown]
    data = {"added": added, "kept": kept, "rejected": problems.count, "wrong": told, "report": written and str(written)}
    show(data, lambda: _imported(data))


@command.command("export", help=N_("Export all of them as CSV."))
@option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    help=N_("A new file; by default standard output."),
)
@pass_parts
def export(parts: Parts, output: Path | None) -> None:
    """Streamed, a page at a time."""
    with opened(output) as file:
        count = write_csv(file, COLUMNS, _all(parts))
    if output is not None:
        tell(say(N_("{count} entries were written to {file}."), count=figure(count), file=output))


def _all(parts: Parts) -> Iterator[dict[str, Any]]:
    after = 0
    while True:
        with reading(parts.db) as connection:
            page = suppressions.page(connection, suppressions.Wanted(after=after, limit=PAGE))
        for one in page:
            row = _row(one)
            yield {name: row[name] for name in COLUMNS}
        if len(page) < PAGE:
            return
        after = page[-1]["id"]


def _imported(data: Mapping[str, Any]) -> None:
    tell(
        say(
            N_("{added} will get no more mail; {kept} were suppressed already."),
            added=figure(data["added"]),
            kept=figure(data["kept"]),
        )
    )
    if data["wrong"]:
        columns = (">" + say(N_("Row")), say(N_("Value")), say(N_("Reason")))
        table(columns, [(one["row"], harmless(one["value"]), one["reason"]) for one in data["wrong"]])
    if data["report"]:
        tell(say(N_("Rows with problems: {path}"), path=data["report"]))


def _row(one: Mapping[str, Any]) -> dict[str, Any]:
    return dict(one) | {"created_at": exact(one["created_at"]), "expires_at": exact(one["expires_at"])}


def _table(rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        tell(say(N_("Nobody is suppressed.")))
        return
    columns = (
        ">" + say(N_("No.")),
        say(N_("Value")),
        say(N_("Scope")),
        say(N_("Reason")),
        say(N_("Note")),
        say(N_("Until")),
    )
    table(
        columns,
        [
            (
                one["id"],
                harmless(one["value"]),
                word(SCOPE_WORDS, one["scope"]),
                reason_word(one["reason"]),
                harmless(one["note"]),
                moment(one["expires_at"]),
            )
            for one in rows
        ],
    )
