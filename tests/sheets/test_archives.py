import zipfile
from pathlib import Path

import pytest

from bocau.sheets import open_table, unpacked
from bocau.sheets.errors import ArchiveWrongError
from tests.intake.lists import write, write_xlsx


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "unpacked"
    made.mkdir()
    return made


def pack(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in files.items():
            archive.writestr(name, raw)
    return path


def test_other_files_are_what_they_are(tmp_path: Path, folder: Path) -> None:
    for path in (write(tmp_path / "a.csv", "email\na@a.test\n"), write_xlsx(tmp_path / "a.xlsx", {"A": [["email"]]})):
        assert unpacked(path, folder) == [path]
    assert not list(folder.iterdir())


def test_tables_are_found_and_stay_in_the_folder(tmp_path: Path, folder: Path) -> None:
    book = write_xlsx(tmp_path / "a.xlsx", {"A": [["email"], ["b@a.test"]]}).read_bytes()
    path = pack(
        tmp_path / "x.zip",
        {
            "../../out.csv": b"email\na@a.test\n",
            "deep/out.csv": b"email\nc@a.test\n",
            "in/b.XLSX": book,
            "readme.pdf": b"x",
            "__MACOSX/out.csv": b"x",
            ".hidden.csv": b"x",
        },
    )
    found = unpacked(path, folder)
    assert [one.name for one in found] == ["out.csv", "out-2.csv", "b.XLSX"]
    assert {one.parent for one in found} == {folder}
    for one in found:
        with open_table(one) as table:
            assert table.headings == ["email"]


def test_bombs_are_refused_and_leave_nothing(tmp_path: Path, folder: Path) -> None:
    path = pack(tmp_path / "x.zip", {"a.csv": b"email\n" * 1000, "b.csv": b"\0" * (4 << 20)})
    with pytest.raises(ArchiveWrongError):
        unpacked(path, folder, most=1 << 20)
    many = pack(tmp_path / "y.zip", {f"{number}.csv": b"" for number in range(101)})
    with pytest.raises(ArchiveWrongError):
        unpacked(many, folder)
    assert not list(folder.iterdir())


def test_damaged_and_empty_archives_are_refused(tmp_path: Path, folder: Path) -> None:
    path = pack(tmp_path / "x.zip", {"a.csv": b"email\n" * 1000})
    raw = path.read_bytes()
    path.write_bytes(raw[:40] + b"\xff\xff\xff\xff" + raw[44:])
    with pytest.raises(ArchiveWrongError):
        unpacked(path, folder)
    path.write_bytes(raw[:100])
    with pytest.raises(ArchiveWrongError):
        unpacked(path, folder)
    with pytest.raises(ArchiveWrongError):
        unpacked(pack(tmp_path / "z.zip", {"a.pdf": b"x"}), folder)
    with pytest.raises(ArchiveWrongError):
        unpacked(pack(tmp_path / "nothing.zip", {}), folder)
