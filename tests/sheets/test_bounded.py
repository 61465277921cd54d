"""What is made to hold the reader up does not: each of these took minutes or hours once it was long enough."""

import zipfile
from pathlib import Path

import pytest

from bocau.sheets import styles
from bocau.sheets.read_html import is_page


def test_comments_before_a_page_are_passed_over() -> None:
    assert is_page(b"<!-- a --><!-- b -->\n<table>")
    assert not is_page(b"<!---->" * 600)
    assert not is_page(b"<!--" * 1000)


@pytest.mark.parametrize(
    "text", ["<c " * 400_000, "<row " * 300_000, "<" + "c" * 3_000_000, "<c r='A1' s='1'" * 90_000]
)
def test_tags_that_never_end_are_passed_over(tmp_path: Path, text: str) -> None:
    parts = {
        "xl/workbook.xml": "<workbook><sheets><sheet name='S' r:id='r1'/></sheets></workbook>",
        "xl/_rels/workbook.xml.rels": "<R><Relationship Id='r1' Target='worksheets/sheet1.xml'/></R>",
        "xl/styles.xml": "<cellXfs><xf numFmtId='1'/>" + "<xf " * 300_000 + "w" * 300_000 + "<cellXfs" * 90_000,
        "xl/worksheets/sheet1.xml": text,
    }
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w", zipfile.ZIP_DEFLATED) as book:
        for name, part in parts.items():
            book.writestr(name, part)
    with zipfile.ZipFile(tmp_path / "a.xlsx") as book:
        assert styles.looks(book, "S").columns == {}


def test_a_format_of_any_length_is_passed_over(tmp_path: Path) -> None:
    code = "#,##0" + "0" * 100_000
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as book:
        book.writestr("xl/workbook.xml", "<sheet name='S' r:id='r1'/>")
        book.writestr("xl/_rels/workbook.xml.rels", "<Relationship Id='r1' Target='s.xml'/>")
        book.writestr(
            "xl/styles.xml", f"<numFmt numFmtId='200' formatCode='{code}'/><cellXfs><xf numFmtId='200'/></cellXfs>"
        )
        book.writestr("xl/s.xml", "<c r='A1' s='0'><v>1</v></c>")
    with zipfile.ZipFile(tmp_path / "a.xlsx") as book:
        assert styles.looks(book, "S") == styles.Looks({}, {}, [])
