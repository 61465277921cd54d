"""What people see in their files is what comes in, or a line says so."""

import csv
import io
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
import pytest
import sqlalchemy as sa
import xlsxwriter

from bocau import sheets
from bocau.audience import attributes, contacts, imports, suppressions
from bocau.audience.imports import EXPORTED
from bocau.audience.requests import AttributeCreation, ContactCreation
from bocau.audience.shown.contacts import contact_view
from bocau.audience.states import Kind, Status
from bocau.audience.values import spelled
from bocau.base import clock
from bocau.base.db import transaction
from bocau.cells import guarded
from bocau.sheets.errors import ColumnsUnclearError
from tests.audience.importing import take, write
from tests.audience.people import NOW

pytestmark = pytest.mark.usefixtures("in_vietnam")


def kept(engine: sa.Engine) -> dict[str, dict[str, object]]:
    """Address → what is kept."""
    with transaction(engine) as connection:
        known = attributes.every(connection)
        rows = contacts.rows(connection, known, contacts.Wanted(limit=10_000))
    return {
        str(one["address"]): {"name": one["name"]} | {k: v for k, v in one["attributes"].items() if v is not None}
        for one in rows
    }


def mailed(engine: sa.Engine, address: str) -> str:
    """The data of a mail to one person, as JSON."""
    with transaction(engine) as connection:
        known = attributes.every(connection)
        (person,) = contacts.people(connection, known, sa.text(f"recipient = '{address}'"))
    return person.data


def test_dotted_thousands_are_thousands_where_people_write_them(engine: sa.Engine, tmp_path: Path) -> None:
    take(engine, write(tmp_path / "a.csv", "email,hoc_phi\nan@x.test,500.000\nbinh@x.test,750\n"))
    assert [one["hoc_phi"] for one in kept(engine).values()] == [500000, 750]


def test_a_file_that_contradicts_itself_is_asked_about_and_nothing_is_written(
    engine: sa.Engine, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.csv", "email,Học phí\nan@x.test,500.000\nbinh@x.test,12.5\n")
    with pytest.raises(ColumnsUnclearError) as caught:
        take(engine, path)
    (question,) = caught.value.questions
    assert [one["option"] for one in question["answers"]] == [
        "--type=Học phí=number:comma",
        "--type=Học phí=number:point",
        "--type=Học phí=text",
    ]
    assert kept(engine) == {}
    take(engine, path, imports.Wishes(types={"Học phí": "number:point"}))
    assert [one["hoc_phi"] for one in kept(engine).values()] == [500, 12.5]


def test_a_time_of_day_is_kept_and_mails_show_it_as_the_file_did(engine: sa.Engine, tmp_path: Path) -> None:
    take(engine, write(tmp_path / "a.csv", "email,lich\nan@x.test,01/12/2026 14:05\nbinh@x.test,02/12/2026 08:30\n"))
    assert kept(engine)["an@x.test"]["lich"] == "2026-12-01T14:05"
    assert mailed(engine, "an@x.test") == '{"lich":"01/12/2026 14:05"}'


def test_what_comes_behind_the_sample_and_contradicts_it_is_told(engine: sa.Engine, tmp_path: Path) -> None:
    rows = "".join(f"p{number}@x.test,1.250,{number}\n" for number in range(6000))
    taken = take(engine, write(tmp_path / "a.csv", f"email,gia,so\n{rows}z@x.test,0.125,0912\n"))
    assert [(one.row, one.column, one.value, one.mailed) for one in taken.problems] == [
        (6002, "gia", "0.125", True),
        (6002, "so", "0912", True),
    ]
    assert taken.run.counts["made"] == 6001
    assert kept(engine)["p7@x.test"] == {"name": "", "gia": 1250, "so": 7}


def test_dates_that_cannot_be_are_told_and_the_others_stay_dates(engine: sa.Engine, tmp_path: Path) -> None:
    text = "email,han\nan@x.test,30/11/2026\nbinh@x.test,31/11/2026\ncuong@x.test,05/03/90\n"
    taken = take(engine, write(tmp_path / "a.csv", text))
    assert [(one.row, one.value, one.why()) for one in taken.problems] == [
        (3, "31/11/2026", "there is no such day"),
        (4, "05/03/90", "a year of two digits; taken for 1990"),
    ]
    assert [one.get("han") for one in kept(engine).values()] == ["2026-11-30", None, "1990-03-05"]


def test_cells_of_a_spreadsheet_come_in_as_they_are_shown(engine: sa.Engine, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    cells = ((912345678, "0000000000"), (123, "00000"), (46357, "dd/mm/yyyy"), (0.15, "0%"), (1250000, "#,##0"))
    sheet.write_row(0, 0, ["Email", "SĐT", "Mã", "Ngày khám", "Tỉ lệ", "Tiền"])
    sheet.write(1, 0, "an@x.test")
    for at, (value, form) in enumerate(cells, 1):
        sheet.write_number(1, at, value, book.add_format({"num_format": form}))
    sheet.set_row(1, None, None, {"hidden": True})
    book.close()
    with sheets.open_table(path) as table:
        assert "1 hidden rows" in table.about
    take(engine, path)
    assert mailed(engine, "an@x.test") == (
        '{"ma":"00123","ngay_kham":"01/12/2026","sdt":"0912345678","ti_le":"15%","tien":1250000}'
    )


def test_people_whom_another_program_does_not_mail_are_not_mailed(engine: sa.Engine, tmp_path: Path) -> None:
    text = "email,name,status\nan@x.test,An,blocklisted\nbinh@x.test,Bình,enabled\nchi@x.test,Chi,unsubscribed\n"
    taken = take(engine, write(tmp_path / "a.csv", text))
    assert taken.run.counts["made"] == 3
    assert [(one.row, one.mailed) for one in taken.problems] == [(2, True), (4, True)]
    with transaction(engine) as connection:
        found = suppressions.page(connection, suppressions.Wanted())
        assert attributes.every(connection) == []
    assert [(one["value"], one["scope"], one["reason"]) for one in found] == [
        ("an@x.test", "all", "manual"),
        ("chi@x.test", "bulk", "unsubscribed"),
    ]


def test_a_status_of_the_clinics_own_is_an_attribute(engine: sa.Engine, tmp_path: Path) -> None:
    take(engine, write(tmp_path / "a.csv", "email,trang_thai\nan@x.test,đã khám\nbinh@x.test,hẹn lại\n"))
    assert kept(engine)["an@x.test"]["trang_thai"] == "đã khám"


def test_addresses_are_read_as_people_paste_them_and_it_is_told(engine: sa.Engine, tmp_path: Path) -> None:
    cells = ("Lê An <an@x.test>", "mailto:binh@x.test", "cuong@x.test;", "d@x.test.", "'e@x.test", "f@x.test")
    text = "email,n\n" + "".join(f"{cell},1\n" for cell in cells)
    taken = take(engine, write(tmp_path / "a.csv", text))
    assert list(kept(engine)) == ["an@x.test", "binh@x.test", "cuong@x.test", "d@x.test", "e@x.test", "f@x.test"]
    assert [one.row for one in taken.problems] == [2, 3, 4, 5, 6]


@pytest.mark.parametrize("form", ["tcvn3", "twice"])
def test_letters_of_old_fonts_are_read(engine: sa.Engine, tmp_path: Path, form: str) -> None:
    raw = {
        "tcvn3": b"email;H\xe4 v\xb5 t\xaan;Th\xb5nh ph\xe8\nan@x.test;Nguy\xd4n Th\xde Tuy\xd5t;Hu\xd5\n",
        "twice": "email;Họ và tên;Thành phố\nan@x.test;Nguyễn Thị Tuyết;Huế\n".encode().decode("latin-1").encode(),
    }
    path = tmp_path / "a.csv"
    path.write_bytes(raw[form])
    take(engine, path)
    assert kept(engine)["an@x.test"] == {"name": "Nguyễn Thị Tuyết", "thanh_pho": "Huế"}


def test_a_web_page_called_xls_is_read(engine: sa.Engine, tmp_path: Path) -> None:
    page = (
        "<html><head><meta charset='utf-8'></head><body><table><tr><th>Email<th>Mã</tr><tr><td>an@x.test<td>007</table>"
    )
    take(engine, write(tmp_path / "a.xls", page))
    assert kept(engine) == {"an@x.test": {"name": "", "ma": "007"}}


HARD = {
    "ghi_chu": ["=1+1", "'=1+1", "'\u2060x", "+84912345678", "a;b", "dòng 1\ndòng 2", '"', "-", "  x"],
    "so": [3.125, -0.5, 1e22, 2**53, 1250, 1e-07, -1250.125, 0.1, 12],
    "ngay": ["2026-12-01", "1990-03-05", "0999-01-01", "2026-01-02", "2026-01-03"],
    "lich": ["2026-12-01T14:05", "1969-12-31T23:59:59"],
    "da_nop": [True, False],
    "nhom": [["a;b", "c"], ["một"], ["x, y"], ["\\", "a\\;b"]],
}


def test_our_own_export_taken_in_again_is_the_same_people(engine: sa.Engine, tmp_path: Path) -> None:
    kinds = {"ghi_chu": "text", "so": "number", "ngay": "date", "lich": "datetime", "da_nop": "boolean", "nhom": "list"}
    with transaction(engine) as connection:
        for name, kind in kinds.items():
            attributes.define(connection, AttributeCreation(name=name, kind=Kind(kind)), NOW)
        for number in range(9):
            values = {name: column[number] for name, column in HARD.items() if number < len(column)}
            creation = ContactCreation(address=f"p{number}@x.test", name="=An", values=values, status=Status.active)
            contacts.add(connection, creation, NOW)
        known = attributes.every(connection)
        rows = contacts.rows(connection, known, contacts.Wanted(limit=100))
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*EXPORTED, *(one.name for one in known)])
    for row in rows:
        own = contact_view(row).as_dict()
        texts = [spelled(one, row["attributes"][one.name]) for one in known]
        writer.writerow([guarded(one) for one in [*(own[name] for name in EXPORTED), *texts]])
    before = kept(engine)
    taken = take(engine, write(tmp_path / "a.csv", out.getvalue()), merge="overwrite")
    assert taken.problems == []
    assert (taken.run.counts["same"], taken.run.counts["changed"], taken.run.counts["made"]) == (9, 0, 0)
    assert kept(engine) == before
    with transaction(engine) as connection:
        connection.execute(sa.text("DELETE FROM contact"))
    take(engine, write(tmp_path / "b.csv", out.getvalue()))
    assert kept(engine) == before


@pytest.mark.parametrize(
    ("headings", "cells", "name"),
    [
        ("First Name,Last Name,E-mail 1 - Value", "An,Nguyen,an@x.test", "An Nguyen"),
        ("Email Address,First Name,Last Name", "an@x.test,An,", "An"),
        ("Họ,Tên,Email", "Nguyễn Văn,An,an@x.test", "Nguyễn Văn An"),
        ("Email,Tên,Họ đệm", "an@x.test,An,Nguyễn Văn", "Nguyễn Văn An"),
        ("Email,Name,Last Name", "an@x.test,An Nguyen,Nguyen", "An Nguyen"),
    ],
)
def test_names_in_two_columns_are_one_name(
    engine: sa.Engine, tmp_path: Path, headings: str, cells: str, name: str
) -> None:
    take(engine, write(tmp_path / "a.csv", f"{headings}\n{cells}\n"))
    assert kept(engine)["an@x.test"]["name"] == name


def test_doubtful_addresses_come_in_and_are_told(engine: sa.Engine, tmp_path: Path) -> None:
    taken = take(engine, write(tmp_path / "a.csv", "email\nan@gmail.con\ninfo@x.test\nbinh@gmail.com\n"))
    assert [(one.row, one.why(), one.mailed) for one in taken.problems] == [
        (2, "perhaps gmail.com is meant", True),
        (3, "an office reads it, or nobody, not one person", True),
    ]
    assert len(kept(engine)) == 3


@pytest.mark.parametrize("ending", ["csv", "xlsx", "xls"])
def test_a_file_without_headings_begins_with_a_person(engine: sa.Engine, tmp_path: Path, ending: str) -> None:
    rows = [["an@x.test", "Huế"], ["binh@x.test", "Vinh"]]
    path = tmp_path / f"a.{ending}"
    if ending == "xlsx":
        book = xlsxwriter.Workbook(path)
        sheet = book.add_worksheet()
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
        book.close()
    elif ending == "csv":
        write(path, "".join(",".join(row) + "\n" for row in rows))
    else:
        body = "".join("<tr>" + "".join(f"<td>{cell}" for cell in row) for row in rows)
        write(path, f"<html><table>{body}</table></html>")
    with sheets.open_table(path, sheets.Reading(headings=False)) as table, transaction(engine) as connection:
        proposal = imports.propose(connection, table, imports.Wishes())
        assert [number for block in table.blocks() for number in block.numbers] == [1, 2]
    assert [one.target for one in proposal.columns] == ["email", "column_2"]
    assert proposal.examples[1].cell == "Huế"


def test_lost_letters_are_told(engine: sa.Engine, tmp_path: Path) -> None:
    taken = take(engine, write(tmp_path / "a.csv", "email,name,ghi\nan@x.test,Nguy?n An,gọi lại?\n"))
    assert [(one.row, one.column, one.value) for one in taken.problems] == [(2, "name", "Nguy?n An")]


def test_days_that_mails_show_in_another_order_than_here_are_told_to_filters(engine: sa.Engine, tmp_path: Path) -> None:
    """An American file: mails show 05/03/2026 as it stands there, and mean the third of May."""
    rows = ("a@a.test,05/03/2026,05/03/2026", "b@a.test,12/31/2026,31/12/2026", "c@a.test,11/30/2026,")
    take(engine, write(tmp_path / "a.csv", "\n".join(("email,renewal,seen", *rows))))
    data = [orjson.loads(mailed(engine, f"{name}@a.test")) for name in "abc"]
    assert [one["renewal"] for one in data] == ["05/03/2026", "12/31/2026", "11/30/2026"]
    assert data[0]["bocau_values"] == {"05/03/2026": None}
    assert data[1]["bocau_values"] == {"12/31/2026": "2026-12-31", "31/12/2026": "2026-12-31"}
    assert data[2]["bocau_values"] == {"11/30/2026": "2026-11-30"}


def test_days_that_are_read_as_mails_show_them_are_told_once(engine: sa.Engine, tmp_path: Path) -> None:
    take(engine, write(tmp_path / "a.csv", "email,ngay,iso\na@a.test,31/12/2026,2026-12-31\n"))
    assert orjson.loads(mailed(engine, "a@a.test")) == {"ngay": "31/12/2026", "iso": "2026-12-31"}


def test_times_and_failed_formulas_come_in_as_they_are_shown(engine: sa.Engine, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Email", "Giờ hẹn", "Lâu", "Tháng", "Điểm", "Ghi chú"])
    for row, address in enumerate(("an@x.test", "binh@x.test"), 1):
        sheet.write(row, 0, address)
        for at, (value, form) in enumerate(((8.5 / 24, "hh:mm"), (26 / 24, "[h]:mm"), (46357, "mm/yyyy")), 1):
            sheet.write_number(row, at, value, book.add_format({"num_format": form}))
    sheet.write_number(1, 4, 5)
    sheet.write_formula(2, 4, "=1/0", None, "#DIV/0!")
    sheet.write_boolean(1, 5, True)
    sheet.write(2, 5, "xong")
    book.close()
    taken = take(engine, path)
    assert [(one.row, one.column, one.value) for one in taken.problems] == [(3, "Điểm", "#DIV/0!")]
    shown = {"name": "", "gio_hen": "08:30", "lau": "26:00", "thang": "12/2026"}
    assert kept(engine) == {
        "an@x.test": shown | {"diem": 5, "ghi_chu": "TRUE"},
        "binh@x.test": shown | {"ghi_chu": "xong"},
    }


def test_a_day_without_a_time_among_times_is_told(engine: sa.Engine, tmp_path: Path) -> None:
    text = "email,lich\nan@x.test,01/12/2026 14:05\nbinh@x.test,02/12/2026\nchi@x.test,03/12/2026 00:00\n"
    taken = take(engine, write(tmp_path / "a.csv", text))
    assert [(one.row, one.value, one.mailed) for one in taken.problems] == [(3, "02/12/2026", True)]
    assert [one["lich"] for one in kept(engine).values()] == [
        "2026-12-01T14:05",
        "2026-12-02T00:00",
        "2026-12-03T00:00",
    ]


def test_midnight_that_a_spreadsheet_shows_is_a_time(engine: sa.Engine, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(path)
    form = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Email", "Lịch"])
    for row, (address, day) in enumerate((("an@x.test", 46357.5), ("binh@x.test", 46358)), 1):
        sheet.write(row, 0, address)
        sheet.write_number(row, 1, day, form)
    book.close()
    assert take(engine, path).problems == []
    assert [one["lich"] for one in kept(engine).values()] == ["2026-12-01T12:00", "2026-12-02T00:00"]


def test_a_nul_character_is_told(engine: sa.Engine, tmp_path: Path) -> None:
    taken = take(engine, write(tmp_path / "a.csv", "email,ghi_chu\nan@x.test,a\0b\n"))
    assert [(one.row, one.column, one.mailed) for one in taken.problems] == [(2, "ghi_chu", True)]


@pytest.mark.parametrize(
    ("kind", "cell", "answers"),
    [
        (Kind.number, "500,000", {"number:comma": 500, "number:point": 500000}),
        (Kind.date, "05/03/2026", {"date:dmy": "2026-03-05", "date:mdy": "2026-05-03"}),
        (Kind.datetime, "05/03/2026", {"datetime:dmy": "2026-03-05T00:00", "datetime:mdy": "2026-05-03T00:00"}),
    ],
)
def test_every_answer_that_is_offered_for_a_known_attribute_is_one(
    engine: sa.Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: Kind,
    cell: str,
    answers: dict[str, object],
) -> None:
    monkeypatch.setattr(clock, "_zone", [ZoneInfo("UTC")])
    with transaction(engine) as connection:
        attributes.define(connection, AttributeCreation(name="x", kind=kind), NOW)
    path = write(tmp_path / "a.csv", f'email,x\nan@x.test,"{cell}"\n')
    with pytest.raises(ColumnsUnclearError) as caught:
        take(engine, path)
    (question,) = caught.value.questions
    assert [one["answer"] for one in question["answers"]] == list(answers)
    for number, (answer, value) in enumerate(answers.items()):
        path = write(tmp_path / f"{number}.csv", f'email,x\nan@x.test,"{cell}"\n')
        take(engine, path, imports.Wishes(types={"x": answer}), merge="overwrite")
        assert kept(engine)["an@x.test"]["x"] == value


@pytest.mark.parametrize(("kind", "word"), [(Kind.number, "text"), (Kind.text, "number"), (Kind.boolean, "date:dmy")])
def test_a_column_cannot_be_another_kind_than_its_attribute(
    engine: sa.Engine, tmp_path: Path, kind: Kind, word: str
) -> None:
    with transaction(engine) as connection:
        attributes.define(connection, AttributeCreation(name="x", kind=kind), NOW)
    with pytest.raises(imports.ImportTypeWrongError):
        take(engine, write(tmp_path / "a.csv", "email,x\nan@x.test,5\n"), imports.Wishes(types={"x": word}))
    assert kept(engine) == {}
