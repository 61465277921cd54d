"""Waiting for a submission, and the table at its end."""

import time
from enum import Enum

from bocau import ledger
from bocau.base import presence
from bocau.base.db import reading
from bocau.base.words import N_, figure, say
from bocau.doors.cli.send.filling import Filling
from bocau.doors.cli.terminal.frame import Exit, leave, show, table, tell, warn
from bocau.doors.cli.terminal.meter import EVERY
from bocau.ledger import SubmissionState
from bocau.ledger.titles import TITLES
from bocau.wiring import Parts

STILL = 4.0
"""Seconds without any movement after which workers are looked for."""
OPEN = ("queued", "doubted", "deferred")
FAILED = ("failed", "unknown", "expired")


class Ending(Enum):
    """Why the waiting ended."""

    over = "over"
    unwaited = "unwaited"
    paused = "paused"
    idle = "idle"


def end(parts: Parts, filling: Filling, *, wait: bool) -> None:
    """Wait until nothing is queued, show the table, and leave with the code that tells how it went."""
    assert filling.found is not None
    submission_id = filling.found.submission_id
    ending = wait_for(parts, filling, submission_id) if wait else Ending.unwaited
    seconds = time.monotonic() - filling.started
    filling.meter.end()
    with reading(parts.db) as connection:
        counts = ledger.counts(connection, submission_id)
        stored = ledger.show_submission(connection, submission_id) or {}
    sent = counts["sent"] - filling.found.sent
    data = {
        "submission": submission_id,
        "state": stored.get("state"),
        "total": stored.get("total"),
        **counts,
        "rejected": filling.rejected,
        "report": str(filling.report) if filling.report else None,
        "seconds": round(seconds, 2),
        "rate": round(sent / seconds, 1),
        "ended": ending.value,
    }
    show(data, lambda: _table(counts, seconds, sent))
    _explain(filling, submission_id, counts, ending)
    code = exit_code(counts, ending)
    if code is not Exit.ok:
        leave(code)


def wait_for(parts: Parts, filling: Filling, submission_id: int) -> Ending:
    """Look until nothing is queued, somebody pauses it, or no worker is there."""
    meter = filling.meter
    meter.begin(0)
    before, moved = None, time.monotonic()
    while True:
        now = meter.look(parts, submission_id, now=True)
        assert now is not None
        if now.state is SubmissionState.cancelled or (now.expanded and now.open == 0):
            return Ending.over
        if now.state is SubmissionState.paused:
            return Ending.paused
        if now != before:
            before, moved = now, time.monotonic()
        elif time.monotonic() - moved > STILL:
            ending = _stuck(parts, submission_id)
            if ending is not None:
                return ending
            moved = time.monotonic()
        time.sleep(EVERY)


def exit_code(counts: dict[str, int], ending: Ending) -> Exit:
    """What the command's end tells other programs."""
    if ending is Ending.unwaited:
        return Exit.ok
    if ending is Ending.idle:
        return Exit.idle
    if any(counts[name] for name in FAILED):
        return Exit.failed
    return Exit.open if any(counts[name] for name in OPEN) else Exit.ok


def _stuck(parts: Parts, submission_id: int) -> Ending | None:
    """Nothing has moved: is nobody there, or is all that is left in doubt and waits for certainty?"""
    from bocau.bell.broker import workers_alive

    settings = parts.settings
    if not any(seen.part == "worker" for seen in presence.present(settings.home)) and not workers_alive(settings):
        return Ending.idle
    with reading(parts.db) as connection:
        counts = ledger.counts(connection, submission_id)
    return Ending.over if counts["doubted"] and not counts["queued"] else None


def _table(counts: dict[str, int], seconds: float, sent: int) -> None:
    others = [name for name in counts if counts[name] and name not in ("sent", "deferred", "failed")]
    names = ["sent", "deferred", "failed", *others]
    columns = [">" + say(TITLES[name]) for name in names]
    rate = figure(sent / seconds, 0) if seconds else ""
    cells = [figure(counts[name]) for name in names]
    table([*columns, ">" + say(N_("Seconds")), ">" + say(N_("Mails/s"))], [[*cells, f"{seconds:,.1f}", rate]])


def _explain(filling: Filling, submission_id: int, counts: dict[str, int], ending: Ending) -> None:
    if filling.rejected:
        tell(say(N_("{count} rows were not mailed."), count=figure(filling.rejected)))
    if filling.report:
        tell(say(N_("Rows with problems are listed in {report}"), report=filling.report))
    if ending is Ending.idle:
        text = N_("No worker is running. The mails are safe in the queue and go out as soon as one starts: bocau up")
        warn(say(text))
    if ending is Ending.paused:
        warn(say(N_("The submission is paused. To resume it: bocau submissions resume {id}"), id=submission_id))
    if counts["deferred"]:
        text = N_("Deferred mails are tried again later, without this command: bocau submissions show {id}")
        tell(say(text, id=submission_id))
    if any(counts[name] for name in FAILED):
        text = N_("What happened to each: bocau messages list --submission {id} --state failed")
        tell(say(text, id=submission_id))
