"""The store: each file once, whole, and readable again."""

import os
from pathlib import Path

import pytest

from bocau.attachments import FileMissingError, FileRefusedError, FileTooLargeError, Store
from bocau.attachments.store import bare_name

PDF = b"%PDF-1.4\n" + b"x" * 100


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "files", max_bytes=1000)


def test_a_file_is_read_back_as_it_was_put(store: Store) -> None:
    file = store.put(PDF, "phiếu lương.pdf")
    assert (file.name, file.type, file.size) == ("phiếu lương.pdf", "application/pdf", len(PDF))
    assert store.read(file.digest) == PDF
    assert store.exists(file.digest)


def test_a_path_is_put_under_its_own_name(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "NV001.pdf"
    path.write_bytes(PDF)
    assert store.put(path).name == "NV001.pdf"
    assert store.put(path, "other.pdf").name == "other.pdf"


def test_equal_bytes_are_kept_once_whatever_their_names(store: Store) -> None:
    assert store.put(PDF, "a.pdf").digest == store.put(PDF, "b.pdf").digest
    assert len([path for path in store.root.rglob("*") if path.is_file()]) == 1


def test_nothing_half_written_stays_when_writing_fails(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="space"):
        store.put(PDF, "a.pdf")
    assert [path for path in store.root.rglob("*") if path.is_file()] == []


def test_a_missing_path_is_named_in_the_error(store: Store, tmp_path: Path) -> None:
    with pytest.raises(FileMissingError, match=r"nowhere\.pdf"):
        store.put(tmp_path / "nowhere.pdf")


def test_a_folder_is_no_file(store: Store, tmp_path: Path) -> None:
    with pytest.raises(FileMissingError):
        store.put(tmp_path)


def test_a_file_over_the_limit_is_refused_before_it_is_read_whole(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "big.txt"
    path.write_bytes(b"a" * 1001)
    with pytest.raises(FileTooLargeError, match="1001 bytes"):
        store.put(path)
    with pytest.raises(FileTooLargeError):
        store.put(b"a" * 1001, "big.txt")


def test_a_program_is_refused(store: Store) -> None:
    with pytest.raises(FileRefusedError, match="program"):
        store.put(b"anything", "invoice.pdf.exe")


def test_bytes_that_changed_on_disk_are_not_sent(store: Store) -> None:
    file = store.put(PDF, "a.pdf")
    (store.root / file.digest[:2] / file.digest).write_bytes(b"other")
    with pytest.raises(FileMissingError):
        store.read(file.digest)


@pytest.mark.parametrize("digest", ["", "../../../etc/passwd", "0" * 63, "g" * 64, "A" * 64, "0" * 64])
def test_a_digest_that_names_nothing_is_missing(store: Store, digest: str) -> None:
    with pytest.raises(FileMissingError):
        store.read(digest)


@pytest.mark.parametrize(
    ("given", "bare"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\a\\b.pdf", "b.pdf"),
        ("a\r\nBcc: x", "a Bcc: x"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("hóa đơn\n An\u2028.pdf", "hóa đơn An .pdf"),
        ("", "attachment"),
        ("..", "attachment"),
        ("a" * 300 + ".pdf", "a" * 196 + ".pdf"),
    ],
)
def test_a_name_is_reduced_to_its_harmless_last_part(given: str, bare: str) -> None:
    assert bare_name(given) == bare


def test_a_type_that_is_told_is_kept(store: Store) -> None:
    assert store.put(b"BEGIN:VCALENDAR", "x", "text/calendar").type == "text/calendar"
