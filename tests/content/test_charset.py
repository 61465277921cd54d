"""Template files in the encodings that editors and office programs save."""

import pytest

from bocau import content

TEXT = "<html><head><meta charset='{}'></head><p>Chào bạn, học phí: 5€ ơ ễ</p>"
PAGE = TEXT.format("utf-8")
SPLIT = {"ạ": "a\u0323", "ọ": "o\u0323", "ễ": "ê\u0303", "í": "i\u0301", "à": "a\u0300"}


def in_1258(text: str) -> bytes:
    return "".join(SPLIT.get(letter, letter) for letter in text).encode("cp1258")


@pytest.mark.parametrize(
    "raw",
    [
        PAGE.encode(),
        PAGE.encode("utf-8-sig"),
        PAGE.encode("utf-16"),
        b"\xfe\xff" + PAGE.encode("utf-16-be"),
        PAGE.encode("utf-16-le"),
        TEXT.format("utf-16").encode("utf-16-le"),
        TEXT.format("unicode").encode("utf-16"),
        TEXT.format("windows-1258").encode(),
        in_1258(TEXT.format("windows-1258")),
        in_1258(TEXT.format("CP1258")),
    ],
)
def test_a_page_is_read_and_says_what_the_mail_is_in(raw: bytes) -> None:
    assert content.decode(raw) == PAGE


def test_the_long_form_and_xml_say_it_too() -> None:
    page = '<META http-equiv=Content-Type content="text/html; charset=windows-1252"><p>é € “x”</p>'
    assert content.decode(page.encode("cp1252")) == page.replace("windows-1252", "utf-8")
    assert content.decode(page.replace("windows-1252", "iso-8859-1").encode("cp1252")) == page.replace(
        "windows-1252", "utf-8"
    )
    xml = '<?xml version="1.0" encoding="windows-1258"?><mjml/>ơ'
    assert content.decode(xml.encode("cp1258")) == xml.replace("windows-1258", "utf-8")


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"<p>\xe1\xba</p>", "does not say its encoding"),
        (b"<meta charset=x-unknown><p>\xff</p>", "x-unknown"),
        (b"<meta charset=unicode_escape><p>\xff</p>", "unicode_escape"),
        (b"<meta charset=zlib><p>\xff</p>", "zlib"),
        (b"<meta charset=windows-1252><p>\x81\x81</p>", "windows-1252"),
        (b"\xff\xfe\x00\xd8\x00", "utf-16"),
        (b"\x80" * 100_000, "does not say"),
        (b"<meta " * 50_000 + b"\xff", "does not say"),
    ],
)
def test_what_cannot_be_read_says_why(raw: bytes, said: str) -> None:
    with pytest.raises(content.CharsetError, match=said):
        content.decode(raw)


def test_text_that_only_speaks_of_encodings_is_left_alone() -> None:
    text = "charset=windows-1258, meta charset=windows-1258"
    assert content.decode(text.encode()) == text
