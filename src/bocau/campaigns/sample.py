"""One person's mail of a campaign before the launch: to be looked at, or sent to a few as a test."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from bocau import intake
from bocau.base.db import Connection
from bocau.base.errors import BocauError
from bocau.base.words import N_
from bocau.campaigns import filed, orders, queries
from bocau.campaigns.installation import Installation
from bocau.campaigns.shapes import Campaign
from bocau.intake import Order
from bocau.ledger import NewMessage
from bocau.wire.address import check

FIRST = 1


class PersonUnknownError(BocauError):
    code = "campaign-person-unknown"
    sentence = N_("“{address}” is neither a contact nor in the campaign's file. Nothing was made.")
    hint = N_("Choose somebody who is: bocau contacts list")


class Sample(NamedTuple):
    """What one person is sent: an order, and her message."""

    order: Order
    message: NewMessage


class SentTest(NamedTuple):
    """A variant on its way to one tester, in a submission of its own."""

    variant: str
    address: str
    submission_id: int

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {"variant": self.variant, "address": self.address, "submission": self.submission_id}


def sample(
    connection: Connection, campaign_id: int, installation: Installation, *, variant: str = "", person: str = ""
) -> Sample:
    """``variant``: its name, or the first; ``person``: an address, or the first of the campaign's people. Nobody's opens
    and clicks are looked for. Raises CampaignUnknownError, PersonUnknownError, AddressWrongError."""
    campaign = _found(connection, campaign_id, installation)
    order = orders.order_of(connection, campaign, queries.variant_of(campaign, variant))
    return Sample(orders.unfollowed(order), _message(connection, campaign, person, anybody=not person))


def send_test(
    connection: Connection,
    campaign_id: int,
    testers: Sequence[NewMessage],
    installation: Installation,
    now: int,
    *,
    variant: str = "",
    person: str = "",
) -> list[SentTest]:
    """Send each variant, or the named one, to each tester; the campaign itself is not affected. ``now`` in ms.

    ``person``: with whose data; by default with the tester's own, or when nobody knows her, the first one's. Raises what
    ``sample`` raises."""
    campaign = _found(connection, campaign_id, installation)
    done = []
    for one in [queries.variant_of(campaign, variant)] if variant else campaign.plan.variants:
        order = orders.as_test(orders.order_of(connection, campaign, one))
        order = replace(order, time_to_live=installation.test_time_to_live)
        for tester in testers:
            message = _message(connection, campaign, person or tester.address, anybody=not person)
            mine = message._replace(recipient=tester.recipient, address=tester.address, row=0)
            key = intake.key_of(order, "campaign test", campaign_id, tester.recipient, now)
            opened = intake.submit(connection, order, [mine], key, now, again=True).opened
            done.append(SentTest(one.name, tester.address, opened.id))
    return done


def _found(connection: Connection, campaign_id: int, installation: Installation) -> Campaign:
    """The campaign with its links, as its launch will freeze them."""
    campaign = queries.show(connection, campaign_id)
    return replace(campaign, plan=replace(campaign.plan, site=installation.site))


def _message(connection: Connection, campaign: Campaign, person: str, *, anybody: bool) -> NewMessage:
    """``anybody``: the first of its people when the named one is unknown. Raises PersonUnknownError."""
    message = filed.of_contact(connection, campaign, check(person).recipient) if person else None
    if message is None and anybody:
        message = next(iter(filed.some_people(connection, campaign, FIRST)), None)
    if message is None:
        raise PersonUnknownError(address=person or "—")
    return message
