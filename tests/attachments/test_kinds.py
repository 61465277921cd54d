"""Kinds of files: told from bytes and names; programs refused, also deep inside archives."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from pathlib import Path

import pytest

from bocau.attachments import FileRefusedError, archives
from bocau.attachments.kinds import check_kind, extension, media_type

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in members.items():
            archive.writestr(name.replace("__", "."), raw)
    return out.getvalue()


def tarred(mode: str, name: str, raw: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        info = tarfile.TarInfo(name)
        info.size = len(raw)
        archive.addfile(info, io.BytesIO(raw))
    return out.getvalue()


def nameless(raw: bytes) -> str:
    """Archives tell when they were made: by its bytes a case would be called otherwise in each process."""
    return "raw"


@pytest.mark.parametrize(
    ("name", "raw", "kind"),
    [
        ("a.pdf", b"%PDF-1.7", "application/pdf"),
        ("a.pdf", b"\x89PNG\r\n\x1a\n....", "image/png"),
        ("a", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("bảng.xlsx", zipped(a=b""), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("a.bin", zipped(a=b""), "application/zip"),
        ("a.csv", b"a,b", "text/csv"),
        ("a.constructor", b"", "application/octet-stream"),
        ("a", b"", "application/octet-stream"),
    ],
)
def test_the_type_is_told_from_the_bytes_first(name: str, raw: bytes, kind: str) -> None:
    assert media_type(name, raw) == kind


@pytest.mark.parametrize("name", ["a.exe", "A.EXE", "a.pdf.js", "a.exe.", "a.exe ", "a.bat", "x.vbs", "s.lnk", "m.apk"])
def test_a_program_is_refused_by_its_name(name: str) -> None:
    with pytest.raises(FileRefusedError, match="it is a program"):
        check_kind(name, b"harmless")


@pytest.mark.parametrize("raw", [b"MZ\x90\x00", b"\x7fELF\x02", b"\xca\xfe\xba\xbe", b"L\x00\x00\x00\x01\x14\x02\x00"])
def test_a_program_is_refused_by_its_bytes_whatever_its_name(raw: bytes) -> None:
    with pytest.raises(FileRefusedError):
        check_kind("photo.jpg", raw)


@pytest.mark.parametrize(
    "raw",
    [
        zipped(readme__txt=b"", setup__exe=b"x"),
        zipped(photo__jpg=b"MZ\x90\x00"),
        zipped(deep__zip=zipped(deeper__zip=zipped(run__bat=b"x"))),
        zipped(deep__bin=zipped(run__cmd=b"x")),
        tarred("w", "a/run.js", b"x"),
        tarred("w:gz", "a/run.js", b"x"),
        tarred("w:bz2", "a/run.js", b"x"),
        tarred("w:xz", "a/run.js", b"x"),
        gzip.compress(b"MZ\x90\x00"),
        bz2.compress(zipped(run__scr=b"x")),
        lzma.compress(b"\x7fELF"),
        b"GIF89a" + zipped(run__exe=b"x"),
    ],
    ids=nameless,
)
def test_a_program_inside_an_archive_is_refused(raw: bytes) -> None:
    with pytest.raises(FileRefusedError, match="is inside"):
        check_kind("files.zip", raw)


def test_the_program_inside_is_named() -> None:
    with pytest.raises(FileRefusedError, match=r"setup\.exe is inside"):
        check_kind("files.zip", zipped(setup__exe=b"x"))


@pytest.mark.parametrize(
    "raw",
    [
        b"PK\x03\x04 and then nothing that is a zip",
        gzip.compress(b"x" * 100)[:-9],
        zipped(a__zip=zipped(b__zip=zipped(c__zip=zipped(d__zip=zipped(e=b""))))),
    ],
    ids=nameless,
)
def test_an_archive_that_cannot_be_looked_through_is_refused(raw: bytes) -> None:
    with pytest.raises(FileRefusedError, match="be searched"):
        check_kind("files.zip", raw)


def test_a_bomb_costs_no_more_than_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives.Budget.__init__, "__defaults__", (50, 1 << 20))
    with pytest.raises(FileRefusedError, match="be searched"):
        check_kind("bomb.zip", zipped(a__zip=b"PK\x03\x04" + b"\0" * (2 << 20)))
    with pytest.raises(FileRefusedError, match="be searched"):
        check_kind("many.zip", zipped(**{f"f{i}": b"" for i in range(60)}))
    check_kind("big.zip", zipped(photo__jpg=b"\0" * (4 << 20)))


def test_an_encrypted_archive_shows_its_names() -> None:
    raw = bytearray(zipped(letter__txt=b"x"))
    raw[6] |= 1
    raw[raw.find(b"PK\x01\x02") + 8] |= 1
    check_kind("locked.zip", bytes(raw))
    raw = bytearray(zipped(letter__zip=b"x"))
    raw[6] |= 1
    raw[raw.find(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(FileRefusedError):
        check_kind("locked.zip", bytes(raw))


def test_ordinary_files_pass() -> None:
    for path in [*sorted(EXAMPLES.rglob("*.pdf"))[:5], EXAMPLES / "contacts-1k.xlsx"]:
        check_kind(path.name, path.read_bytes())
    check_kind("a.docx", zipped(**{"word/document.xml": b"<x/>"}))
    check_kind("report.pdf", b"%PDF-1.4" + b"PK\x05\x06" + b"x" * 30)
    check_kind("notes.txt", "bốn".encode())
    check_kind("photos.zip", zipped(a__jpg=b"\xff\xd8\xff", b__zip=zipped(c__txt=b"")))


def test_only_the_last_extension_counts() -> None:
    assert extension("a.exe.pdf") == "pdf"
    assert extension("dir.exe/readme") == ""
    assert extension("C:\\x.y\\a.JS. ") == "js"
