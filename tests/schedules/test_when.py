"""Times: cron, RRULE and once, also where clocks jump."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from bocau.base.words import language
from bocau.schedules import rrules
from bocau.schedules.errors import WhenWrongError, ZoneUnknownError
from bocau.schedules.phrases import read
from bocau.schedules.when import Rule, check, following, newest, next_after
from bocau.schedules.wording import in_words
from bocau.schedules.zones import told

SAIGON, YORK, BERLIN, LORD_HOWE = ("Asia/Ho_Chi_Minh", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe")
HOUR = 3_600_000


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def times(rule: Rule, after: str, count: int = 3) -> list[str]:
    """In UTC, from a moment in UTC."""
    found = following(rule, ms(after), count)
    return [f"{datetime.fromtimestamp(at / 1000, UTC):%m-%d %H:%M}" for at in found]


def cron(text: str, zone: str) -> Rule:
    return check(Rule(kind="cron", text=text, zone=zone))


def rrule(text: str, zone: str = "UTC", start: str = "2026-01-01T08:00") -> Rule:
    return check(Rule(kind="rrule", text=text, zone=zone, start=ms(start)))


@pytest.mark.parametrize(
    ("text", "kind", "rule", "zone"),
    [
        ("every Monday 08:00 Asia/Ho_Chi_Minh", "cron", "0 8 * * 1", SAIGON),
        ("Every monday, wednesday and Friday at 8:30", "cron", "30 8 * * 1,3,5", BERLIN),
        ("every day 07:30", "cron", "30 7 * * *", BERLIN),
        ("daily at 7pm", "cron", "0 19 * * *", BERLIN),
        ("every weekday 8:00", "cron", "0 8 * * 1-5", BERLIN),
        ("every 2 hours", "cron", "0 */2 * * *", BERLIN),
        ("every hour UTC", "cron", "0 */1 * * *", "UTC"),
        ("every month on day 1 at 09:00", "cron", "0 9 1 * *", BERLIN),
        ("every month on the last day at 18:00", "cron", "0 18 L * *", BERLIN),
        ("on the 15th of every month at 9:00", "cron", "0 9 15 * *", BERLIN),
        ("thứ hai hằng tuần 08:00 Asia/Ho_Chi_Minh", "cron", "0 8 * * 1", SAIGON),
        ("Thứ Hai hàng tuần lúc 8 giờ", "cron", "0 8 * * 1", BERLIN),
        ("mỗi thứ 3 và thứ năm lúc 8 giờ 15", "cron", "15 8 * * 2,4", BERLIN),
        ("thu hai hang tuan 8h30", "cron", "30 8 * * 1", BERLIN),
        ("chủ nhật hằng tuần 20:00", "cron", "0 20 * * 0", BERLIN),
        ("hằng ngày 07:30", "cron", "30 7 * * *", BERLIN),
        ("mỗi ngày lúc 7:30", "cron", "30 7 * * *", BERLIN),
        ("mỗi ngày 2 giờ chiều", "cron", "0 14 * * *", BERLIN),
        ("ngày làm việc 8 giờ", "cron", "0 8 * * 1-5", BERLIN),
        ("mỗi 2 giờ", "cron", "0 */2 * * *", BERLIN),
        ("ngày 1 hằng tháng lúc 9 giờ", "cron", "0 9 1 * *", BERLIN),
        ("hằng tháng vào ngày cuối 09:00", "cron", "0 9 L * *", BERLIN),
        ("2026-12-01 08:00 Asia/Ho_Chi_Minh", "once", "2026-12-01T08:00", SAIGON),
        ("2026-12-01T08:00", "once", "2026-12-01T08:00", BERLIN),
        ("ngày 2026-12-01 lúc 8 giờ", "once", "2026-12-01T08:00", BERLIN),
    ],
)
def test_what_people_say_is_understood(text: str, kind: str, rule: str, zone: str) -> None:
    assert read(text, BERLIN) == Rule(kind=kind, text=rule, zone=zone)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "every",
        "every Monday",
        "08:00",
        "every Mundi 08:00",
        "every day 24:00",
        "every day 8:60",
        "every 5 hours",
        "every 7 minutes",
        "every second 08:00",
        "every month on day 32 at 9:00",
        "2026-02-30 08:00",
        "2026-12-01",
        "9999-12-31 23:59",
        "0001-01-01 00:00",
        "every Monday 08:00 and rm -rf",
        "x" * 5000,
        "13pm every day",
        "every day 13pm",
        "mỗi giây 8:00",
    ],
)
def test_what_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(WhenWrongError):
        read(text, "UTC")


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_calendars_ends_of_time_are_reckoned_with(zone: str) -> None:
    ever, never = (f"FREQ=DAILY;UNTIL={day}T000000Z" for day in ("99991231", "00010101"))
    assert times(rrule(ever, zone), "2026-05-01T00:00", 2) == times(rrule("FREQ=DAILY", zone), "2026-05-01T00:00", 2)
    assert times(rrule(never, zone), "2026-05-01T00:00") == []
    last = check(Rule(kind="once", text="2199-12-31T23:59", zone=zone))
    assert len(times(last, "2026-05-01T00:00")) == 1


def test_an_unknown_zone_is_refused() -> None:
    for zone in ("Mars/Olympus", "Europe/../../etc/passwd"):
        with pytest.raises((ZoneUnknownError, WhenWrongError)):
            read(f"every day 08:00 {zone}", "UTC")
    with pytest.raises(ZoneUnknownError):
        read("every day 08:00", "../../etc/passwd")


def test_a_time_is_told_with_its_zone() -> None:
    assert told(ms("2026-12-07T01:00"), SAIGON) == "2026-12-07 08:00 +07:00 (Asia/Ho_Chi_Minh)"


@pytest.mark.parametrize(
    ("zone", "clock", "after", "expected"),
    [
        # 2026-03-08 02:00 → 03:00 in New York: 02:30 is 03:30 EDT that day, 07:30 UTC.
        (YORK, "30 2 * * *", "2026-03-07T00:00", ["03-07 07:30", "03-08 07:30", "03-09 06:30"]),
        # 2026-11-01 02:00 → 01:00: 01:30 comes twice and counts once, at the first.
        (YORK, "30 1 * * *", "2026-10-31T00:00", ["10-31 05:30", "11-01 05:30", "11-02 06:30"]),
        # 2026-03-29 02:00 → 03:00 in Berlin.
        (BERLIN, "15 2 * * *", "2026-03-28T00:00", ["03-28 01:15", "03-29 01:15", "03-30 00:15"]),
        # 2026-10-25 03:00 → 02:00.
        (BERLIN, "30 2 * * *", "2026-10-24T00:00", ["10-24 00:30", "10-25 00:30", "10-26 01:30"]),
        # No jumps here.
        (SAIGON, "30 2 * * *", "2026-03-27T20:00", ["03-28 19:30", "03-29 19:30", "03-30 19:30"]),
        # 2026-10-04 02:00 → 02:30 on Lord Howe: 02:15 is 02:45 (+11), 15:45 UTC the day before.
        (LORD_HOWE, "15 2 * * *", "2026-10-02T00:00", ["10-02 15:45", "10-03 15:45", "10-04 15:15"]),
        # 2026-04-05 02:00 (+11) → 01:30 (+10:30): 01:45 comes twice.
        (LORD_HOWE, "45 1 * * *", "2026-04-03T00:00", ["04-03 14:45", "04-04 14:45", "04-05 15:15"]),
    ],
)
def test_a_time_in_a_gap_comes_once_shifted_and_one_in_a_fold_once(
    zone: str, clock: str, after: str, expected: list[str]
) -> None:
    assert times(cron(clock, zone), after) == expected


@pytest.mark.parametrize("zone", [YORK, BERLIN, LORD_HOWE, SAIGON])
@pytest.mark.parametrize("month", ["03", "10", "11", "04"])
def test_what_is_hourly_comes_every_hour_over_a_jump(zone: str, month: str) -> None:
    found = following(cron("0 * * * *", zone), ms(f"2026-{month}-01T00:00"), 24 * 30)
    gaps = {later - sooner for sooner, later in pairwise(found)}
    assert gaps <= {HOUR, HOUR // 2, HOUR * 3 // 2}
    assert gaps == {HOUR} or zone == LORD_HOWE


@pytest.mark.parametrize("zone", [YORK, BERLIN, LORD_HOWE, SAIGON])
@pytest.mark.parametrize("text", ["30 2 * * *", "*/10 1-3 * * *", "0 */6 * * *", "15 1,2 * 3,4,10,11 *"])
def test_times_go_up_and_asking_from_between_finds_the_same(zone: str, text: str) -> None:
    rule = cron(text, zone)
    found = following(rule, ms("2026-03-27T00:00"), 300)
    assert found == sorted(set(found))
    for sooner, later in pairwise(found):
        assert next_after(rule, (sooner + later) // 2) == later


def test_once_comes_once() -> None:
    rule = read("2026-12-01 08:00", SAIGON)
    assert times(rule, "2026-11-01T00:00") == ["12-01 01:00"]
    assert times(rule, "2026-12-01T01:00") == []


def test_the_last_day_of_the_month() -> None:
    assert times(read("every month on the last day at 18:00", "UTC"), "2026-01-15T00:00") == [
        "01-31 18:00",
        "02-28 18:00",
        "03-31 18:00",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FREQ=WEEKLY;BYDAY=MO,TH", ["05-04 08:00", "05-07 08:00", "05-11 08:00"]),
        ("FREQ=WEEKLY;INTERVAL=2", ["05-07 08:00", "05-21 08:00", "06-04 08:00"]),
        ("FREQ=HOURLY;INTERVAL=5", ["05-01 03:00", "05-01 08:00", "05-01 13:00"]),
        ("FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=17", ["05-29 17:00", "06-26 17:00", "07-31 17:00"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", ["05-29 08:00", "06-30 08:00", "07-31 08:00"]),
        ("FREQ=MONTHLY;INTERVAL=2", ["05-01 08:00", "07-01 08:00", "09-01 08:00"]),
        ("FREQ=YEARLY", ["01-01 08:00", "01-01 08:00", "01-01 08:00"]),
        ("RRULE:FREQ=DAILY;COUNT=122", ["05-01 08:00", "05-02 08:00"]),
        ("FREQ=DAILY;UNTIL=20260501", ["05-01 08:00"]),
        ("FREQ=DAILY;UNTIL=20260501T070000Z", []),
        ("FREQ=DAILY;BYHOUR=6,18;BYMINUTE=30", ["05-01 06:30", "05-01 18:30", "05-02 06:30"]),
    ],
)
def test_recurrence_rules(text: str, expected: list[str]) -> None:
    assert times(rrule(text), "2026-05-01T00:00") == expected


def test_a_recurrence_counts_from_its_start_however_long_ago() -> None:
    from dateutil.rrule import rrulestr

    start = datetime(2011, 3, 31, 8, 0)
    after = datetime(2026, 5, 1)
    for text in (
        "FREQ=MONTHLY",
        "FREQ=YEARLY;INTERVAL=3",
        "FREQ=WEEKLY;INTERVAL=3;BYDAY=MO,SU",
        "FREQ=DAILY;INTERVAL=7",
        "FREQ=HOURLY;INTERVAL=7",
        "FREQ=HOURLY;INTERVAL=3;BYDAY=MO;BYMONTH=7",
        "FREQ=DAILY;INTERVAL=2;BYHOUR=6,20",
        "FREQ=MONTHLY;INTERVAL=5;BYMONTHDAY=31",
        "FREQ=YEARLY;BYWEEKNO=20",
    ):
        every, mine = iter(rrulestr(text, dtstart=start)), rrules.walls(text, start, after)
        theirs = (clock for clock in every if clock > after)
        assert [next(mine) for _ in range(8)] == [next(theirs) for _ in range(8)], text


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY",
        "FREQ=MINUTELY;INTERVAL=60",
        "",
        "FREQ=",
        "FREQ=DAILY;FREQ=HOURLY",
        "FREQ=DAILY;X=1",
        "FREQ=DAILY;BYSECOND=0,1,2",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=99999999",
        "FREQ=DAILY;COUNT=1000000",
        "FREQ=HOURLY;BYMINUTE=0,1,2,3,4,5,6,7",
        "FREQ=DAILY;BYSETPOS=1",
        "FREQ=DAILY;BYHOUR=1,2;BYSETPOS=1",
        "FREQ=WEEKLY;BYDAY=2MO",
        "FREQ=DAILY;BYHOUR=24",
        "FREQ=DAILY;BYDAY=XX",
        "FREQ=MONTHLY;BYDAY=99MO",
        "FREQ=DAILY;COUNT=2;UNTIL=20270101",
        "FREQ=DAILY;BYMONTHDAY=0",
        "FREQ=DAILY\nDTSTART:1",
        "FREQ=DAILY;UNTIL=tomorrow",
        "FREQ=DAILY;BYDAY=" + "MO," * 1000,
    ],
)
def test_hostile_recurrences_are_refused(text: str) -> None:
    with pytest.raises(WhenWrongError):
        rrule(text)


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYMONTH=4;BYMONTHDAY=31",
        "FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2;BYSETPOS=366",
        "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30;COUNT=1000",
        "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6",
    ],
)
def test_a_recurrence_that_never_comes_ends_instead_of_searching_for_ever(text: str) -> None:
    assert next_after(rrule(text), ms("2026-05-01T00:00")) is None


@pytest.mark.parametrize(
    "text", ["* * * *", "0 0 30 2 *", "60 * * * *", "* * * * * *", "@reboot", "a b c d e", "* " * 500]
)
def test_wrong_cron_is_refused(text: str) -> None:
    with pytest.raises(WhenWrongError):
        cron(text, "UTC")


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("cron", "60 8 * * *", "field 1, the minute, is “60”; there may be numbers from 0 to 59"),
        ("cron", "0 8 * * FRY", "field 5, the day of the week, is “FRY”"),
        ("cron", "0 8 * * 5-1", "field 5, the day of the week, is “5-1”"),
        ("cron", "0 8 30 2 *", "none of these months has day 30"),
        ("cron", "0 8 *", "cron has five fields .* and this has 3"),
        ("rrule", "FREQ=DAILY;BYHOUR=25", "BYHOUR is “25”; it takes numbers from 0 to 23"),
        ("rrule", "FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY is 0"),
        ("rrule", "FREQ=WEEKLY;BYDAY=MO,DI", "BYDAY is “DI”"),
        ("rrule", "FREQ=DAILY;HOUR=8", "“HOUR” is not a part of a rule"),
        ("rrule", "FREQ=DAILY;BYHOUR=8;BYHOUR=9", "BYHOUR is given twice"),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_an_example(kind: str, text: str, said: str) -> None:
    with pytest.raises(WhenWrongError, match=said) as raised:
        check(Rule(kind=kind, text=text, zone="UTC"))
    assert raised.value.advice().endswith("(every Monday at 08:00)")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("every Mundi 08:00 Asia/Ho_Chi_Minh", "“Mundi” is not understood"),
        ("thứ hia hằng tuần 8 giờ 30", "“hia” is not understood"),
        ("every month on day 32 at 08:00", "no month has such a day"),
    ],
)
def test_the_words_that_nobody_knows_are_named(text: str, said: str) -> None:
    with pytest.raises(WhenWrongError, match=said) as raised:
        read(text, "UTC")
    assert "every Monday 08:00" in raised.value.advice()


def test_the_newest_time_is_found_over_a_long_absence() -> None:
    now = ms("2026-05-20T10:07:30")
    for text in ("* * * * *", "*/7 * * * *", "30 2 * * *", "0 9 1 * *"):
        rule = cron(text, BERLIN)
        first = next_after(rule, ms("2026-02-20T10:00"))
        assert first is not None
        found = newest(rule, first, now)
        assert found <= now
        later = next_after(rule, found)
        assert later is not None
        assert later > now
    assert newest(cron("* * * * *", BERLIN), ms("2006-02-20T10:00"), now) == ms("2026-05-20T10:07")


@pytest.mark.parametrize(
    ("text", "english", "vietnamese"),
    [
        ("every Monday 08:00", "every Monday at 08:00", "thứ hai hằng tuần lúc 08:00"),
        ("Mon, Wed 7:05", "every Monday, Wednesday at 07:05", "thứ hai, thứ tư hằng tuần lúc 07:05"),
        ("every weekday 8:00", "every weekday at 08:00", "ngày làm việc lúc 08:00"),
        ("every weekend 8:00", "every weekend at 08:00", "cuối tuần lúc 08:00"),
        ("every 2 hours", "every 2 hours", "mỗi 2 giờ"),
        ("every day 8:00", "every day at 08:00", "hằng ngày lúc 08:00"),
        ("every month on day 1 at 09:00", "every month on day 1 at 09:00", "ngày 1 hằng tháng lúc 09:00"),
        ("ngày cuối hằng tháng 17:00", "on the last day of every month at 17:00", "ngày cuối hằng tháng lúc 17:00"),
        ("2026-12-01 08:00", "once, on 2026-12-01 at 08:00", "một lần, ngày 2026-12-01 lúc 08:00"),
    ],
)
def test_a_rule_is_told_in_words_that_are_understood_again(text: str, english: str, vietnamese: str) -> None:
    rule = read(text, "UTC")
    for name, expected in (("en", english), ("vi", vietnamese)):
        before = language.set(name)
        try:
            said = str(in_words(rule))
        finally:
            language.reset(before)
        assert said == expected
        if rule.kind == "cron":
            assert read(said, "UTC") == rule


@pytest.mark.parametrize("text", ["*/7 * * * *", "0 8 1-7 * 1", "0 8 * 6 *", "0 8 * * MON#1", "0 8 * * 9"])
def test_a_rule_that_nobody_would_say_has_no_words(text: str) -> None:
    assert in_words(Rule(kind="cron", text=text, zone="UTC")) is None
    assert in_words(Rule(kind="rrule", text="FREQ=DAILY", zone="UTC")) is None
