"""The spine: one row per recipient per mail; the ledger is the queue.

Owns: submissions, batches, messages and every change of a message's state. Never: sends, renders, reads the clock.
Talks to: events. Delivery uses ``protocol`` and ``states``; everybody else uses what stands here,
campaigns also ``people``, statistics and tracking ``tally``, doors ``titles`` and ``view`` (what is shown), who asks what waits
and why the rest was not sent ``waiting``, and who writes or reads a submission ``options``.
"""

from bocau.ledger.fill import Added, Draft, NewMessage, Opened, add_messages, close_submission, open_submission
from bocau.ledger.forget import forget
from bocau.ledger.look import (
    Filter,
    Progress,
    QueueDepth,
    counts,
    deferred_count,
    list_messages,
    list_submissions,
    progress,
    queue_depths,
    show_message,
    show_submission,
)
from bocau.ledger.states import FINAL, OPEN, MessageState, SubmissionState
from bocau.ledger.steer import (
    SubmissionOverError,
    SubmissionUnknownError,
    cancel,
    cancel_messages,
    pause,
    resume,
    retry,
)
from bocau.ledger.withdraw import running_bulk, withdraw

__all__ = [
    "FINAL",
    "OPEN",
    "Added",
    "Draft",
    "Filter",
    "MessageState",
    "NewMessage",
    "Opened",
    "Progress",
    "QueueDepth",
    "SubmissionOverError",
    "SubmissionState",
    "SubmissionUnknownError",
    "add_messages",
    "cancel",
    "cancel_messages",
    "close_submission",
    "counts",
    "deferred_count",
    "forget",
    "list_messages",
    "list_submissions",
    "open_submission",
    "pause",
    "progress",
    "queue_depths",
    "resume",
    "retry",
    "running_bulk",
    "show_message",
    "show_submission",
    "withdraw",
]
