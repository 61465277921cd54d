"""Times as people say them in two languages; what nobody can mean is refused with a sentence that shows what can be said."""

from datetime import UTC, datetime

import pytest

from bocau.base.words import language
from bocau.schedules import Rule, following, wording
from bocau.schedules.errors import WhenWrongError
from bocau.schedules.phrases import read
from bocau.schedules.skipping import skips
from bocau.schedules.when import check

SAIGON = "Asia/Ho_Chi_Minh"
SAID = {
    "ngày 31 hằng tháng 8 giờ": "0 8 L * *",
    "8h sáng thứ 2 hàng tuần": "0 8 * * 1",
    "8 giờ tối chủ nhật": "0 20 * * 0",
    "ngày cuối tháng 9h": "0 9 L * *",
    "9 giờ ngày cuối cùng của mỗi tháng": "0 9 L * *",
    "ngày đầu tháng 8h": "0 8 1 * *",
    "12 giờ trưa hằng ngày": "0 12 * * *",
    "12 giờ đêm hằng ngày": "0 0 * * *",
    "1 giờ đêm hằng ngày": "0 1 * * *",
    "mỗi ngày 8h30": "30 8 * * *",
    "8 rưỡi sáng mỗi ngày": "30 8 * * *",
    "9 giờ kém 15 hằng ngày": "45 8 * * *",
    "9h kém 15 tối hằng ngày": "45 20 * * *",
    "8 giờ 30 phút sáng thứ bảy": "30 8 * * 6",
    "sáng thứ 2 lúc 8h": "0 8 * * 1",
    "8h và 17h mỗi ngày": "0 8,17 * * *",
    "every weekday 8:00 and 17:00": "0 8,17 * * 1-5",
    "8h, 8h30 mỗi ngày": "0,30 8 * * *",
    "thứ 2 đầu tiên của tháng 9h": "0 9 * * 1#1",
    "thứ 6 cuối cùng của tháng 17h": "0 17 * * 5L",
    "thứ tư tuần đầu tiên của tháng 9h": "0 9 * * 3#1",
    "first Monday of the month 9am": "0 9 * * 1#1",
    "last friday of every month at 5 p.m.": "0 17 * * 5L",
    "các ngày trong tuần 8h": "0 8 * * 1-5",
    "7h tối các ngày thứ 3 và thứ 5": "0 19 * * 2,4",
    "thứ 2 đến thứ 6 8h": "0 8 * * 1,2,3,4,5",
    "thứ 2-6 8h": "0 8 * * 1,2,3,4,5",
    "Mon-Fri 9:00": "0 9 * * 1,2,3,4,5",
    "thứ 2, 4, 6 lúc 8h": "0 8 * * 1,3,5",
    "T2 CN 8h": "0 8 * * 0,1",
    "every quarter 9:00": "0 9 1 1,4,7,10 *",
    "ngày cuối quý 17h": "0 17 L 3,6,9,12 *",
    "every day at noon": "0 12 * * *",
    "every day at midnight": "0 0 * * *",
    "mỗi 15 phút": "*/15 * * * *",
    "half past 8 every day": "30 8 * * *",
    "quarter to 9 pm every day": "45 20 * * *",
    "every sunday at 8 in the evening": "0 20 * * 0",
    "ngày 1 và 15 hằng tháng 8h": "0 8 1,15 * *",
    "15th and last day of every month 9:00": "0 9 15,L * *",
    "ngày 2 tháng 9 hằng năm 8 giờ": "0 8 2 9 *",
    "every year on September 2 at 9:00": "0 9 2 9 *",
}
RECURRING = {
    "ngày 30 hằng tháng 8h": "FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1;BYHOUR=8;BYMINUTE=0",
    "ngày 29 hằng tháng 8h và 17h": "FREQ=MONTHLY;BYMONTHDAY=28,29;BYSETPOS=-1,-2;BYHOUR=8,17;BYMINUTE=0",
    "every two weeks on Friday 17:00": "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR;BYHOUR=17;BYMINUTE=0",
    "every other Monday at noon": "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;BYHOUR=12;BYMINUTE=0",
    "thứ 6 hai tuần một lần 5 giờ chiều": "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR;BYHOUR=17;BYMINUTE=0",
    "2 tuần một lần vào thứ 2, 8h": "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;BYHOUR=8;BYMINUTE=0",
}
ONCE = {
    "1/12/2026 lúc 8 giờ": "2026-12-01T08:00",
    "ngày 01/12/2026 8:00": "2026-12-01T08:00",
    "25/12/2026 8:00": "2026-12-25T08:00",
    "ngày 1 tháng 12 năm 2026 8h": "2026-12-01T08:00",
}
REFUSED = {
    "8h, 17h30 mỗi ngày": "different minutes",
    "every Monday midnight": "either day",
    "15h sáng mỗi ngày": "part of the day",
    "01/12/2026 8:00": "2026-12-01 or 2026-01-12",
    "8h": "on which days",
    "thứ 2": "at what time",
    "từ 8h đến 17h mỗi ngày": "not understood",
    "every Monday daily 8:00": "not understood",
    "hằng tháng 8h": "not understood",
    "ngày 30 tháng 2 hằng năm 8h": "no such day",
    "ngày 29 tháng 2 hằng năm 8h": "leap years",
    "ngày 32 hằng tháng 8h": "no month has such a day",
    "ngày 1 và 30 hằng tháng 8h": "not in every month",
    "every day 13pm": "no such time",
    "xin chào": "“xin chào” is not understood",
    "8h " * 60 + "every single day of this year": "too long",
}
BARE = {"0 8 1,15 * *", "0 9 15,L * *", "0 8 2 9 *", "0 9 2 9 *"}
"""Rules without words of their own."""


@pytest.mark.parametrize("text", SAID)
def test_what_people_say_becomes_cron(text: str) -> None:
    assert read(text, SAIGON) == Rule(kind="cron", text=SAID[text], zone=SAIGON)


@pytest.mark.parametrize("text", RECURRING)
def test_what_cron_cannot_say_becomes_an_rrule(text: str) -> None:
    assert read(text, SAIGON) == Rule(kind="rrule", text=RECURRING[text], zone=SAIGON)


@pytest.mark.parametrize("text", ONCE)
def test_days_as_people_write_them(text: str) -> None:
    assert read(text, SAIGON) == Rule(kind="once", text=ONCE[text], zone=SAIGON)


@pytest.mark.parametrize("text", REFUSED)
def test_what_nobody_can_mean_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(WhenWrongError, match=REFUSED[text]) as caught:
        read(text, SAIGON)
    assert "every Monday 08:00" in caught.value.advice()
    before = language.set("vi")
    try:
        assert "8h sáng thứ 2 hàng tuần" in caught.value.advice()
    finally:
        language.reset(before)


@pytest.mark.parametrize("said", [*SAID, *RECURRING, *ONCE])
def test_what_was_said_is_told_in_words_and_leaves_nothing_out(said: str) -> None:
    rule = read(said, SAIGON)
    assert (wording.in_words(rule) is None) == (rule.text in BARE)
    assert skips(rule) is None


@pytest.mark.parametrize(
    ("zone", "name"),
    [("GMT+7", SAIGON), ("utc+7", SAIGON), ("+07:00", SAIGON), ("(Asia/Hanoi)", SAIGON), ("GMT-5", "Etc/GMT+5")],
)
def test_a_zone_as_people_write_it(zone: str, name: str) -> None:
    assert read(f"every Monday 08:00 {zone}", "UTC") == Rule(kind="cron", text="0 8 * * 1", zone=name)


def test_day_31_is_the_last_day_of_shorter_months() -> None:
    shown = [datetime.fromtimestamp(at / 1000, UTC) for at in following(read("ngày 31 hằng tháng 8 giờ", "UTC"), 0, 4)]
    assert [one.strftime("%m-%d %H:%M") for one in shown] == [
        "01-31 08:00",
        "02-28 08:00",
        "03-31 08:00",
        "04-30 08:00",
    ]


def test_every_month_has_its_day_30_twice() -> None:
    rule = read("ngày 30 hằng tháng 8h và 17h", "UTC")
    shown = [datetime.fromtimestamp(at / 1000, UTC) for at in following(rule, 0, 4)]
    assert [one.strftime("%m-%d %H") for one in shown] == ["01-30 08", "01-30 17", "02-28 08", "02-28 17"]


def test_hours_without_minutes_are_full_hours() -> None:
    rule = Rule(kind="rrule", text="FREQ=DAILY;BYHOUR=8,17", zone="UTC", start=1_790_000_123_000)
    assert {(at // 1000) % 3600 for at in following(rule, rule.start, 5)} == {0}


@pytest.mark.parametrize(
    ("kind", "text", "left_out"),
    [
        ("cron", "0 8 31 * *", "months"),
        ("cron", "0 8 30,31 * *", "months"),
        ("cron", "0 8 15,31 * *", None),
        ("cron", "0 8 31 1,3 *", None),
        ("cron", "0 8 29 2 *", "years"),
        ("cron", "0 8 31 * 1", None),
        ("cron", "0 8 * * 1#5", "months"),
        ("cron", "0 8 L * *", None),
        ("rrule", "FREQ=MONTHLY;BYMONTHDAY=31", "months"),
        ("rrule", "FREQ=MONTHLY;BYMONTHDAY=-31", "months"),
        ("rrule", "FREQ=MONTHLY;BYMONTHDAY=-1", None),
        ("rrule", "FREQ=MONTHLY;BYDAY=5MO", "months"),
        ("rrule", "FREQ=MONTHLY;BYDAY=-1FR", None),
        ("rrule", "FREQ=MONTHLY", "months"),
        ("rrule", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "years"),
        ("rrule", "FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO", "years"),
        ("rrule", "FREQ=DAILY;BYHOUR=8", None),
    ],
)
def test_a_rule_that_leaves_months_out_says_so(kind: str, text: str, left_out: str | None) -> None:
    start = int(datetime(2026, 1, 31, 8, tzinfo=UTC).timestamp() * 1000)
    assert skips(check(Rule(kind=kind, text=text, zone="UTC", start=start))) == left_out
