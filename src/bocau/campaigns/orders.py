"""From a campaign to what the ledger is given. A plan's ``options`` is a JSON object; all keys may be absent:

- ``reply_to``, ``headers``, ``unsubscribe_mailto``, ``list_id``: as ``delivery.compose`` says.
- ``track``: object: ``mode`` (``off``, ``aggregate``, ``person``; ``person`` when absent), ``opens``, ``clicks``, ``utm``.
- ``limits``: object: ``per_hour``; ``window``: ``most`` in ``seconds``; ``per_domain``: domain (``*``: each) → per hour;
  ``quiet``: ``from``, ``to``, ``zone`` (an IANA name or ``recipient``); ``frequency``: ``most`` in ``days``.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bocau.audience import Target
from bocau.audience.attributes import every as attributes
from bocau.base.db import Connection
from bocau.campaigns.limits import domain_key
from bocau.campaigns.shapes import Campaign, Variant
from bocau.intake import Order

STREAM = "bulk"
TEST_STREAM = TEST_QUEUE = "transactional"
GIVEN = ("name", "email", "language", "zone", "unsubscribe_url", "preferences_url", "token")
"""Fields every contact's mail has, whatever attributes there are."""


def order_of(connection: Connection, found: Campaign, variant: Variant) -> Order:
    """What the variant's people are sent."""
    return Order(
        source=variant.source,
        sender=variant.sender or found.plan.sender,
        stream=STREAM,
        queue=found.plan.queue,
        name=_named(found, variant),
        options=_options(connection, found),
        time_to_live=found.plan.time_to_live,
    )


def as_test(order: Order) -> Order:
    """The same mail, marked as a test, and nothing else of the campaign: no limits, nobody's opens or clicks, no list."""
    options = {
        name: order.options[name]
        for name in ("reply_to", "headers", "unsubscribe", "columns", "relay")
        if name in order.options
    }
    options |= {"track": unfollowed(order).options["track"], "lists": []}
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
    track = {"mode": "off", "base": order.options["track"]["base"]}
    return replace(order, options={**order.options, "track": track})


def fields(connection: Connection, found: Campaign) -> list[str]:
    """Every field and heading that all people of the campaign have."""
    known = [word for one in attributes(connection) for word in (one.name, one.label)]
    target = found.plan.target
    if found.file is None:
        return [*GIVEN, *known]
    theirs = [*found.file.fields, *found.file.columns]
    if names_people(target):
        theirs = [word for word in theirs if word in known]
    return [*GIVEN, *theirs]


def names_people(target: Target) -> bool:
    """Whether any contact is meant, besides a file's people."""
    return bool(target.everyone or target.lists or target.segments or target.tags or target.rules)


def _named(found: Campaign, variant: Variant) -> str:
    return f"{found.plan.name} · {variant.name}" if len(found.plan.variants) > 1 else found.plan.name


def _options(connection: Connection, found: Campaign) -> dict[str, Any]:
    plan = found.plan
    options = dict(plan.options)
    limits = dict(options.pop("limits", None) or {})
    columns = {one.label: one.name for one in attributes(connection)}
    options |= {
        "unsubscribe": "own",
        "track": {"mode": "person", **dict(options.get("track") or {}), "base": plan.site},
        "lists": list(plan.target.lists),
        "campaign": found.id,
        "columns": columns | dict(found.file.columns if found.file else {}),
    }
    if plan.relay is not None:
        options["relay"] = plan.relay
    if limits:
        if "per_domain" in limits:
            limits["per_domain"] = {domain_key(name): most for name, most in limits["per_domain"].items()}
        options["limits"] = {"key": f"campaign:{found.id}", **limits}
    return options


def limits_of(options: Mapping[str, Any]) -> dict[str, Any]:
    """A plan's limits; empty without any."""
    return dict(options.get("limits") or {})
