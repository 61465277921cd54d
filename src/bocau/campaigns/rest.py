"""Once more: what failed, and who has no mail yet."""

from collections.abc import Collection

from bocau import ledger
from bocau.audience import freezing
from bocau.base.db import Connection
from bocau.campaigns import queries, ready, steer
from bocau.campaigns.launch import add_legs
from bocau.campaigns.orders import STREAM
from bocau.campaigns.rules import after
from bocau.campaigns.shapes import Campaign
from bocau.campaigns.states import Step
from bocau.ledger import MessageState, people

FAILED = (MessageState.failed, MessageState.expired)
"""What is tried again unless somebody names others: of these nothing has arrived."""


def retry_failed(connection: Connection, campaign_id: int, states: Collection[MessageState] = FAILED) -> int:
    """Try again what ended in one of ``states`` (failed, expired, unknown); how many mails.

    Raises CampaignUnknownError, CampaignStepWrongError.
    """
    campaign = queries.locked(connection, campaign_id, Step.retry)
    count = 0
    for submission in queries.submissions(connection, campaign_id):
        ids = people.failed(connection, submission, states)
        count += ledger.retry(connection, ids, {STREAM: campaign.plan.time_to_live})
    if count:
        _go_on(connection, campaign, Step.retry)
    return count


def send_rest(connection: Connection, campaign_id: int, now: int) -> None:
    """Look through the audience once more, as it is now, and mail those who have no row: they came later, or nothing keeps
    them from it any more. Raises CampaignUnknownError, CampaignStepWrongError, and what is wrong with the target."""
    campaign = queries.locked(connection, campaign_id, Step.send_rest)
    ready.refuse_target(connection, campaign, now)
    meant = freezing.freeze(connection, campaign.plan.target)
    for submission in queries.submissions(connection, campaign_id):
        people.reopen(connection, submission, campaign.plan.time_to_live)
    add_legs(connection, campaign, meant, campaign.run + 1, now)
    queries.put(connection, campaign_id, run=campaign.run + 1, meant=meant.to_json())
    _go_on(connection, campaign, Step.send_rest)


def _go_on(connection: Connection, campaign: Campaign, step: Step) -> None:
    state = after(campaign.state, step)
    assert state is not None
    queries.put(connection, campaign.id, state=int(state), finished_at=None)
    if state.name == "paused":
        steer.each(connection, campaign, ledger.pause)
