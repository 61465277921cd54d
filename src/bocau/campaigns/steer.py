"""Pause, resume, cancel: the campaign and its submissions in one step; expansion looks at the state before each slice."""

from collections.abc import Callable

from bocau import ledger
from bocau.base.db import Connection
from bocau.base.errors import BocauError
from bocau.campaigns import queries
from bocau.campaigns.rules import after
from bocau.campaigns.shapes import Campaign
from bocau.campaigns.states import State, Step


def pause(connection: Connection, number: int) -> None:
    """No more of it is sent or made. Raises CampaignUnknownError, CampaignStepWrongError."""
    _step(connection, number, Step.pause, ledger.pause)


def resume(connection: Connection, number: int) -> None:
    """Go on where it was paused. Raises CampaignUnknownError, CampaignStepWrongError."""
    _step(connection, number, Step.resume, ledger.resume)
    queries.put(connection, number, problem=None)


def cancel(connection: Connection, number: int, now: int) -> int:
    """End it. How many mails are surely not sent. Raises CampaignUnknownError, CampaignStepWrongError."""
    surely = _step(connection, number, Step.cancel, ledger.cancel)
    queries.put(connection, number, finished_at=now, start_at=None)
    return surely


def halt(connection: Connection, found: Campaign, error: BocauError) -> None:
    """Pause it by itself, and say why."""
    each(connection, found, ledger.pause)
    queries.put(connection, found.id, state=int(State.paused), problem=queries.told(error))


def each(connection: Connection, found: Campaign, verb: Callable[[Connection, int], int | None]) -> int:
    """Do something to each of its submissions that is not over. What it told, added up."""
    told = 0
    for number in queries.submissions(connection, found.id):
        try:
            told += verb(connection, number) or 0
        except ledger.SubmissionOverError:
            continue
    return told


def _step(connection: Connection, number: int, step: Step, verb: Callable[[Connection, int], int | None]) -> int:
    found = queries.locked(connection, number, step)
    told = each(connection, found, verb)
    state = after(found.state, step)
    assert state is not None
    queries.put(connection, number, state=int(state))
    return told
