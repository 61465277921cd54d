"""A campaign begins: by hand at once, or by the clock. Nothing is expanded here, so it takes no longer for a million."""

from dataclasses import replace

import sqlalchemy as sa

from bocau import audience, content, intake
from bocau.audience import Target, freezing
from bocau.base import clock
from bocau.base.db import Connection, ring_after_commit
from bocau.base.errors import BocauError
from bocau.base.queues import CHORES_DUE
from bocau.base.words import N_, Phrase
from bocau.campaigns import notices, queries, ready
from bocau.campaigns import tables as t
from bocau.campaigns.errors import CampaignWrongError
from bocau.campaigns.history import history
from bocau.campaigns.installation import Installation
from bocau.campaigns.orders import limits_of, names_people, order_of
from bocau.campaigns.rules import earliest, instant
from bocau.campaigns.shapes import Campaign
from bocau.campaigns.states import Part, State, Step
from bocau.campaigns.winners import decide_due

A_DAY_AROUND = 26 * 3_600_000
"""Ms from the first to the last place where clocks show the same."""
AHEAD = 14 * 86_400.0
"""Seconds more that a mail is tried when limits may make it wait for its first attempt."""


def launch(connection: Connection, campaign_id: int, now: int, installation: Installation) -> None:
    """Freeze the content, open a submission for each variant, and let expansion begin.

    Raises CampaignUnknownError, CampaignStepWrongError, CampaignUnreadyError and what is wrong with the target.
    """
    _begin(connection, queries.locked(connection, campaign_id, Step.launch), now, installation)


def schedule(
    connection: Connection,
    campaign_id: int,
    at: int,
    now: int,
    installation: Installation,
    *,
    wall: str = "",
    zone: str = "",
) -> None:
    """Let the clock launch it ``at`` (ms); with ``wall`` (``2026-12-01T08:00``) each recipient gets it when clocks there
    show that, where nobody knows their zone those of ``zone`` (else of the installation), and ``at`` is not looked at.

    Checks what a launch would refuse. Raises what ``launch`` raises, and
    CampaignWrongError when the time is over.
    """
    campaign = queries.locked(connection, campaign_id, Step.schedule)
    campaign = replace(ready.here(campaign, installation), wall=wall)
    _check_time(campaign, at, now)
    ready.refuse(connection, campaign, now, installation, empty=True)
    start = earliest(wall) if wall else at
    zone = zone or (clock.zone().key if wall else "")
    values = {"start_at": start, "wall": wall, "zone": zone}
    queries.put(connection, campaign_id, **values, state=int(State.scheduled), changed_at=now, problem=None)


def unschedule(connection: Connection, campaign_id: int, now: int) -> None:
    """Back to a draft. Raises CampaignUnknownError, CampaignStepWrongError."""
    queries.locked(connection, campaign_id, Step.unschedule)
    queries.put(connection, campaign_id, state=int(State.draft), start_at=None, wall="", zone="", changed_at=now)


def start_due(connection: Connection, now: int, installation: Installation) -> list[int]:
    """Launch the next scheduled campaign whose time has come, or decide the next test. The campaign; [] when nothing is due.

    One that cannot be sent any more becomes a draft again and says why, also by mail.
    """
    due = (t.campaign.c.state == int(State.scheduled), t.campaign.c.start_at <= now)
    query = sa.select(t.campaign.c.id).where(*due).order_by(t.campaign.c.start_at).limit(1)
    campaign_id = connection.execute(query.with_for_update(skip_locked=True)).scalar()
    if campaign_id is None:
        return decide_due(connection, now)
    campaign = queries.locked(connection, campaign_id, Step.launch)
    try:
        with connection.begin_nested():
            _begin(connection, campaign, now, installation)
    except BocauError as error:
        notices.not_started(connection, campaign, error, now, installation)
        queries.put(connection, campaign_id, state=int(State.draft), problem=queries.told(error), changed_at=now)
    return [int(campaign_id)]


def add_legs(connection: Connection, campaign: Campaign, meant: Target, run: int, now: int) -> None:
    """The parts of the audience that are read now: a file first, so that what it says of a person counts."""
    part = Part.test if campaign.undecided else Part.everyone
    rows: list[tuple[Part, bool, str | None, int]] = []
    if campaign.file is not None:
        start = instant(campaign.wall, campaign.zone) if campaign.wall and run == 1 else now
        rows.append((part, True, None, start))
    if names_people(meant):
        starts = _starts(connection, campaign, meant, now) if campaign.wall and run == 1 else []
        rows += [(part, False, zone, start) for start, zone in starts]
        rows.append((part, False, None, max([start for start, _ in starts], default=now)))
    put_legs(connection, campaign.id, run, now, rows)


def put_legs(
    connection: Connection, campaign_id: int, run: int, now: int, rows: list[tuple[Part, bool, str | None, int]]
) -> None:
    """Rows: part, whether of the file, zone, start."""
    values = [
        {
            "campaign": campaign_id,
            "run": run,
            "part": part.value,
            "filed": filed,
            "zone": zone,
            "start_at": start,
            "now": now,
            "left_out": "{}",
        }
        for part, filed, zone, start in rows
    ]
    if values:
        connection.execute(sa.insert(t.campaign_leg), values)
        ring_after_commit(connection, CHORES_DUE)


def _check_time(campaign: Campaign, at: int, now: int) -> None:
    """Raises CampaignWrongError when the time is over everywhere, or cannot be kept."""
    time = Phrase(N_("The time"))
    if (earliest(campaign.wall) + A_DAY_AROUND if campaign.wall else at) <= now:
        raise CampaignWrongError(part=time, reason=Phrase(N_("it has already passed")))
    if campaign.wall and campaign.undecided:
        reason = Phrase(N_("a test is decided for everybody at once; it does not work with local times"))
        raise CampaignWrongError(part=time, reason=reason)


def _begin(connection: Connection, campaign: Campaign, now: int, installation: Installation) -> None:
    campaign = ready.here(campaign, installation)
    ready.refuse(connection, campaign, now, installation)
    meant = freezing.freeze(connection, campaign.plan.target)
    for variant in campaign.plan.variants:
        order = replace(order_of(connection, campaign, variant), time_to_live=_alive(campaign, now))
        opened = intake.begin(connection, order, f"campaign:{campaign.id}:{variant.id}", now)
        mine = t.campaign_variant.c.id == variant.id
        version = content.freeze(connection, order.source, now)
        connection.execute(sa.update(t.campaign_variant).where(mine).values(submission=opened.id, content=version))
    add_legs(connection, campaign, meant, 1, now)
    values = {
        "state": int(State.running),
        "site": installation.site,
        "meant": meant.to_json(),
        "run": 1,
        "launched_at": now,
        "problem": None,
    }
    queries.put(connection, campaign.id, **values)


def _alive(campaign: Campaign, now: int) -> float:
    """Seconds from now for which a mail may be tried: times to come are not taken from it."""
    later = max(0, earliest(campaign.wall) + A_DAY_AROUND - now) if campaign.wall else 0
    test = campaign.plan.test
    waited = test.wait if test and test.share < 100 else 0
    slow = AHEAD if limits_of(campaign.plan.options) or waited else 0.0
    return campaign.plan.time_to_live + (later + waited) / 1000 + slow


def _starts(connection: Connection, campaign: Campaign, meant: Target, now: int) -> list[tuple[int, str]]:
    """When each zone's people are due, the earliest first."""
    known = audience.zones(connection, meant, history(connection), now)
    return sorted((instant(campaign.wall, zone or campaign.zone), zone) for zone in known)


__all__ = ["add_legs", "launch", "put_legs", "schedule", "start_due", "unschedule"]
