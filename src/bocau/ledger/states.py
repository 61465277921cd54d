"""The closed lists of states, stored as small numbers. Names are what people and programs see."""

from enum import IntEnum


class MessageState(IntEnum):
    """What has become of one recipient's mail. The first three are open, the others final."""

    queued = 0
    deferred = 1
    doubted = 2
    sent = 3
    failed = 4
    cancelled = 5
    unknown = 6
    expired = 7
    suppressed = 8


OPEN = (MessageState.queued, MessageState.deferred, MessageState.doubted)
FINAL = tuple(state for state in MessageState if state not in OPEN)


class BatchState(IntEnum):
    """Where a batch is. ``doubt`` batches hold doubted rows until their hold ends."""

    ready = 0
    claimed = 1
    closed = 2
    doubt = 3


class SubmissionState(IntEnum):
    """Where a submission is. While ``expanded`` is false rows still come in; sending may already have begun."""

    running = 1
    paused = 2
    cancelled = 3
    finished = 4
