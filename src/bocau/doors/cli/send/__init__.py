"""`bocau send`: to one person, to a few, to a file of people."""

from pathlib import Path
from typing import Any

import click

from bocau.base.words import N_
from bocau.doors.cli.send.asked import Wanted
from bocau.doors.cli.terminal.frame import Verb, option, pass_parts
from bocau.wiring import Parts

FILE = click.Path(path_type=Path)
MANY = {"multiple": True}


@click.command(
    cls=Verb,
    help=N_(
        "Send mail to one person, to a few, or to everybody in a file. The same command again resumes: nobody gets it twice."
    ),
    epilog=N_(
        "Exit codes: 0 all sent; 1 nothing was sent; 3 ended with mails deferred or still open; 4 some failed; "
        "5 no worker runs; 130 stopped by Ctrl-C, sending goes on."
    ),
)
@option("--from", "sender", required=True, help=N_("Who writes: “Name <address>”."))
@option("--to", **MANY, help=N_("A recipient: address, or “Name <address>”. Repeatable."))
@option("--data", **MANY, help=N_("With --to: a merge field, key=value. Repeatable."))
@option("--csv", "--xlsx", "--file", "list_file", type=FILE, help=N_("The recipients: a CSV or XLSX file."))
@option("--subject", required=True, help=N_("The subject; may have merge fields: {{ name }}."))
@option("--html", type=FILE, help=N_("The mail as an HTML file; - reads standard input."))
@option("--text", type=FILE, help=N_("The mail, or its plain part, as a text file."))
@option("--markdown", type=FILE, help=N_("The mail as a Markdown file."))
@option("--mjml", type=FILE, help=N_("The mail as an MJML file."))
@option("--attach", type=FILE, **MANY, help=N_("A file everybody gets. Repeatable."))
@option("--attach-column", default="", help=N_("The column with each person's own file, a path beside the list."))
@option("--reply-to", default="", help=N_("Where answers go, when not to the sender."))
@option("--header", **MANY, help=N_("A further header, “Name: value”. Repeatable."))
@option("--stream", default="transactional", show_default=True, help=N_("transactional or bulk."))
@option("--unsubscribe-url", default="", help=N_("Where one unsubscribes; bulk mail needs it."))
@option("--encoding", default="", help=N_("The file's text encoding, when it is not found rightly."))
@option("--delimiter", default="", help=N_("What separates columns, when it is not found rightly."))
@option("--sheet", default="", help=N_("The spreadsheet's sheet, when it is not the first."))
@option("--email-column", default="", help=N_("The column with the addresses."))
@option("--name-column", default="", help=N_("The column with the names."))
@option("--type", "kinds", **MANY, help=N_("How a column is read: amount=number, =text or =date. Repeatable."))
@option("--allow-missing", is_flag=True, help=N_("Fields that are not there are left empty."))
@option("--strict", is_flag=True, help=N_("Send nothing when any row has a problem."))
@option("--report", type=FILE, help=N_("Where rows with problems are listed; else beside the file."))
@option(
    "--dry-run",
    type=FILE,
    is_flag=False,
    flag_value="dry-run",
    help=N_("Send nothing; write the first mails as .eml files into a folder."),
)
@option("--limit", type=click.IntRange(1), help=N_("At most so many mails."))
@option("--test", default="", help=N_("Send one mail, with the first row's data, to this address only."))
@option("--again", is_flag=True, help=N_("Send anew what was sent before with the same file and options."))
@option("--yes", is_flag=True, help=N_("Do not ask before real people are mailed."))
@option("--no-wait", is_flag=True, help=N_("Do not wait for the sending."))
@pass_parts
def command(parts: Parts, /, **given: Any) -> None:
    """Send."""
    from bocau.doors.cli.send import sending

    sending.run(parts, Wanted(**given))
