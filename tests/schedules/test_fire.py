"""Times that come: once each, whoever looks, however late."""

from threading import Barrier, Thread

import pytest
import sqlalchemy as sa

from bocau import schedules
from bocau.base.db import make_engine, reading, transaction
from bocau.base.errors import BocauError
from bocau.schedules import Does, Plan, Policy, State, read
from bocau.schedules.errors import ScheduleEndedError, ScheduleNameTakenError, ScheduleUnknownError, ScheduleWrongError
from tests.campaigns.world import INSTALLATION
from tests.schedules.world import DAY, HOUR, NOW, campaign, fire, fire_all, history, ms, names, scheduled

MONDAY = ms("2026-12-07T08:00")


def test_a_campaign_is_launched_at_its_time_and_only_then(engine: sa.Engine) -> None:
    number = scheduled(engine, "2026-12-01 08:00", does=Does.launch, campaign=campaign(engine))
    assert fire(engine, ms("2026-12-01T07:59")) is None
    assert names(engine) == ["Bản tin: draft"]
    fired = fire(engine, ms("2026-12-01T08:00"))
    assert fired is not None
    assert (fired.schedule, fired.state, fired.at) == (number, State.done, ms("2026-12-01T08:00"))
    assert names(engine) == ["Bản tin: running"]
    assert fire_all(engine, NOW + 900 * DAY) == []
    with reading(engine) as connection:
        assert schedules.show(connection, number).next_at is None


def test_each_time_a_fresh_copy_is_launched(engine: sa.Engine) -> None:
    number = scheduled(engine, "every Monday 08:00", campaign=campaign(engine))
    for week in range(3):
        assert len(fire_all(engine, MONDAY + week * 7 * DAY)) == 1
    assert names(engine) == ["Bản tin (2): running", "Bản tin (3): running", "Bản tin (4): running", "Bản tin: draft"]
    assert [one.at for one in history(engine, number)] == [MONDAY + week * 7 * DAY for week in (2, 1, 0)]
    assert len({one.campaign for one in history(engine, number)}) == 3


def test_what_cannot_be_launched_is_written_down_and_the_next_time_still_comes(engine: sa.Engine) -> None:
    number = scheduled(engine, "every day 08:00", campaign=campaign(engine))
    with transaction(engine) as connection:
        connection.execute(sa.text("UPDATE schedule SET campaign = 999"))
    assert [one.state for one in fire_all(engine, ms("2026-12-01T08:00"))] == [State.failed]
    (one,) = history(engine, number)
    assert one.detail["code"] == "campaign-unknown"
    assert names(engine) == ["Bản tin: draft"]
    assert [one.state for one in fire_all(engine, ms("2026-12-02T08:00"))] == [State.failed]


def test_a_late_clock_skips_what_is_older_than_the_grace(engine: sa.Engine) -> None:
    number = scheduled(engine, "every day 08:00", campaign=campaign(engine), grace=HOUR)
    late = ms("2026-12-04T10:00")
    assert [(one.state, one.skipped) for one in fire_all(engine, late)] == [(State.skipped, 4)]
    assert names(engine) == ["Bản tin: draft"]
    assert [one.state for one in history(engine, number)] == [State.skipped] * 4
    on_time = ms("2026-12-05T08:59")
    assert [one.state for one in fire_all(engine, on_time)] == [State.done]


def test_a_late_clock_fires_the_newest_when_it_is_within_the_grace(engine: sa.Engine) -> None:
    number = scheduled(engine, "every day 08:00", campaign=campaign(engine), grace=HOUR)
    (one,) = fire_all(engine, ms("2026-12-03T08:30"))
    assert (one.state, one.at, one.skipped) == (State.done, ms("2026-12-03T08:00"), 2)
    assert [one.state for one in history(engine, number)] == [State.done, State.skipped, State.skipped]


def test_a_late_clock_makes_up_for_all_missed_times_with_one(engine: sa.Engine) -> None:
    number = scheduled(engine, "every day 08:00", campaign=campaign(engine), policy=Policy.once)
    (one,) = fire_all(engine, ms("2026-12-20T23:00"))
    assert (one.state, one.at, one.skipped) == (State.done, ms("2026-12-20T08:00"), 19)
    assert names(engine) == ["Bản tin (2): running", "Bản tin: draft"]
    assert len(history(engine, number)) == 20


def test_a_year_of_missed_minutes_is_over_in_one_step(engine: sa.Engine) -> None:
    rule = schedules.Rule(kind="cron", text="* * * * *", zone="UTC")
    number = scheduled(engine, "every day 08:00", rule=rule, campaign=campaign(engine), policy=Policy.once)
    now = NOW + 400 * DAY
    (one,) = fire_all(engine, now)
    assert one.at == now
    assert len(history(engine, number)) == 101
    with reading(engine) as connection:
        assert schedules.show(connection, number).next_at == now + 60_000


def test_a_time_is_not_fired_again_when_the_clock_goes_back(engine: sa.Engine) -> None:
    number = scheduled(engine, "every day 08:00", campaign=campaign(engine))
    assert len(fire_all(engine, ms("2026-12-01T08:00"))) == 1
    with transaction(engine) as connection:
        connection.execute(sa.text("UPDATE schedule SET next_at = :at"), {"at": ms("2026-12-01T08:00")})
    (one,) = fire_all(engine, ms("2026-12-01T08:01"))
    assert one.state is State.skipped
    assert names(engine) == ["Bản tin (2): running", "Bản tin: draft"]
    assert [one.state for one in history(engine, number)] == [State.done]


def test_a_rule_that_cannot_be_followed_any_more_does_not_stand_in_the_way(engine: sa.Engine) -> None:
    known = campaign(engine)
    broken = scheduled(engine, "every day 07:00", name="Hỏng", campaign=known)
    with transaction(engine) as connection:
        connection.execute(sa.text("UPDATE schedule SET zone = 'Mars/Base'"))
    sound = scheduled(engine, "every day 08:00", campaign=known)
    assert [(one.schedule, one.state) for one in fire_all(engine, ms("2026-12-01T08:00"))] == [
        (broken, State.failed),
        (sound, State.done),
    ]
    (one,) = history(engine, broken)
    assert one.detail["code"] == "zone-unknown"


def test_several_clocks_at_once_fire_each_time_once(engine: sa.Engine, database_url: str) -> None:
    original = campaign(engine)
    numbers = [scheduled(engine, "every day 08:00", name=f"Lịch {at}", campaign=original) for at in range(5)]
    start, found, problems = Barrier(4), [], []

    def beat() -> None:
        own = make_engine(database_url)
        start.wait()
        try:
            for _ in range(20):
                if one := fire(own, ms("2026-12-01T08:00")):
                    found.append(one)
        except (sa.exc.SQLAlchemyError, BocauError) as error:
            problems.append(error)
        finally:
            own.dispose()

    beats = [Thread(target=beat) for _ in range(4)]
    for thread in beats:
        thread.start()
    for thread in beats:
        thread.join()
    assert problems == []
    assert sorted(one.schedule for one in found) == numbers
    assert [len(history(engine, number)) for number in numbers] == [1] * 5
    assert sum("running" in name for name in names(engine)) == 5


def test_what_dies_before_its_commit_has_not_happened_and_happens_once(engine: sa.Engine) -> None:
    number = scheduled(engine, "every day 08:00", campaign=campaign(engine))
    with engine.connect() as connection:
        begun = connection.begin()
        assert schedules.fire_due(connection, ms("2026-12-01T08:00"), INSTALLATION) is not None
        begun.rollback()
    assert names(engine) == ["Bản tin: draft"]
    assert len(fire_all(engine, ms("2026-12-01T08:00"))) == 1
    assert [one.state for one in history(engine, number)] == [State.done]


def test_a_paused_schedule_fires_nothing_and_its_times_are_not_missed(engine: sa.Engine) -> None:
    number = scheduled(engine, "every day 08:00", campaign=campaign(engine), policy=Policy.once)
    with transaction(engine) as connection:
        schedules.pause(connection, number, NOW)
    assert fire_all(engine, NOW + 10 * DAY) == []
    with transaction(engine) as connection:
        schedules.resume(connection, number, NOW + 10 * DAY)
    assert fire_all(engine, NOW + 10 * DAY) == []
    assert len(fire_all(engine, NOW + 11 * DAY)) == 1


def test_it_can_be_run_by_hand_without_moving_its_times(engine: sa.Engine) -> None:
    number = scheduled(engine, "every day 08:00", campaign=campaign(engine))
    with transaction(engine) as connection:
        assert schedules.run(connection, number, NOW + 5, INSTALLATION).state is State.done
        assert schedules.run(connection, number, NOW + 5, INSTALLATION).state is State.skipped
        assert schedules.show(connection, number).next_at == ms("2026-12-01T08:00")
    assert names(engine) == ["Bản tin (2): running", "Bản tin: draft"]


def test_wrong_schedules_are_refused(engine: sa.Engine) -> None:
    known = campaign(engine)
    scheduled(engine, "every day 08:00", campaign=known)
    with pytest.raises(ScheduleNameTakenError):
        scheduled(engine, "every day 08:00", campaign=known)
    with pytest.raises(ScheduleEndedError):
        scheduled(engine, "2020-01-01 08:00", name="Cũ", campaign=known)
    with pytest.raises(ScheduleWrongError):
        scheduled(engine, "every day 08:00", name="12", campaign=known)
    with pytest.raises(ScheduleWrongError):
        scheduled(engine, "every day 08:00", name="Nhiều lần", does=Does.launch, campaign=known)
    with pytest.raises(ScheduleWrongError):
        scheduled(engine, "every day 08:00", name="Không gì cả")
    with pytest.raises(ScheduleUnknownError), transaction(engine) as connection:
        schedules.show(connection, 99)
    with reading(engine) as connection:
        assert [one.plan.name for one in schedules.every(connection)] == ["Hằng tuần"]


def test_a_removed_schedule_is_gone_and_its_campaigns_stay(engine: sa.Engine) -> None:
    number = scheduled(engine, "every day 08:00", campaign=campaign(engine))
    fire_all(engine, ms("2026-12-01T08:00"))
    with transaction(engine) as connection:
        schedules.remove(connection, number)
        assert schedules.every(connection) == []
    assert names(engine) == ["Bản tin (2): running", "Bản tin: draft"]
    assert history(engine, number) == []


def test_plans_come_back_as_they_were_made(engine: sa.Engine) -> None:
    plan = Plan(name="Một", does=Does.copy, rule=read("every day 08:00", "UTC"), campaign=campaign(engine))
    with transaction(engine) as connection:
        number = schedules.create(connection, plan, NOW)
        found = schedules.find(connection, "Một")
        assert found.plan.rule.text == plan.rule.text
        assert found.plan.campaign == plan.campaign
        assert schedules.find(connection, str(number)) == found
