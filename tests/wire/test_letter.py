"""Whole letters: their frame, their limits, and that the same input is the same bytes."""

import email
import email.policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocau.wire import letter, mime
from bocau.wire.letter import LetterHeadersTooLargeError, LetterTooLargeError
from bocau.wire.smtp import letter_fault

FIXED = letter.Fixed(b"From: a@b.test\r\n", b"MIME-Version: 1.0\r\n")
OWN = {"to": b"To: c@d.test\r\n", "subject": b"Subject: x\r\n"}
PDF = mime.attachment_part("a.pdf", "application/pdf", b"%PDF" * 100)
CSV = mime.attachment_part("danh sách.csv", "text/csv", "tên\n".encode())
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


def skeleton(*subtypes: str, shared: tuple[bytes, ...] = (), max_bytes: int = 1 << 20) -> letter.Skeleton:
    texts = [letter.Text(subtype, mime.coder({})) for subtype in subtypes]
    return letter.Skeleton(FIXED, texts, shared, seed=b"seed", max_bytes=max_bytes)


def parsed(raw: bytes) -> EmailMessage:
    """The letter as the standard library reads it, without a single defect."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    for part in message.walk():
        assert part.defects == []
        assert all(value.defects == () for value in part.values())
    return message


def kinds(message: EmailMessage) -> list[str]:
    return [part.get_content_type() for part in message.walk()]


@given(TEXTS, TEXTS, st.booleans())
def test_letters_have_only_crlf_short_lines_and_no_defects(text: str, html: str, attached: bool) -> None:
    raw = skeleton("plain", "html").fill(OWN, [[text], [html]], [PDF] if attached else [])
    assert letter_fault(raw) == ""
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    message = parsed(raw)
    bodies = [part for part in message.walk() if part.get_content_maintype() == "text"]
    for part, given_text in zip(bodies, (text, html), strict=True):
        expected = mime.crlf(given_text).replace("\r\n", "\n").removesuffix("\n")
        assert part.get_content().replace("\r\n", "\n").removesuffix("\n") == expected


def test_one_text_is_the_letter_itself() -> None:
    assert kinds(parsed(skeleton("plain").fill(OWN, [["a"]]))) == ["text/plain"]


def test_two_texts_are_alternatives_plain_first() -> None:
    message = parsed(skeleton("plain", "html").fill(OWN, [["a"], ["<b>"]]))
    assert kinds(message) == ["multipart/alternative", "text/plain", "text/html"]


def test_attachments_follow_the_texts_shared_ones_first() -> None:
    message = parsed(skeleton("plain", "html", shared=(PDF,)).fill(OWN, [["a"], ["<b>"]], [CSV]))
    assert kinds(message) == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "application/pdf",
        "text/csv",
    ]
    assert [part.get_filename() for part in message.iter_attachments()] == ["a.pdf", "danh sách.csv"]


PICTURE = mime.attachment_part("chart.png", "image/png", b"\x89PNG" * 100, "chart@report.bocau")


def test_what_the_html_shows_is_one_whole_with_it() -> None:
    texts = [letter.Text(subtype, mime.coder({})) for subtype in ("plain", "html")]
    made = letter.Skeleton(FIXED, texts, (PDF,), inline=(PICTURE,), seed=b"seed")
    bodies = [["a"], ['<img src="cid:chart@report.bocau">']]
    message = parsed(made.fill(OWN, bodies))
    assert kinds(message) == [
        "multipart/mixed",
        "multipart/related",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "image/png",
        "application/pdf",
    ]
    related = next(part for part in message.walk() if part.get_content_type() == "multipart/related")
    assert related.get_param("type") == "multipart/alternative"
    assert [part.get_filename() for part in message.iter_attachments()] == ["a.pdf"]
    html = message.get_body(("html",))
    assert html is not None
    assert html.get_content().strip() == bodies[1][0]
    without = letter.Skeleton(FIXED, texts, seed=b"seed").fill(OWN, bodies, inline=(PICTURE,))
    assert kinds(parsed(without)) == [
        "multipart/related",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "image/png",
    ]


CALENDAR = (
    mime.part_head(b"text/calendar; method=REQUEST; charset=utf-8", b"base64") + b"\r\n" + mime.base64_lines(b"x")
)


@pytest.mark.parametrize("subtypes", [("plain",), ("plain", "html")])
def test_a_calendar_is_the_last_alternative(subtypes: tuple[str, ...]) -> None:
    bodies = [["a"], ["b"]][: len(subtypes)]
    message = parsed(skeleton(*subtypes).fill(OWN, bodies, calendar=CALENDAR))
    assert kinds(message) == ["multipart/alternative", *(f"text/{one}" for one in subtypes), "text/calendar"]
    whole = parsed(skeleton(*subtypes, shared=(PDF,)).fill(OWN, bodies, [CSV], inline=(PICTURE,), calendar=CALENDAR))
    assert kinds(whole) == [
        "multipart/mixed",
        "multipart/related",
        "multipart/alternative",
        *(f"text/{one}" for one in subtypes),
        "text/calendar",
        "image/png",
        "application/pdf",
        "text/csv",
    ]


def test_one_text_with_an_attachment_needs_no_alternative() -> None:
    message = parsed(skeleton("plain").fill(OWN, [["a"]], [PDF]))
    assert kinds(message) == ["multipart/mixed", "text/plain", "application/pdf"]


def test_a_body_that_imitates_the_boundary_stays_a_body() -> None:
    made = skeleton("plain", "html")
    raw = made.fill(OWN, [["a"], ["b"]])
    boundary = parsed(raw).get_boundary()
    message = parsed(made.fill(OWN, [[f"--{boundary}\n\nforged"], [f"\n--{boundary}--\n"]]))
    assert len(kinds(message)) == 3


def test_fields_stand_in_a_fixed_order() -> None:
    raw = skeleton("plain").fill(OWN, [["a"]])
    assert parsed(raw).keys() == ["From", "To", "Subject", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"]


def test_a_letter_over_the_limit_is_told_with_both_sizes() -> None:
    with pytest.raises(LetterTooLargeError, match="at most 300"):
        skeleton("plain", max_bytes=300).fill(OWN, [["a" * 500]])


def test_headers_over_32_kb_are_told() -> None:
    own = {"x": b"X-A: " + b"a\r\n " * 11_000 + b"b\r\n"}
    with pytest.raises(LetterHeadersTooLargeError):
        skeleton("plain").fill(own, [["a"]])


def test_the_date_is_in_utc_and_fixed_by_its_second() -> None:
    assert letter.date_field(1_795_431_780) == b"Date: Mon, 23 Nov 2026 11:03:00 +0000\r\n"
