"""What people call the states of messages and submissions, marked for both languages. Programs get the states' own names."""

from bocau.base.words import N_, say
from bocau.ledger.states import MessageState, SubmissionState

TITLES = {
    "sent": N_("Sent"),
    "deferred": N_("Deferred"),
    "failed": N_("Failed"),
    "queued": N_("Queued"),
    "doubted": N_("Doubted"),
    "unknown": N_("Unknown"),
    "expired": N_("Expired"),
    "suppressed": N_("Suppressed"),
    "cancelled": N_("Cancelled"),
}
"""Of messages, as headings, in the order of tables."""
SUBMISSION_TITLES = {
    "running": N_("Sending"),
    "paused": N_("Paused"),
    "finished": N_("Finished"),
    "cancelled": N_("Cancelled"),
}
_WORDS = {
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
_SENTENCES = {
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
_SUBMISSION_WORDS = {
    SubmissionState.running: N_("running"),
    SubmissionState.paused: N_("paused"),
    SubmissionState.cancelled: N_("cancelled"),
    SubmissionState.finished: N_("finished"),
}


def message_state(name: str) -> str:
    """The state's word in the current language, as within a sentence or behind a number."""
    return say(_WORDS[MessageState[name]])


def message_sentence(name: str) -> str:
    """What the state means, in a sentence."""
    return say(_SENTENCES[MessageState[name]])


def submission_state(name: str) -> str:
    """The state's word in the current language."""
    return say(_SUBMISSION_WORDS[SubmissionState[name]])
