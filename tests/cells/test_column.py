"""What a whole column is: decided by its cells, then its file, then the zone; asked where these contradict each other."""

from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocau.cells import (
    ChangedError,
    Habits,
    Meaning,
    Question,
    Study,
    decide,
    habits_of,
    habits_of_file,
    reader,
    settle,
)

TODAY = date(2026, 11, 28)
HANOI, LONDON, BOSTON, NOWHERE = map(habits_of, ("Asia/Ho_Chi_Minh", "Europe/London", "America/New_York", "UTC"))


def studied(cells: Sequence[object], field: str = "") -> Study:
    study = Study("cột", field, TODAY)
    study.add(cells, range(2, 2 + len(cells)))
    return study


def decided(cells: Sequence[object], habits: Habits = HANOI, field: str = "") -> str:
    """Kind and sign or order; ``?`` and the answers for a question."""
    study = studied(cells, field)
    found = decide(study, habits_of_file([study], habits), habits)
    if isinstance(found, Question):
        return "? " + " ".join(f"{one.word}={one.value}" for one in found.answers)
    return f"{found.kind} {found.decimal or found.order}".strip()


def values(cells: Sequence[object], habits: Habits = HANOI) -> list[object]:
    """What becomes of the cells; a reason for those that are refused or changed."""
    found = decide(studied(cells), habits)
    assert isinstance(found, Meaning)
    read, made = reader(found, TODAY), list[object]()
    for cell in cells:
        try:
            made.append(read(cell))
        except ChangedError as error:
            made.append((error.value, str(error)))
        except ValueError as error:
            made.append(str(error))
    return made


def test_habits_are_those_of_the_country() -> None:
    assert (HANOI.decimal, HANOI.group, HANOI.order) == (",", ".", "dmy")
    assert (LONDON.decimal, LONDON.group, LONDON.order) == (".", ",", "dmy")
    assert (BOSTON.decimal, BOSTON.order) == (".", "mdy")
    assert (NOWHERE.decimal, NOWHERE.order) == ("", "")
    assert habits_of("Asia/Saigon")[:3] == HANOI[:3]


@pytest.mark.parametrize(
    ("cells", "meaning"),
    [
        (["500.000", "750"], "number ,"),
        (["900.000", "1.250.000", "2.000.000,5"], "number ,"),
        (["1.250.000"], "number ,"),
        (["12,5"], "number ,"),
        (["12.5", "3"], "number ."),
        (["1,250,000"], "number ."),
        (["1,250.50", "1,300"], "number ."),
        (["1 250 000", "900"], "number ,"),
        (["7", "-3", ""], "number ,"),
        (["1,250", "900"], "? number:comma=1.25 number:point=1250 text=1,250"),
        (["12.5", "1.250"], "? number:comma=1250 number:point=1.25 text=1.250"),
        (["0.125", "500.000"], "? number:comma=500000 number:point=500.0 text=500.000"),
        (["1.250,5", "1,250.5"], "? number:comma=1250.5 number:point= text=1.250,5"),
        (["007", "12"], "code"),
        (["9704000000000018"], "code"),
        (["0912345678", "+84 912 345 678"], "phone"),
        (["15%"], "text"),
        (["1e5", "2"], "text"),
        (["có", "không", "Có"], "boolean"),
        (["1", "0"], "number ,"),
        (["01/12/2026 14:05", "02/12/2026 08:30"], "datetime dmy"),
        (["2026-01-02 00:00:00"], "date dmy"),
        (["30/11/2026", "31/11/2026", "01/12/2026"], "date dmy"),
        (["12/31/2026", "11/30/2026"], "date mdy"),
        (["31/12/2026", "12/31/2026"], "? date:dmy=2026-12-31 date:mdy= text=31/12/2026"),
        (["05/03/2026"], "date dmy"),
        (["01/2026", "02/2026"], "text"),
        (["10.0.0.1"], "text"),
        (["-", "n/a", "5"], "text"),
        (["5", "n/a", "7"], "number ,"),
        (["", " "], "text"),
    ],
)
def test_columns_of_a_vietnamese_file(cells: list[str], meaning: str) -> None:
    assert decided(cells) == meaning


@pytest.mark.parametrize(
    ("cells", "habits", "meaning"),
    [
        (["500.000", "750"], LONDON, "number ."),
        (["1,250", "3"], LONDON, "number ."),
        (["1.250.000", "3"], LONDON, "number ,"),
        (["05/03/2026"], BOSTON, "date mdy"),
        (["05/03/2026"], NOWHERE, "? date:dmy=2026-03-05 date:mdy=2026-05-03 text=05/03/2026"),
        (["500.000", "750"], NOWHERE, "? number:comma=500000 number:point=500.0 text=500.000"),
        (["2026-03-05"], NOWHERE, "date"),
        (["912345678"], HANOI, "number ,"),
    ],
)
def test_the_zone_decides_what_can_be_read_in_two_ways(cells: list[str], habits: Habits, meaning: str) -> None:
    assert decided(cells, habits) == meaning


def test_the_other_columns_of_the_file_decide_before_the_zone() -> None:
    plain, doubtful = studied(["12,5", "3,25"]), studied(["1.250", "7"])
    file = habits_of_file([plain, doubtful], NOWHERE)
    assert isinstance(decide(doubtful, NOWHERE), Question)
    assert decide(doubtful, file, NOWHERE) == Meaning(kind=decide(plain, file, NOWHERE).kind, decimal=",")  # type: ignore[union-attr]


def test_digits_below_a_heading_of_codes_are_codes() -> None:
    assert decided(["912345678", "987654321"], field="so_dien_thoai") == "code"
    assert decided(["700000"], field="ma_buu_chinh") == "code"


def test_a_text_among_numbers_is_named() -> None:
    found = decide(studied(["1", "2", "3", "x", "5"]), HANOI)
    assert isinstance(found, Meaning)
    assert found.against is not None
    assert (found.kind, found.against.row, found.against.text) == ("text", 5, "x")


def test_nothing_changes_without_a_word() -> None:
    dates = ["30/11/2026", "31/11/2026", "05/03/90", "-", "01/12/2026"]
    assert values(dates) == [
        date(2026, 11, 30),
        "there is no such day",
        (date(1990, 3, 5), "a year of two digits; taken for 1990"),
        (None, "“-” stands for no value"),
        date(2026, 12, 1),
    ]
    read = reader(Meaning(kind=decide(studied(["1"]), HANOI).kind, decimal=","), TODAY)  # type: ignore[union-attr]
    assert read("1.250") == 1250
    for cell in ("007", "+84912345678", "1,250,000", "0.125", "1.2.3", "abc", "9" * 16):
        with pytest.raises(ValueError, match="it is"):
            read(cell)


@pytest.mark.parametrize(
    ("word", "cells", "meaning"),
    [
        ("number", ["500.000"], "number ,"),
        ("number:point", ["500.000"], "number ."),
        ("date:mdy", ["05/03/2026"], "date mdy"),
        ("datetime", ["31/12/2026"], "datetime dmy"),
        ("text", ["1"], "text"),
    ],
)
def test_a_persons_word_decides(word: str, cells: list[str], meaning: str) -> None:
    found = settle(word, studied(cells), HANOI)
    assert isinstance(found, Meaning)
    assert f"{found.kind} {found.decimal or found.order}".strip() == meaning


def test_patterns_are_as_the_file_shows_its_days() -> None:
    for cells, pattern in (
        (["01/12/2026"], "dd/MM/yyyy"),
        (["1/12/2026", "13/11/2026"], "d/M/yyyy"),
        (["01.12.2026 08:30"], "dd.MM.yyyy HH:mm"),
        (["2026-12-01"], ""),
        (["2026/12/01"], "yyyy/MM/dd"),
        (["01/12/2026", "13-11-2026"], ""),
    ):
        found = decide(studied(cells), HANOI)
        assert isinstance(found, Meaning)
        assert found.pattern == pattern


@given(st.lists(st.text(alphabet="0123456789.,-/: ahnkCó", max_size=12), max_size=30))
def test_whatever_the_cells_are_it_is_decided_or_asked_and_never_fails(cells: list[str]) -> None:
    found = decide(studied(cells), HANOI)
    if isinstance(found, Question):
        assert found.as_dict()["answers"]
        return
    read = reader(found, TODAY)
    for cell in cells:
        try:
            read(cell)
        except ValueError as error:
            assert str(error)


def test_people_are_told_only_the_signs_that_are_there() -> None:
    whole, dotted = studied(["12", "7"]), studied(["1.250", "7"])
    assert [one.seen(decide(one, HANOI)).decimal for one in (whole, dotted)] == ["", ","]  # type: ignore[arg-type]
    iso, spoken = studied(["2026-12-01"]), studied(["01/12/2026"])
    assert [one.seen(decide(one, HANOI)).order for one in (iso, spoken)] == ["", "dmy"]  # type: ignore[arg-type]
