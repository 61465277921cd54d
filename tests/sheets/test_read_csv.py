import csv
import io
import os
import time
import tracemalloc
import unicodedata
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bocau.sheets import Reading, Table, open_table, read_csv
from bocau.sheets.errors import (
    FileChangedError,
    FileEmptyError,
    FileUnreadableError,
    QuoteOpenError,
    RowTooLargeError,
    SpreadsheetWrongError,
)
from tests.intake.lists import write


def rows_of(table: Table, size: int = 1000) -> list[tuple[int, list[object]]]:
    return [
        (number, list(row))
        for block in table.blocks(size)
        for number, row in zip(block.numbers, block.rows, strict=True)
    ]


def rows(path: Path, **reading: str) -> list[tuple[int, list[object]]]:
    with open_table(path, Reading(**reading)) as table:
        return rows_of(table)


@given(
    cells=st.lists(
        st.lists(st.text(alphabet="aạđ,;\t\"' \n1", max_size=8), min_size=2, max_size=2).map(
            lambda row: ["a@b.test", *row]
        ),
        max_size=30,
    ),
    delimiter=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le"]),
    end=st.sampled_from(["\n", "\r\n"]),
    size=st.integers(1, 7),
)
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, cells: list[list[str]], delimiter: str, encoding: str, end: str, size: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "table.csv"
    with path.open("w", encoding=encoding, newline="") as handle:
        writer = csv.writer(handle, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
        writer.writerows([["email", "x", "y"], *cells])
    with open_table(path) as table:
        assert rows_of(table, size) == list(enumerate(cells, start=2))
        assert rows_of(table) == list(enumerate(cells, start=2))


@given(text=st.text(alphabet='aạ\u0323,"\r\n  x', max_size=60), piece=st.integers(1, 20), size=st.integers(1, 5))
@example(text="a\n x,1\n", piece=20, size=5)
@example(text="a\r\n\r\nx, 1", piece=20, size=5)
def test_rows_are_those_of_the_standard_library_however_the_file_is_cut(
    tmp_path_factory: pytest.TempPathFactory, text: str, piece: int, size: int
) -> None:
    path = write(tmp_path_factory.getbasetemp() / "cut.csv", "email,x,y\n" + text)
    whole = io.StringIO(unicodedata.normalize("NFC", "email,x,y\n" + text), newline="")
    *wanted, last = csv.reader(chain(whole, ["end"]), skipinitialspace=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(read_csv, "PIECE", piece)
        if last != ["end"]:
            with pytest.raises(QuoteOpenError), open_table(path, Reading(delimiter=",")) as table:
                rows_of(table, size)
            return
        with open_table(path, Reading(delimiter=",")) as table:
            assert [row for _, row in rows_of(table, size)] == wanted[1:]


def test_rows_count_as_people_do(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", 'email,note\na@b.test,"two\nlines"\n\nb@b.test,x')
    assert rows(path) == [(2, ["a@b.test", "two\nlines"]), (3, []), (4, ["b@b.test", "x"])]


def test_titles_above_the_headings_are_passed_over(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "Danh sách tháng 11,,\n\n,,\nSTT,Họ tên,Email\n1,An,an@b.test\n")
    with open_table(path) as table:
        assert table.headings == ["STT", "Họ tên", "Email"]
        assert rows_of(table) == [(5, ["1", "An", "an@b.test"])]


def test_excels_separator_line_is_obeyed(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "sep=;\r\nemail;a,b,c\r\na@b.test;1,2,3\r\n")
    with open_table(path) as table:
        assert table.headings == ["email", "a,b,c"]
        assert rows_of(table) == [(3, ["a@b.test", "1,2,3"])]


def test_blanks_behind_delimiters_do_not_hide_quotes(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", 'email, name\na@b.test, "Võ, Dũng"\n')
    assert rows(path) == [(2, ["a@b.test", "Võ, Dũng"])]


def test_old_macintosh_line_ends(tmp_path: Path) -> None:
    assert rows(write(tmp_path / "a.csv", "email,n\ra@b.test,1\rb@b.test,2\r")) == [
        (2, ["a@b.test", "1"]),
        (3, ["b@b.test", "2"]),
    ]


@pytest.mark.parametrize("text", ["", "\ufeff", "\n\n  \n", "\ufeff\r\n"])
def test_empty_file_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(FileEmptyError, match=r"a\.csv is empty"):
        rows(write(tmp_path / "a.csv", text))


def test_headings_alone_have_no_rows(tmp_path: Path) -> None:
    assert rows(write(tmp_path / "a.csv", "email,name")) == []


@pytest.mark.parametrize("end", ["", "\n", "\n" + "b@b.test,x\n" * 2000])
def test_open_quote_never_swallows_rows_silently(tmp_path: Path, end: str) -> None:
    path = write(tmp_path / "a.csv", 'email,note\na@b.test,1\nb@b.test,"open' + end)
    with pytest.raises(QuoteOpenError) as caught:
        rows(path)
    assert caught.value.fields["row"] == 3


def test_open_quote_in_a_large_file_is_told_too(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.csv", "email,note\n" + "a@b.test,1\n" * 1500 + 'b@b.test,"open\n' + "c@b.test,2\n" * 50_000
    )
    with pytest.raises(RowTooLargeError) as caught:
        rows(path)
    assert caught.value.fields["row"] == 1502


@pytest.mark.parametrize(
    "row", ["x" * 2_000_000, '"' + "y" * 200_000 + '"', "," * 1_100_000, '"' + "a\n" * 100_000 + '"']
)
def test_monstrous_rows_are_refused_with_their_number(tmp_path: Path, row: str) -> None:
    path = write(tmp_path / "a.csv", f"email,note\na@b.test,1\nb@b.test,{row}\n")
    with pytest.raises(RowTooLargeError) as caught:
        rows(path)
    assert caught.value.fields["row"] == 3


def test_rows_of_endless_cells_do_not_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_csv, "MAX_BLOCK", 100_000)
    path = write(tmp_path / "a.csv", "email\na@b.test," + '"x\n",' * 100_000)
    with pytest.raises(RowTooLargeError):
        rows(path)


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        line = "someone.or.other@mail.test,Nguyễn Văn Ăn,Hà Nội\n"
        path = write(tmp_path / "a.csv", "email,name,city\n" + line * count)
        tracemalloc.start()
        try:
            with open_table(path) as table:
                assert sum(len(block.rows) for block in table.blocks()) == count
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(10)  # imports what is imported at first need
    assert peak(200_000) < 1.5 * peak(40_000)


def test_file_changed_between_passes_is_noticed(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "email\na@b.test\n")
    with open_table(path) as table:
        assert len(rows_of(table)) == 1
        with path.open("a") as handle:
            handle.write("b@b.test\n")
        with pytest.raises(FileChangedError):
            rows_of(table)


def test_file_replaced_by_another_is_read_on_as_it_was(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "email\na@b.test\n")
    with open_table(path) as table:
        write(tmp_path / "new.csv", "email\nx@b.test\ny@b.test\n").replace(path)
        assert rows_of(table) == [(2, ["a@b.test"])]


def test_nul_bytes_are_cells_like_others_here(tmp_path: Path) -> None:
    assert rows(write(tmp_path / "a.csv", "email,n\na@b.test,x\0y\n")) == [(2, ["a@b.test", "x\0y"])]


def test_combining_letters_are_put_together(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "email,ho\u0323 tên\na@b.test,Nguyê\u0303n\n")
    with open_table(path) as table:
        assert table.headings == ["email", "họ tên"]
        assert rows_of(table) == [(2, ["a@b.test", "Nguyễn"])]


def test_about_tells_what_the_file_was_taken_for(tmp_path: Path) -> None:
    with open_table(write(tmp_path / "a.csv", "email;x\n", "utf-16")) as table:
        assert table.about == "CSV, UTF-16, semicolons"


def test_missing_file_folder_and_pipe_are_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadableError, match="there is no such file"):
        open_table(tmp_path / "none.csv")
    with pytest.raises(FileUnreadableError, match="not a regular file"):
        open_table(tmp_path)
    os.mkfifo(tmp_path / "pipe.csv")
    before = time.monotonic()
    with pytest.raises(FileUnreadableError, match="not a regular file"):
        open_table(tmp_path / "pipe.csv")
    assert time.monotonic() - before < 60


def test_forbidden_file_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "email\n")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    with pytest.raises(FileUnreadableError, match="no permission to read"):
        open_table(path)


def test_name_that_cannot_be_a_file_is_refused() -> None:
    with pytest.raises(FileUnreadableError):
        open_table(Path("a\0b.csv"))


def test_old_excel_file_is_named_for_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    with pytest.raises(SpreadsheetWrongError, match="password"):
        open_table(path)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_with_a_sentence(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    from bocau.base.errors import BocauError

    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(raw)
    try:
        rows(path)
    except BocauError as error:
        assert str(error)
        assert error.advice()


def test_reading_does_not_close_or_move_what_others_hold(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "email\n" + "a@b.test\n" * 100)
    with open_table(path) as table:
        first = table.blocks(10)
        next(first)
        assert len(rows_of(table)) == 100
        first.close()  # type: ignore[attr-defined]
        assert len(rows_of(table)) == 100
    assert isinstance(table.handle, io.BufferedReader)  # type: ignore[attr-defined]
    assert table.handle.closed  # type: ignore[attr-defined]
