"""The end: every recipient has an outcome; and what came of it, counted."""

from collections import Counter

import sqlalchemy as sa

from bocau import ledger
from bocau.base.db import Connection
from bocau.campaigns import queries
from bocau.campaigns import tables as t
from bocau.campaigns.shapes import Campaign, Progress
from bocau.campaigns.states import State

OVER = ("finished", "cancelled")


def finish_due(connection: Connection, now: int) -> list[int]:
    """Finish the campaigns whose people all have an outcome. Those that were."""
    still = sa.exists().where(t.campaign_leg.c.campaign == t.campaign.c.id, ~t.campaign_leg.c.done)
    query = sa.select(t.campaign.c.id).where(t.campaign.c.state == int(State.running), ~still)
    done = []
    for campaign_id in connection.execute(query.order_by(t.campaign.c.id)).scalars().all():
        campaign = queries.free(connection, campaign_id)
        if campaign is not None and campaign.state is State.running and _is_over(connection, campaign):
            queries.put(connection, campaign_id, state=int(State.finished), finished_at=now)
            done.append(int(campaign_id))
    return done


def outcomes(connection: Connection, campaign_id: int) -> dict[str, dict[str, int]]:
    """Variant → state → messages. Reads all rows. Raises CampaignUnknownError."""
    queries.show(connection, campaign_id)
    return {
        name: ledger.counts(connection, submission)
        for submission, name in queries.submissions(connection, campaign_id).items()
    }


def progress(connection: Connection, campaign_id: int) -> Progress:
    """How far it is, cheaply. Raises CampaignUnknownError."""
    campaign = queries.show(connection, campaign_id)
    mails = [ledger.progress(connection, one) for one in queries.submissions(connection, campaign_id)]
    legs = queries.legs(connection, campaign_id, run=campaign.run)
    left_out: Counter[str] = Counter()
    for leg in legs:
        left_out.update(leg.left_out)
    return Progress(
        total=sum(one.total for one in mails),
        open=sum(one.open for one in mails),
        deferred=sum(one.deferred for one in mails),
        seen=sum(leg.seen for leg in legs),
        left_out=dict(left_out),
        expanded=bool(legs) and all(leg.done for leg in legs) and not campaign.undecided,
    )


def _is_over(connection: Connection, campaign: Campaign) -> bool:
    if campaign.undecided or _opened_since(connection, campaign):
        return False
    states = [
        ledger.show_submission(connection, campaign_id) for campaign_id in queries.submissions(connection, campaign.id)
    ]
    return all(row is None or row["state"] in OVER for row in states)


def _opened_since(connection: Connection, campaign: Campaign) -> bool:
    """Whether a leg came while we waited for the lock."""
    query = sa.select(t.campaign_leg.c.id).where(t.campaign_leg.c.campaign == campaign.id, ~t.campaign_leg.c.done)
    return connection.execute(query.limit(1)).first() is not None
