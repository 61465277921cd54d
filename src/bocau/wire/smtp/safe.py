"""What may never reach a wire: control characters in envelope addresses, bare CR, LF and NUL in letters."""

import re

_ADDRESS = re.compile(rb"[!-;=?-~]+@[!-;=?-~]+")
_ADDRESS_UTF8 = re.compile(r"[!-;=?-~\u00a1-\U0010ffff]+@[!-;=?-~\u00a1-\U0010ffff]+")
_LEADING_DOT = re.compile(rb"\n\.")
MAX_ADDRESS = 254
"""Bytes of an envelope address: RFC 5321 4.5.3.1.3 allows a path of 256 with its brackets."""
MAX_LINE = 998
"""Bytes of a letter's line without its CRLF (RFC 5322 section 2.1.1)."""


def address_is_safe(address: bytes, smtputf8: bool = False) -> bool:
    """Whether ``address`` can stand between ``<`` and ``>``: one word, no control characters, no brackets.

    This guards the dialog, not the address's meaning: quoted local parts with blanks are refused too.
    """
    if len(address) > MAX_ADDRESS:
        return False
    if _ADDRESS.fullmatch(address):
        return True
    if not smtputf8:
        return False
    try:
        text = address.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return text.isprintable() and _ADDRESS_UTF8.fullmatch(text) is not None


def letter_fault(body: bytes) -> str:
    """Why ``body`` must not be sent, in English; empty when it may.

    Bare CR and LF are read as line ends by some servers and not by others: the door of SMTP smuggling
    (CVE-2023-51764 and its family). NUL is forbidden by RFC 5321 section 4.5.2.
    """
    if b"\0" in body:
        return "the letter contains a NUL character"
    lines = body.count(b"\r\n")
    if body.count(b"\n") != lines:
        return "the letter contains a line feed without a carriage return"
    if body.count(b"\r") != lines:
        return "the letter contains a carriage return without a line feed"
    return ""


def stuffed(body: bytes) -> bytes:
    """``body`` with leading dots doubled (RFC 5321 section 4.5.2); the same object when there are none."""
    if _LEADING_DOT.search(body):
        body = body.replace(b"\n.", b"\n..")
    return b"." + body if body.startswith(b".") else body
