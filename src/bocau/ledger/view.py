"""What is shown of a message and of a submission, the same to a page, a command and a program.

Times are ms since the epoch. ``as_dict`` is the JSON that programs get; its keys stay.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bocau.base.clock import exact
from bocau.base.db import Connection
from bocau.ledger import look


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageView:
    """``row``: the file's; 0: none. ``state``: a name of ``MessageState``. ``code``, ``enhanced``, ``reply``: the relay's last
    word, untrusted. ``relay``: its name; None: none, or none of today's. ``due_at``: while deferred."""

    id: int
    submission: int
    row: int
    address: str
    name: str
    state: str
    attempts: int
    doubts: int
    code: int | None
    enhanced: str | None
    reply: str | None
    due_at: int | None
    settled_at: int | None
    relay: str | None

    @property
    def answer(self) -> str:
        """The relay's last word in one text: ``550 5.1.1 No such user``; empty when there is none. Untrusted."""
        return answer(self.code, self.enhanced, self.reply)

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        told = {name: getattr(self, name) for name in _WORDS}
        return told | {"due_at": exact(self.due_at), "settled_at": exact(self.settled_at), "relay": self.relay}


_WORDS = ("id", "submission", "row", "address", "name", "state", "attempts", "doubts", "code", "enhanced", "reply")


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionView:
    """``rejected``: rows that became no message. ``complete``: all of its messages are in; ``total``, ``open`` (queued or
    doubted) and ``deferred`` are those that are."""

    id: int
    name: str
    state: str
    stream: str
    queue: str
    rejected: int
    sender: str
    complete: bool
    created_at: int
    expires_at: int
    finished_at: int | None
    total: int
    open: int
    deferred: int

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        told = {key: getattr(self, key) for key in ("id", "name", "state", "stream", "queue", "rejected")}
        times = {key: exact(getattr(self, key)) for key in ("created_at", "expires_at", "finished_at")}
        counts = {"total": self.total, "open": self.open, "deferred": self.deferred}
        return told | {"from": self.sender, "complete": self.complete} | times | counts


def message_view(row: Mapping[str, Any], relays: Mapping[int, str]) -> MessageView:
    """A row of ``list_messages`` or ``show_message``. ``relays``: id → name."""
    times = {"due_at": row["due_at"], "settled_at": row["settled_at"]}
    return MessageView(**{name: row[name] for name in _WORDS}, **times, relay=relays.get(row["relay"]))


def submission_view(connection: Connection, row: Mapping[str, Any]) -> SubmissionView:
    """A row of ``list_submissions`` or ``show_submission``, and how far it is."""
    same = ("id", "name", "state", "stream", "queue", "rejected", "sender", "created_at", "expires_at", "finished_at")
    progress = look.progress(connection, row["id"])
    return SubmissionView(
        **{key: row[key] for key in same},
        complete=row["expanded"],
        total=progress.total,
        open=progress.open,
        deferred=progress.deferred,
    )


def answer(code: int | None, enhanced: str | None, reply: str | None) -> str:
    """A relay's answer in one text, as far as there is one."""
    return " ".join(str(piece) for piece in (code, enhanced, reply) if piece)
