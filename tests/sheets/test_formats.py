from datetime import date, datetime, time, timedelta

import pytest

from bocau.cells import Shown, habits_of
from bocau.sheets.formats import Format, shown

HANOI, BOSTON = habits_of("Asia/Ho_Chi_Minh"), habits_of("America/New_York")


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (912345678, "0000000000", "0912345678"),
        (123, "00000", "00123"),
        (0.15, "0%", "15%"),
        (0.155, "0.0%", "15,5%"),
        (1250000, "#,##0", "1.250.000"),
        (1250000.5, "#,##0.00", "1.250.000,50"),
        (12.5, "0.00", "12,50"),
        (1250000, '#,##0 "₫"', "1.250.000 ₫"),
        (1250000, "#,##0\\ [$₫-42A]", "1.250.000 ₫"),
        (-5, "#,##0;(#,##0)", "(5)"),
        (912345678, "0000 000 000", "0912 345 678"),
        (84912345678, "\\+00", "+84912345678"),
        (12, "[Red]0", "12"),
    ],
)
def test_numbers_are_shown_as_their_format_has_them(value: float, code: str, text: str) -> None:
    assert str(shown(value, Format(code), HANOI)) == text


@pytest.mark.parametrize(
    "code", ["General", "@", "0.0,", "# ?/?", "0.00E+00", "[>100]0;0", '"x', "[h]:mm", ";;;", "\\"]
)
def test_a_format_that_is_not_followed_leaves_the_value(code: str) -> None:
    assert shown(1234.5, Format(code), HANOI) == 1234.5


@pytest.mark.parametrize(
    ("day", "form", "text"),
    [
        (date(2026, 12, 1), Format("dd/mm/yyyy"), "01/12/2026"),
        (datetime(2026, 12, 1, 14, 5), Format("dd/mm/yyyy hh:mm"), "01/12/2026 14:05"),
        (date(2026, 12, 1), Format("d/m/yyyy", True), "1/12/2026"),
        (datetime(2026, 12, 1, 14, 5), Format("d/m/yy h:mm AM/PM"), "1/12/26 2:05 PM"),
        (date(2026, 12, 1), Format('"Ngày "dd" tháng "mm'), "Ngày 01 tháng 12"),
    ],
)
def test_days_are_shown_as_their_format_has_them(day: date, form: Format, text: str) -> None:
    made = shown(day, form, HANOI)
    assert made == text
    assert isinstance(made, Shown) and made.value == day


def test_a_local_format_is_the_countrys() -> None:
    assert shown(date(2026, 12, 1), Format("d/m/yyyy", True), BOSTON) == "12/1/2026"


def test_numbers_keep_their_value_where_it_is_one() -> None:
    made = shown(1250000, Format("#,##0"), HANOI)
    assert isinstance(made, Shown) and made.value == 1250000
    assert type(shown(123, Format("00000"), HANOI)) is str


@pytest.mark.parametrize(
    ("cell", "code", "text"),
    [
        (time(8, 30), "hh:mm", "08:30"),
        (time(14, 5), "h:mm AM/PM", "2:05 PM"),
        (time(14, 5), 'h"h"mm', "14h05"),
        (time(8, 30, 9), "hh:mm:ss", "08:30:09"),
        (time(8, 30), "", "08:30"),
        (timedelta(hours=26), "[h]:mm", "26:00"),
        (timedelta(hours=26, seconds=5), "[h]:mm:ss", "26:00:05"),
        (timedelta(minutes=90, seconds=5), "[mm]:ss", "90:05"),
        (timedelta(minutes=-90), '[h]" giờ "mm', "-1 giờ 30"),
    ],
)
def test_times_are_texts(cell: time | timedelta, code: str, text: str) -> None:
    made = shown(cell, Format(code), HANOI)
    assert made == text
    assert type(made) is str
