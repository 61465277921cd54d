"""What is shown of schedules and their times, and its JSON, whose keys stay."""

from dataclasses import replace

import orjson
import pytest
import sqlalchemy as sa

from bocau import schedules
from bocau.base.db import reading, transaction
from bocau.schedules import Does, Policy, Report, State, read
from bocau.schedules.errors import ReportWrongError, ScheduleUnknownError
from bocau.schedules.reports import put_off, take
from bocau.schedules.view import ReportView, ScheduleView, TimesView, every, history, times, view
from tests.schedules.world import DAY, FROM, NOW, campaign, fire_all, ms, scheduled

EIGHT = ms("2026-12-01T08:00")
REPORT = Report(
    source={"kind": "file", "place": "sales.csv", "query": ""},
    content='{"subject": "Tin"}',
    sender=FROM,
    to=("sep@congty.test",),
    attach=("csv",),
    chart={"kind": "bar", "x": "a", "y": ["b"], "title": ""},
)
TOLD = {
    "id": 1,
    "name": "Hằng tuần",
    "does": "report",
    "campaign": None,
    "rule": {"kind": "cron", "text": "0 8 * * *", "zone": "UTC"},
    "report": {
        "source": {"kind": "file", "place": "sales.csv", "query": ""},
        "from": FROM,
        "to": ["sep@congty.test"],
        "attach": ["csv"],
        "chart": {"kind": "bar", "x": "a", "y": ["b"], "title": ""},
        "skip_empty": False,
    },
    "missed": "once",
    "grace_minutes": 15,
    "paused": False,
    "next_at": "2026-12-01T08:00:00+00:00",
}


def shown(engine: sa.Engine, word: str) -> ScheduleView:
    with reading(engine) as connection:
        return view(connection, word)


def test_a_report_is_shown_with_its_times_to_come(engine: sa.Engine) -> None:
    number = scheduled(engine, "every day 08:00", does=Does.report, report=REPORT, policy=Policy.once)
    found = shown(engine, "Hằng tuần")
    assert isinstance(found.report, ReportView) and found.coming == tuple(EIGHT + DAY * day for day in range(5))
    told = found.as_dict()
    assert list(told.items())[:-1] == list((TOLD | {"id": number}).items())
    assert told["next"][1] == "2026-12-02T08:00:00+00:00" and len(told["next"]) == 5
    assert orjson.loads(orjson.dumps(told)) == told


def test_a_list_does_not_tell_what_nobody_looked_at(engine: sa.Engine) -> None:
    number = scheduled(engine, "every day 08:00", campaign=campaign(engine))
    with reading(engine) as connection:
        (found,) = every(connection)
    assert found == replace(shown(engine, str(number)), coming=None)
    assert "next" not in found.as_dict()
    assert (found.as_dict()["does"], found.as_dict()["report"]) == ("copy", None)


def test_what_is_paused_or_over_has_no_times_to_come(engine: sa.Engine) -> None:
    number = scheduled(engine, "2026-12-01 08:00", does=Does.launch, campaign=campaign(engine))
    with transaction(engine) as connection:
        schedules.pause(connection, number, NOW)
    assert shown(engine, str(number)).as_dict()["next"] == []
    with transaction(engine) as connection:
        schedules.resume(connection, number, NOW)
    fire_all(engine, EIGHT)
    assert shown(engine, str(number)).as_dict() | {"next_at": None, "next": []} == shown(engine, str(number)).as_dict()


def test_times_of_a_rule_are_shown_in_its_zone() -> None:
    found = times(read("every day 08:00", "Asia/Ho_Chi_Minh"), NOW, 2)
    assert isinstance(found, TimesView)
    assert found.as_dict() == {
        "rule": {"kind": "cron", "text": "0 8 * * *", "zone": "Asia/Ho_Chi_Minh"},
        "next": ["2026-12-01T08:00:00+07:00", "2026-12-02T08:00:00+07:00"],
    }


def test_history_says_what_became_of_each_time(engine: sa.Engine) -> None:
    number = scheduled(engine, "every day 08:00", does=Does.report, report=REPORT)
    fire_all(engine, EIGHT)
    with transaction(engine) as connection:
        one = schedules.show(connection, number)
        (waiting,) = history(connection, one)
        job = take(connection, EIGHT)
        assert job is not None
        put_off(connection, job, ReportWrongError(reason="x"), EIGHT)
        (failed,) = history(connection, one)
    assert list(waiting.as_dict()) == ["at", "fired_at", "state", "campaign", "submission", "attempts", "again_at"]
    assert (waiting.state, waiting.put_off, waiting.problem) == (State.making, False, "")
    assert (failed.put_off, failed.attempts, failed.code) == (True, 1, "report-wrong")
    told = failed.as_dict()
    assert list(told)[-2:] == ["code", "error"] and told["error"].startswith("The report cannot be made: x")
    assert list(replace(failed, rows=0, code=None, problem="").as_dict())[-1] == "rows"


def test_who_is_unknown_is_said(engine: sa.Engine) -> None:
    with pytest.raises(ScheduleUnknownError):
        shown(engine, "Không có")
