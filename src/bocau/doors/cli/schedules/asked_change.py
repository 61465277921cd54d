"""What `bocau schedules change` was asked, and the plan it comes to: what is not given stays."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from bocau import campaigns
from bocau.base.db import Connection
from bocau.base.words import N_, say
from bocau.doors.cli.schedules.asked import FILE, MANY, rule_of
from bocau.doors.cli.send.asked import body
from bocau.doors.cli.terminal.frame import option
from bocau.schedules import Does, Plan, Policy, Report, Rule

OPTIONS = (
    option("--rename", help=N_("Another name.")),
    option("--when", help=N_("When, in plain words: every Monday 08:00 Asia/Ho_Chi_Minh; 2026-12-01 08:00.")),
    option("--cron", help=N_("When, as the five fields of cron: 0 8 * * 1")),
    option("--rrule", help=N_("When, as a rule of iCalendar from HOURLY up: FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=17")),
    option("--zone", help=N_("Another time zone; with --when, if that names none.")),
    option("--launch", help=N_("Launch this campaign, once.")),
    option("--copy", help=N_("Launch a fresh copy of this campaign each time.")),
    option("--data-file", help=N_("Report: a CSV or JSON file in the reports' folder.")),
    option("--data-url", help=N_("Report: a web address that returns CSV or JSON.")),
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


def changed(connection: Connection, plan: Plan, given: Mapping[str, Any]) -> Plan:
    """The plan with what is given. Raises click.UsageError, WhenWrongError, ZoneUnknownError, CampaignUnknownError."""
    values: dict[str, Any] = {"rule": _rule(plan.rule, given), **_does(connection, plan, given)}
    if given["rename"] is not None:
        values["name"] = given["rename"]
    if given["missed"] is not None:
        values["policy"] = Policy(given["missed"])
    if given["grace"] is not None:
        values["grace"] = given["grace"] * 60_000
    return replace(plan, **values)


def _rule(old: Rule, given: Mapping[str, Any]) -> Rule:
    when, cron, rrule = (given[name] for name in ("when", "cron", "rrule"))
    if when is not None or cron is not None or rrule is not None:
        return rule_of(when, cron, rrule, given["zone"] or old.zone)
    return replace(old, zone=given["zone"]) if given["zone"] else old


def _does(connection: Connection, plan: Plan, given: Mapping[str, Any]) -> dict[str, Any]:
    """A campaign schedule stays one, a report stays a report."""
    asked = [name for name in ("launch", "copy", "data_file", "data_url", "database") if given[name] is not None]
    of_report = {name: given[name] for name in ("query", "query_file", "sender") if given[name] is not None}
    if len(asked) > 1:
        raise click.UsageError(say(N_("Give one of --launch, --copy, --data-file, --data-url or --database.")))
    report = plan.report
    if report is None and (of_report or given["to"] or (asked and asked[0] not in ("launch", "copy"))):
        raise click.UsageError(say(N_("This schedule sends no report: it has no data and no recipients.")))
    if asked and asked[0] in ("launch", "copy"):
        if report is not None:
            raise click.UsageError(say(N_("This schedule sends a report; make another one for the campaign.")))
        return {"does": Does(asked[0]), "campaign": campaigns.find(connection, given[asked[0]])}
    return {"report": _report(report, given)} if report is not None else {}


def _report(old: Report, given: Mapping[str, Any]) -> Report:
    sender = old.sender if given["sender"] is None else given["sender"].strip()
    return replace(old, source=_source(old, given), sender=sender, to=given["to"] or old.to)


def _source(old: Report, given: Mapping[str, Any]) -> Mapping[str, str]:
    query = _query(given)
    if given["data_file"] is not None:
        source = {"kind": "file", "place": given["data_file"], "query": query}
    elif given["data_url"] is not None:
        source = {"kind": "url", "place": given["data_url"], "query": query}
    elif given["database"] is not None:
        source = {"kind": "sql", "place": given["database"], "query": query or old.source["query"]}
    else:
        source = {**old.source, "query": query or old.source["query"]}
    if (source["kind"] == "sql") != bool(source["query"].strip()):
        raise click.UsageError(say(N_("--database needs --query or --query-file, and nothing else does.")))
    return source


def _query(given: Mapping[str, Any]) -> str:
    path: Path | None = given["query_file"]
    return body(path, "--query-file") if path is not None else str(given["query"] or "")
