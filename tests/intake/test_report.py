import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocau.base.words import language
from bocau.cells import guarded, unguarded
from bocau.intake import Problem, Report, expand, open_table, strictly, survey
from bocau.intake.errors import RowsRefusedError
from tests.intake.lists import read, write

LIST = (
    "email,Họ tên,n\na@b.test,An,1\n=cmd|'/c calc'!A1,@SUM(1),+84 912\nb@b.test,Bình,2,extra\nA@b.test,An,1\nx@,X,-3\n"
)


def report_of(path: Path, text: str = LIST) -> list[dict[str, str]]:
    with open_table(write(path / "list.csv", text)) as table:
        found = survey(table)
        report = Report(path / "problems.csv", found.columns.headings)
        for chunk in expand(table, found):
            report.add(chunk.problems)
        assert report.done() == path / "problems.csv"
    with (path / "problems.csv").open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def test_report_names_row_column_reason_and_the_row_itself(tmp_path: Path) -> None:
    rows = report_of(tmp_path)
    assert [(row["row"], row["column"], row["reason"], row["mailed"]) for row in rows] == [
        ("3", "email", "not an address", "no"),
        ("4", "column 4", "more cells than columns; the extra ones were left out", "yes"),
        ("6", "email", "no domain", "no"),
    ]
    assert rows[2]["Họ tên"] == "X"
    assert rows[2]["email"] == "x@"


def test_no_cell_of_a_report_is_a_formula(tmp_path: Path) -> None:
    rows = report_of(tmp_path)
    assert rows[0]["value"] == rows[0]["email"] == "'\u2060=cmd|'/c calc'!A1"
    assert rows[0]["Họ tên"] == "'\u2060@SUM(1)"
    assert rows[0]["n"] == "'\u2060+84 912"
    assert rows[2]["n"] == "-3"


def test_corrected_report_can_be_sent_and_mails_nobody_again(tmp_path: Path) -> None:
    report_of(tmp_path)
    path = tmp_path / "problems.csv"
    text = path.read_text(encoding="utf-8-sig").replace("x@,X", "x@b.test,X")
    messages, _, _ = read(write(path, text))
    assert [one.address for one in messages] == ["x@b.test"]


@given(st.text(max_size=40))
def test_whatever_a_cell_holds_a_spreadsheet_sees_text_or_a_number(cell: str) -> None:
    shown = str(guarded(cell))
    first = shown.lstrip(" \t\r\n")[:1]
    assert first not in ("=", "@", "|", "%")
    if first in ("+", "-"):
        assert not any(letter.isalpha() for letter in shown)
    assert "\0" not in shown
    assert unguarded(shown) == cell.replace("\0", "\ufffd")


def test_nothing_is_written_when_nothing_is_wrong(tmp_path: Path) -> None:
    report = Report(tmp_path / "problems.csv", ["email"])
    report.add([])
    assert report.done() is None
    assert list(tmp_path.iterdir()) == []


def test_report_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    report = Report(tmp_path / "problems.csv", ["email"])
    report.add([Problem(2, "email", "x", "not an address")])
    assert not (tmp_path / "problems.csv").exists()
    report.drop()
    assert list(tmp_path.iterdir()) == []


def test_rows_not_mailed_are_counted_once_and_notes_apart(tmp_path: Path) -> None:
    report = Report(tmp_path / "problems.csv", ["email"])
    report.add([Problem(2, "a", "x", "r"), Problem(2, "b", "x", "r"), Problem(3, "a", "x", "r", mailed=True)])
    report.add([Problem(2, "a", "x", "r"), Problem(4, "a", "x", "r")])
    assert (report.count, report.notes) == (2, 1)
    report.drop()


def test_report_speaks_vietnamese(tmp_path: Path) -> None:
    token = language.set("vi")
    try:
        rows = report_of(tmp_path)
    finally:
        language.reset(token)
    assert rows[0]["lý do"] == "không phải là địa chỉ"


def test_strict_refuses_everything_and_lists_all(tmp_path: Path) -> None:
    with open_table(write(tmp_path / "list.csv", LIST)) as table:
        found = survey(table)
        with pytest.raises(RowsRefusedError) as caught:
            strictly(table, found, Report(tmp_path / "problems.csv", found.columns.headings))
    assert caught.value.fields["count"] == 4
    with (tmp_path / "problems.csv").open(encoding="utf-8-sig", newline="") as handle:
        reasons = {row["row"]: row["reason"] for row in csv.DictReader(handle)}
    assert reasons["5"] == "duplicate of row 2"
    assert set(reasons) == {"3", "4", "5", "6"}


def test_strict_lets_a_clean_list_pass(tmp_path: Path) -> None:
    with open_table(write(tmp_path / "list.csv", "email\na@b.test\nb@b.test\n\n")) as table:
        found = survey(table)
        strictly(table, found, Report(tmp_path / "problems.csv", found.columns.headings))
    assert not (tmp_path / "problems.csv").exists()
