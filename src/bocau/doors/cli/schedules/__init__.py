"""`bocau schedules`: mail at its time: later, or again and again; reports."""

from pathlib import Path
from typing import Any

import click

from bocau import intake, schedules
from bocau.base.clock import now_ms
from bocau.base.db import reading, transaction
from bocau.base.errors import BocauError
from bocau.base.words import N_, figure, say
from bocau.campaigns.installation import Installation
from bocau.doors.cli.schedules import told
from bocau.doors.cli.schedules.asked import Asked, optioned, plan_of
from bocau.doors.cli.schedules.asked_change import change_of, changing, unfit
from bocau.doors.cli.terminal.frame import Noun, argument, confirm, option, pass_parts, show, tell
from bocau.doors.cli.terminal.settings import read
from bocau.doors.cli.terminal.telling import harmless
from bocau.schedules import Rule, Schedule, State, view
from bocau.schedules.errors import ScheduleUnfitError
from bocau.schedules.merge import rule_from
from bocau.schedules.requests import When
from bocau.wiring import Parts


class RemovalUnconfirmedError(BocauError):
    code = "schedule-removal-unconfirmed"
    sentence = N_("Schedule {id} was not removed: nobody confirmed it.")
    hint = N_("Add --yes. `bocau schedules pause` can be taken back.")


class ReportMissingError(BocauError):
    code = "schedule-no-report"
    sentence = N_("Schedule {id} sends no report. Nothing was sent.")
    hint = N_("Launch what it launches: bocau schedules run {id}")


@click.group(cls=Noun, help=N_("Scheduled mail: later, recurring, and reports."))
def command() -> None:
    """The noun."""


@command.command("list", help=N_("List schedules, those that come next first."))
@pass_parts
def list_schedules(parts: Parts) -> None:
    """All of them."""
    with reading(parts.db) as connection:
        found = view.every(connection)
    show({"schedules": [one.as_dict() for one in found]}, lambda: told.list_for_people(found))


@command.command(
    "create",
    help=N_("Create a schedule: launch a campaign, launch copies of it, or send a report."),
    epilog=N_(
        "A report's template has rows, columns, count, time, report, and {{ table }} and {{ chart }} as elements. "
        "Without a template the mail is the table."
    ),
)
@argument("name")
@optioned
@pass_parts
def create(parts: Parts, /, **given: Any) -> None:
    """Make one."""
    asked = Asked(**given)
    with transaction(parts.db) as connection:
        plan = plan_of(connection, asked)
        schedule_id = schedules.create(connection, plan, now_ms(), parts.settings)
    _show(parts, str(schedule_id))


@command.command("change", help=N_("Change a schedule: only what is given; past runs stay."))
@argument("schedule")
@changing
@pass_parts
def change(parts: Parts, /, schedule: str, **given: Any) -> None:
    """With another rule its next time is found anew."""
    wanted = change_of(given)
    try:
        with transaction(parts.db) as connection:
            schedule_id = schedules.find(connection, schedule).id
            schedules.change(connection, schedule_id, wanted, now_ms(), parts.settings)
    except ScheduleUnfitError as error:
        raise unfit(error) from None
    _show(parts, str(schedule_id))


@command.command("show", help=N_("Show one schedule and its next five times."))
@argument("schedule")
@pass_parts
def show_schedule(parts: Parts, schedule: str) -> None:
    """One, by number or name."""
    _show(parts, schedule)


@command.command("pause", help=N_("Pause it: none of its times runs for now."))
@argument("schedule")
@pass_parts
def pause(parts: Parts, schedule: str) -> None:
    """Hold it."""
    with transaction(parts.db) as connection:
        schedules.pause(connection, schedules.find(connection, schedule).id, now_ms())
    _show(parts, schedule)


@command.command("resume", help=N_("Resume with the next time that is still to come."))
@argument("schedule")
@pass_parts
def resume(parts: Parts, schedule: str) -> None:
    """Go on."""
    with transaction(parts.db) as connection:
        schedules.resume(connection, schedules.find(connection, schedule).id, now_ms())
    _show(parts, schedule)


@command.command("remove", help=N_("Delete it and its history. What it launched stays."))
@argument("schedule")
@option("--yes", is_flag=True, help=N_("Do not ask."))
@pass_parts
def remove(parts: Parts, schedule: str, yes: bool) -> None:
    """Forget it."""
    found = _found(parts, schedule)
    if not confirm(say(N_("Remove schedule {id}, {name}?"), id=found.id, name=harmless(found.plan.name)), yes=yes):
        raise RemovalUnconfirmedError(id=found.id)
    with transaction(parts.db) as connection:
        schedules.remove(connection, found.id)
    show({"removed": found.id}, lambda: tell(say(N_("Schedule {id} was removed."), id=found.id)))


@command.command("run", help=N_("Run it now; its times stay as they are."))
@argument("schedule")
@pass_parts
def run(parts: Parts, schedule: str) -> None:
    """By hand."""
    found = _found(parts, schedule)
    with transaction(parts.db) as connection:
        schedules.run(connection, found.id, now_ms(), Installation.of(parts.settings, parts.secret))
        (newest,) = view.history(connection, found, 1)
    show(newest.as_dict(), lambda: told.history_for_people([newest]))


@command.command("next", help=N_("Show the next times of a schedule, or of a time in plain words."))
@argument("when")
@option("--zone", default="", help=N_("The time zone, if none is named; by default that of BOCAU_ZONE."))
@option("--cron", is_flag=True, help=N_("It is cron's five fields."))
@option("--rrule", is_flag=True, help=N_("It is a rule of iCalendar."))
@option("--count", type=click.IntRange(1, 100), default=view.NEXT, show_default=True, help=N_("At most this many."))
def next_times(*, when: str, zone: str, cron: bool, rrule: bool, count: int) -> None:
    """Nothing is stored, and only a schedule\'s number needs a database."""
    if when.isdecimal():
        rule = _known_rule(when)
    else:
        kind = "cron" if cron else "rrule" if rrule else "words"
        rule = schedules.checked(rule_from(When(kind=kind, text=when, zone=zone or read().zone)), now_ms())
    found = view.times(rule, now_ms(), count)
    show(found.as_dict(), lambda: told.times_for_people(found))


@command.command("history", help=N_("Show its past times and what became of each."))
@argument("schedule")
@option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help=N_("At most this many."))
@pass_parts
def history(parts: Parts, schedule: str, limit: int) -> None:
    """The newest first."""
    one = _found(parts, schedule)
    with reading(parts.db) as connection:
        found = view.history(connection, one, limit)
    show({"history": [each.as_dict() for each in found]}, lambda: told.history_for_people(found))


@command.command("report", help=N_("Make a report now and send it, or write it into a folder."))
@argument("schedule")
@option(
    "--to-folder",
    type=click.Path(path_type=Path, file_okay=False),
    help=N_("Send nothing; write the mails as .eml files into this folder."),
)
@pass_parts
def report(parts: Parts, schedule: str, to_folder: Path | None) -> None:
    """What the worker does at the schedule's time."""
    from bocau.doors.cli.send import preview
    from bocau.schedules import reports

    found, now = _found(parts, schedule), now_ms()
    if found.plan.report is None:
        raise ReportMissingError(id=found.id)
    job = reports.Job(found.id, now, 1, found.plan.name, found.plan.rule.zone, found.plan.report)
    made = reports.make(job, parts.settings, parts.files)
    if to_folder is not None and made.empty:
        _reported(made.rows, None)
        return
    if to_folder is not None:
        order = reports.order_of(found.plan.report, made.source, found.plan.name, parts.settings)
        preview.write(preview.composer(parts, order), intake.few(found.plan.report.to, {}), to_folder)
        return
    with transaction(parts.db) as connection:
        submission = reports.send_now(connection, found.id, made, now, parts.settings)
    _reported(made.rows, submission)


def _reported(rows: int, submission: int | None) -> None:
    text = (
        N_("The report has {rows} rows; it is submission {id}.")
        if submission
        else N_("The report is empty: nothing was sent.")
    )
    state = State.done if submission else State.empty
    data = {"submission": submission, "rows": rows, "state": state.name}
    show(data, lambda: tell(say(text, rows=figure(rows), id=submission)))


def _found(parts: Parts, word: str) -> Schedule:
    with reading(parts.db) as connection:
        return schedules.find(connection, word)


@pass_parts
def _known_rule(parts: Parts, word: str) -> Rule:
    return _found(parts, word).plan.rule


def _show(parts: Parts, word: str) -> None:
    with reading(parts.db) as connection:
        one = view.view(connection, word)
    show(one.as_dict(), lambda: told.one_for_people(one))
