"""Pause, resume, cancel: the campaign and its submissions in one step; expansion looks at the state before each slice."""

from collections.abc import Callable

from bocau import ledger
from bocau.base.db import Session
from bocau.base.errors import BocauError
from bocau.campaigns import queries
from bocau.campaigns.rules import after
from bocau.campaigns.shapes import Campaign
from bocau.campaigns.states import State, Step


def pause(session: Session, number: int) -> None:
    """No more of it is sent or made. Raises CampaignUnknownError, CampaignStepWrongError."""
    _step(session, number, Step.pause, ledger.pause)


def resume(session: Session, number: int) -> None:
    """Go on where it was paused. Raises CampaignUnknownError, CampaignStepWrongError."""
    _step(session, number, Step.resume, ledger.resume)
    queries.put(session, number, problem=None)


def cancel(session: Session, number: int, now: int) -> int:
    """End it. How many mails are surely not sent. Raises CampaignUnknownError, CampaignStepWrongError."""
    surely = _step(session, number, Step.cancel, ledger.cancel)
    queries.put(session, number, finished_at=now, start_at=None)
    return surely


def halt(session: Session, found: Campaign, error: BocauError) -> None:
    """Pause it by itself, and say why."""
    each(session, found, ledger.pause)
    queries.put(session, found.id, state=int(State.paused), problem=queries.told(error))


def each(session: Session, found: Campaign, verb: Callable[[Session, int], int | None]) -> int:
    """Do something to each of its submissions that is not over. What it told, added up."""
    told = 0
    for number in queries.submissions(session, found.id):
        try:
            told += verb(session, number) or 0
        except ledger.SubmissionOverError:
            continue
    return told


def _step(session: Session, number: int, step: Step, verb: Callable[[Session, int], int | None]) -> int:
    found = queries.locked(session, number, step)
    told = each(session, found, verb)
    state = after(found.state, step)
    assert state is not None
    queries.put(session, number, state=int(state))
    return told
