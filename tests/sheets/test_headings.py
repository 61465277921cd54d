import re
from pathlib import Path

import minijinja
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocau.sheets import headings
from bocau.sheets.errors import ColumnsTooManyError


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("Họ tên", "ho_ten"),
        ("Email ", "email"),
        ("E-mail", "e_mail"),
        ("Địa chỉ", "dia_chi"),
        ("ĐƠN GIÁ (VNĐ)", "don_gia_vnd"),
        ("Mã  đơn—hàng", "ma_don_hang"),
        ("2026", "_2026"),
        ("for", "for_"),
        ("row", "row_"),
        ("not", "not_"),
        ("姓名", ""),
        ("", ""),
        ("{{ 7*7 }}", "_7_7"),
        ("__class__", "class_"),
    ],
)
def test_headings_become_fields(heading: str, field: str) -> None:
    assert headings.slug(heading) == field


@given(st.text(max_size=60))
def test_every_field_can_stand_in_a_template(heading: str) -> None:
    field = headings.slug(headings.tidy(heading))
    if not field:
        return
    assert re.fullmatch(r"[a-z_][a-z0-9_]*", field)
    environment = minijinja.Environment(undefined_behavior="strict")
    assert environment.render_str("{{ " + field + " }}", **{field: "x"}) == "x"
    assert environment.render_str("{% if " + field + " == 'x' %}y{% endif %}", **{field: "x"}) == "y"


@given(st.lists(st.sampled_from(["a", "A", "a 2", "a_2", "", "ă", "a 3", "column 1", "row"]), max_size=12))
def test_fields_of_one_list_are_all_different(names: list[str]) -> None:
    made = headings.fields(names)
    assert len(made) == len(names)
    assert len(set(made)) == len(made)


def test_first_of_equal_headings_keeps_the_plain_field() -> None:
    assert headings.fields(["Tên", "tên", "ten 2", ""]) == ["ten", "ten_3", "ten_2", "column_4"]


@pytest.mark.parametrize(
    ("named", "place"),
    [
        ("Họ tên", 1),
        (" họ  TÊN ", 1),
        ("ho_ten", 1),
        ("Ho ten", 1),
        ("email", 0),
        ("EMAIL", 0),
        ("phone", None),
        ("", None),
    ],
)
def test_column_is_found_by_heading_or_field(named: str, place: int | None) -> None:
    names = ["Email", "Họ tên"]
    assert headings.find(named, names, headings.fields(names)) == place


def test_column_of_addresses_is_told_by_content() -> None:
    rows = [["1", "an@mail.test", "x@y"], ["2", "binh@mail.test", ""], ["3", "oops", "chau@mail.test"]]
    assert headings.by_content(rows, 3) == [1]


def test_columns_with_as_many_addresses_are_both_told() -> None:
    assert headings.by_content([["an@mail.test", "an@work.test"]], 2) == [0, 1]


def test_no_column_of_addresses() -> None:
    assert headings.by_content([["a", "b"], ["", ""]], 2) == []


@given(st.text(max_size=30))
def test_headings_are_harmless_on_a_terminal(heading: str) -> None:
    assert headings.tidy(heading).isprintable()


def test_too_many_columns_are_refused() -> None:
    with pytest.raises(ColumnsTooManyError):
        headings.named(Path("x.csv"), ["c"] * 501)


def test_empty_headings_at_the_end_are_no_columns() -> None:
    assert headings.named(Path("x.csv"), ["Email ", "", " ", ""]) == ["Email"]
