"""From a campaign to what the ledger is given."""

from dataclasses import replace

from bocau.audience import Target
from bocau.audience.attributes import every as attributes
from bocau.base.db import Connection
from bocau.campaigns.limits import domain_key
from bocau.campaigns.shapes import Campaign, Variant
from bocau.intake import Order
from bocau.ledger.options import OWN, Limits, Options, Track

STREAM = "bulk"
TEST_STREAM = TEST_QUEUE = "transactional"
GIVEN = ("name", "email", "language", "zone", "unsubscribe_url", "preferences_url", "token")
"""Fields every contact's mail has, whatever attributes there are."""


def order_of(connection: Connection, campaign: Campaign, variant: Variant) -> Order:
    """What the variant's people are sent."""
    return Order(
        source=variant.source,
        sender=variant.sender or campaign.plan.sender,
        stream=STREAM,
        queue=campaign.plan.queue,
        name=_named(campaign, variant),
        options=_options(connection, campaign),
        time_to_live=campaign.plan.time_to_live,
    )


def as_test(order: Order) -> Order:
    """The same mail, marked as a test, and nothing else of the campaign: no limits, nobody's opens or clicks, no list."""
    given = unfollowed(order).options
    options = Options(
        reply_to=given.reply_to,
        headers=given.headers,
        unsubscribe=given.unsubscribe,
        columns=given.columns,
        relay=given.relay,
        track=given.track,
        lists=(),
    )
    subject = f"[Test] {order.source.subject}"
    return replace(
        order,
        source=replace(order.source, subject=subject),
        stream=TEST_STREAM,
        queue=TEST_QUEUE,
        options=options,
        name=f"[Test] {order.name}",
    )


def unfollowed(order: Order) -> Order:
    """The same mail, and nobody's opens or clicks are looked for."""
    track = Track(mode="off", base=order.options.track.base if order.options.track else None)
    return replace(order, options=replace(order.options, track=track))


def fields(connection: Connection, campaign: Campaign) -> list[str]:
    """Every field and heading that all people of the campaign have."""
    known = [word for one in attributes(connection) for word in (one.name, one.label)]
    target = campaign.plan.target
    if campaign.file is None:
        return [*GIVEN, *known]
    theirs = [*campaign.file.fields, *campaign.file.columns]
    if names_people(target):
        theirs = [word for word in theirs if word in known]
    return [*GIVEN, *theirs]


def names_people(target: Target) -> bool:
    """Whether any contact is meant, besides a file's people."""
    return bool(target.everyone or target.lists or target.segments or target.tags or target.rules)


def _named(campaign: Campaign, variant: Variant) -> str:
    return f"{campaign.plan.name} · {variant.name}" if len(campaign.plan.variants) > 1 else campaign.plan.name


def _options(connection: Connection, campaign: Campaign) -> Options:
    plan = campaign.plan
    track = plan.options.track or Track()
    columns = {one.label: one.name for one in attributes(connection)}
    return replace(
        plan.options,
        unsubscribe=OWN,
        track=replace(track, mode="person" if track.mode is None else track.mode, base=plan.site),
        lists=plan.target.lists,
        campaign=campaign.id,
        columns=columns | dict(campaign.file.columns if campaign.file else {}),
        relay=plan.relay,
        limits=_limits(campaign),
    )


def _limits(campaign: Campaign) -> Limits | None:
    """Counted for all variants together, by domains as recipients' keys have them."""
    limits = limits_of(campaign.plan.options)
    if limits is None:
        return None
    domains = limits.per_domain
    if domains is not None:
        domains = {domain_key(name): most for name, most in domains.items()}
    return replace(limits, key=f"campaign:{campaign.id}", per_domain=domains)


def limits_of(options: Options) -> Limits | None:
    """A plan's limits; None without any."""
    return options.limits if options.limits is not None and options.limits.as_dict() else None
