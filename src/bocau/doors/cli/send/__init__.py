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
        "Send mail to one person, to a few, or to everybody in a file. Running the same command again "
        "resumes: nobody gets it twice."
    ),
    epilog=N_(
        "Exit codes: 0 all sent; 1 nothing was sent; 3 ended with mails still waiting or deferred; 4 "
        "some failed; 5 no worker is running; 130 stopped by Ctrl-C, sending continues."
    ),
)
@option("--from", "sender", required=True, help=N_("The sender: “Name <address>”."))
@option("--to", **MANY, help=N_("A recipient: address, or “Name <address>”. Repeatable."))
@option("--data", **MANY, help=N_("With --to: a merge field, key=value. Repeatable."))
@option("--csv", "--xlsx", "--file", "list_file", type=FILE, help=N_("The recipients: a CSV or XLSX file."))
@option("--subject", required=True, help=N_("The subject; may contain merge fields: {{ name }}."))
@option("--html", type=FILE, help=N_("The mail as an HTML file; - reads standard input."))
@option("--text", type=FILE, help=N_("The mail, or its plain-text part, as a text file."))
@option("--markdown", type=FILE, help=N_("The mail as a Markdown file."))
@option("--mjml", type=FILE, help=N_("The mail as an MJML file."))
@option("--attach", type=FILE, **MANY, help=N_("A file to attach for everybody. Repeatable."))
@option(
    "--attach-column", default="", help=N_("The column with each person's own file, as a path relative to the list.")
)
@option("--reply-to", default="", help=N_("Where replies go, if not to the sender."))
@option("--header", **MANY, help=N_("An extra header, “Name: value”. Repeatable."))
@option("--stream", default="transactional", show_default=True, help=N_("transactional or bulk."))
@option("--queue", help=N_("The queue it is sent from; by default bulk for a file, the stream's for --to and --test."))
@option("--unsubscribe-url", default="", help=N_("Where people unsubscribe; bulk mail needs it."))
@option("--encoding", default="", help=N_("The file's text encoding, if it is not detected correctly."))
@option("--delimiter", default="", help=N_("What separates columns, if it is not detected correctly."))
@option("--sheet", default="", help=N_("The spreadsheet's sheet, if not the first."))
@option(
    "--no-headings",
    is_flag=True,
    help=N_("The first row is already a person; columns are called column 1, column 2 and so on."),
)
@option("--email-column", default="", help=N_("The column with the addresses."))
@option("--name-column", default="", help=N_("The column with the names."))
@option("--type", "kinds", **MANY, help=N_("How a column is read: amount=number, =text or =date. Repeatable."))
@option("--allow-missing", is_flag=True, help=N_("Leave missing fields empty."))
@option("--strict", is_flag=True, help=N_("Send nothing if any row has a problem."))
@option("--report", type=FILE, help=N_("Where to list rows with problems; by default beside the file."))
@option(
    "--dry-run",
    type=FILE,
    is_flag=False,
    flag_value="dry-run",
    help=N_("Send nothing; write the first mails as .eml files into a folder."),
)
@option("--limit", type=click.IntRange(1), help=N_("At most this many mails."))
@option("--test", default="", help=N_("Send one mail, with the first row's data, to this address only."))
@option("--again", is_flag=True, help=N_("Send once more what was already sent with the same file and options."))
@option("--yes", is_flag=True, help=N_("Do not ask before mailing real people."))
@option("--no-wait", is_flag=True, help=N_("Do not wait until everything is sent."))
@pass_parts
def command(parts: Parts, /, **given: Any) -> None:
    """Send."""
    from bocau.doors.cli.send import sending

    sending.run(parts, Wanted(**given))
