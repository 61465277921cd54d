"""What a change comes to: it says only what is to be otherwise. And what texts come to in a plan."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bocau import campaigns, schedules
from bocau.base import clock
from bocau.base.config import Settings
from bocau.base.db import transaction
from bocau.base.errors import BocauError
from bocau.content import Source
from bocau.schedules import Does, Plan, Policy, Report, Rule, read
from bocau.schedules.errors import ScheduleUnfitError, Unfit
from bocau.schedules.merge import TABLE, content_from, rule_from
from bocau.schedules.requests import Place, ReportChange, ScheduleChange, When
from tests.schedules.world import FROM, NOW, campaign

SALES = {"kind": "file", "place": "sales.csv", "query": ""}
SHOP = {"kind": "sql", "place": "shop", "query": "SELECT 1"}
RULE = read("every Monday 08:00", "Asia/Ho_Chi_Minh")


def report(source: Mapping[str, str] = SALES, **more: Any) -> Report:
    given = {"content": content_from(Source(subject="Tin")), "sender": FROM, "to": ("sep@congty.test",)}
    return Report(**{"source": source, **given, **more})


def plan(wanted: Report | None = None, **more: Any) -> Plan:
    return Plan(**{"name": "Doanh số", "does": Does.report, "rule": RULE, "report": wanted or report(), **more})


def changed(engine: sa.Engine, first: Plan, *changes: ScheduleChange) -> Plan:
    """The plan of a schedule that was made and then changed; its rule's start left out."""
    with transaction(engine) as connection:
        schedule_id = schedules.create(connection, first, NOW)
        for one in changes:
            schedules.change(connection, schedule_id, one, NOW + 1)
        found = schedules.show(connection, schedule_id).plan
        schedules.remove(connection, schedule_id)
    return replace(found, rule=replace(found.rule, start=0))


def refused(engine: sa.Engine, first: Plan, *changes: ScheduleChange) -> BocauError:
    with pytest.raises(BocauError) as caught:
        changed(engine, first, *changes)
    return caught.value


def test_a_change_that_says_nothing_changes_nothing(engine: sa.Engine) -> None:
    full = plan(
        report(SHOP, reply_to="b@x.test", attach=("csv",), chart={"kind": "bar", "x": "a", "y": ["b"], "title": ""}),
        policy=Policy.once,
        grace=60_000,
    )
    assert changed(engine, full, ScheduleChange()) == full
    launching = plan(report=None, does=Does.copy, campaign=campaign(engine))
    assert changed(engine, replace(launching, report=None), ScheduleChange()) == replace(launching, report=None)


def test_only_what_is_given_changes(engine: sa.Engine) -> None:
    one = ScheduleChange(
        name="Báo cáo", policy=Policy.once, grace=0, report=ReportChange(sender=f" {FROM} ", attach=())
    )
    found = changed(engine, plan(report(attach=("csv",))), one)
    assert found == plan(name="Báo cáo", policy=Policy.once, grace=0)


def test_empty_is_given_and_takes_away(engine: sa.Engine) -> None:
    full = report(reply_to="b@x.test", chart={"kind": "pie", "x": "a", "y": ["b"]}, skip_empty=True)
    emptied = ReportChange(reply_to="", chart={}, skip_empty=False)
    assert changed(engine, plan(full), ScheduleChange(report=emptied)).report == report()
    assert refused(engine, plan(), ScheduleChange(name="")).code == "schedule-wrong"
    assert refused(engine, plan(), ScheduleChange(report=ReportChange(to=()))).code == "schedule-wrong"
    assert refused(engine, plan(), ScheduleChange(report=ReportChange(sender=" "))).code == "schedule-wrong"


def test_zone_is_changed_with_the_rule_or_alone(engine: sa.Engine) -> None:
    when = When(kind="cron", text=" 30  9 * * 1 ")
    for one, rule in (
        (ScheduleChange(zone="UTC"), replace(RULE, zone="UTC")),
        (ScheduleChange(when=when), Rule(kind="cron", text="30 9 * * 1", zone=RULE.zone)),
        (ScheduleChange(when=when, zone="UTC"), Rule(kind="cron", text="30 9 * * 1", zone="UTC")),
        (ScheduleChange(when=replace(when, zone="UTC")), Rule(kind="cron", text="30 9 * * 1", zone="UTC")),
        (ScheduleChange(when=When(kind="words", text="every day 09:00")), read("every day 09:00", RULE.zone)),
    ):
        assert changed(engine, plan(), one).rule == replace(rule, start=0)
    assert refused(engine, plan(), ScheduleChange(zone="Mars/Base")).code == "zone-unknown"


def test_query_goes_with_the_database(engine: sa.Engine) -> None:
    def source(first: Mapping[str, str], **given: Any) -> Mapping[str, str]:
        found = changed(engine, plan(report(first)), ScheduleChange(report=ReportChange(**given))).report
        assert found is not None
        return found.source

    assert source(SHOP, query="SELECT 2") == {**SHOP, "query": "SELECT 2"}
    assert source(SHOP, data=Place(kind="sql", place="other")) == {**SHOP, "place": "other"}
    assert source(SHOP, data=Place(kind="file", place="sales.csv")) == SALES
    assert source(SALES, data=Place(kind="sql", place="shop"), query="SELECT 1") == SHOP


@pytest.mark.parametrize(
    ("source", "given"),
    [
        (SALES, {"query": "SELECT 1"}),
        (SHOP, {"query": " "}),
        (SALES, {"data": Place(kind="sql", place="shop")}),
        (SHOP, {"data": Place(kind="url", place="https://x.test/a.csv"), "query": "SELECT 1"}),
        (SALES, {"data": Place(kind="moon", place="x")}),
    ],
)
def test_source_and_query_that_do_not_go_together_are_refused(
    engine: sa.Engine, source: Mapping[str, str], given: Mapping[str, Any]
) -> None:
    error = refused(engine, plan(report(source)), ScheduleChange(report=ReportChange(**given)))
    assert isinstance(error, ScheduleUnfitError) and error.unfit is Unfit.query


def test_a_campaigns_schedule_stays_one_and_a_report_stays_a_report(engine: sa.Engine) -> None:
    number = campaign(engine)
    with transaction(engine) as connection:
        other = campaigns.copy(connection, number, NOW, "Khác")
    launching = replace(plan(), report=None, does=Does.copy, campaign=number)
    assert changed(engine, launching, ScheduleChange(campaign="Khác")).campaign == other
    for given in ({"does": Does.launch}, {"campaign": "Khác"}, {"does": Does.copy, "campaign": "Khác"}):
        error = refused(engine, plan(), ScheduleChange(**given))  # type: ignore[arg-type]
        assert isinstance(error, ScheduleUnfitError) and error.unfit is Unfit.report
    for one in (ScheduleChange(report=ReportChange(to=("a@x.test",))), ScheduleChange(does=Does.report)):
        error = refused(engine, launching, one)
        assert isinstance(error, ScheduleUnfitError) and error.unfit is Unfit.no_report
        assert "it sends no report" in str(error)
    assert refused(engine, launching, ScheduleChange(does=Does.launch)).code == "schedule-wrong"
    assert refused(engine, launching, ScheduleChange(campaign="Không có")).code == "campaign-unknown"


@pytest.mark.parametrize(
    "wrong",
    [
        {"sender": ""},
        {"to": ()},
        {"chart": {"kind": "bar", "x": "", "y": ["b"], "title": ""}},
        {"chart": {"kind": "bar", "x": "a", "y": [], "title": ""}},
        {"chart": {"kind": "moon", "x": "a", "y": ["b"], "title": ""}},
        {"source": {**SALES, "query": "SELECT 1"}},
        {"source": {**SHOP, "query": ""}},
    ],
)
def test_report_that_lacks_something_is_refused(engine: sa.Engine, wrong: Mapping[str, Any]) -> None:
    assert refused(engine, plan(replace(report(), **wrong))).code == "schedule-wrong"


def test_report_that_could_never_be_sent_is_refused_where_that_is_looked_at(engine: sa.Engine, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    settings.report_data.mkdir(parents=True)
    (settings.report_data / "sales.csv").write_text("city\nHuế\n", encoding="utf-8")
    with transaction(engine) as connection:
        number = schedules.create(connection, plan(), NOW, settings)
        (settings.report_data / "sales.csv").unlink()
        schedules.change(connection, number, ScheduleChange(name="Hai"), NOW, settings)
        for given, code in (
            ({"data": Place(kind="file", place="none.csv")}, "report-source-wrong"),
            ({"to": ("nobody",)}, "address-wrong"),
            ({"content": Source(subject="Tin", text="{% for %}")}, "template-wrong"),
        ):
            with pytest.raises(BocauError) as caught:
                schedules.change(
                    connection,
                    number,
                    ScheduleChange(report=ReportChange(**given)),  # type: ignore[arg-type]
                    NOW,
                    settings,
                )
            assert caught.value.code == code
        with pytest.raises(BocauError) as caught:
            schedules.create(connection, plan(name="Ba"), NOW, settings)
        assert caught.value.code == "report-source-wrong"


def test_template_without_a_body_is_the_table() -> None:
    assert Source.from_json(content_from(Source(subject="Tin"))) == Source(subject="Tin", markdown=TABLE)
    text = Source(subject="Tin", text="Chào")
    assert Source.from_json(content_from(text)) == text


def test_time_without_a_zone_is_meant_where_this_installation_is() -> None:
    assert rule_from(When(kind="cron", text="0 8 * * 1")).zone == clock.zone().key
    assert rule_from(When(kind="cron", text="0 8 * * 1"), "Europe/Berlin").zone == "Europe/Berlin"
    assert rule_from(When(kind="words", text="every day 08:00 Asia/Ho_Chi_Minh"), "UTC").zone == "Asia/Ho_Chi_Minh"
