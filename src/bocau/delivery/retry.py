"""When a mail is tried again: pure decisions over a stream's ladder."""

from random import Random

from bocau.base.config import Stream


def delay(stream: Stream, tries: int, seed: int, named: float | None = None) -> int:
    """Milliseconds until the next attempt after ``tries`` attempts (1 or more).

    The ladder's last step repeats until the mail expires. ±jitter, so that retries do not all meet again; drawn from
    ``seed`` (the message id), so that the same mail waits the same. A wait named by the server is honoured.
    """
    step = stream.ladder[min(tries, len(stream.ladder)) - 1]
    spread = Random(seed * 1000 + tries).uniform(1 - stream.jitter, 1 + stream.jitter)
    return int(max(step * spread, named or 0.0) * 1000)
