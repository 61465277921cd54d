"""A schedule becomes another one: its next time is found anew, and none comes twice."""

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from bocau import schedules
from bocau.base.db import reading, transaction
from bocau.schedules import Does, State, keep, read
from bocau.schedules.errors import ScheduleEndedError, ScheduleNameTakenError, ScheduleUnknownError, ScheduleWrongError
from tests.schedules.world import DAY, HOUR, NOW, campaign, fire, fire_all, history, ms, scheduled

EIGHT = ms("2026-12-01T08:00")


def change(engine: sa.Engine, number: int, now: int, when: str = "", **values: Any) -> int | None:
    """Its next time."""
    with transaction(engine) as connection:
        plan = schedules.show(connection, number).plan
        rule = read(when, "UTC") if when else values.pop("rule", plan.rule)
        keep.put(connection, number, replace(plan, rule=rule, **values), now)
        return schedules.show(connection, number).next_at


def test_next_time_is_that_of_the_new_rule(engine: sa.Engine) -> None:
    number = scheduled(engine, "every day 08:00", campaign=campaign(engine))
    assert change(engine, number, NOW, "every day 09:00") == EIGHT + HOUR
    assert fire(engine, EIGHT) is None
    assert [one.at for one in fire_all(engine, EIGHT + HOUR)] == [EIGHT + HOUR]


def test_another_zone_moves_its_times(engine: sa.Engine) -> None:
    number = scheduled(engine, "every day 08:00", campaign=campaign(engine))
    with reading(engine) as connection:
        rule = schedules.show(connection, number).plan.rule
    hue = replace(rule, zone="Asia/Ho_Chi_Minh")
    assert change(engine, number, NOW, rule=hue) == EIGHT - 7 * HOUR


def test_time_that_has_fired_does_not_fire_again(engine: sa.Engine) -> None:
    """Neither when the rule is changed in the same moment, nor by a clock that is behind."""
    number = scheduled(engine, "every day 08:00", campaign=campaign(engine))
    assert len(fire_all(engine, EIGHT)) == 1
    assert change(engine, number, EIGHT, "every 2 hours") == EIGHT + 2 * HOUR
    assert change(engine, number, EIGHT - 1000, "every day 08:00") == EIGHT
    assert [one.state for one in fire_all(engine, EIGHT)] == [State.skipped]
    assert [(one.at, one.state) for one in history(engine, number)] == [(EIGHT, State.done)]
    assert [one.at for one in fire_all(engine, EIGHT + DAY)] == [EIGHT + DAY]


def test_same_rule_leaves_what_is_due(engine: sa.Engine) -> None:
    number = scheduled(engine, "every day 08:00", campaign=campaign(engine))
    assert change(engine, number, EIGHT + 1, name="Sáng") == EIGHT
    (fired,) = fire_all(engine, EIGHT + 2)
    assert (fired.name, fired.at, fired.state) == ("Sáng", EIGHT, State.done)


def test_rrule_counts_on_from_where_it_began(engine: sa.Engine) -> None:
    rule = schedules.Rule(kind="rrule", text="FREQ=DAILY;INTERVAL=3;BYHOUR=8;BYMINUTE=0", zone="UTC")
    number = scheduled(engine, "every day 08:00", campaign=campaign(engine), rule=rule)
    assert change(engine, number, NOW + DAY, rule=replace(rule, zone="Asia/Ho_Chi_Minh")) == EIGHT + 3 * DAY - 7 * HOUR


def test_paused_one_stays_paused(engine: sa.Engine) -> None:
    number = scheduled(engine, "every day 08:00", campaign=campaign(engine))
    with transaction(engine) as connection:
        schedules.pause(connection, number, NOW)
    change(engine, number, NOW, "every day 09:00")
    assert fire_all(engine, EIGHT + DAY) == []


def test_what_cannot_be_is_refused_and_nothing_changes(engine: sa.Engine) -> None:
    number = scheduled(engine, "every day 08:00", campaign=campaign(engine))
    scheduled(engine, "every day 08:00", name="Khác", campaign=campaign_of(engine, number))
    for wrong, values in (
        (ScheduleNameTakenError, {"name": "Khác"}),
        (ScheduleWrongError, {"name": "12"}),
        (ScheduleWrongError, {"does": Does.launch}),
        (ScheduleEndedError, {"when": "2020-01-01 08:00"}),
    ):
        with pytest.raises(wrong):
            change(engine, number, NOW, **values)
    with pytest.raises(ScheduleUnknownError):
        change(engine, 999, NOW)
    with reading(engine) as connection:
        assert schedules.show(connection, number).next_at == EIGHT


def campaign_of(engine: sa.Engine, number: int) -> int | None:
    with reading(engine) as connection:
        return schedules.show(connection, number).plan.campaign
