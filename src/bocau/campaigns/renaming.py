"""Campaigns follow what they name when that gets another name, and say who names a thing.

Of a campaign that was launched, its frozen content cannot follow; what is kept for copies of it does.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import sqlalchemy as sa

from bocau import content
from bocau.audience import Target
from bocau.audience.segments import Renaming, SegmentWrongError, renamed
from bocau.audience.values import Attribute, clean
from bocau.base.db import Connection
from bocau.campaigns import queries
from bocau.campaigns import tables as t
from bocau.campaigns.orders import names_people
from bocau.campaigns.shapes import Campaign, Variant
from bocau.campaigns.states import State
from bocau.content import Source, TemplateWrongError, Version

PAGE = 50
"""Campaigns read at once: each may hold megabytes of HTML."""
UNDER_WAY = (State.running, State.paused)


class Followed(NamedTuple):
    """Names of campaigns: that follow, and in which somebody must change a template by hand."""

    campaigns: list[str]
    by_hand: list[str]


def follow_segment(connection: Connection, old: str, new: str) -> list[str]:
    """Let all targets follow a segment's new name; the names of the campaigns that did."""
    followed = []
    for campaign in _every(connection):
        target = campaign.plan.target
        made = replace(
            target,
            segments=tuple(new if clean(one) == old else one for one in target.segments),
            not_segments=tuple(new if clean(one) == old else one for one in target.not_segments),
        )
        if made != target:
            queries.put(connection, campaign.id, target=made.to_json())
            followed.append(campaign.plan.name)
    return followed


def follow_rules(connection: Connection, renaming: Renaming, known: Sequence[Attribute]) -> None:
    """Let the rules that campaigns under way took from segments at their launch follow a new name. ``known``: all
    attributes, as they were called before."""
    for campaign in _every(connection, UNDER_WAY):
        meant = queries.locked(connection, campaign.id).meant
        if meant is None:
            continue
        made = replace(
            meant,
            rules=tuple(_followed(rule, renaming, known) for rule in meant.rules),
            not_rules=tuple(_followed(rule, renaming, known) for rule in meant.not_rules),
        )
        if made != meant:
            queries.put(connection, campaign.id, meant=made.to_json())


def follow_field(connection: Connection, old: str, new: str) -> Followed:
    """Let templates follow an attribute's new name, wherever contacts' attributes are their fields."""
    told = Followed([], [])
    for campaign in _every(connection):
        if campaign.file is not None and not names_people(campaign.plan.target):
            continue  # its fields are the file's columns
        made = {one.id: content.renamed(one.source, old, new) for one in campaign.plan.variants}
        if campaign.file is not None and old in campaign.file.fields:
            made = {one.id: one.source if made[one.id] == one.source else None for one in campaign.plan.variants}
        changed = [one for one in campaign.plan.variants if made[one.id] not in (None, one.source)]
        for one in changed:
            _put_source(connection, one, made[one.id])
        if None in made.values():
            told.by_hand.append(campaign.plan.name)
        elif changed:
            told.campaigns.append(campaign.plan.name)
    return told


def using_heading(connection: Connection, label: str) -> list[str]:
    """Names of campaigns not launched yet whose templates ask for a heading: ``row['…']``."""
    return [
        one.plan.name
        for one in _every(connection, (State.draft, State.scheduled))
        if any(_uses(variant.source, "", label) for variant in one.plan.variants)
    ]


def using_attribute(connection: Connection, attribute: Attribute) -> list[str]:
    """Names of campaigns whose mails still to be made need an attribute: not launched, or not all people read yet."""
    before = (State.draft, State.scheduled)
    return [
        one.plan.name
        for one in _every(connection, before)
        if (one.file is None or names_people(one.plan.target))
        and any(_uses(variant.source, attribute.name, attribute.label) for variant in one.plan.variants)
    ] + being_made(connection, attribute)


def being_made(connection: Connection, attribute: Attribute) -> list[str]:
    """Names of campaigns under way whose frozen content uses an attribute, and not all of whose mails are made."""
    return [
        one.plan.name
        for one in _every(connection, UNDER_WAY)
        if _unmade(connection, one)
        and names_people(one.meant or one.plan.target)
        and _frozen_uses(connection, one, attribute)
    ]


def using_relay(connection: Connection, relay_id: int) -> list[str]:
    """Names of campaigns that are not over and are sent through this relay alone."""
    states = (State.draft, State.scheduled, *UNDER_WAY)
    return [one.plan.name for one in _every(connection, states) if one.plan.relay == relay_id]


def using_segment(connection: Connection, name: str) -> list[str]:
    """Names of campaigns not launched yet whose target names a segment; what was launched keeps the rule it had then."""
    return [
        one.plan.name
        for one in _every(connection, (State.draft, State.scheduled))
        if name in map(clean, (*one.plan.target.segments, *one.plan.target.not_segments))
    ]


def using_list(connection: Connection, list_id: int) -> list[str]:
    """Names of campaigns that are not over and whose target names a list."""
    states = (State.draft, State.scheduled, *UNDER_WAY)
    return [one.plan.name for one in _every(connection, states) if list_id in _lists(_target(one))]


def _target(campaign: Campaign) -> Target:
    return campaign.meant if campaign.state in UNDER_WAY and campaign.meant is not None else campaign.plan.target


def _lists(target: Target) -> tuple[int, ...]:
    return (*target.lists, *target.not_lists)


def _every(connection: Connection, states: Sequence[State] = ()) -> Iterator[Campaign]:
    """Page by page, so that a change of one is possible before the next is read."""
    before = None
    while found := queries.every(connection, states=states, before=before, limit=PAGE):
        yield from found
        before = found[-1].id


def _followed(rule: str, renaming: Renaming, known: Sequence[Attribute]) -> str:
    """A rule that nobody can read any more stays as it is."""
    try:
        return renamed(rule, known, renaming)
    except SegmentWrongError:
        return rule


def _put_source(connection: Connection, variant: Variant, source: Source | None) -> None:
    if source is not None:
        mine = t.campaign_variant.c.id == variant.id
        connection.execute(sa.update(t.campaign_variant).where(mine).values(source=source.to_json().decode()))


def _unmade(connection: Connection, campaign: Campaign) -> bool:
    return campaign.undecided or not all(leg.done for leg in queries.legs(connection, campaign.id, run=campaign.run))


def _frozen_uses(connection: Connection, campaign: Campaign, attribute: Attribute) -> bool:
    frozen = [content.load(connection, one.content).source for one in campaign.plan.variants if one.content is not None]
    return any(_uses(one, attribute.name, attribute.label) for one in frozen)


def _uses(source: Source, name: str, label: str) -> bool:
    """Whether a template asks for a field by its name, or by the heading that is its label."""
    try:
        found = content.fields(Version.unsaved(source))
    except TemplateWrongError:
        return False
    return any(one.name == (label if one.heading else name) for one in found)
