"""How commands put ledger rows into words: states, moments, replies. Texts from outside are made harmless first."""

import re
from collections.abc import Mapping
from typing import Any

from bocau.base.clock import here
from bocau.base.words import N_, say
from bocau.ledger import MessageState, SubmissionState

HARMFUL = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, and those that turn the direction of writing: they could forge what stands on a terminal."""

STATES = {
    MessageState.queued: N_("It waits in the queue."),
    MessageState.deferred: N_("The relay refused it for now; it is tried again later."),
    MessageState.doubted: N_(
        "In doubt: the relay went silent after the mail's last byte. It may have arrived; we wait before trying again."
    ),
    MessageState.sent: N_("A relay accepted the mail."),
    MessageState.failed: N_("It was refused for good, or could not be made."),
    MessageState.cancelled: N_("It was cancelled before it was sent."),
    MessageState.unknown: N_(
        "It may have arrived or not: nobody answered after its last byte. It is not sent again by itself."
    ),
    MessageState.expired: N_("It expired before any relay accepted it."),
    MessageState.suppressed: N_("Its address is on the list of those who get no mail."),
}
NAMES = {
    MessageState.queued: N_("queued"),
    MessageState.deferred: N_("deferred"),
    MessageState.doubted: N_("in doubt"),
    MessageState.sent: N_("sent"),
    MessageState.failed: N_("failed"),
    MessageState.cancelled: N_("cancelled"),
    MessageState.unknown: N_("unknown"),
    MessageState.expired: N_("expired"),
    MessageState.suppressed: N_("suppressed"),
}
SUBMISSION_NAMES = {
    SubmissionState.running: N_("running"),
    SubmissionState.paused: N_("paused"),
    SubmissionState.cancelled: N_("cancelled"),
    SubmissionState.finished: N_("finished"),
}


def harmless(text: object) -> str:
    """Text from outside on one line, unable to write to the terminal by itself."""
    return HARMFUL.sub("·", str(text))


def moment(ms: int | None) -> str:
    """Day and time in the installation's zone; empty for None."""
    return "" if ms is None else f"{here(ms):%Y-%m-%d %H:%M:%S}"


def exact(ms: int | None) -> str | None:
    """The moment for programs: ISO 8601 with its offset."""
    return None if ms is None else here(ms).isoformat(timespec="milliseconds")


def message_state(name: str) -> str:
    """The state's word in the current language."""
    return say(NAMES[MessageState[name]])


def message_sentence(name: str) -> str:
    """What the state means, in a sentence."""
    return say(STATES[MessageState[name]])


def submission_state(name: str) -> str:
    return say(SUBMISSION_NAMES[SubmissionState[name]])


def reply(source: Mapping[str, Any]) -> str:
    """A relay's answer: ``550 5.1.1 No such user``; empty when there is none."""
    pieces = (source.get("code"), source.get("enhanced"), source.get("reply"))
    return harmless(" ".join(str(piece) for piece in pieces if piece))
