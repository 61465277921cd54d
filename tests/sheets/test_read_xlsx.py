import datetime
from pathlib import Path

import pytest

from bocau.cells import Shown
from bocau.sheets import Reading, open_table, read_xlsx
from bocau.sheets.errors import FileEmptyError, SheetMissingError, SpreadsheetWrongError
from tests.intake.lists import EXAMPLES, SHEET, read, write_parts, write_xlsx
from tests.sheets.test_read_csv import rows, rows_of


def test_sample_gives_numbers_dates_and_text() -> None:
    messages, problems, found = read(EXAMPLES / "contacts-1k.xlsx")
    assert len(messages) == found.people == 1000
    assert problems == []
    assert '"so_tien":6233000,"ngay_sinh":"1989-11-12"' in messages[0].data
    assert messages[0].name == "Lý Hữu Hương"
    assert messages[0].row == 2


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (6233000.0, 6233000),
        (1.5, 1.5),
        (-2.0, -2),
        (1e300, 1e300),
        (True, True),
        ("", ""),
        (None, ""),
        (" x ", " x "),
        (datetime.date(2026, 11, 23), "2026-11-23"),
        (datetime.datetime(2026, 11, 23), "2026-11-23"),
        (datetime.datetime(2026, 11, 23, 7, 30), "2026-11-23 07:30"),
        (datetime.datetime(2026, 11, 23, 7, 30, 5), "2026-11-23 07:30:05"),
        (datetime.time(7, 30), "07:30"),
        (datetime.time(7, 30, 5), "07:30:05"),
        (datetime.timedelta(hours=26, minutes=5), "26:05"),
    ],
)
def test_cells_become_plain_values(cell: object, value: object) -> None:
    made = read_xlsx.plain(cell)
    assert made == value
    assert type(made) is (Shown if isinstance(cell, datetime.date) else type(value))


def test_rows_keep_the_spreadsheets_numbers(tmp_path: Path) -> None:
    table = [["Báo cáo"], [], [None, "Email", "Tên"], [None, "a@b.test", "A"], [], [None, "b@b.test", "B"]]
    path = write_xlsx(tmp_path / "a.xlsx", {"S": table})
    messages, _, _ = read(path)
    assert [(one.row, one.address) for one in messages] == [(4, "a@b.test"), (6, "b@b.test")]


def test_column_of_numbers_and_gaps_is_a_number(tmp_path: Path) -> None:
    table = [
        ["email", "n", "mixed", "yes"],
        ["a@b.test", 1, 1, True],
        ["b@b.test", "", "x", False],
        ["c@b.test", "3", 2.5, True],
    ]
    messages, _, found = read(write_xlsx(tmp_path / "a.xlsx", {"S": table}))
    assert [one.kind.value for one in found.meanings] == ["text", "number", "text", "text"]
    assert [one.data for one in messages] == [
        '{"email":"a@b.test","n":1,"mixed":"1","yes":true}',
        '{"email":"b@b.test","n":null,"mixed":"x","yes":false}',
        '{"email":"c@b.test","n":3,"mixed":"2.5","yes":true}',
    ]


def test_first_sheet_with_rows_is_taken_and_another_by_name(tmp_path: Path) -> None:
    sheets = {"Trống": [], "Một": [["email"], ["a@b.test"]], "Hai": [["email"], ["b@b.test"]]}
    path = write_xlsx(tmp_path / "a.xlsx", sheets)
    assert rows(path) == [(2, ["a@b.test"])]
    assert rows(path, sheet="Hai") == [(2, ["b@b.test"])]
    with open_table(path) as table:
        assert table.about == "XLSX, “Một”"
    with pytest.raises(SheetMissingError, match="Ba") as caught:
        rows(path, sheet="Ba")
    assert "Một" in caught.value.advice()


def test_blocks_are_cut_and_read_again(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", {"S": [["email"], *[[f"p{n}@b.test"] for n in range(25)]]})
    with open_table(path) as table:
        assert [len(block.rows) for block in table.blocks(10)] == [10, 10, 5]
        assert rows_of(table, 7) == rows_of(table, 1000)


def test_empty_spreadsheet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileEmptyError):
        rows(write_xlsx(tmp_path / "a.xlsx", {"S": []}))
    with pytest.raises(FileEmptyError):
        rows(write_xlsx(tmp_path / "a.xlsx", {"S": [["", " "], [""]]}))


@pytest.mark.parametrize("raw", [b"PK\x03\x04", b"PK\x03\x04" + b"x" * 500])
def test_broken_archive_is_refused(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(raw)
    with pytest.raises(SpreadsheetWrongError, match=r"not a complete \.xlsx"):
        open_table(path)


def test_cut_off_spreadsheet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    raw = (EXAMPLES / "contacts-1k.xlsx").read_bytes()
    for length in (100, len(raw) // 2, len(raw) - 30):
        path.write_bytes(raw[:length])
        with pytest.raises(SpreadsheetWrongError):
            open_table(path)


def test_another_archive_is_no_spreadsheet(tmp_path: Path) -> None:
    path = write_parts(tmp_path / "a.xlsx", [], {}, {})
    with pytest.raises((SpreadsheetWrongError, FileEmptyError)):
        open_table(path)


def test_cell_far_out_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    far = (
        f"<worksheet xmlns='{SHEET}'><dimension ref='A1:B2'/><sheetData>"
        "<row r='1'><c r='A1' t='inlineStr'><is><t>email</t></is></c></row>"
        "<row r='1048576'><c r='XFD1048576'><v>1</v></c></row></sheetData></worksheet>"
    )
    path = write_parts(tmp_path / "a.xlsx", ["S"], {"xl/worksheets/sheet1.xml": far}, {})
    with pytest.raises(SpreadsheetWrongError, match="too large"):
        open_table(path)


def test_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_xlsx, "MAX_UNPACKED", 1 << 20)
    path = write_xlsx(tmp_path / "a.xlsx", {"S": [["email"], ["a@b.test"]]}, {"xl/media/zeros.bin": bytes(2 << 20)})
    assert path.stat().st_size < 10_000
    with pytest.raises(SpreadsheetWrongError, match="too large"):
        open_table(path)


def test_spreadsheet_named_csv_is_read_all_the_same(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.csv", {"S": [["email"], ["a@b.test"]]})
    assert rows(path) == [(2, ["a@b.test"])]


def test_encoding_and_delimiter_say_nothing_about_a_spreadsheet(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", {"S": [["email"], ["a@b.test"]]})
    with open_table(path, Reading(encoding="utf-16", delimiter=";")) as table:
        assert rows_of(table) == [(2, ["a@b.test"])]
