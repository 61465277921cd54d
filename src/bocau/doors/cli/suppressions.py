"""`bocau suppressions`: addresses and domains that get no mail."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import click

from bocau import sheets, tracking
from bocau.audience import Reason, suppressions
from bocau.audience.suppressions import Suppression
from bocau.base.clock import now_ms
from bocau.base.db import reading, transaction
from bocau.base.words import N_, say
from bocau.doors.cli.export import opened, write_csv
from bocau.doors.cli.frame import Noun, argument, option, pass_parts, show, table, tell
from bocau.doors.cli.telling import exact, harmless
from bocau.wiring import Parts

DAY = 86_400_000
PAGE = 1000
GIVEN = tuple(one for one in Reason if one not in (Reason.list_unsubscribed, Reason.erased))
COLUMNS = ("value", "scope", "reason", "source", "note", "created_at", "expires_at")
scoped = click.Choice(["all", "bulk"])


@click.group(cls=Noun, help=N_("Addresses and domains that get no mail."))
def command() -> None:
    """The noun."""


@command.command("list", help=N_("List addresses and domains that get no mail."))
@option("--find", default="", help=N_("Only those with this text in them."))
@option("--scope", type=scoped, help=N_("Only those for all mail, or for bulk mail."))
@option("--reason", type=click.Choice([str(one) for one in Reason]), help=N_("Only those with this reason."))
@option(
    "--after", type=click.IntRange(0), default=0, help=N_("Only entries behind this number: the next page.")
)
@option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help=N_("How many at most."))
@pass_parts
def list_them(
    parts: Parts, /, *, find: str, scope: str | None, reason: str | None, after: int, limit: int
) -> None:
    """One page."""
    wanted = suppressions.Wanted(
        find, cast("suppressions.Scope | None", scope), Reason(reason) if reason else None, after, limit
    )
    with reading(parts.db) as session:
        rows = [_row(one) for one in suppressions.page(session, wanted)]
    show({"suppressions": rows}, lambda: _table(rows))


@command.command("add", help=N_("Stop mail to addresses or domains."))
@argument("values", nargs=-1, required=True)
@option("--scope", type=scoped, default="all", show_default=True, help=N_("All mail, or bulk mail only."))
@option(
    "--reason", type=click.Choice([str(one) for one in GIVEN]), default="manual", show_default=True,
    help=N_("Why they get no mail."),
)  # fmt: skip
@option("--note", default="", help=N_("A remark for colleagues."))
@option("--days", type=click.IntRange(1, 36_500), help=N_("It ends after so many days."))
@option("--until", type=click.DateTime(["%Y-%m-%d"]), help=N_("It ends on this day."))
@pass_parts
def add(
    parts: Parts, /, *, values: Sequence[str], days: int | None, until: datetime | None, **said: str
) -> None:
    """At once, also for campaigns that run: what no worker holds is withdrawn."""
    now = now_ms()
    end = now + days * DAY if days else int(until.astimezone().timestamp() * 1000) if until else None
    wanted = [
        Suppression(value, Reason(said["reason"]), cast("suppressions.Scope", said["scope"]), "", said["note"], end)
        for value in values
    ]  # fmt: skip
    with transaction(parts.db) as session:
        made = suppressions.suppress_many(session, wanted, now)
        for value in values:
            if "@" in value.removeprefix("@"):
                tracking.withdraw_everywhere(session, suppressions.normalised(value), now)
    text = N_("{added} get no more mail; {kept} were stopped already.")
    show(made._asdict(), lambda: tell(say(text, **made._asdict())))


@command.command("remove", help=N_("Let mail go to an address or a domain again."))
@argument("value")
@option("--scope", type=scoped, help=N_("Only what stops all mail, or bulk mail."))
@pass_parts
def remove(parts: Parts, value: str, scope: str | None) -> None:
    """What an erased person asked for stays."""
    with transaction(parts.db) as session:
        gone = suppressions.unsuppress(
            session, value, now_ms(), scope=cast("suppressions.Scope | None", scope)
        )
        if not gone:
            raise suppressions.SuppressionUnknownError(value=harmless(value))
    show({"removed": gone}, lambda: tell(say(N_("“{value}” may get mail again."), value=harmless(value))))


@command.command("check", help=N_("Say whether an address gets mail, and what stands in the way."))
@argument("value")
@pass_parts
def check(parts: Parts, value: str) -> None:
    """Its domain counts too."""
    with reading(parts.db) as session:
        rows = [_row(one) for one in suppressions.matching(session, value)]
    show({"suppressions": rows}, lambda: _table(rows))


@command.command(
    "import",
    help=N_("Stop mail to everybody of a file: address or domain first, then a reason if there is one."),
)
@argument("path", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@option("--scope", type=scoped, default="all", show_default=True, help=N_("All mail, or bulk mail only."))
@pass_parts
def import_them(parts: Parts, path: Path, scope: str) -> None:
    """Rows that are neither an address nor a domain are told, the others go in."""
    added = kept = 0
    wrong: list[dict[str, Any]] = []
    for chunk in _chunks(path, cast("suppressions.Scope", scope), wrong):
        with transaction(parts.db) as session:
            made = suppressions.suppress_many(session, chunk, now_ms())
        added, kept = added + made.added, kept + made.kept
    data = {"added": added, "kept": kept, "wrong": wrong}
    show(data, lambda: _imported(data))


@command.command("export", help=N_("Write all of them as CSV."))
@option(
    "--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help=N_("A new file; else standard output.")
)  # fmt: skip
@pass_parts
def export(parts: Parts, output: Path | None) -> None:
    """Streamed, a page at a time."""
    with opened(output) as file:
        count = write_csv(file, COLUMNS, _all(parts))
    if output is not None:
        tell(say(N_("{count} entries were written to {file}."), count=count, file=output))


def _all(parts: Parts) -> Iterator[dict[str, Any]]:
    after = 0
    while True:
        with reading(parts.db) as session:
            page = suppressions.page(session, suppressions.Wanted(after=after, limit=PAGE))
        for one in page:
            row = _row(one)
            yield {name: row[name] for name in COLUMNS}
        if len(page) < PAGE:
            return
        after = page[-1]["id"]


def _chunks(
    path: Path, scope: suppressions.Scope, wrong: list[dict[str, Any]]
) -> Iterator[list[Suppression]]:
    """The file's first row may be an entry or a heading."""
    with sheets.open_table(path) as found:
        headings = [str(one) for one in found.headings]
        first = _read(headings, 1, path, scope, wrong if "@" in headings[0] else [])
        if first is not None:
            yield [first]
        for block in found.blocks(PAGE):
            rows = [_read([str(cell) for cell in row], number, path, scope, wrong)
                    for number, row in zip(block.numbers, block.rows, strict=True)]  # fmt: skip
            yield [one for one in rows if one is not None]


def _read(
    cells: Sequence[str], number: int, path: Path, scope: suppressions.Scope, wrong: list[dict[str, Any]]
) -> Suppression | None:  # fmt: skip
    value = cells[0].strip() if cells else ""
    if not any(cell.strip() for cell in cells):
        return None
    try:
        suppressions.normalised(value)
    except suppressions.SuppressionWrongError as error:
        wrong.append({"row": number, "value": harmless(value)[:80], "reason": str(error)})
        return None
    said = cells[1].strip().lower() if len(cells) > 1 else ""
    reason = Reason(said) if said in [str(one) for one in GIVEN] else Reason.manual
    return Suppression(value, reason, scope, path.name)


def _imported(data: Mapping[str, Any]) -> None:
    tell(
        say(
            N_("{added} get no more mail; {kept} were stopped already."),
            added=data["added"],
            kept=data["kept"],
        )
    )
    if data["wrong"]:
        columns = (">" + say(N_("Row")), say(N_("Value")), say(N_("Reason")))
        table(columns, [(one["row"], one["value"], one["reason"]) for one in data["wrong"][:100]])


def _row(one: Mapping[str, Any]) -> dict[str, Any]:
    return dict(one) | {"created_at": exact(one["created_at"]), "expires_at": exact(one["expires_at"])}


def _table(rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        tell(say(N_("Nobody is kept from getting mail.")))
        return
    columns = (
        ">" + say(N_("No.")), say(N_("Value")), say(N_("Scope")), say(N_("Reason")), say(N_("Note")), say(N_("Until")),
    )  # fmt: skip
    table(
        columns,
        [
            (one["id"], harmless(one["value"]), one["scope"], one["reason"], harmless(one["note"]), one["expires_at"])
            for one in rows
        ],
    )  # fmt: skip
