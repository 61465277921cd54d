"""Bodies: whatever is written is read back, in lines that are short enough, with statics encoded once."""

import base64
import email
import email.policy
import quopri

import pytest
from dkim.canonicalization import Relaxed
from hypothesis import example, given
from hypothesis import strategies as st

from bocau.wire import mime
from bocau.wire.headers import HeaderWrongError

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=200) | st.text(
    alphabet="a =.\t\r\n\u1ec5", max_size=200
)
KEYS = "\u4e00\u4e01\u4e02"
CODERS = [mime.QuotedPrintable, mime.Base64]


@st.composite
def bodies(draw: st.DrawFn) -> tuple[dict[str, str], list[str]]:
    statics = {key: draw(TEXTS) for key in KEYS}
    pieces = [draw(TEXTS), *(draw(st.sampled_from(KEYS)) + draw(TEXTS) for _ in range(draw(st.integers(0, 6))))]
    return statics, pieces


def whole(statics: dict[str, str], pieces: list[str]) -> str:
    return pieces[0] + "".join(mime.crlf(statics[piece[0]]) + mime.crlf(piece[1:]) for piece in pieces[1:])


def decoded(encoding: bytes, raw: bytes) -> str:
    return (base64.b64decode(raw, validate=False) if encoding == b"base64" else quopri.decodestring(raw)).decode()


@pytest.mark.parametrize("kind", CODERS)
@given(bodies())
@example((dict.fromkeys(KEYS, ""), ["\n", KEYS[0]]))
@example((dict.fromkeys(KEYS, ""), ["a", KEYS[0]]))
def test_what_is_written_is_read_back(kind: type[mime.Coder], body: tuple[dict[str, str], list[str]]) -> None:
    statics, pieces = body
    coder, out = kind(statics), []  # type: ignore[call-arg, var-annotated]
    coder.write(pieces, out)
    raw = b"".join(out)
    expected = mime.crlf(pieces[0]) + "".join(mime.crlf(statics[p[0]]) + mime.crlf(p[1:]) for p in pieces[1:])
    assert decoded(coder.encoding, raw).removesuffix("\r\n") == expected.removesuffix("\r\n")
    assert raw == b"" or raw.endswith(b"\r\n")
    for line in raw.split(b"\r\n"):
        assert len(line) <= 76
        assert line == line.rstrip(b" \t")
        assert line.isascii()
        assert b"\n" not in line
        assert b"\r" not in line
    assert b"=_" not in raw


@pytest.mark.parametrize("kind", CODERS)
@given(bodies())
def test_the_canonical_body_is_known_beforehand(kind: type[mime.Coder], body: tuple[dict[str, str], list[str]]) -> None:
    statics, pieces = body
    coder, out = kind(statics), [b"frame\r\n"]  # type: ignore[call-arg]
    coder.write(pieces, out)
    out.append(b"end\r\n")
    told = b"".join([coder.relaxed.get(chunk, chunk) for chunk in out])
    assert told == Relaxed.canonicalize_body(b"".join(out))


@given(bodies())
def test_equal_input_gives_equal_bytes(body: tuple[dict[str, str], list[str]]) -> None:
    first: list[bytes] = []
    second: list[bytes] = []
    mime.coder(body[0]).write(body[1], first)
    mime.coder(body[0]).write(body[1], second)
    assert b"".join(first) == b"".join(second)


def test_mostly_ascii_text_becomes_quoted_printable_and_other_text_base64() -> None:
    assert mime.coder({"a": "Hello, this is text. " * 20}).encoding == b"quoted-printable"
    assert mime.coder({"a": "Bản tin về sức khỏe đặc biệt. " * 20}).encoding == b"base64"
    assert mime.coder({}).encoding == b"quoted-printable"


@given(st.binary(max_size=400))
def test_base64_lines_are_those_of_the_standard_library(raw: bytes) -> None:
    assert mime.base64_lines(raw) == base64.encodebytes(raw).replace(b"\n", b"\r\n")


def test_base64_of_a_large_file_is_right() -> None:
    raw = bytes(range(256)) * 2000
    assert mime.base64_lines(raw) == base64.encodebytes(raw).replace(b"\n", b"\r\n")


def test_line_breaks_of_all_kinds_become_crlf() -> None:
    assert mime.crlf("a\nb\rc\r\nd\n\re") == "a\r\nb\r\nc\r\nd\r\n\r\ne"


def test_a_dot_or_from_at_the_start_of_a_line_needs_no_care() -> None:
    out: list[bytes] = []
    mime.QuotedPrintable({}).write([".\n..\nFrom me\n"], out)
    assert decoded(b"quoted-printable", b"".join(out)) == ".\r\n..\r\nFrom me\r\n"


@pytest.mark.parametrize("kind", ["multipart/mixed", "message/rfc822", "text", "text/plain; x=y", "a/b\r\nX: y", ""])
def test_a_type_that_is_no_leaf_is_refused(kind: str) -> None:
    with pytest.raises(HeaderWrongError):
        mime.attachment_part("a.txt", kind, b"")


def test_an_attachment_carries_name_type_and_bytes() -> None:
    raw = mime.attachment_part("phiếu  lương.pdf", "application/pdf", b"%PDF" * 50)
    part = email.message_from_bytes(raw, policy=email.policy.default)
    assert part.get_filename() == "phiếu  lương.pdf"
    assert part.get_content_type() == "application/pdf"
    assert part.get_content_disposition() == "attachment"
    assert part.get_content() == b"%PDF" * 50
    assert Relaxed.canonicalize_body(raw) == raw


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("a.pdf", "a.pdf"),
        ("Báo cáo tài chính Đắk Lắk.pdf", "Bao cao tai chinh Dak Lak.pdf"),
        ("請求書.pdf", "___.pdf"),
        ("=?utf-8?x.pdf", "__utf-8?x.pdf"),
        ("Phiếu lương " + "ế" * 100 + ".tar.xlsx", "Phieu luong " + "e" * 43 + ".xlsx"),
        ("x" * 100, "x" * 60),
        ("." + "x" * 100, "." + "x" * 59),
    ],
)
def test_old_readers_find_a_name_in_ascii(name: str, plain: str) -> None:
    assert mime.plain_name(name) == plain
    message = email.message_from_bytes(mime.attachment_part(name, "application/pdf", b"x"), policy=email.policy.default)
    assert message.get_filename() == name
    assert message["Content-Type"].params["name"] == plain
    assert all(value.defects == () for value in message.values())
