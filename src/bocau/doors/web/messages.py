"""One message: what happened to it, in order."""

from dataclasses import dataclass
from typing import Any

import orjson
from flask import Blueprint, abort, render_template

from bocau import events, ledger
from bocau.audience.states import reason_word
from bocau.base.db import reading
from bocau.base.words import N_, say
from bocau.doors.web.reach import here
from bocau.doors.web.submissions import NUMBER_MAX

pages = Blueprint("messages", __name__)
SENT = N_("A relay accepted the mail.")
QUEUED = N_("Accepted and queued.")
WAITING = N_("It waits for its next attempt.")
BECAUSE = N_("{sentence} Reason: {reason}.")
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
    "next": N_("Next attempt"),
}


@dataclass(frozen=True)
class Step:
    """One thing that happened. ``at`` in ms, None when the ledger does not tell; ``reply`` is a relay's, untrusted."""

    kind: str
    at: int | None
    sentence: str
    attempt: int = 0
    reply: str = ""
    relay: object = None

    @property
    def title(self) -> str:
        return say(TITLES.get(self.kind, self.kind))


@pages.get("/messages/<int:message_id>")
def show(message_id: int) -> str:
    """The message's row, its merge data and its timeline."""
    if message_id > NUMBER_MAX:
        abort(404)
    with reading(here().db) as connection:
        message = ledger.show_message(connection, message_id)
    if message is None:
        abort(404)
    return render_template(
        "messages/show.html", message=message, steps=steps(message), data=_data(message), files=_files(message)
    )


def steps(message: dict[str, Any]) -> list[Step]:
    """The timeline: queued and sent are read from the row, everything between from events."""
    found = [Step("queued", message["parent"]["created_at"], say(QUEUED))]
    found += [_step(event) for event in message["events"]]
    if message["state"] == "sent":
        sent = Step("sent", message["settled_at"], say(SENT), message["attempts"], _reply(message), message["relay"])
        place = next((n for n, step in enumerate(found) if step.kind == "again"), len(found))
        found.insert(place, sent)
    if message["state"] == "deferred" and message["due_at"] is not None:
        found.append(Step("next", message["due_at"], say(WAITING)))
    return found


def _step(event: dict[str, Any]) -> Step:
    kind, detail = str(event["kind"]), event["detail"]
    sentence = say(events.Kind[kind].sentence) if kind in events.Kind.__members__ else kind
    if detail.get("reason"):
        sentence = say(BECAUSE, sentence=sentence, reason=reason_word(detail["reason"]))
    return Step(kind, event["at"], sentence, event["attempt"], _reply(detail), detail.get("relay"))


def _reply(source: dict[str, Any]) -> str:
    pieces = (source.get("code"), source.get("enhanced"), source.get("reply"))
    return " ".join(str(piece) for piece in pieces if piece)


def _data(message: dict[str, Any]) -> list[tuple[str, str]]:
    found = orjson.loads(message["data"] or "{}")
    return [
        (str(key), value if isinstance(value, str) else orjson.dumps(value).decode()) for key, value in found.items()
    ]


def _files(message: dict[str, Any]) -> list[str]:
    found = orjson.loads(message["files"] or "[]")
    return [str(file.get("name", "")) if isinstance(file, dict) else str(file) for file in found]
