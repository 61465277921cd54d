import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocau.sandbox.decoding import decode_header, decode_text


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b" Nh\xe1\xba\xafc l\xe1\xbb\x8bch", "Nhắc lịch"),
        (b"=?utf-8?b?Tmjhuq9jIGzhu4tjaA==?=", "Nhắc lịch"),
        (b"=?UTF-8?Q?Nh=E1=BA=AFc_l=E1=BB=8Bch?=", "Nhắc lịch"),
        (b"=?utf-8?q?a?= =?utf-8?q?b?=", "ab"),
        (b"=?utf-8?q?a?=\r\n =?utf-8?q?b?= c", "ab c"),
        (b"=?utf-8?b?4bqv?= and =?iso-8859-1?q?=E9?=", "ắ and é"),
        (b"=?utf-8*vi?q?l=E1=BB=8Bch?=", "lịch"),
        (b"=?utf-8?b?4Q==?= =?utf-8?b?uq8=?=", "ắ"),  # one character cut in two
        (b"=?no-such-charset?q?caf=C3=A9?=", "café"),
        (b"=?utf-8?b?!!!?= x", "x"),
        (b"=?utf-8?q?not closed", "=?utf-8?q?not closed"),
        (b"a\x00b\x1b[31mc", "a b [31mc"),
        (b"\xe2\x80\xaeexe.fdp", "exe.fdp"),  # right-to-left override
        (b"=?utf-8?q?line=0D=0ABcc:_x?=", "line  Bcc: x"),
        (b"", ""),
    ],
)
def test_header_is_shown_as_people_read_it(raw: bytes, shown: str) -> None:
    assert decode_header(raw) == shown


@given(st.binary(max_size=300))
def test_no_header_breaks_decoding_or_brings_a_control_character(raw: bytes) -> None:
    shown = decode_header(b"=?utf-8?q?" + raw + b"?= " + raw)
    assert not any(character < " " or "\x7f" <= character < "\xa0" for character in shown)


def test_lying_charset_falls_back() -> None:
    assert decode_text("lịch".encode(), "us-ascii") == "lịch"
    assert decode_text(b"\xff\xfe", "us-ascii") == "��"
    assert decode_text(b"x", "\x00") == "x"
    assert decode_text("lịch".encode("utf-16"), "utf-16") == "lịch"
