"""People become messages: slice by slice, each in one transaction with the place where it stopped.

Whoever is killed between two slices has done nothing that is not known; the next one goes on behind it. A campaign is
worked on by one process at a time; who comes second passes on.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import orjson
import sqlalchemy as sa

from bocau import audience, intake, ledger
from bocau.audience import Target, freezing
from bocau.base.db import Connection
from bocau.base.errors import BocauError
from bocau.campaigns import notices, queries, steer
from bocau.campaigns import tables as t
from bocau.campaigns.filed import as_message, message_of
from bocau.campaigns.history import history
from bocau.campaigns.installation import Installation
from bocau.campaigns.rules import bucket, place_of, takes
from bocau.campaigns.shapes import Campaign, Leg, Slice, Variant
from bocau.campaigns.states import By, Part, State
from bocau.ledger import NewMessage, people

SLICE = 1000
"""People in one slice; one batch of the ledger."""
WIDEST = 10
"""A slice for a small part of the people reads at most so many times as many."""


class Found(NamedTuple):
    """One person as a leg meets it. ``id``: where the leg stands behind it."""

    id: int
    message: NewMessage


def expanding(connection: Connection, now: int) -> list[int]:
    """Campaigns with people to be made messages of now."""
    query = (
        sa.select(t.campaign.c.id)
        .join(t.campaign_leg, t.campaign_leg.c.campaign == t.campaign.c.id)
        .where(t.campaign.c.state == int(State.running), ~t.campaign_leg.c.done, t.campaign_leg.c.start_at <= now)
    )
    return list(connection.execute(query.distinct().order_by(t.campaign.c.id)).scalars())


def expand_slice(
    connection: Connection, campaign_id: int, now: int, size: int = SLICE, *, installation: Installation | None = None
) -> Slice:
    """Put the next people of a campaign into the ledger. Nothing is done when somebody else is at it, or it does not run.

    What makes it impossible to go on (a list is gone, a segment's rule is broken) pauses the campaign, which then says so, with
    ``installation`` also by mail.
    """
    campaign = queries.free(connection, campaign_id)
    if campaign is None or campaign.state is not State.running:
        return Slice(False, 0, campaign.plan.queue if campaign else "")
    due = _due(connection, campaign_id, now)
    if not due:
        return Slice(False, 0, campaign.plan.queue)
    leg = due[0]
    try:
        with connection.begin_nested():
            added, over = _one(connection, campaign, leg, now, size)
    except BocauError as error:
        steer.halt(connection, campaign, error)
        if installation is not None:
            notices.stopped(connection, campaign, error, now, installation)
        return Slice(False, 0, campaign.plan.queue)
    if over and not _open(connection, campaign_id):
        _complete(connection, campaign, now)
    return Slice(not over or len(due) > 1, added, campaign.plan.queue)


def _due(connection: Connection, campaign_id: int, now: int) -> list[Leg]:
    """The open legs whose time has come, two at most; locked."""
    query = (
        sa.select(t.campaign_leg)
        .where(t.campaign_leg.c.campaign == campaign_id, ~t.campaign_leg.c.done, t.campaign_leg.c.start_at <= now)
        .order_by(t.campaign_leg.c.id)
        .limit(2)
    )
    return [queries.as_leg(row) for row in connection.execute(query.with_for_update(skip_locked=True))]


def _open(connection: Connection, campaign_id: int) -> bool:
    query = sa.select(t.campaign_leg.c.id).where(t.campaign_leg.c.campaign == campaign_id, ~t.campaign_leg.c.done)
    return connection.execute(query.limit(1)).first() is not None


def _one(connection: Connection, campaign: Campaign, leg: Leg, now: int, size: int) -> tuple[int, bool]:
    """Work on the next people of a leg: how many became messages, and whether the leg is at its end."""
    share = campaign.plan.test.share if campaign.plan.test else 100
    width = size * min(WIDEST, max(1, 100 // share)) if leg.part is Part.test else size
    met = _filed(connection, campaign, leg, width) if leg.filed else _contacts(connection, campaign, leg, width)
    mine = met
    if leg.part is not Part.everyone:
        mine = [one for one in met if takes(leg.part, bucket(campaign.id, one.message.recipient), share)]
    blocked = _blocked(connection, campaign, leg, [one.message.recipient for one in mine], now)
    kept = [one.message for one in mine if one.message.recipient not in blocked]
    added = _add(connection, campaign, leg, kept)
    over = len(met) < width
    left_out = Counter(leg.left_out) + Counter(blocked.values())
    values = {
        "position": met[-1].id if met else leg.position,
        "done": over,
        "seen": leg.seen + len(mine),
        "added": leg.added + added,
        "left_out": orjson.dumps(dict(left_out)).decode(),
    }
    connection.execute(sa.update(t.campaign_leg).where(t.campaign_leg.c.id == leg.id).values(**values))
    return added, over


def _contacts(connection: Connection, campaign: Campaign, leg: Leg, width: int) -> list[Found]:
    target = _meant(campaign)
    met = audience.slice_target(
        connection, target, leg.position, width, history=history(connection), zone=leg.zone, now=leg.now
    )
    return [Found(one.id, message_of(one)) for one in met]


def _filed(connection: Connection, campaign: Campaign, leg: Leg, width: int) -> list[Found]:
    mine = (t.campaign_person.c.campaign == campaign.id, t.campaign_person.c.id > leg.position)
    rows = connection.execute(sa.select(t.campaign_person).where(*mine).order_by(t.campaign_person.c.id).limit(width))
    return [Found(row.id, as_message(row)) for row in rows]


def _blocked(connection: Connection, campaign: Campaign, leg: Leg, keys: Sequence[str], now: int) -> Mapping[str, str]:
    """Recipient key → why it gets nothing."""
    if not keys:
        return {}
    told = audience.blocked(connection, keys, campaign.plan.target.lists, bulk=True, now=now)
    if leg.filed:
        told = {**freezing.shut_out(connection, keys, _meant(campaign), history(connection), leg.now), **told}
    return told


def _add(connection: Connection, campaign: Campaign, leg: Leg, messages: Sequence[NewMessage]) -> int:
    """Each to its variant's submission; nobody who is there already. How many are new."""
    groups: dict[int, list[NewMessage]] = {}
    for message in messages:
        groups.setdefault(_variant(campaign, message.recipient).submission or 0, []).append(message)
    added = 0
    for submission_id in sorted(groups):
        group = groups[submission_id]
        if leg.run > 1 or campaign.wall or campaign.file:  # some may be there already
            there = people.known(connection, submission_id, [one.recipient for one in group])
            group = [one for one in group if one.recipient not in there]
        added += intake.add(connection, submission_id, group).added
    return added


def _variant(campaign: Campaign, recipient: str) -> Variant:
    """What a person is sent: always the same, whenever it is asked and by whichever leg."""
    variants, test = campaign.plan.variants, campaign.plan.test
    place = place_of(bucket(campaign.id, recipient), test.share, len(variants)) if test else 0
    if place is not None:
        return variants[place]
    return next(one for one in variants if one.id == campaign.winner)


def _meant(campaign: Campaign) -> Target:
    return campaign.meant if campaign.meant is not None else campaign.plan.target


def _complete(connection: Connection, campaign: Campaign, now: int) -> None:
    """Everybody is in: the test waits for its winner, else no further row will come."""
    test = campaign.plan.test
    if campaign.undecided and test is not None:
        if test.by is not By.hand:
            queries.put(connection, campaign.id, decide_at=now + test.wait)
        return
    for submission_id in queries.submissions(connection, campaign.id):
        ledger.close_submission(connection, submission_id, 0)
