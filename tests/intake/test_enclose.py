import os
import zipfile
from pathlib import Path

import orjson
import pytest

from bocau import intake
from bocau.attachments import Store
from bocau.intake import Wishes
from bocau.intake.enclose import Encloser
from bocau.intake.expand import FileNotEnclosedError
from tests.intake.lists import EXAMPLES, write


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "lists"
    (made / "slips").mkdir(parents=True)
    (made / "slips" / "an.pdf").write_bytes(b"%PDF-1.4 an")
    (made / "a;b.pdf").write_bytes(b"%PDF-1.4 both")
    (tmp_path / "secret.pdf").write_bytes(b"%PDF-1.4 secret")
    (tmp_path / "lists-2").mkdir()
    (tmp_path / "lists-2" / "other.pdf").write_bytes(b"%PDF-1.4 other")
    return made


def reason(encloser: Encloser, cell: str) -> str:
    with pytest.raises(FileNotEnclosedError) as caught:
        encloser(cell)
    return str(caught.value.reason)


def names(cell: str) -> list[str]:
    return [file["name"] for file in orjson.loads(cell)]


def test_file_beside_the_list_is_stored(folder: Path, store: Store) -> None:
    (file,) = orjson.loads(Encloser(folder, store)("slips/an.pdf"))
    assert store.read(file["digest"]) == b"%PDF-1.4 an"
    assert (file["name"], file["type"], file["size"]) == ("an.pdf", "application/pdf", 11)


def test_several_files_and_a_name_with_a_semicolon(folder: Path, store: Store) -> None:
    encloser = Encloser(folder, store)
    assert names(encloser("slips/an.pdf; slips/an.pdf")) == ["an.pdf", "an.pdf"]
    assert names(encloser("a;b.pdf")) == ["a;b.pdf"]


def test_path_as_windows_writes_it(folder: Path, store: Store) -> None:
    assert names(Encloser(folder, store)("slips\\an.pdf")) == ["an.pdf"]


@pytest.mark.parametrize(
    "cell",
    [
        "../secret.pdf",
        "slips/../../secret.pdf",
        "..\\secret.pdf",
        "/etc/passwd",
        "../lists-2/other.pdf",
        "../nothing.pdf",
    ],
)
def test_nothing_outside_the_lists_folder_is_read(folder: Path, store: Store, cell: str) -> None:
    assert reason(Encloser(folder, store), cell) == "the file is outside the list's folder"
    assert not store.root.exists()


def test_link_that_leads_out_is_refused_and_one_that_stays_is_not(folder: Path, store: Store) -> None:
    (folder / "out.pdf").symlink_to(folder.parent / "secret.pdf")
    (folder / "door").symlink_to(folder.parent)
    (folder / "in.pdf").symlink_to(folder / "slips" / "an.pdf")
    encloser = Encloser(folder, store)
    assert reason(encloser, "out.pdf") == "the file is outside the list's folder"
    assert reason(encloser, "door/secret.pdf") == "the file is outside the list's folder"
    assert names(encloser("in.pdf")) == ["in.pdf"]


def test_folder_that_is_itself_a_link_is_the_lists_folder(folder: Path, store: Store, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder)
    assert names(Encloser(tmp_path / "link", store)("slips/an.pdf")) == ["an.pdf"]


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("", "no file is named"),
        ("none.pdf", "the file does not exist"),
        ("slips", "the file cannot be read"),
        ("a\0b.pdf", "the file does not exist"),
        ("x" * 5000, "the file does not exist"),
        ("; ".join(["slips/an.pdf"] * 21), "more than 20 files"),
        (".", "the file cannot be read"),
    ],
)
def test_what_cannot_be_read_is_said(folder: Path, store: Store, cell: str, why: str) -> None:
    assert reason(Encloser(folder, store), cell) == why


def test_pipe_and_loop_do_not_hold_us(folder: Path, store: Store) -> None:
    os.mkfifo(folder / "pipe.pdf")
    (folder / "loop.pdf").symlink_to(folder / "loop.pdf")
    encloser = Encloser(folder, store)
    assert reason(encloser, "pipe.pdf") == "the file cannot be read"
    assert reason(encloser, "loop.pdf") == "the file does not exist"


def test_empty_cell_is_no_file_where_that_is_allowed(folder: Path, store: Store) -> None:
    assert Encloser(folder, store, optional=True)("") == ""


def test_program_is_refused_also_inside_an_archive(folder: Path, store: Store) -> None:
    (folder / "run.exe").write_bytes(b"MZ" + bytes(100))
    with zipfile.ZipFile(folder / "papers.zip", "w") as archive:
        archive.writestr("run.exe", b"MZ")
    encloser = Encloser(folder, store)
    assert "run.exe cannot be attached" in reason(encloser, "run.exe")
    assert "papers.zip cannot be attached" in reason(encloser, "papers.zip")


def test_file_that_is_too_large_is_refused(folder: Path, tmp_path: Path) -> None:
    encloser = Encloser(folder, Store(tmp_path / "store", max_bytes=5))
    assert "at most 5" in reason(encloser, "slips/an.pdf")


def test_everybody_gets_their_own_file_and_rows_without_one_are_told(store: Store) -> None:
    path = EXAMPLES / "payroll-40.csv"
    with intake.open_table(path) as table:
        found = intake.survey(table, Wishes(files="attachment"))
        (chunk,) = intake.expand(table, found, Encloser(path.parent, store))
    assert chunk.problems == []
    assert len(chunk.messages) == 40
    for message in chunk.messages:
        (file,) = orjson.loads(message.files or "[]")
        wanted = EXAMPLES / orjson.loads(message.data)["attachment"]
        assert store.read(file["digest"]) == wanted.read_bytes()


def test_row_whose_file_is_missing_is_not_mailed(folder: Path, store: Store) -> None:
    path = write(folder / "a.csv", "email,file\na@b.test,slips/an.pdf\nb@b.test,none.pdf\nc@b.test,\n")
    with intake.open_table(path) as table:
        found = intake.survey(table, Wishes(files="file"))
        (chunk,) = intake.expand(table, found, Encloser(folder, store))
    assert [one.row for one in chunk.messages] == [2]
    assert [(one.row, one.column, one.why()) for one in chunk.problems] == [
        (3, "file", "the file does not exist"),
        (4, "file", "no file is named"),
    ]
