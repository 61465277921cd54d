"""Values go into slots and come back as they were."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocau.audience.states import Kind
from bocau.audience.values import EXACT, Attribute, ValueWrongError, clean, converter, from_slot, in_words, to_slot
from bocau.base import clock
from bocau.cells import Meaning

SLOTS = {"text": "t01", "choice": "t02", "list": "t03", "number": "n01", "boolean": "n02", "date": "d01"}


def one(kind: str, *choices: str) -> Attribute:
    return Attribute("x", "X", Kind(kind), choices, SLOTS[kind])


@given(st.text(max_size=600))
def test_text_comes_back_as_it_is_compared(text: str) -> None:
    attribute, kept = one("text"), clean(text)
    if len(kept) > 500:
        with pytest.raises(ValueWrongError):
            to_slot(attribute, text)
        return
    slot = to_slot(attribute, text)
    assert slot == (kept or None)
    assert from_slot(attribute, slot) == (kept or None)
    assert to_slot(attribute, in_words(attribute, slot)) == slot
    assert clean(kept) == kept
    kept.encode()


@given(st.integers(-EXACT, EXACT) | st.floats(-1e300, 1e300))
def test_a_number_comes_back_through_its_slot_and_through_words(number: float) -> None:
    attribute = one("number")
    slot = to_slot(attribute, number)
    assert from_slot(attribute, slot) == number
    assert to_slot(attribute, in_words(attribute, slot)) == slot


@given(st.dates())
def test_a_date_comes_back(day: date) -> None:
    attribute = one("date")
    slot = to_slot(attribute, day)
    assert from_slot(attribute, slot) == day.isoformat()
    assert to_slot(attribute, day.isoformat()) == slot
    assert converter(attribute, Meaning(order="dmy"))(f"{day.day}/{day.month}/{day.year:04}") == slot


@given(st.booleans())
def test_yes_and_no_come_back(value: bool) -> None:
    attribute = one("boolean")
    slot = to_slot(attribute, value)
    assert from_slot(attribute, slot) is value
    assert to_slot(attribute, in_words(attribute, slot)) == slot


@given(st.lists(st.text(max_size=20), max_size=12))
def test_a_list_comes_back_without_blanks_and_repeats(pieces: list[str]) -> None:
    attribute = one("list")
    kept = list(dict.fromkeys(word for word in (clean(piece.replace("\x1f", " ")) for piece in pieces) if word))
    slot = to_slot(attribute, pieces)
    assert (from_slot(attribute, slot) or []) == kept
    assert to_slot(attribute, from_slot(attribute, slot)) == slot
    if not any(sign in word for word in kept for sign in ";,"):
        assert to_slot(attribute, in_words(attribute, slot)) == slot


@pytest.mark.parametrize("kind", list(SLOTS))
@pytest.mark.parametrize("nothing", [None, "", "  \t"])
def test_blank_is_no_value(kind: str, nothing: str | None) -> None:
    assert to_slot(one(kind, "a"), nothing) is None
    assert from_slot(one(kind, "a"), None) is None
    assert in_words(one(kind, "a"), None) == ""


@pytest.mark.parametrize(
    ("text", "pointed", "vietnamese"),
    [
        ("1250", 1250, 1250),
        ("1.250", 1.25, 1250),
        ("1,250", 1250, 1.25),
        ("1.250.000", 1250000, 1250000),
        ("1.250,5", 1250.5, 1250.5),
        ("1,250.5", 1250.5, 1250.5),
        ("0,125", 0.125, 0.125),
        ("12,5", 12.5, 12.5),
        ("1 250 000", 1250000, 1250000),
        ("-3", -3, -3),
        (".5", 0.5, None),
        ("1e5", 100000, 100000),
    ],
)
def test_numbers_as_people_write_them(
    text: str, pointed: float, vietnamese: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "_zone", [ZoneInfo("Europe/London")])
    assert to_slot(one("number"), text) == pointed
    monkeypatch.setattr(clock, "_zone", [ZoneInfo("Asia/Ho_Chi_Minh")])
    assert to_slot(one("number"), text) == (pointed if vietnamese is None else vietnamese)


@pytest.mark.parametrize(
    "text", ["12 5", "abc", "1,2,3", "1.250.00", "--1", "inf", "nan", "1e999", "١٢", "9007199254740993", "0x10", "=1"]
)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueWrongError):
        to_slot(one("number"), text)


@pytest.mark.parametrize("text", ["2026-02-30", "31/02/2026", "24/11/26", "yesterday", "2026-13-01", "٢٠٢٦-01-01"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueWrongError):
        to_slot(one("date"), text)


def test_a_date_with_a_time_is_that_day() -> None:
    assert to_slot(one("date"), "1970-01-31 00:00:00") == to_slot(one("date"), "31/01/1970") == 30


def test_a_choice_is_one_of_them_whatever_the_case() -> None:
    attribute = one("choice", "Nam", "Nữ")
    assert to_slot(attribute, " nữ ") == "Nữ"
    with pytest.raises(ValueWrongError) as caught:
        to_slot(attribute, "khác")
    assert caught.value.why() == "it is not one of the choices"


def test_a_value_that_is_too_long_says_so() -> None:
    for kind, value in (("text", "x" * 501), ("list", ["x" * 499])):
        with pytest.raises(ValueWrongError, match="501 characters; at most 500 are allowed"):
            to_slot(one(kind), value)
    assert len(str(to_slot(one("text"), "🕊" * 500))) == 500


@pytest.mark.parametrize("word", ["Có", "x", "TRUE", "1", "1.0", "đúng"])
def test_yes_in_two_languages(word: str) -> None:
    assert to_slot(one("boolean"), word) == 1


def test_nul_and_half_pairs_become_replacement_characters() -> None:
    assert clean("a\x00b") == "a\ufffdb"
    assert clean("à\x00\ud800") == "à\ufffd\ufffd"
