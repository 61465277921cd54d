"""Invitations: the method comes from the file, and nothing of the file comes into a header."""

import email
import email.policy

import pytest

from bocau.wire import calendar

HEAD = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"
REST = "BEGIN:VEVENT\r\nUID:1@ky.test\r\nSUMMARY:Tái khám\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
INVITE = (HEAD + "METHOD:REQUEST\r\n" + REST).encode()


@pytest.mark.parametrize(
    ("line", "method"),
    [
        ("METHOD:REQUEST", "REQUEST"),
        ("method:cancel ", "CANCEL"),
        ("METHOD;X=1:PUBLISH", "PUBLISH"),
        ("METHOD:REQU\r\n EST", "REQUEST"),
        ("METHOD:REQUEST; charset=x", ""),
        ("METHOD:REQUEST\r\n\r\nBcc: x@y.test", "REQUEST"),
        ("METHOD:EVIL", ""),
        ("METHOD:" + "A" * 10_000, ""),
        ("METHOD:", ""),
        ("X-METHOD:REQUEST", ""),
        ("BEGIN:VEVENT\r\nMETHOD:REQUEST\r\nEND:VEVENT", ""),
        ("", ""),
    ],
)
def test_the_method_is_the_calendars_own(line: str, method: str) -> None:
    made = calendar.read((HEAD + line + "\r\n" + REST).encode())
    assert made is not None
    assert made.method == method
    assert made.content_type in (
        b"text/calendar; charset=utf-8",
        f"text/calendar; method={method}; charset=utf-8".encode(),
    )


@pytest.mark.parametrize(
    "raw",
    [b"", b"hello", INVITE.decode().encode("utf-16"), b"\xff" + INVITE, INVITE + b"\0", INVITE + b"x" * (512 << 10)],
)
def test_what_is_no_calendar_stays_a_file(raw: bytes) -> None:
    assert calendar.read(raw) is None


def test_two_calendars_in_a_file_invite_to_nothing() -> None:
    made = calendar.read(INVITE * 2)
    assert made is not None
    assert made.method == ""


@pytest.mark.parametrize("raw", [INVITE, INVITE.replace(b"\r\n", b"\n"), b"\xef\xbb\xbf" + INVITE.rstrip()])
def test_both_parts_hold_the_file_with_crlf(raw: bytes) -> None:
    made = calendar.read(raw)
    assert made is not None
    for part in (made.alternative(), made.attachment("Lời mời.ics")):
        message = email.message_from_bytes(part, policy=email.policy.default)
        assert message.get_content_type() == "text/calendar"
        assert message["Content-Type"].params["method"] == "REQUEST"
        assert message["Content-Type"].params["charset"] == "utf-8"
        assert message.get_payload(decode=True) == INVITE
        assert message.defects == []
    assert message.get_filename() == "Lời mời.ics"
