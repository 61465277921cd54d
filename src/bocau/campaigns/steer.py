"""Pause, resume, cancel: the campaign and its submissions in one step; expansion looks at the state before each slice."""

from collections.abc import Callable

from bocau import ledger
from bocau.base.db import Connection, ring_after_commit
from bocau.base.errors import BocauError
from bocau.base.queues import CHORES_DUE
from bocau.campaigns import queries
from bocau.campaigns.rules import after
from bocau.campaigns.shapes import Campaign
from bocau.campaigns.states import State, Step


def pause(connection: Connection, campaign_id: int) -> None:
    """No more of it is sent or made. Raises CampaignUnknownError, CampaignStepWrongError."""
    _step(connection, campaign_id, Step.pause, ledger.pause)


def resume(connection: Connection, campaign_id: int) -> None:
    """Go on where it was paused. Raises CampaignUnknownError, CampaignStepWrongError."""
    _step(connection, campaign_id, Step.resume, ledger.resume)
    queries.put(connection, campaign_id, problem=None)
    ring_after_commit(connection, CHORES_DUE)


def cancel(connection: Connection, campaign_id: int, now: int) -> int:
    """End it. How many mails are surely not sent. Raises CampaignUnknownError, CampaignStepWrongError."""
    surely = _step(connection, campaign_id, Step.cancel, ledger.cancel)
    queries.put(connection, campaign_id, finished_at=now, start_at=None)
    return surely


def halt(connection: Connection, campaign: Campaign, error: BocauError) -> None:
    """Pause it by itself, and say why."""
    each(connection, campaign, ledger.pause)
    queries.put(connection, campaign.id, state=int(State.paused), problem=queries.told(error))


def each(connection: Connection, campaign: Campaign, verb: Callable[[Connection, int], int | None]) -> int:
    """Do something to each of its submissions that is not over. What it told, added up."""
    told = 0
    for submission_id in queries.submissions(connection, campaign.id):
        try:
            told += verb(connection, submission_id) or 0
        except ledger.SubmissionOverError:
            continue
    return told


def _step(connection: Connection, campaign_id: int, step: Step, verb: Callable[[Connection, int], int | None]) -> int:
    campaign = queries.locked(connection, campaign_id, step)
    told = each(connection, campaign, verb)
    state = after(campaign.state, step)
    assert state is not None
    queries.put(connection, campaign_id, state=int(state))
    return told
