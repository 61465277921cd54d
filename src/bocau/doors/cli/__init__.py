"""The way in for people at a terminal: `bocau <noun> <verb>`.

Owns: nothing. Never: SQL, rules. Talks to: wiring and the rooms' verbs. A noun's module is imported when it is called.
"""

import sys
from collections.abc import Sequence
from importlib import import_module

import click

from bocau.base.words import N_, say
from bocau.doors.cli.terminal.frame import Noun, Option

NOUNS = {
    "up": N_("Start everything on this machine."),
    "send": N_("Send mail to one person, to many, or to everybody in a file."),
    "messages": N_("What happened to each mail; retry failed ones."),
    "submissions": N_("Mails sent together: progress, pause, resume, cancel."),
    "contacts": N_("The people you may write to: import, show, export, erase."),
    "lists": N_("Mailing lists and who is on them."),
    "segments": N_("Saved rules that choose contacts."),
    "campaigns": N_("One mail to many people: draft, check, launch, pause, results."),
    "schedules": N_("Scheduled mail: later, recurring, and reports."),
    "suppressions": N_("Addresses and domains that get no mail."),
    "stats": N_("Figures of all mail, and recounting them."),
    "senders": N_("Domains you send from, and their signing keys."),
    "relays": N_("SMTP servers that mail is handed to."),
    "sandbox": N_("The mailbox that catches mail until a real relay is set."),
    "config": N_("Show every setting, its value and where it comes from."),
    "doctor": N_("Check everything and say what to do."),
    "db": N_("The database's tables: bring them up to date, show their state."),
    "worker": N_("Run a worker (in a cluster)."),
    "beat": N_("Run the clock that wakes workers (in a cluster)."),
    "web": N_("Run the web pages (in a cluster)."),
}


class Nouns(Noun):
    """All nouns, none of them imported before it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(NOUNS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in NOUNS:
            return None
        command: click.Command = import_module(f"{__name__}.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in NOUNS and not args[0].startswith("-"):
            raise click.exceptions.NoSuchCommand(args[0], possibilities=list(NOUNS), ctx=ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(say(N_("Commands"))):
            formatter.write_dl([(name, say(told)) for name, told in NOUNS.items()])


@click.group(
    cls=Nouns,
    help=N_("Bồ Câu sends mail and can tell what happened to each one."),
    epilog=N_(
        "Exit codes: 0 done; 1 an error, explained; 2 wrong usage; 3 ended with mails still waiting or "
        "deferred; 4 some mails failed; 5 no worker is running; 130 stopped by Ctrl-C."
    ),
)
@click.version_option(
    package_name="bocau", message="%(prog)s %(version)s", cls=Option, help=N_("Show the version and exit.")
)
def command() -> None:
    """The root of all commands."""


def call(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code. Errors are written to standard error; nothing is raised."""
    from bocau.doors.cli.terminal.faults import guarded

    return guarded(command, list(arguments))


def main() -> None:
    """What the `bocau` command runs."""
    sys.exit(call(sys.argv[1:]))
