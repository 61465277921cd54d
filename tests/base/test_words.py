import pytest

from bocau.base.words import figure, language


@pytest.mark.parametrize(
    ("value", "decimals", "english", "vietnamese"),
    [
        (999, None, "999", "999"),
        (1_234_567, None, "1,234,567", "1.234.567"),
        (-10_000, None, "-10,000", "-10.000"),
        (2.5, None, "2.5", "2,5"),
        (1234.5, None, "1,234", "1.234"),
        (2.0, 1, "2.0", "2,0"),
    ],
)
def test_figures_are_written_as_each_language_does(
    value: float, decimals: int | None, english: str, vietnamese: str
) -> None:
    assert figure(value, decimals) == english
    before = language.set("vi")
    try:
        assert figure(value, decimals) == vietnamese
    finally:
        language.reset(before)
