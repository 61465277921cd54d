import minijinja
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocau.sheets.kinds import TURN, Kind, all_plain_numbers, as_date, as_number, as_text, is_plain_number


@pytest.mark.parametrize("cell", ["0", "7", "-3", "6233000", "1.5", "-0.25", "999999999999999999", 12, -1.5])
def test_plain_numbers(cell: str | float) -> None:
    assert is_plain_number(cell)


@pytest.mark.parametrize(
    "cell",
    [
        "",
        " ",
        "007",
        "+1",
        "-0",
        "1.50",
        "1.",
        ".5",
        "1e5",
        "0x1f",
        "1,5",
        "1.000.000",
        "٣",
        "１２",
        "1_000",
        "9999999999999999999",
        "12a",
        "inf",
        "nan",
        "-",
        "0912345678",
        "-0.0",
        True,
        "1\n",
    ],
)
def test_what_would_look_different_as_a_number_stays_text(cell: str | bool) -> None:
    assert not is_plain_number(cell)


@given(st.text(alphabet="0123456789.-+e ,", max_size=22))
def test_a_number_looks_the_same_in_a_template_as_in_the_file(cell: str) -> None:
    if not is_plain_number(cell):
        return
    shown = minijinja.Environment().render_str("{{ n }}", n=as_number(cell))
    assert shown == cell


@given(st.integers(-(10**18) + 1, 10**18 - 1))
def test_every_whole_number_of_18_digits_is_plain(number: int) -> None:
    assert is_plain_number(str(number))
    assert as_number(str(number)) == number


@given(st.lists(st.sampled_from(["", "1", "2.5", "007", "x"])))
def test_many_at_once_are_judged_as_each_alone(cells: list[str]) -> None:
    assert all_plain_numbers(cells) == all(not cell or is_plain_number(cell) for cell in cells)


@pytest.mark.parametrize(
    ("cell", "value"), [("007", 7), ("12.50", 12.5), (" 5 ", 5), ("+3", 3), ("", None), (4.5, 4.5)]
)
def test_asked_for_numbers_may_look_different(cell: str | float, value: float | None) -> None:
    assert as_number(cell) == value


@pytest.mark.parametrize("cell", ["x", "1,5", "1 000", "--1", "1e9", True, "9" * 30])
def test_what_is_no_number_is_said(cell: str | bool) -> None:
    with pytest.raises(ValueError, match="not a number"):
        as_number(cell)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("2026-11-23", "2026-11-23"),
        ("23/11/2026", "2026-11-23"),
        ("1.2.2026", "2026-02-01"),
        ("3-4-2026", "2026-04-03"),
        ("2026-11-23 00:00", "2026-11-23"),
        ("", None),
    ],
)
def test_dates_become_iso(cell: str, value: str | None) -> None:
    assert as_date(cell) == value


@pytest.mark.parametrize("cell", ["31/02/2026", "11/23/2026", "yesterday", "0000-01-01", "2026", 45000])
def test_what_is_no_date_is_said(cell: str | int) -> None:
    with pytest.raises(ValueError, match="not a date"):
        as_date(cell)


def test_text_keeps_a_spreadsheets_truth_and_strips_blanks() -> None:
    assert as_text(" a ") == "a"
    assert as_text(True) is True
    assert as_text(7) == "7"


def test_every_kind_has_its_way() -> None:
    assert set(TURN) == set(Kind)
