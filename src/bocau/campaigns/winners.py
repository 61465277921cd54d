"""A test is decided: by what people did, or by hand; then everybody else gets the winner."""

import sqlalchemy as sa

from bocau import ledger, stats
from bocau.base.db import Connection, ring_after_commit
from bocau.base.queues import CHORES_DUE
from bocau.campaigns import queries
from bocau.campaigns import tables as t
from bocau.campaigns.errors import CampaignTestMissingError, WinnerKnownError
from bocau.campaigns.history import clicked, opened
from bocau.campaigns.orders import names_people
from bocau.campaigns.rules import Tried, winner
from bocau.campaigns.shapes import Campaign
from bocau.campaigns.states import By, Part, State, Step


def choose(connection: Connection, campaign_id: int, name: str, now: int) -> None:
    """A person decides. Raises CampaignUnknownError, CampaignStepWrongError, VariantUnknownError, CampaignTestMissingError,
    WinnerKnownError."""
    campaign = queries.locked(connection, campaign_id, Step.choose)
    variant = queries.variant_of(campaign, name)
    if campaign.winner is not None:
        won = next(one.name for one in campaign.plan.variants if one.id == campaign.winner)
        raise WinnerKnownError(id=campaign_id, name=won)
    if not campaign.undecided:
        raise CampaignTestMissingError(id=campaign_id)
    _decide(connection, campaign, variant.id, now)


def decide_due(connection: Connection, now: int) -> list[int]:
    """Decide the next test whose time has come; [] when there is none."""
    due = (t.campaign.c.state == int(State.running), t.campaign.c.decide_at <= now)
    query = sa.select(t.campaign.c.id).where(*due).order_by(t.campaign.c.decide_at).limit(1)
    campaign_id = connection.execute(query.with_for_update(skip_locked=True)).scalar()
    if campaign_id is None:
        return []
    campaign = queries.locked(connection, campaign_id)
    _decide(connection, campaign, winner(tried(connection, campaign)), now)
    return [int(campaign_id)]


def tried(connection: Connection, campaign: Campaign) -> list[Tried]:
    """What each variant has come to, in their order. ``hits`` by what the test goes by; opens when by hand."""
    made = []
    for one in campaign.plan.variants:
        if one.submission is None:
            made.append(Tried(one.id, 0, 0))
            continue
        sent = ledger.counts(connection, one.submission)["sent"]
        made.append(Tried(one.id, sent, _hits(connection, campaign, one.submission)))
    return made


def _hits(connection: Connection, campaign: Campaign, submission: int) -> int:
    """Different people, where they are known; else how often it was opened or clicked."""
    clicks = campaign.plan.test is not None and campaign.plan.test.by is By.clicks
    track = campaign.plan.options.track
    if track is not None and track.mode == "aggregate":
        return stats.read(connection, [submission], most=0).of("clicked" if clicks else "opened")
    people = (clicked if clicks else opened)([submission]).subquery()
    return connection.execute(sa.select(sa.func.count()).select_from(people)).scalar_one()


def _decide(connection: Connection, campaign: Campaign, variant: int, now: int) -> None:
    queries.put(connection, campaign.id, winner=variant, decide_at=None)
    rows = []
    if campaign.file is not None:
        rows.append(True)
    if campaign.meant is not None and names_people(campaign.meant):
        rows.append(False)
    values = [
        {
            "campaign": campaign.id,
            "run": campaign.run,
            "part": Part.rest.value,
            "filed": filed,
            "zone": None,
            "start_at": now,
            "now": campaign.launched_at or now,
            "left_out": "{}",
        }
        for filed in rows
    ]
    connection.execute(sa.insert(t.campaign_leg), values)
    ring_after_commit(connection, CHORES_DUE)
