from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from bocau import intake
from bocau.base import clock
from bocau.intake import Wishes
from bocau.intake.expand import display_name
from tests.intake.lists import read, write


def test_asked_for_number_that_is_none_is_a_problem_of_its_row(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "email,Số\na@b.test,007\nb@b.test,bảy\nc@b.test,\n")
    messages, problems, _ = read(path, Wishes(kinds={"so": "number"}))
    assert [(one.row, orjson.loads(one.data)["so"]) for one in messages] == [(2, 7), (4, None)]
    assert [(one.row, one.column, one.value, one.why()) for one in problems] == [(3, "Số", "bảy", "it is not a number")]


def test_asked_for_dates(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "email,ngày\na@b.test,23/11/2026\nb@b.test,32/11/2026\n")
    messages, problems, _ = read(path, Wishes(kinds={"ngày": "date"}))
    assert orjson.loads(messages[0].data)["ngay"] == "2026-11-23"
    assert problems[0].why() == "there is no such day"


def test_nul_character_is_a_problem_of_its_row(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "email,x\na@b.test,fine\nb@b.test,a\0b\nc@b.test,fine\n")
    messages, problems, _ = read(path)
    assert [one.row for one in messages] == [2, 4]
    assert [(one.row, one.column, one.why()) for one in problems] == [(3, "x", "a NUL character in the cell")]


def test_row_that_swallowed_others_is_never_mailed(tmp_path: Path) -> None:
    text = (
        'email,name,pay\na@b.test,"An,100\nb@b.test,Bình,200\nc@b.test,Châu,300\nd@b.test,Dũng",400\ne@b.test,Em,500\n'
    )
    messages, problems, _ = read(write(tmp_path / "a.csv", text))
    assert [one.address for one in messages] == ["e@b.test"]
    assert [(one.row, one.column, one.why()) for one in problems] == [
        (2, "name", "a quotation mark seems to have swallowed the rows after it")
    ]


def test_lines_in_a_cell_are_nothing_special(tmp_path: Path) -> None:
    text = 'name,email,note\nAn,a@b.test,"Huế, 12 Lê Lợi\nhỏi b@b.test, nếu cần\nx, y, z"\n'
    messages, problems, _ = read(write(tmp_path / "a.csv", text))
    assert len(messages) == 1
    assert problems == []


def test_too_much_data_is_a_problem_of_its_row(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", f"email,x\na@b.test,{'đ' * 31_000}\nb@b.test,{'y' * 59_000}\n")
    messages, problems, _ = read(path)
    assert [one.row for one in messages] == [3]
    assert problems[0].row == 2
    assert "60,000" in problems[0].why()


def test_row_with_two_problems_is_left_out_once(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "email,a,b\na@b.test,x,y\n")
    messages, problems, _ = read(path, Wishes(kinds={"a": "number", "b": "number"}))
    assert messages == []
    assert len(problems) == 2


def test_problems_come_in_the_order_of_rows(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "email,n\na@b.test,x\nwrong,1\nb@b.test,1,extra\nc@b.test,y\n")
    _, problems, _ = read(path, Wishes(kinds={"n": "number"}))
    assert [one.row for one in problems] == [2, 3, 4, 5]


def test_limit_cuts_messages_and_what_is_behind_them(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "email\na@b.test\nwrong\nb@b.test\nc@b.test\nworse\n")
    with intake.open_table(path) as table:
        found = intake.survey(table)
        chunks = list(intake.expand(table, found, limit=2))
    assert [one.row for chunk in chunks for one in chunk.messages] == [2, 4]
    assert [one.row for chunk in chunks for one in chunk.problems] == [3]


@pytest.mark.parametrize("limit", [1, 999, 1000, 1001, 2500, 9999])
def test_limit_over_several_chunks(tmp_path: Path, limit: int) -> None:
    path = write(tmp_path / "a.csv", "email\n" + "".join(f"p{n}@b.test\n" for n in range(2500)))
    with intake.open_table(path) as table:
        found = intake.survey(table)
        assert sum(len(chunk.messages) for chunk in intake.expand(table, found, limit=limit)) == min(limit, 2500)


def test_cells_of_blanks_at_the_end_are_no_extra_cells(tmp_path: Path) -> None:
    messages, problems, _ = read(write(tmp_path / "a.csv", "email,,\na@b.test,, ,\n"))
    assert len(messages) == 1
    assert problems == []


def test_rows_of_blanks_are_ignored(tmp_path: Path) -> None:
    messages, problems, found = read(write(tmp_path / "a.csv", "email,x\n,\n  , \na@b.test,1\n\n"))
    assert len(messages) == 1
    assert problems == []
    assert found.good == 1


def test_name_is_offered_under_its_own_word_too(tmp_path: Path) -> None:
    messages, _, _ = read(write(tmp_path / "a.csv", "email,Họ tên\na@b.test,An\n"))
    assert orjson.loads(messages[0].data) == {"email": "a@b.test", "ho_ten": "An", "name": "An"}


def test_address_stands_in_the_data_as_it_is_mailed(tmp_path: Path) -> None:
    messages, _, _ = read(write(tmp_path / "a.csv", "Thư,email\nx, An@Thư.Test \n"))
    assert orjson.loads(messages[0].data)["email"] == messages[0].address == "an@xn--th-e0a.test"


@given(st.text(max_size=300))
def test_display_name_is_one_short_printable_line(text: str) -> None:
    name = display_name(text)
    assert len(name) <= 200
    assert name.isprintable()
    assert name == name.strip()


def test_display_name_keeps_words_apart() -> None:
    assert display_name(" Võ\nDũng\x07") == "Võ Dũng"


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a@b.test", "wrong", "", " B@b.test ", "x@", "c@b.test"]),
            st.text(alphabet='a1\0 ,;"=', max_size=6),
            st.integers(0, 3),
        ),
        max_size=40,
    )
)
def test_every_row_is_mailed_or_told_or_empty(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, int]]
) -> None:
    import csv

    path = tmp_path_factory.getbasetemp() / "rows.csv"
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["email", "x"])
        writer.writerows([[address, cell, *["z"] * extra][: extra + 1] for address, cell, extra in rows])
        writer.writerow(["last@b.test", "x"])
    messages, problems, _ = read(path)
    mailed = {one.row for one in messages}
    refused = {one.row for one in problems if not one.mailed}
    assert not mailed & refused
    assert {one.row for one in problems if one.mailed} <= mailed | refused
    for number, (address, cell, extra) in enumerate(rows, start=2):
        filled = [address, cell, *["z"] * extra][: extra + 1]
        if number not in mailed | refused:
            assert not "".join(filled).strip()


def test_cells_whose_text_alone_says_something_else_are_told_to_filters(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "a.xlsx")
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["email", "day", "x"])
    for row, (day, name) in enumerate(((46145, "a"), (46387, "b")), 1):
        sheet.write_row(row, 0, [f"{name}@b.test", "", name])
        sheet.write_number(row, 1, day, book.add_format({"num_format": "mm/dd/yyyy"}))
    book.close()
    messages, _, _ = read(tmp_path / "a.xlsx")
    data = [orjson.loads(one.data) for one in messages]
    assert [one["day"] for one in data] == ["05/03/2026", "12/31/2026"]
    assert [one.get("bocau_values") for one in data] == [{"05/03/2026": "2026-05-03"}, None]


@pytest.mark.parametrize(("zone", "kinds"), [("Asia/Ho_Chi_Minh", (str, str, float)), ("Europe/London", (float,) * 3)])
def test_fractions_that_are_thousands_to_people_here_are_no_numbers(
    tmp_path: Path, zone: str, kinds: tuple[type, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "_zone", [ZoneInfo(zone)])
    text = "email,bill,one,mixed\na@b.test,345.678,7,2.125\nb@b.test,412.339,1.125,2.5\n"
    messages, _, _ = read(write(tmp_path / "a.csv", text))
    data = [orjson.loads(one.data) for one in messages]
    assert [str(one["bill"]) for one in data] == ["345.678", "412.339"]
    assert tuple(type(data[1][name]) for name in ("bill", "one", "mixed")) == kinds
    (alone,) = intake.few(["a@b.test"], {"bill": "345.678", "share": "0.125"})
    assert [type(one) for one in orjson.loads(alone.data).values()] == [kinds[0], float]
