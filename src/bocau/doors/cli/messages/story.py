"""The whole story of one message, from its row and its events."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bocau import events
from bocau.audience.states import reason_word
from bocau.base.words import N_, say
from bocau.doors.cli.terminal.telling import harmless, reply

QUEUED = N_("Accepted and queued.")
SENT = N_("A relay accepted the mail.")
TOO_LATE = N_("A person asked to cancel it, but too late: it was already on its way.")
WAITING = N_("It waits for its next attempt.")
BECAUSE = N_("{sentence} Reason: {reason}.")


@dataclass(frozen=True)
class Step:
    """One thing that happened. ``at`` in ms; ``reply`` is the relay's answer, made harmless; ``relay`` its name."""

    kind: str
    at: int | None
    sentence: str
    attempt: int = 0
    reply: str = ""
    relay: str = ""


def story(message: Mapping[str, Any], relays: Mapping[int, str]) -> list[Step]:
    """Queued and sent are read from the row, everything between from its events. ``relays``: id → name."""
    steps = [Step("queued", message["parent"]["created_at"], say(QUEUED))]
    steps += [_event(event, relays) for event in message["events"]]
    if message["state"] == "sent":
        steps.insert(_place(steps), _sent(message, relays))
        if message["cancel_asked"]:
            steps.append(Step("too_late", None, say(TOO_LATE)))
    if message["state"] == "deferred" and message["due_at"] is not None:
        steps.append(Step("next", message["due_at"], say(WAITING)))
    return steps


def _event(event: Mapping[str, Any], relays: Mapping[int, str]) -> Step:
    kind, detail = str(event["kind"]), event["detail"]
    sentence = say(events.Kind[kind].sentence) if kind in events.Kind.__members__ else kind
    if detail.get("reason"):
        sentence = say(BECAUSE, sentence=sentence, reason=harmless(reason_word(detail["reason"])))
    name = relays.get(detail.get("relay"), "")
    return Step(kind, event["at"], sentence, event["attempt"], reply(detail), name)


def _sent(message: Mapping[str, Any], relays: Mapping[int, str]) -> Step:
    name = relays.get(message["relay"], "")
    return Step("sent", message["settled_at"], say(SENT), message["attempts"], reply(message), name)


def _place(steps: list[Step]) -> int:
    """Before what a relay said of it again, else last."""
    return next((number for number, step in enumerate(steps) if step.kind == "again"), len(steps))
