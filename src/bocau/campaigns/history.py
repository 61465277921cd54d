"""What people did with campaigns, for rules of segments: opened, clicked, received."""

from collections.abc import Callable
from functools import partial
from typing import Any

import sqlalchemy as sa

from bocau.audience import CampaignUnknown, History
from bocau.base.db import Connection
from bocau.campaigns import tables as t
from bocau.campaigns.queries import submissions
from bocau.events.having import PERSON, having, having_read
from bocau.ledger import MessageState
from bocau.ledger.people import recipients

Choose = Callable[[list[int]], "sa.Select[Any]"]


def history(connection: Connection) -> History:
    """Function of the segment language → for a campaign's name a SELECT of recipient keys."""
    return {
        "opened": partial(_of, connection, opened),
        "clicked": partial(_of, connection, clicked),
        "received": partial(_of, connection, _received),
    }


def opened(numbers: list[int]) -> "sa.Select[Any]":
    """Recipient keys of people who opened a mail of these submissions; who followed a link has, with or without
    pictures."""
    return recipients(numbers, among=having_read())


def clicked(numbers: list[int]) -> "sa.Select[Any]":
    return recipients(numbers, among=having("clicked", by=PERSON))


def _received(numbers: list[int]) -> "sa.Select[Any]":
    return recipients(numbers, state=MessageState.sent)


def _of(connection: Connection, choose: Choose, name: str) -> "sa.Select[Any]":
    campaign_id = connection.execute(sa.select(t.campaign.c.id).where(t.campaign.c.name == name)).scalar()
    if campaign_id is None:
        raise CampaignUnknown(name)
    return choose(list(submissions(connection, campaign_id)))
