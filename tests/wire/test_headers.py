"""Header fields: what is written is what the standard library's parser reads, or it is refused."""

import email
import email.policy
import re
from email.header import decode_header
from email.message import EmailMessage
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bocau.wire import headers
from bocau.wire.headers import HeaderWrongError

TEXTS = st.text(max_size=1100) | st.text(alphabet='ab =?_<>"\\,;:()đễ🎉\t\r\n', max_size=200)
LOCALS = st.from_regex(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}", fullmatch=True)


def parsed(field: bytes) -> Any:
    """The message with ``field`` as its only header, as the standard library reads it."""
    message = email.message_from_bytes(field + b"\r\n", policy=email.policy.default)
    assert message.defects == []
    return message


def assert_lines(field: bytes, most: int = 998) -> None:
    assert field.endswith(b"\r\n")
    for line in field[:-2].split(b"\r\n"):
        assert len(line) <= most
        assert line.strip()
        assert b"\r" not in line
        assert b"\n" not in line


@given(TEXTS)
def test_any_text_is_read_back_or_refused(text: str) -> None:
    try:
        field = headers.unstructured("Subject", text)
    except HeaderWrongError:
        assert headers.FORBIDDEN.search(text) or len(text) > 998
        return
    assert_lines(field)
    message = parsed(field)
    assert len(message.keys()) == 1
    assert message["Subject"] == text
    assert message["Subject"].defects == ()


def blanks(text: str) -> str:
    """Any run of blanks counts as one space."""
    return re.sub(r"\s+", " ", text)


def display_name(field: bytes, message: EmailMessage) -> str:
    """The name as read back. Of several encoded words the standard library's address parser keeps the blank between
    them, which RFC 2047 section 6.2 drops; its older decoder does it right."""
    if field.count(b"=?utf-8?") < 2:
        return str(message["To"].addresses[0].display_name)
    (words, charset), *_ = decode_header(field.decode("ascii").removeprefix("To: "))
    assert isinstance(words, bytes) and charset == "utf-8"
    return words.decode("utf-8")


@given(st.text(max_size=300), LOCALS)
@example("00" + "\U00010000" * 11, "an")
def test_any_name_is_read_back_or_refused(name: str, local: str) -> None:
    try:
        field = headers.mailbox("To", name, f"{local}@clinic.test")
    except HeaderWrongError:
        assert headers.FORBIDDEN.search(name)
        return
    assert_lines(field)
    message = parsed(field)
    assert len(message["To"].addresses) == 1
    if not (local.startswith(".") or local.endswith(".") or ".." in local):
        assert message["To"].addresses[0].addr_spec == f"{local}@clinic.test"
        assert blanks(display_name(field, message)) == blanks(name.strip())


@given(st.text(min_size=1, max_size=300))
@example("<>")
def test_any_parameter_is_read_back_or_refused(value: str) -> None:
    try:
        made = headers.parameter("filename", value)
    except HeaderWrongError:
        assert headers.FORBIDDEN.search(value)
        return
    field = b"Content-Disposition: attachment" + made + b"\r\n"
    assert_lines(field, 78)
    message = parsed(field)
    assert message["Content-Disposition"].params["filename"].strip() == value.strip()  # get_filename drops <>
    assert b"  " not in made.replace(b"\r\n ", b"")


@pytest.mark.parametrize("char", [*map(chr, range(32)), "\x7f", "\x85", "\x9b", "\u2028", "\u2029", "\ud800"])
def test_control_characters_are_refused_everywhere(char: str) -> None:
    text = f"a{char}Bcc: victim@x.test"
    for write in (
        lambda: headers.unstructured("Subject", text),
        lambda: headers.mailbox("To", text, "a@b.test"),
        lambda: headers.mailbox("To", "A", f"a{char}@b.test"),
        lambda: headers.parameter("filename", text),
        lambda: headers.check_name(f"X-A{char}"),
    ):
        with pytest.raises(HeaderWrongError):
            write()


def test_short_ascii_text_stays_as_it_is() -> None:
    assert headers.unstructured("Subject", "Hello there") == b"Subject: Hello there\r\n"


def test_vietnamese_becomes_encoded_words_of_at_most_75_in_lines_of_at_most_76() -> None:
    field = headers.unstructured("Subject", "Nhắc lịch khám bệnh định kỳ cho quý khách " * 8)
    assert_lines(field, 76)
    assert all(len(word) <= 75 for word in re.findall(rb"=\?[^ ]+\?=", field))


def test_text_that_looks_like_an_encoded_word_is_shown_as_it_is() -> None:
    text = "=?utf-8?B?QmNjOiB4?= hello"
    assert parsed(headers.unstructured("Subject", text))["Subject"] == text


def test_a_word_too_long_for_any_line_is_split_by_encoding() -> None:
    text = "x" * 990
    field = headers.unstructured("X-Very-Long-Header-Name", text)
    assert_lines(field, 998)
    assert parsed(field)["X-Very-Long-Header-Name"] == text


def test_a_subject_of_more_than_998_characters_is_refused() -> None:
    headers.unstructured("Subject", "a b" * 332)
    with pytest.raises(HeaderWrongError, match="998"):
        headers.unstructured("Subject", "a" * 999)


@pytest.mark.parametrize(
    "address", ["", "a", "a@", "@b.test", "a@b@c.test", "a b@c.test", "a@b.test>", "a,b@c.test", "a@b>\r\nBcc: c@d"]
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(HeaderWrongError):
        headers.mailbox("To", "A", address)


def test_an_address_outside_ascii_stays_utf8() -> None:
    assert headers.mailbox("To", "", "hà@mail.test") == "To: hà@mail.test\r\n".encode()


def test_a_long_name_puts_the_address_on_its_own_line() -> None:
    field = headers.mailbox("To", "Nguyễn " * 12, "a" * 60 + "@mail.test")
    assert_lines(field, 76)
    assert field.split(b"\r\n")[-2].startswith(b" <a")


@pytest.mark.parametrize("name", ["", "A b", "A:", "Tê", "A\r\nB", "x" * 77])
def test_what_is_no_header_name_is_refused(name: str) -> None:
    with pytest.raises(HeaderWrongError):
        headers.check_name(name)


def test_parts_of_a_structured_field_are_folded_between_each_other() -> None:
    parts = [b"<https://x.test/" + b"a" * 70 + b">,", b"<mailto:u@x.test>"]
    field = headers.structured("List-Unsubscribe", parts)
    assert field == b"List-Unsubscribe: " + parts[0] + b"\r\n " + parts[1] + b"\r\n"
    with pytest.raises(HeaderWrongError):
        headers.structured("List-Unsubscribe", [b"x" * 990])


def test_the_error_names_the_header_and_never_shows_the_value() -> None:
    with pytest.raises(HeaderWrongError) as caught:
        headers.unstructured("Subject", "secret\n")
    assert "Subject" in str(caught.value)
    assert "secret" not in str(caught.value)


@given(
    st.text(
        st.characters(min_codepoint=0x80, max_codepoint=0x10FFFF, exclude_categories=["Cs", "Cc", "Zl", "Zp"]),
        max_size=120,
    )
)
def test_no_piece_of_a_parameter_ends_inside_a_character(value: str) -> None:
    field = headers.parameter("filename", value).decode("ascii")
    for piece in re.findall(r"filename\*\d*\*?=(?:utf-8'')?(\S+?)(?:;|\Z)", field):
        unquote(piece, errors="strict")
