"""Invitations: an iCalendar file as readers' calendars want it in a mail (RFC 5545, RFC 6047).

Gmail and Outlook offer to accept what is a ``text/calendar`` alternative of the mail's text and says its method in the
Content-Type as well as inside; others take the file beside it. The file is somebody's: only a method of RFC 5546 ever gets
into a header.
"""

import codecs
import re
from typing import NamedTuple

from bocau.wire import headers, mime

TYPE = "text/calendar"
LARGEST = 512 << 10  # bytes of an invitation; larger ones are files only
LOOKED_AT = 16 << 10  # characters in which the method stands
METHODS = frozenset("PUBLISH REQUEST REPLY ADD CANCEL REFRESH COUNTER DECLINECOUNTER".split())  # noqa: SIM905 - RFC 5546 1.4
METHOD = re.compile(r"METHOD(?:;[^:\n]*)?:[ \t]*([A-Za-z]{3,20})[ \t]*\Z", re.IGNORECASE)
FOLD = re.compile(r"\n[ \t]")


class Calendar(NamedTuple):
    """``method`` is empty when the file does not invite; ``body``: the whole file in UTF-8 with CRLF."""

    method: str
    body: bytes

    @property
    def content_type(self) -> bytes:
        """The value of its Content-Type (RFC 6047 2.4)."""
        method = f" method={self.method};" if self.method else ""
        return f"text/calendar;{method} charset=utf-8".encode("ascii")

    def alternative(self) -> bytes:
        """The whole part beside the mail's texts."""
        return mime.part_head(self.content_type, b"base64") + b"\r\n" + mime.base64_lines(self.body)

    def attachment(self, name: str) -> bytes:
        """The whole part of the file."""
        kind = self.content_type + headers.parameter("name", mime.plain_name(name))
        place = b"Content-Disposition: attachment" + headers.parameter("filename", name) + b"\r\n"
        return mime.part_head(kind, b"base64") + place + b"\r\n" + mime.base64_lines(self.body)


def read(raw: bytes) -> Calendar | None:
    """A file as a calendar; None when it is none, is not UTF-8, or is too large to be looked at."""
    if len(raw) > LARGEST:
        return None
    try:
        text = raw.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError:
        return None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text or text[:15].upper().rstrip() != "BEGIN:VCALENDAR":
        return None
    body = (text if text.endswith("\n") else text + "\n").replace("\n", "\r\n").encode()
    return Calendar(_method(text), body)


def _method(text: str) -> str:
    """The method of the calendar itself (RFC 5545 3.7.2), not of a component in it. Empty when there is none we know, or
    more than one calendar."""
    lines = FOLD.sub("", text[:LOOKED_AT]).split("\n")
    if sum(line.strip().upper() == "BEGIN:VCALENDAR" for line in text.split("\n")) > 1:
        return ""
    for line in lines[1:]:
        if line.upper().startswith(("BEGIN:", "END:")):
            break
        match = METHOD.match(line)
        if match:
            return match[1].upper() if match[1].upper() in METHODS else ""
    return ""
