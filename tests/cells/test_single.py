"""A value without a column: what it shows by itself, then the habits of a zone, then the rule for where nobody knows."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocau.cells import ChangedError, Kind, Meaning, Question, Shown, Study, decide, habits_of, reader
from bocau.cells.single import is_missing, kept_apart, moment, number, reads_back
from bocau.cells.words import FALSE, MISSING, TRUE

HANOI, LONDON, BOSTON, NOWHERE, TOKYO = "Asia/Ho_Chi_Minh", "Europe/London", "America/New_York", "UTC", "Asia/Tokyo"


@pytest.mark.parametrize(
    ("text", "hanoi", "london", "nowhere"),
    [
        ("1.250", "1250", "1.250", "1250"),
        ("1,250", "1250", "1250", "1250"),
        ("(1.250)", "-1250", "-1.250", "-1250"),
        ("1.250.000", *["1250000"] * 3),
        ("1,250,000.50", *["1250000.50"] * 3),
        ("0.125", *["0.125"] * 3),
        (",5", *["0.5"] * 3),
        ("7.30", *["7.30"] * 3),
        ("1\u2009250\u2009000", *["1250000"] * 3),
        ("1e5", *["1e5"] * 3),
        ("007", *["007"] * 3),
        ("999.999.999.999.999.999,99", *["999999999999999999.99"] * 3),
    ],
)
def test_a_number_by_itself(text: str, hanoi: str, london: str, nowhere: str) -> None:
    assert (number(text, HANOI), number(text, LONDON), number(text, NOWHERE)) == (hanoi, london, nowhere)


@pytest.mark.parametrize(
    ("text", "hanoi", "boston", "nowhere"),
    [
        ("05/03/2026", date(2026, 3, 5), date(2026, 5, 3), date(2026, 3, 5)),
        ("31/12/2026", *[date(2026, 12, 31)] * 3),
        ("12/31/2026", *[date(2026, 12, 31)] * 3),
        ("09:05 SA 2026-12-01", *[datetime(2026, 12, 1, 9, 5)] * 3),
        ("2026/12/01", *[date(2026, 12, 1)] * 3),
    ],
)
def test_a_day_by_itself(text: str, hanoi: date, boston: date, nowhere: date) -> None:
    assert (moment(text, HANOI), moment(text, BOSTON), moment(text, NOWHERE)) == (hanoi, boston, nowhere)
    assert moment("05/03/2026", TOKYO) == date(2026, 3, 5)


@pytest.mark.parametrize("text", ["", "abc", "05/03/90", "31/02/2026", "2026-13-01"])
def test_what_is_neither_is_refused(text: str) -> None:
    for zone in (HANOI, BOSTON, NOWHERE):
        with pytest.raises(ValueError, match=r"it is|there is"):
            number(text, zone)
        with pytest.raises(ValueError, match=r"it is|there is"):
            moment(text, zone)


@given(st.text(alphabet="0123456789.,-+()/: e", max_size=12), st.sampled_from((HANOI, LONDON, BOSTON, NOWHERE)))
def test_a_value_is_what_a_column_of_it_is(text: str, zone: str) -> None:
    text = text.strip()
    study = Study("", "", date(2026, 11, 28))
    study.add([text], [2])
    found = decide(study, habits_of(zone))
    if isinstance(found, Question) or found.kind not in (Kind.number, Kind.date, Kind.datetime):
        return
    try:
        value = reader(found)(text)
    except ValueError:
        return
    if found.kind is Kind.number:
        assert float(Decimal(number(text, zone))) == value
    else:
        made = moment(text, zone)
        assert str(made) == str(value) or str(made) == f"{value} 00:00:00"


def test_yes_no_and_nothing_are_different_words() -> None:
    assert not TRUE & FALSE
    assert not (TRUE | FALSE) & MISSING
    assert all(map(is_missing, (*MISSING, "", "  ", " N/A ")))
    read = reader(Meaning(Kind.boolean))
    for word in MISSING:
        with pytest.raises(ChangedError):
            read(word)


@pytest.mark.parametrize(
    ("text", "value", "hanoi", "boston"),
    [
        ("05/03/2026", date(2026, 5, 3), "2026-05-03", None),
        ("05/03/2026", date(2026, 3, 5), None, "2026-03-05"),
        ("05/03/2026", datetime(2026, 3, 5, 14, 5), None, "2026-03-05"),
        ("05/03/2026 14:05", datetime(2026, 3, 5, 14, 5), None, "2026-03-05T14:05"),
        ("05-Mar-26", date(2026, 3, 5), "2026-03-05", "2026-03-05"),
        ("12/31/2026", date(2026, 12, 31), None, None),
        ("1,125", 1.125, 1.125, 1.125),
        ("1.250", 1250, None, 1250),
        ("1.250", 1250.4, None, 1250),
        ("1.250,5", 1250.5, None, None),
        ("-", 0, None, None),
    ],
)
def test_what_a_cell_shows_and_what_it_says_alone(text: str, value: float, hanoi: object, boston: object) -> None:
    shown = Shown(text, value)
    assert (kept_apart(shown, HANOI), kept_apart(shown, BOSTON)) == (hanoi, boston)


def test_patterns_that_are_read_back() -> None:
    known = ("dd/MM/yyyy", "d.M.yyyy HH:mm:ss", "HH:mm dd-MM-yyyy", "yyyy/MM/dd", "MM/dd/yyyy", "d MMM yyyy")
    assert [reads_back(one, HANOI) for one in known] == [True, True, True, True, False, False]
    assert [reads_back(one, BOSTON) for one in known] == [False, False, False, True, True, False]
