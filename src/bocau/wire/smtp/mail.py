"""What a Session is given, and what it tells back."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bocau.base.errors import BocauError
from bocau.wire.reply import Reply


class Stage(StrEnum):
    """Where in the dialog something happened. ``body`` is between 354 and the last byte, ``dot`` after it."""

    connect = "connect"
    banner = "banner"
    ehlo = "ehlo"
    starttls = "starttls"
    auth = "auth"
    mail = "mail"
    rcpt = "rcpt"
    data = "data"
    body = "body"
    dot = "dot"
    quit = "quit"


@dataclass(slots=True)
class Mail:
    """One letter to one recipient.

    ``sender`` and ``recipient`` are envelope addresses without ``<>`` (the sender may be empty: a bounce), ASCII
    unless ``smtputf8``. ``body`` is the whole letter with CRLF line ends, signed, not dot-stuffed. ``checked`` says
    that whoever made the body has passed it through ``letter_fault``; else the Session does, at 20 µs for 10 KB.
    ``ref`` is the caller's.
    """

    sender: bytes
    recipient: bytes
    body: bytes
    ref: Any = None
    smtputf8: bool = False
    eightbit: bool = False
    checked: bool = False


@dataclass(slots=True, frozen=True)
class Outcome:
    """What became of a mail, or of a connection that never became ready.

    ``reply`` is the server's; None when the network failed, and then ``error`` says how in English and ``problem``
    holds the same as an error with a hint. ``doubt``: the server may or may not have taken the mail (RFC 5321
    section 6.1 leaves no way to know). ``local``: no server said this; the reply was made here, before anything
    was sent, and must not be counted against the relay or the destination.
    """

    stage: Stage
    reply: Reply | None
    doubt: bool = False
    error: str = ""
    problem: BocauError | None = None
    local: bool = False

    @property
    def sent(self) -> bool:
        """True when the server took responsibility for the mail."""
        return self.stage is Stage.dot and not self.doubt and self.reply is not None and self.reply.code // 100 == 2
