"""What `bocau schedules create` was asked: texts and files become a plan, and nothing else is decided."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from bocau import campaigns
from bocau.base.db import Connection
from bocau.base.words import N_, say
from bocau.content import Source
from bocau.doors.cli.send.asked import body, split_kind
from bocau.doors.cli.terminal.frame import option
from bocau.schedules import Does, Plan, Policy, Report
from bocau.schedules.merge import content_from, rule_from
from bocau.schedules.requests import When

FILE = click.Path(path_type=Path)
MANY = {"multiple": True}
ONE_TIME = N_("Give one of --when, --cron or --rrule.")
ONE_SOURCE = N_("Give one of --launch, --copy, --data-file, --data-url or --database.")
TYPES = N_("Report: what a column's cells are, such as Column=number:comma or text. Repeatable.")
BODIES = ("html", "markdown", "mjml", "text")

OPTIONS = (
    option("--when", help=N_("When, in plain words: every Monday 08:00 Asia/Ho_Chi_Minh; 2026-12-01 08:00.")),
    option("--cron", help=N_("When, as the five fields of cron: 0 8 * * 1")),
    option("--rrule", help=N_("When, as a rule of iCalendar from HOURLY up: FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=17")),
    option("--zone", default="", help=N_("The time zone, if --when names none; by default that of BOCAU_ZONE.")),
    option("--launch", help=N_("Launch this campaign, once.")),
    option("--copy", help=N_("Launch a fresh copy of this campaign each time.")),
    option("--data-file", help=N_("Report: a CSV, XLSX or JSON file in the reports' folder.")),
    option("--type", "types", **MANY, metavar="COLUMN=TYPE", help=TYPES),
    option("--data-url", help=N_("Report: a web address that returns CSV, XLSX or JSON.")),
    option("--database", help=N_("Report: a database named in the setting report_databases.")),
    option("--query", default="", help=N_("Report: the SQL query that reads the database.")),
    option("--query-file", type=FILE, help=N_("Report: a file with the SQL query.")),
    option("--from", "sender", default="", help=N_("The sender: “Name <address>”.")),
    option("--to", **MANY, help=N_("A recipient: address, or “Name <address>”. Repeatable.")),
    option("--reply-to", default="", help=N_("Where replies go, if not to the sender.")),
    option("--subject", default="{{ report }}", show_default=True, help=N_("Report: the subject; may contain fields.")),
    option("--html", type=FILE, help=N_("The mail as an HTML file; - reads standard input.")),
    option("--markdown", type=FILE, help=N_("The mail as a Markdown file.")),
    option("--mjml", type=FILE, help=N_("The mail as an MJML file.")),
    option("--text", type=FILE, help=N_("The mail, or its plain-text part, as a text file.")),
    option("--attach", type=click.Choice(["csv", "xlsx"]), **MANY, help=N_("Report: attach all rows. Repeatable.")),
    option("--chart", type=click.Choice(["bar", "line", "pie"]), help=N_("Report: draw a chart.")),
    option("--chart-x", default="", help=N_("The chart's column of labels.")),
    option("--chart-y", **MANY, help=N_("A column of numbers for the chart. Repeatable.")),
    option("--chart-title", default="", help=N_("The chart's title.")),
    option("--skip-empty", is_flag=True, help=N_("Report: send nothing when there are no rows.")),
    option(
        "--missed",
        type=click.Choice([one.value for one in Policy]),
        default="skip",
        show_default=True,
        help=N_("What to do about missed times: nothing, or run once for all of them."),
    ),
    option(
        "--grace",
        type=click.IntRange(0, 100_000),
        default=15,
        show_default=True,
        help=N_("How many minutes late a time may run before it counts as missed."),
    ),
)


def optioned(function: Callable[..., Any]) -> Callable[..., Any]:
    """A command with all options of a schedule."""
    for each in reversed(OPTIONS):
        function = each(function)
    return function


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The options, one to one."""

    name: str
    when: str | None
    cron: str | None
    rrule: str | None
    zone: str
    launch: str | None
    copy: str | None
    data_file: str | None
    data_url: str | None
    types: tuple[str, ...]
    database: str | None
    query: str
    query_file: Path | None
    sender: str
    to: tuple[str, ...]
    reply_to: str
    subject: str
    html: Path | None
    markdown: Path | None
    mjml: Path | None
    text: Path | None
    attach: tuple[str, ...]
    chart: str | None
    chart_x: str
    chart_y: tuple[str, ...]
    chart_title: str
    skip_empty: bool
    missed: str
    grace: int


def plan_of(connection: Connection, asked: Asked) -> Plan:
    """Raises click.UsageError, WhenWrongError, ZoneUnknownError, CampaignUnknownError, BodyUnreadableError."""
    when = when_of(asked.when, asked.cron, asked.rrule, asked.zone)
    if when is None:
        raise click.UsageError(say(ONE_TIME))
    common: dict[str, Any] = {
        "name": asked.name,
        "rule": rule_from(when),
        "policy": Policy(asked.missed),
        "grace": asked.grace * 60_000,
    }
    sources = [asked.launch, asked.copy, asked.data_file, asked.data_url, asked.database]
    if sum(one is not None for one in sources) != 1:
        raise click.UsageError(say(ONE_SOURCE))
    if asked.launch is not None:
        return Plan(does=Does.launch, campaign=campaigns.find(connection, asked.launch), **common)
    if asked.copy is not None:
        return Plan(does=Does.copy, campaign=campaigns.find(connection, asked.copy), **common)
    return Plan(does=Does.report, report=report_of(asked), **common)


def when_of(when: str | None, cron: str | None, rrule: str | None, zone: str) -> When | None:
    """None: no time was given. Raises click.UsageError."""
    given = [
        When(kind=kind, text=text, zone=zone)
        for kind, text in (("words", when), ("cron", cron), ("rrule", rrule))
        if text is not None
    ]
    if len(given) > 1:
        raise click.UsageError(say(ONE_TIME))
    return given[0] if given else None


def report_of(asked: Asked) -> Report:
    """Raises click.UsageError, BodyUnreadableError."""
    if not asked.sender or not asked.to:
        raise click.UsageError(say(N_("A report needs --from and --to.")))
    if asked.chart and not (asked.chart_x and asked.chart_y):
        raise click.UsageError(say(N_("A chart needs --chart-x and --chart-y.")))
    chart = {"kind": asked.chart, "x": asked.chart_x, "y": list(asked.chart_y), "title": asked.chart_title}
    texts: dict[str, Any] = {name: body(getattr(asked, name), f"--{name}") for name in BODIES}
    return Report(
        source=_source(asked),
        content=content_from(Source(subject=asked.subject, **texts)),
        sender=asked.sender.strip(),
        to=asked.to,
        reply_to=asked.reply_to,
        attach=tuple(dict.fromkeys(asked.attach)),
        chart=chart if asked.chart else {},
        skip_empty=asked.skip_empty,
        types=dict(map(split_kind, asked.types)),
    )


def _source(asked: Asked) -> dict[str, str]:
    if asked.database is not None:
        query = body(asked.query_file, "--query-file") if asked.query_file else asked.query
        if not query.strip():
            raise click.UsageError(say(N_("--database needs --query or --query-file.")))
        return {"kind": "sql", "place": asked.database, "query": query}
    if asked.data_url is not None:
        return {"kind": "url", "place": asked.data_url, "query": ""}
    return {"kind": "file", "place": str(asked.data_file), "query": ""}
