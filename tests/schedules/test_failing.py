"""What was due and could not be sent is told to somebody, once for each cause, and listed until it goes."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from bocau import campaigns, ledger, schedules
from bocau.attachments import Store
from bocau.audience import Target, segments
from bocau.audience.requests import SegmentCreation
from bocau.base.config import Settings
from bocau.base.db import reading, transaction
from bocau.campaigns import draft
from bocau.campaigns.installation import Installation
from bocau.content import Source
from bocau.ledger import tables
from bocau.schedules import Does, Report, failing, view
from bocau.schedules.reports import WAITS
from tests.campaigns.world import INSTALLATION, plan
from tests.schedules.world import DAY, FROM, HOUR, NOW, campaign, fire, ms, names, scheduled

OWNER = replace(INSTALLATION, notices_to=("chu@congty.test",), language="vi")
EIGHT = ms("2026-12-01T08:00")


def told(engine: sa.Engine) -> list[tuple[str, str, str]]:
    """Notices: to whom, subject, text."""
    found = []
    with reading(engine) as connection:
        for row in connection.execute(sa.select(tables.message).order_by(tables.message.c.id)):
            data: dict[str, Any] = orjson.loads(row.data)
            if "subject" in data:
                found.append((row.address, data["subject"], data["text"]))
    return found


def listed(engine: sa.Engine) -> list[tuple[str, int]]:
    with reading(engine) as connection:
        return [(one.kind, one.id) for one in failing.failing(connection)]


def broken(engine: sa.Engine) -> int:
    """A campaign scheduled on a segment that is gone at its hour."""
    with transaction(engine) as connection:
        segments.save(connection, SegmentCreation(name="Khách", rule="name is not empty"), NOW)
    number = campaign(engine)
    with transaction(engine) as connection:
        draft.put(connection, number, plan(Target(segments=("Khách",)), sender=FROM), NOW)
        campaigns.schedule(connection, number, EIGHT, NOW, INSTALLATION)
        segments.remove(connection, "Khách")
    return number


def start(engine: sa.Engine, now: int, installation: Installation = OWNER) -> list[int]:
    with transaction(engine) as connection:
        return campaigns.start_due(connection, now, installation)


def test_a_campaign_that_cannot_start_at_its_hour_is_told_once(engine: sa.Engine) -> None:
    number = broken(engine)
    assert start(engine, EIGHT) == [number]
    assert start(engine, EIGHT + HOUR) == []
    ((to, subject, text),) = told(engine)
    assert (to, subject) == ("chu@congty.test", "Chưa gửi: chiến dịch “Bản tin” không bắt đầu được")
    assert "Khách" in text and "Chưa ai nhận được thư" in text and f"bocau campaigns show {number}" in text
    assert listed(engine) == [("campaign", number)]
    with transaction(engine) as connection:
        draft.put(connection, number, plan(sender=FROM), NOW)
        campaigns.launch(connection, number, EIGHT + HOUR, OWNER)
    assert listed(engine) == []


@pytest.mark.parametrize(("reply_to", "to"), [("hoi@congty.test", "hoi@congty.test"), (None, "tin@congty.test")])
def test_without_an_owner_its_own_sender_is_told(engine: sa.Engine, reply_to: str | None, to: str) -> None:
    number = broken(engine)
    with transaction(engine) as connection:
        one = campaigns.show(connection, number).plan
        draft.put(connection, number, replace(one, options=replace(one.options, reply_to=reply_to)), NOW)
    start(engine, EIGHT, INSTALLATION)
    assert [found[0] for found in told(engine)] == [to]


def test_a_notice_that_cannot_go_does_not_stand_in_the_way(engine: sa.Engine) -> None:
    number = broken(engine)
    assert start(engine, EIGHT, replace(OWNER, notices_to=("nobody",))) == [number]
    assert (told(engine), listed(engine)) == ([], [("campaign", number)])


def test_a_campaign_that_stops_by_itself_is_told(engine: sa.Engine) -> None:
    number = campaign(engine)
    with transaction(engine) as connection:
        draft.put(connection, number, plan(Target(everyone=True, not_rules=("nowhere = 1",)), sender=FROM), NOW)
        campaigns.queries.put(connection, number, state=int(campaigns.State.scheduled), start_at=EIGHT)
    assert start(engine, EIGHT) == [number]
    assert len(told(engine)) == 1
    with transaction(engine) as connection:
        draft.put(connection, number, plan(sender=FROM), NOW)
        campaigns.launch(connection, number, EIGHT, OWNER)
        meant = Target(everyone=True, not_rules=("nowhere = 1",))
        campaigns.queries.put(connection, number, meant=meant.to_json())
        campaigns.expand_slice(connection, number, EIGHT, installation=OWNER)
    assert told(engine)[1][1] == "Đã dừng: chiến dịch “Bản tin” không đi tiếp được"
    assert listed(engine) == [("campaign", number)]


def test_a_schedule_that_fails_every_day_for_the_same_cause_is_told_once(engine: sa.Engine) -> None:
    number = scheduled(engine, "every day 08:00", campaign=campaign(engine))
    with transaction(engine) as connection:
        given = campaigns.show(connection, 1).plan
        draft.put(connection, 1, replace(given, target=Target(tags=("không có",))), NOW)
    days = [EIGHT, EIGHT + DAY, EIGHT + 2 * DAY]
    for at in days[:2]:
        with transaction(engine) as connection:
            assert schedules.fire_due(connection, at, OWNER) is not None
    ((to, subject, text),) = told(engine)
    assert to == "chu@congty.test" and subject == "Chưa gửi: lịch “Hằng tuần”, 2026-12-01 08:00 +00:00 (UTC)"
    assert f"bocau schedules show {number}" in text
    assert listed(engine) == [("schedule", number)]
    with transaction(engine) as connection:
        draft.put(connection, 1, given, NOW)
    fire(engine, days[2])
    assert (len(told(engine)), listed(engine)) == (1, [])
    assert "Bản tin (2): running" in names(engine)


def test_a_report_that_is_given_up_is_told(engine: sa.Engine, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, notices_to=["chu@congty.test"])
    files = Store(tmp_path / "files")
    source = {"kind": "file", "place": "nowhere.csv", "query": ""}
    content = Source(subject="Báo cáo", text="{{ table }}").to_json().decode()
    report = Report(source=source, content=content, sender=FROM, to=("sep@congty.test",))
    number = scheduled(engine, "every day 08:00", does=Does.report, report=report)
    fire(engine, EIGHT)
    now = EIGHT
    for wait in (0, *WAITS):
        assert told(engine) == []
        now += wait
        assert schedules.make_reports(engine, settings, files, now)
    assert [found[0] for found in told(engine)] == ["chu@congty.test"]
    assert listed(engine) == [("schedule", number)]
    with reading(engine) as connection:
        assert view.view(connection, str(number)).problem
        assert len(ledger.list_submissions(connection)) == 1
