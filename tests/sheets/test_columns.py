from pathlib import Path

import pytest

from bocau.sheets import open_table
from bocau.sheets.columns import Columns, Wishes, choose
from bocau.sheets.errors import (
    ColumnUnknownError,
    EmailColumnMissingError,
    EmailColumnUnclearError,
    HeadingsMissingError,
)
from tests.intake.lists import write


def columns(path: Path, text: str, **wishes: object) -> Columns:
    with open_table(write(path / "list.csv", text)) as table:
        return choose(table, Wishes(**wishes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("heading", "place"),
    [
        ("name,Email", 1),
        ("E-MAIL,name", 0),
        ("name,Địa chỉ email", 1),
        ("Thư điện tử,Địa chỉ", 0),
        ("Mail phụ,mail", 1),
        ("e-mail,email", 1),
        ("Người nhận;x".replace(";", ","), 0),
    ],
)
def test_column_of_addresses_is_found_by_its_name(tmp_path: Path, heading: str, place: int) -> None:
    assert columns(tmp_path, f"{heading}\nx,y\n").email == place


def test_column_of_addresses_is_found_by_content(tmp_path: Path) -> None:
    assert columns(tmp_path, "id,liên hệ\n1,an@b.test\n2,binh@b.test\n").email == 1


def test_no_column_of_addresses_says_which_columns_there_are(tmp_path: Path) -> None:
    with pytest.raises(EmailColumnMissingError) as caught:
        columns(tmp_path, "Họ tên,,Số điện thoại\nAn,x,1\n")
    assert "Họ tên, column 2, Số điện thoại" in caught.value.advice()
    assert "list.csv" in str(caught.value)


def test_two_columns_of_addresses_are_not_guessed_between(tmp_path: Path) -> None:
    with pytest.raises(EmailColumnUnclearError, match="work, home"):
        columns(tmp_path, "work,home\na@b.test,a@c.test\n")


def test_list_without_headings_loses_nobody(tmp_path: Path) -> None:
    with pytest.raises(HeadingsMissingError):
        columns(tmp_path, "an@b.test,An\nbinh@b.test,Bình\n")


def test_columns_a_person_names_are_taken(tmp_path: Path) -> None:
    found = columns(
        tmp_path, "email,Liên hệ,Khách,Tệp,so\n,,,,\n", email="liên hệ", name="khach", files="Tệp", kinds={"so": "text"}
    )
    assert (found.email, found.name, found.files, found.wished) == (1, 2, 3, {4: "text"})


@pytest.mark.parametrize(
    ("wish", "option"), [("email", "--email-column"), ("name", "--name-column"), ("files", "--attach-column")]
)
def test_unknown_column_is_refused_with_those_there_are(tmp_path: Path, wish: str, option: str) -> None:
    with pytest.raises(ColumnUnknownError) as caught:
        columns(tmp_path, "email,x\n", **{wish: "y"})
    assert option in str(caught.value)
    assert "email, x" in caught.value.advice()


def test_unknown_column_in_a_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ColumnUnknownError, match="--type"):
        columns(tmp_path, "email,x\n", kinds={"amount": "number"})


@pytest.mark.parametrize(("heading", "name"), [("email,Họ và tên", 1), ("email,name,ho_ten", 1), ("email,x", None)])
def test_column_of_names_is_found(tmp_path: Path, heading: str, name: int | None) -> None:
    assert columns(tmp_path, heading + "\n").name == name


def test_templates_may_use_fields_headings_and_name(tmp_path: Path) -> None:
    found = columns(tmp_path, "Email,Họ tên,\n")
    assert found.known() == ["email", "ho_ten", "name", "Email", "Họ tên"]
    assert found.by_heading() == {"Email": "email", "Họ tên": "ho_ten"}


def test_of_equal_headings_the_first_is_row(tmp_path: Path) -> None:
    found = columns(tmp_path, "email,Ghi chú,Ghi chú\n")
    assert found.by_heading() == {"email": "email", "Ghi chú": "ghi_chu"}
    assert found.keys == ("email", "ghi_chu", "ghi_chu_2")
