import hashlib
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocau.sheets import encodings
from bocau.sheets.errors import EncodingUnknownError, EncodingWrongError

TEXT = "Email,Họ tên\nan@mail.test,Nguyễn Ăn Ở\n" * 50
OLD = "Email,Ho\u0323 tên\nan@mail.test,Nguyê\u0303n Ăn Ơ\u0309\n"  # as Windows-1258 spells it


def look(raw: bytes, wanted: str = "") -> str:
    return encodings.look(io.BytesIO(raw), Path("x.csv"), wanted).encoding


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (TEXT.encode(), "utf-8"),
        (TEXT.encode("utf-8-sig"), "utf-8-sig"),
        (TEXT.encode("utf-16"), "utf-16"),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "utf-16"),
        (TEXT.encode("utf-16-le"), "utf-16-le"),
        (TEXT.encode("utf-16-be"), "utf-16-be"),
        (TEXT.encode("utf-32"), "utf-32"),
        (OLD.encode("cp1258"), "cp1258"),
        (b"email\na@b.test\n", "utf-8"),
        (b"", "utf-8"),
    ],
)
def test_encoding_is_found(raw: bytes, name: str) -> None:
    assert look(raw) == name


def test_old_vietnamese_byte_far_behind_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encodings, "BLOCK", 64)
    assert look(b"email,name\n" + b"a@b.test,A\n" * 1000 + "Nguyê\u0303n".encode("cp1258")) == "cp1258"


@given(st.text(min_size=1), st.integers(1, 9))
def test_utf8_is_found_wherever_blocks_are_cut(text: str, block: int) -> None:
    raw = text.encode()
    before = encodings.BLOCK
    encodings.BLOCK = block
    try:
        found = encodings.by_sight(raw[:4096])
        if not found:
            assert look(raw) == "utf-8"
    finally:
        encodings.BLOCK = before


def test_what_no_encoding_reads_is_refused_with_its_place() -> None:
    with pytest.raises(EncodingWrongError) as caught:
        look(b"email\n\xff\xff\x8d\x90@b.test\n")
    assert caught.value.fields["at"] == 8
    assert "--encoding" in caught.value.advice()


def test_broken_utf16_is_refused() -> None:
    with pytest.raises(EncodingWrongError):
        look(b"\xff\xfe" + "email\n".encode("utf-16-le") + b"\x00")


def test_asked_for_encoding_is_taken() -> None:
    assert look(OLD.encode("cp1258"), "windows-1258") == "cp1258"
    assert look("é".encode("cp1252"), "windows-1252") == "cp1252"
    assert look(TEXT.encode("utf-8-sig"), "UTF-8") == "utf-8-sig"
    with pytest.raises(EncodingWrongError) as caught:
        look(TEXT.encode("cp1258", "replace") + b"\xff\xff", "utf-8")
    assert caught.value.fields["encoding"] == "UTF-8"


@pytest.mark.parametrize(
    "name", ["", "nonsense", "rot13", "base64", "idna", "punycode", "utf-7", "unicode_escape", "a\0b", "../x"]
)
def test_what_is_no_encoding_is_refused(name: str) -> None:
    with pytest.raises(EncodingUnknownError):
        encodings.asked(name)


def test_digest_and_size_are_of_the_bytes() -> None:
    found = encodings.look(io.BytesIO(b"email\n"), Path("x"))
    assert found.size == 6
    assert found.digest == hashlib.sha256(b"email\n").hexdigest()
