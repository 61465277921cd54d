import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocau.cells.numbers import plainly, read, shape


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("−5", -5),
        ("(1.250)", -1250),
        ("1\u00a0250\u00a0000", 1250000),
        ("1'250'000,5", 1250000.5),
        (",5", 0.5),
        ("1e+22", 1e22),
        ("0", 0),
    ],
)
def test_signs_around_a_number_are_understood(text: str, value: float) -> None:
    assert read(text, ",") == value


def test_indian_thousands_are_read() -> None:
    assert read("12,34,567.5") == 1234567.5


@pytest.mark.parametrize("text", ["", "abc", "1.2.3", "--1", "0x1f", "١٢", "1 2", "1..2", "9" * 99, "NaN", "∞"])
def test_what_is_no_number_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="it is"):
        read(text, ",")


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53), st.sampled_from(",."))
def test_a_number_written_plainly_is_read_alike_everywhere(value: float, decimal: str) -> None:
    text = plainly(value)
    own = "." if shape(text) == "point" else decimal
    assert read(text, own) == value
    assert shape(text) not in ("dots", "commas", "code", "")
