"""Everything that is known of one message, the same to a page, a command and a program: its row, and what happened, in order.

Times are ms since the epoch. ``as_dict`` is the JSON that programs get; its keys stay.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from bocau import events, ledger, relays
from bocau.audience.states import reason_word
from bocau.base.clock import exact
from bocau.base.db import Connection
from bocau.base.errors import BocauError
from bocau.base.words import N_, say
from bocau.events.having import by_reader
from bocau.ledger.titles import message_sentence
from bocau.ledger.view import MessageView, answer, message_view

BECAUSE = N_("{sentence} Reason: {reason}.")
SENTENCES = {
    "queued": N_("Accepted and queued."),
    "sent": N_("A relay accepted the mail."),
    "too_late": N_("A person asked to cancel it, but too late: it was already on its way."),
    "next": N_("It waits for its next attempt."),
}
"""Of what is read from the row; all else is an event."""
BY_PROXY = {
    True: N_("A mail provider's proxy fetched the mail's picture: a hint that it was opened, and it counts as one."),
    False: N_(
        "A mail provider's proxy fetched the mail's picture, as it may ahead of any reader; it is not counted as opened."
    ),
}
TITLES = {
    "queued": N_("Queued"),
    "sent": N_("Sent"),
    "deferred": N_("Deferred"),
    "failed": N_("Failed"),
    "doubted": N_("Doubted"),
    "cleared": N_("Doubt withdrawn"),
    "late": N_("Late reply"),
    "again": N_("Accepted again"),
    "unknown": N_("Unknown"),
    "expired": N_("Expired"),
    "cancelled": N_("Cancelled"),
    "suppressed": N_("Suppressed"),
    "recalled": N_("Recalled"),
    "retried": N_("Retried"),
    "quarantined": N_("Tried alone"),
    "opened": N_("Opened"),
    "clicked": N_("Clicked"),
    "unsubscribed": N_("Unsubscribed"),
    "bounced": N_("Bounced"),
    "complained": N_("Complained"),
    "too_late": N_("Too late"),
    "next": N_("Next attempt"),
}


class MessageUnknownError(BocauError):
    code = "message-unknown"
    sentence = N_("There is no message {id}.")
    hint = N_("`bocau messages list --address …` finds a person's messages.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that happened. ``kind``: a key of ``TITLES``. ``at``: None when the ledger does not tell; ``sentence`` in
    the current language; ``reply``: a relay's answer, untrusted; ``relay``: its name. Empty and 0: none."""

    kind: str
    at: int | None
    sentence: str
    attempt: int = 0
    reply: str = ""
    relay: str = ""

    @property
    def title(self) -> str:
        """A word or two in the current language."""
        return say(TITLES.get(self.kind, self.kind))

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        words = {"attempt": self.attempt, "reply": self.reply, "relay": self.relay, "sentence": self.sentence}
        return {"kind": self.kind, "at": exact(self.at)} | words


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageStory:
    """``sender``, ``stream``, ``submission_name``: its submission's. ``data``: what its mail was made with; ``files``: names
    of this person's own attachments."""

    message: MessageView
    sender: str
    submission_name: str
    stream: str
    data: Mapping[str, Any]
    files: tuple[str, ...]
    steps: tuple[Step, ...]

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return self.message.as_dict() | {
            "sentence": message_sentence(self.message.state),
            "from": self.sender,
            "submission_name": self.submission_name,
            "stream": self.stream,
            "data": dict(self.data),
            "timeline": [step.as_dict() for step in self.steps],
        }


def story(connection: Connection, message_id: int) -> MessageStory:
    """Raises MessageUnknownError."""
    row = ledger.show_message(connection, message_id)
    if row is None:
        raise MessageUnknownError(id=message_id)
    names = relays.relay_names(connection)
    files = orjson.loads(row["files"] or "[]")
    return MessageStory(
        message=message_view(row, names),
        sender=row["parent"]["sender"],
        submission_name=row["parent"]["name"],
        stream=row["parent"]["stream"],
        data=orjson.loads(row["data"] or "{}"),
        files=tuple(str(one.get("name", "")) if isinstance(one, dict) else str(one) for one in files),
        steps=tuple(_steps(row, names)),
    )


def _steps(row: Mapping[str, Any], names: Mapping[int, str]) -> Iterator[Step]:
    """Queued and sent are read from the row, everything between from its events."""
    yield Step(kind="queued", at=row["parent"]["created_at"], sentence=say(SENTENCES["queued"]))
    happened = [_event(one, names) for one in row["events"]]
    if row["state"] == "sent":  # before what a relay said of it again, else last
        place = next((at for at, step in enumerate(happened) if step.kind == "again"), len(happened))
        happened.insert(place, _sent(row, names))
    yield from happened
    if row["state"] == "sent" and row["cancel_asked"]:
        yield Step(kind="too_late", at=None, sentence=say(SENTENCES["too_late"]))
    if row["state"] == "deferred" and row["due_at"] is not None:
        yield Step(kind="next", at=row["due_at"], sentence=say(SENTENCES["next"]))


def _event(event: Mapping[str, Any], names: Mapping[int, str]) -> Step:
    kind, detail = str(event["kind"]), event["detail"]
    sentence = say(events.Kind[kind].sentence) if kind in events.Kind.__members__ else kind
    if kind == events.Kind.opened and detail.get("by") == "proxy":
        sentence = say(BY_PROXY[by_reader(kind, detail)])
    if detail.get("reason"):
        sentence = say(BECAUSE, sentence=sentence, reason=reason_word(detail["reason"]))
    return Step(
        kind=kind,
        at=event["at"],
        sentence=sentence,
        attempt=event["attempt"],
        reply=answer(detail.get("code"), detail.get("enhanced"), detail.get("reply")),
        relay=names.get(detail.get("relay"), ""),
    )


def _sent(row: Mapping[str, Any], names: Mapping[int, str]) -> Step:
    return Step(
        kind="sent",
        at=row["settled_at"],
        sentence=say(SENTENCES["sent"]),
        attempt=row["attempts"],
        reply=answer(row["code"], row["enhanced"], row["reply"]),
        relay=names.get(row["relay"], ""),
    )
