"""What `bocau schedules change` was asked: texts and files become a request, and nothing else is decided."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from bocau.base.given import NOT_GIVEN, unless_none
from bocau.base.words import N_, say
from bocau.doors.cli.schedules.asked import FILE, MANY, ONE_SOURCE, TYPES, when_of
from bocau.doors.cli.send.asked import body, split_kind
from bocau.doors.cli.terminal.frame import option
from bocau.schedules import Does, Policy
from bocau.schedules.errors import ScheduleUnfitError, Unfit
from bocau.schedules.requests import Place, ReportChange, ScheduleChange

CAMPAIGN = ("launch", "copy")
PLACES = {"data_file": "file", "data_url": "url", "database": "sql"}
UNFIT = {
    Unfit.no_report: N_("This schedule sends no report: it has no data and no recipients."),
    Unfit.report: N_("This schedule sends a report; make another one for the campaign."),
    Unfit.query: N_("--database needs --query or --query-file, and nothing else does."),
}

OPTIONS = (
    option("--rename", help=N_("Another name.")),
    option("--when", help=N_("When, in plain words: every Monday 08:00 Asia/Ho_Chi_Minh; 2026-12-01 08:00.")),
    option("--cron", help=N_("When, as the five fields of cron: 0 8 * * 1")),
    option("--rrule", help=N_("When, as a rule of iCalendar from HOURLY up: FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=17")),
    option("--zone", help=N_("Another time zone; with --when, if that names none.")),
    option("--launch", help=N_("Launch this campaign, once.")),
    option("--copy", help=N_("Launch a fresh copy of this campaign each time.")),
    option("--data-file", help=N_("Report: a CSV, XLSX or JSON file in the reports' folder.")),
    option("--type", "types", **MANY, metavar="COLUMN=TYPE", help=TYPES),
    option("--data-url", help=N_("Report: a web address that returns CSV, XLSX or JSON.")),
    option("--database", help=N_("Report: a database named in the setting report_databases.")),
    option("--query", help=N_("Report: the SQL query that reads the database.")),
    option("--query-file", type=FILE, help=N_("Report: a file with the SQL query.")),
    option("--from", "sender", help=N_("The sender: “Name <address>”.")),
    option("--to", **MANY, help=N_("Replaces all recipients: address, or “Name <address>”. Repeatable.")),
    option(
        "--missed",
        type=click.Choice([one.value for one in Policy]),
        help=N_("What to do about missed times: nothing, or run once for all of them."),
    ),
    option(
        "--grace",
        type=click.IntRange(0, 100_000),
        help=N_("How many minutes late a time may run before it counts as missed."),
    ),
)


def changing(function: Callable[..., Any]) -> Callable[..., Any]:
    """A command with all that can be changed."""
    for each in reversed(OPTIONS):
        function = each(function)
    return function


def change_of(given: Mapping[str, Any]) -> ScheduleChange:
    """``given``: the options, one to one; None and empty: not given. Raises click.UsageError, BodyUnreadableError."""
    asked = [name for name in (*CAMPAIGN, *PLACES) if given[name] is not None]
    if len(asked) > 1:
        raise click.UsageError(say(ONE_SOURCE))
    launched = asked[0] if asked and asked[0] in CAMPAIGN else None
    return ScheduleChange(
        name=unless_none(given["rename"]),
        when=unless_none(when_of(given["when"], given["cron"], given["rrule"], given["zone"] or "")),
        zone=given["zone"] or NOT_GIVEN,
        does=Does(launched) if launched else NOT_GIVEN,
        campaign=given[launched] if launched else NOT_GIVEN,
        report=ReportChange(
            data=_place(given, asked[0]) if asked and not launched else NOT_GIVEN,
            query=_query(given) or NOT_GIVEN,
            sender=unless_none(given["sender"]),
            to=given["to"] or NOT_GIVEN,
            types=dict(map(split_kind, given["types"])) if given["types"] else NOT_GIVEN,
        ),
        policy=NOT_GIVEN if given["missed"] is None else Policy(given["missed"]),
        grace=NOT_GIVEN if given["grace"] is None else given["grace"] * 60_000,
    )


def unfit(error: ScheduleUnfitError) -> click.UsageError:
    """The same in words of the options."""
    return click.UsageError(say(UNFIT[error.unfit]))


def _place(given: Mapping[str, Any], name: str) -> Place:
    return Place(kind=PLACES[name], place=given[name])


def _query(given: Mapping[str, Any]) -> str:
    path: Path | None = given["query_file"]
    return body(path, "--query-file") if path is not None else str(given["query"] or "")
