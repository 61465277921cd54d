"""`bocau contacts import` and `bocau contacts imports`: people come in from files; each import can be stopped and undone.

``import_command`` and ``imports_group`` are for the noun `contacts`.
"""

from pathlib import Path
from typing import Any

import click

from bocau.audience import imports
from bocau.base.clock import now_ms
from bocau.base.db import reading, transaction
from bocau.base.errors import BocauError
from bocau.base.words import N_, figure, say
from bocau.doors.cli.contacts import taking as contacts_taking
from bocau.doors.cli.contacts.taking import Asked
from bocau.doors.cli.send.asked import split_kind
from bocau.doors.cli.terminal.frame import Noun, Verb, argument, confirm, option, pass_parts, show, table, tell
from bocau.doors.cli.terminal.telling import harmless, moment
from bocau.flows import importing
from bocau.flows.importing import Wanted
from bocau.sheets import Reading
from bocau.wiring import Parts

FILE = click.Path(path_type=Path)
NO_HEADINGS = N_("The first row is already a person; columns are called column 1, column 2 and so on.")
TYPES = N_(
    "What a column's cells are: Column=number, or number:comma, number:point, date, date:dmy, date:mdy, datetime, "
    "boolean, text. Repeatable."
)


class UndoingUnconfirmedError(BocauError):
    code = "undoing-unconfirmed"
    sentence = N_("The import {id} was not undone: nobody confirmed it.")
    hint = N_("Add --yes.")


@click.command(
    "import",
    cls=Verb,
    help=N_("Import contacts from a CSV, TSV or XLSX file, or from a ZIP file of these."),
    epilog=N_(
        "Ctrl-C stops it, and the same command continues where it was. Exit codes: 0 all tables were "
        "imported; 1 one was not, and you are told which. Example: bocau contacts import khách.xlsx "
        '--list "Bản tin" --map "Tỉnh=city" --skip "Ghi chú" --merge fill'
    ),
)
@argument("file", type=FILE, metavar="FILE")
@option("--map", "mapped", multiple=True, metavar="COLUMN=ATTRIBUTE", help=N_("What a column becomes. Repeatable."))
@option("--skip", multiple=True, metavar="COLUMN", help=N_("Leave a column out. Repeatable."))
@option("--type", "types", multiple=True, metavar="COLUMN=TYPE", help=TYPES)
@option("--no-new-attributes", is_flag=True, help=N_("Leave out columns that are not an attribute yet."))
@option(
    "--merge",
    type=click.Choice([one.value for one in imports.Merge]),
    default="skip",
    show_default=True,
    help=N_("Existing contacts: leave alone, fill what is empty, or overwrite."),
)
@option("--list", "to_list", metavar="NAME", help=N_("Put everybody on this list, except those who left it."))
@option("--tag", metavar="NAME", help=N_("Give everybody this tag."))
@option("--source", default="", help=N_("Where the people agreed: a fair, a form, a contract."))
@option("--consent", default="", help=N_("The words they agreed to."))
@option("--email-column", default="", metavar="COLUMN", help=N_("The column with the addresses."))
@option("--encoding", default="", help=N_("The file's text encoding, if it is not detected correctly."))
@option("--delimiter", default="", help=N_("The character between columns, if it is not detected correctly."))
@option("--sheet", default="", help=N_("The sheet of a spreadsheet; by default the first one."))
@option("--no-headings", is_flag=True, help=NO_HEADINGS)
@option("--report", type=FILE, help=N_("Where to list rows with problems."))
@option("--dry-run", is_flag=True, help=N_("Only show what each column becomes."))
@pass_parts
def import_command(parts: Parts, /, file: Path, **given: Any) -> None:
    """One run for each table in the file."""
    mapped = dict(map(contacts_taking.split_pair, given["mapped"])) | dict.fromkeys(given["skip"], "")
    asked = Asked(
        imports.Wishes(
            given["email_column"], mapped, not given["no_new_attributes"], dict(map(split_kind, given["types"]))
        ),
        Wanted(
            reading=Reading(
                headings=not given["no_headings"], **{name: given[name] for name in ("encoding", "delimiter", "sheet")}
            ),
            **{name: given[name] for name in ("merge", "to_list", "tag", "source", "consent")},
        ),
        given["report"],
        given["dry_run"],
    )
    contacts_taking.take_file(parts, file, asked)


@click.group("imports", cls=Noun, help=N_("Imports of contacts: what they did, stopped, resumed, undone."))
def imports_group() -> None:
    """The noun."""


@imports_group.command("list", help=N_("List imports, the latest first."))
@option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help=N_("At most this many."))
@pass_parts
def list_imports(parts: Parts, limit: int) -> None:
    """By number."""
    with reading(parts.db) as connection:
        runs = imports.every(connection, limit=limit)
    show({"imports": [one.as_dict() for one in runs]}, lambda: _page(runs))


@imports_group.command("show", help=N_("Show one import."))
@argument("import_id", type=int, metavar="NUMBER")
@pass_parts
def show_import(parts: Parts, import_id: int) -> None:
    """One run."""
    with reading(parts.db) as connection:
        run = imports.show(connection, import_id)
    show(run.as_dict(), lambda: contacts_taking.page(run, run.state.title()))


@imports_group.command("stop", help=N_("Stop an import wherever it runs; it can be resumed later."))
@argument("import_id", type=int, metavar="NUMBER")
@pass_parts
def stop_import(parts: Parts, import_id: int) -> None:
    """It ends before its next chunk."""
    with transaction(parts.db) as connection:
        run = imports.stop(connection, import_id, now_ms())
    text = N_("The import {id} is stopped at row {row}. Resume it with: bocau contacts imports resume {id} --file FILE")
    show(run.as_dict(), lambda: tell(say(text, id=import_id, row=run.position)))


@imports_group.command("resume", help=N_("Resume an import that was stopped or cut off."))
@argument("import_id", type=int, metavar="NUMBER")
@option("--file", "file", type=FILE, required=True, help=N_("The same file."))
@option("--report", type=FILE, help=N_("Where to list rows with problems."))
@pass_parts
def resume_import(parts: Parts, import_id: int, file: Path, report: Path | None) -> None:
    """From the row behind the last one that is in."""
    contacts_taking.resume_file(parts, import_id, file, report)


@imports_group.command("undo", help=N_("Undo an import: contacts it added are removed, those it changed are restored."))
@argument("import_id", type=int, metavar="NUMBER")
@option("--yes", is_flag=True, help=N_("Do not ask."))
@pass_parts
def undo_import(parts: Parts, import_id: int, yes: bool) -> None:
    """A slice a transaction; the same again goes on."""
    with reading(parts.db) as connection:
        run = imports.show(connection, import_id)
    question = N_("Undo the import {id} of {file} ({made} new, {changed} changed contacts)?")
    if not confirm(say(question, id=import_id, file=harmless(run.file), **_few(run)), yes=yes):
        raise UndoingUnconfirmedError(id=import_id)
    for _ in importing.undo(parts.db, import_id, now_ms):
        pass
    with reading(parts.db) as connection:
        run = imports.show(connection, import_id)
    text = N_(
        "{removed} contacts were removed, {restored} restored; {kept} were changed since and stay, "
        "without its list and tag."
    )
    show(run.as_dict(), lambda: tell(say(text, **{name: figure(count) for name, count in run.counts.items()})))


def _few(run: imports.Run) -> dict[str, str]:
    return {name: figure(run.counts[name]) for name in ("made", "changed")}


def _page(found: list[imports.Run]) -> None:
    if not found:
        tell(say(N_("There are no imports.")))
        return
    columns = (N_(">no."), N_("file name"), N_("state"), N_(">new"), N_(">changed"), N_(">rejected"), N_("started"))
    counted = ("made", "changed", "refused")
    table(
        [say(one) for one in columns],
        (
            (
                one.id,
                harmless(one.file),
                one.state.title(),
                *(figure(one.counts[name]) for name in counted),
                moment(one.created_at),
            )
            for one in found
        ),
    )
