"""What a request comes to: the plan a schedule has, changed; and what texts come to in a plan. Nothing is stored here."""

from collections.abc import Mapping
from dataclasses import replace

from bocau import campaigns
from bocau.base import clock
from bocau.base.db import Connection
from bocau.base.given import NOT_GIVEN, over
from bocau.content import Source
from bocau.schedules.errors import ScheduleUnfitError, Unfit
from bocau.schedules.phrases import read
from bocau.schedules.requests import ReportChange, ScheduleChange, When
from bocau.schedules.shapes import Does, Plan, Report
from bocau.schedules.when import Rule

TABLE = "{{ table }}\n\n{{ chart }}\n"
"""The mail of a report without a template, as Markdown."""


def merged(connection: Connection, plan: Plan, change: ScheduleChange) -> Plan:
    """The plan with a change over it. Raises ScheduleUnfitError, WhenWrongError, ZoneUnknownError,
    CampaignUnknownError."""
    plan = replace(
        plan,
        name=over(change.name, plan.name),
        rule=_rule(plan.rule, change),
        policy=over(change.policy, plan.policy),
        grace=over(change.grace, plan.grace),
    )
    if plan.report is None:
        return _campaign(connection, plan, change)
    if change.campaign is not NOT_GIVEN or over(change.does, Does.report) is not Does.report:
        raise ScheduleUnfitError.of(Unfit.report)
    return replace(plan, report=_report(plan.report, change.report))


def rule_from(when: When, zone: str = "") -> Rule:
    """``zone``: where it is meant when it names none; empty: where this installation is.

    Raises WhenWrongError, ZoneUnknownError."""
    where = when.zone or zone or clock.zone().key
    if when.kind == "words":
        return read(when.text, where)
    return Rule(kind=when.kind, text=" ".join(when.text.split()), zone=where)


def content_from(source: Source) -> str:
    """A template as a report keeps it; one without a body is the table and the chart."""
    if not (source.html or source.markdown or source.mjml or source.text):
        source = replace(source, markdown=TABLE)
    return source.to_json().decode()


def fits(source: Mapping[str, str]) -> bool:
    """Whether it is of a known kind, and has a query when it is a database, and only then."""
    return source["kind"] in ("file", "url", "sql") and (source["kind"] == "sql") == bool(source["query"].strip())


def _rule(old: Rule, change: ScheduleChange) -> Rule:
    zone = over(change.zone, old.zone)
    return replace(old, zone=zone) if change.when is NOT_GIVEN else rule_from(change.when, zone)


def _campaign(connection: Connection, plan: Plan, change: ScheduleChange) -> Plan:
    """Raises ScheduleUnfitError, CampaignUnknownError."""
    does = over(change.does, plan.does)
    if change.report != ReportChange() or does is Does.report:
        raise ScheduleUnfitError.of(Unfit.no_report)
    found = plan.campaign if change.campaign is NOT_GIVEN else campaigns.find(connection, change.campaign)
    return replace(plan, does=does, campaign=found)


def _report(old: Report, change: ReportChange) -> Report:
    """Raises ScheduleUnfitError."""
    return replace(
        old,
        source=_source(old.source, change),
        content=old.content if change.content is NOT_GIVEN else content_from(change.content),
        sender=over(change.sender, old.sender).strip(),
        to=over(change.to, old.to),
        reply_to=over(change.reply_to, old.reply_to),
        attach=over(change.attach, old.attach),
        chart=over(change.chart, old.chart),
        skip_empty=over(change.skip_empty, old.skip_empty),
        types=over(change.types, old.types),
    )


def _source(old: Mapping[str, str], change: ReportChange) -> Mapping[str, str]:
    """Raises ScheduleUnfitError."""
    source = dict(old)
    if change.data is not NOT_GIVEN:
        kept = old["query"] if change.data.kind == "sql" else ""
        source = {"kind": change.data.kind, "place": change.data.place, "query": kept}
    source["query"] = over(change.query, source["query"])
    if not fits(source):
        raise ScheduleUnfitError.of(Unfit.query)
    return source
