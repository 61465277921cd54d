"""`bocau db`: the database's tables."""

import click

from bocau.base.clock import now_ms
from bocau.base.config import Settings
from bocau.base.words import N_, say
from bocau.doors.cli.terminal.frame import Exit, Noun, leave, pass_settings, show


@click.group(cls=Noun, help=N_("The database's tables: bring them up to date, show their state."))
def command() -> None:
    """The database."""


@command.command(
    "upgrade", help=N_("Bring the tables up to date. Safe to run at any time, even several times at once.")
)
@pass_settings
def upgrade(settings: Settings) -> None:
    """Run the missing steps."""
    from bocau import migrations, wiring

    parts = wiring.parts(settings)
    try:
        steps = migrations.upgrade(parts.db)
        wiring.check(parts)
        told = migrations.status(parts.db)
    finally:
        parts.db.dispose()
    done = say(N_("Steps run: {steps}."), steps=", ".join(steps)) if steps else say(N_("Nothing to do."))
    show(
        {"steps": steps, "version": told.found},
        lambda: click.echo(f"{done} " + say(N_("The database has version {version}."), version=told.found)),
    )


@command.command("status", help=N_("Show the version of the tables. Exits with code 1 if they are not up to date."))
@pass_settings
def status(settings: Settings) -> None:
    """Compare the tables' version with ours."""
    from bocau import migrations, wiring

    parts = wiring.parts(settings)
    try:
        told = migrations.status(parts.db)
    finally:
        parts.db.dispose()
    show(
        {"version": told.found, "newest": told.ours, "current": told.current, "known": told.known},
        lambda: click.echo(
            say(N_("Database: {found}. This version of Bồ Câu: {ours}."), found=told.found or "—", ours=told.ours)
        ),
    )
    if not told.current:
        leave(Exit.error)


@command.command(
    "resume", help=N_("Resume sending after the database had gone back in time and a person has checked it.")
)
@pass_settings
def resume(settings: Settings) -> None:
    """Lift the halt."""
    from bocau import wiring
    from bocau.delivery import backwards

    parts = wiring.parts(settings)
    try:
        halted = backwards.resume(parts.db, now_ms())
    finally:
        parts.db.dispose()
    done = N_("Sending continues.") if halted else N_("Sending was not halted.")
    show({"was_halted": halted}, lambda: click.echo(say(done)))
