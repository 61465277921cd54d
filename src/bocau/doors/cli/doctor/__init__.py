"""`bocau doctor`: checks everything this installation stands on, and says what to do.

Each check has a stable id, told with ``--json``; ends with code 1 when one fails.
"""

from dataclasses import asdict

import click

from bocau.base.config import Settings
from bocau.base.words import N_, say
from bocau.doors.cli.doctor import data, machine, servers
from bocau.doors.cli.doctor.finding import Checks, Finding, State, run
from bocau.doors.cli.terminal.frame import Exit, Verb, leave, pass_settings, show

MACHINE: Checks = {
    "settings": machine.settings_known,
    "home": machine.home,
    "disk": machine.disk,
    "journal": machine.journal,
}
BOOKS: Checks = {"secret": data.secret, "database": data.database, "migrations": data.tables}
OTHERS: Checks = {"broker": servers.broker, "workers": servers.workers}
BY_THE_BOOKS: Checks = {
    "sending": data.sending,
    "due": data.due,
    "clock": data.clock,
    "relay": servers.relay,
    "dns": servers.domains,
}
"""These read the database: without it they could only repeat that it is away."""


def examine(settings: Settings) -> list[Finding]:
    """Run all checks that make sense. Nothing is changed or made."""
    found = _run(MACHINE, settings)
    if not settings.home.exists():
        return found
    books = _run(BOOKS, settings)
    others = _run(OTHERS, settings)
    if all(finding.state is State.ok for finding in books):
        others += _run(BY_THE_BOOKS, settings)
    return found + books + others


def _run(checks: Checks, settings: Settings) -> list[Finding]:
    return [finding for name, check in checks.items() for finding in run(name, check, settings)]


SIGNS = {State.ok: ("✓", "green"), State.warning: ("!", "yellow"), State.failed: ("✗", "red")}


@click.command(cls=Verb, help=N_("Check everything and say what to do. Exits with code 1 if a check fails."))
@pass_settings
def command(settings: Settings) -> None:
    """Run all checks."""
    found = examine(settings)
    failed = any(finding.state is State.failed for finding in found)
    show({"ok": not failed, "checks": [asdict(finding) for finding in found]}, lambda: _for_people(found))
    if failed:
        leave(Exit.error)


def _for_people(findings: list[Finding]) -> None:
    for finding in findings:
        sign, colour = SIGNS[finding.state]
        click.echo(f"{click.style(sign, fg=colour)} {finding.id:<12} {finding.sentence}")
        if finding.hint:
            click.echo(f"    → {finding.hint}")
    failed = sum(finding.state is State.failed for finding in findings)
    click.echo(say(N_("Everything is well.")) if not failed else say(N_("Checks that failed: {count}."), count=failed))
