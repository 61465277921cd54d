"""Once more: what failed, and who has no mail yet."""

from collections.abc import Collection

from bocau import content, ledger
from bocau.audience import attributes, freezing
from bocau.base.db import Connection
from bocau.base.words import N_, Phrase
from bocau.campaigns import orders, queries, ready, steer
from bocau.campaigns.errors import CampaignWrongError
from bocau.campaigns.launch import add_legs
from bocau.campaigns.orders import STREAM
from bocau.campaigns.rules import after
from bocau.campaigns.shapes import Campaign
from bocau.campaigns.states import Step
from bocau.ledger import MessageState, people
from bocau.ledger.options import Options

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
    _refuse_stale(connection, campaign)
    meant = freezing.freeze(connection, campaign.plan.target)
    for submission in queries.submissions(connection, campaign_id):
        people.reopen(connection, submission, campaign.plan.time_to_live)
    add_legs(connection, campaign, meant, campaign.run + 1, now)
    queries.put(connection, campaign_id, run=campaign.run + 1, meant=meant.to_json())
    _go_on(connection, campaign, Step.send_rest)


def _refuse_stale(connection: Connection, campaign: Campaign) -> None:
    """Content that was frozen asks for fields by the names they had then. Raises CampaignWrongError."""
    file = campaign.file.fields if campaign.file is not None else ()
    known = {*orders.GIVEN, *file, *(one.name for one in attributes.every(connection))}
    for variant in campaign.plan.variants:
        if variant.content is None or variant.submission is None:
            continue
        submission = ledger.show_submission(connection, variant.submission)
        columns = (Options.from_json(submission["options"]).columns if submission else None) or {}
        gone = {(heading, True) for heading, name in columns.items() if name not in known}
        gone |= {(name, False) for name in columns.values() if name not in known}
        used = content.fields(content.load(connection, variant.content))
        missing = [one for one in used if (one.name, one.heading) in gone]
        if missing:
            reason = Phrase(
                N_("it uses {fields}, which nobody has under this name any more; copy the campaign and send the copy"),
                fields=", ".join(map(str, missing[:10])),
            )
            raise CampaignWrongError(part=Phrase(N_("The content")), reason=reason)


def _go_on(connection: Connection, campaign: Campaign, step: Step) -> None:
    state = after(campaign.state, step)
    assert state is not None
    queries.put(connection, campaign.id, state=int(state), finished_at=None)
    if state.name == "paused":
        steer.each(connection, campaign, ledger.pause)
