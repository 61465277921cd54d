import minijinja
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocau.cells.plain import all_plain_numbers, as_plain_number, is_plain_number


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
    shown = minijinja.Environment().render_str("{{ n }}", n=as_plain_number(cell))
    assert shown == cell


@given(st.integers(-(10**18) + 1, 10**18 - 1))
def test_every_whole_number_of_18_digits_is_plain(number: int) -> None:
    assert is_plain_number(str(number))
    assert as_plain_number(str(number)) == number


@given(st.lists(st.sampled_from(["", "1", "2.5", "007", "x"])))
def test_many_at_once_are_judged_as_each_alone(cells: list[str]) -> None:
    assert all_plain_numbers(cells) == all(not cell or is_plain_number(cell) for cell in cells)
