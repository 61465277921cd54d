"""What a request comes to: the plan of a campaign that is made, or the plan it has, changed. Nothing is stored here."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from bocau import relays
from bocau.audience import Target, lists
from bocau.base import clock
from bocau.base.db import Connection
from bocau.base.given import NOT_GIVEN, Given, over
from bocau.base.places import zone_named
from bocau.base.words import N_, Phrase
from bocau.campaigns.errors import CampaignWrongError, RelayNamelessError
from bocau.campaigns.requests import (
    CampaignChange,
    CampaignCreation,
    LimitsChange,
    NamedTarget,
    Particulars,
    SourceChange,
    TrackChange,
    TrialChange,
    VariantChange,
)
from bocau.campaigns.shapes import Plan, Trial, Variant
from bocau.content import Source
from bocau.ledger.options import Limits, Options, QuietHours, Track
from bocau.wire.address import shown

FIRST = "A"
BODIES = ("html", "markdown", "mjml")
CHANGED = tuple(item.name for item in fields(SourceChange))


def planned(connection: Connection, creation: CampaignCreation) -> Plan:
    """The plan of a campaign that is to be. Raises what is wrong with a name: ListUnknownError, RelayNamelessError."""
    plan = Plan(
        name=creation.name.strip(),
        sender=creation.sender.strip(),
        target=_target(connection, creation.target),
        variants=(Variant(FIRST, creation.source),),
    )
    return _particulars(connection, plan, creation)


def merged(connection: Connection, plan: Plan, change: CampaignChange) -> Plan:
    """The plan with a change over it. Raises CampaignWrongError, ListUnknownError, RelayNamelessError."""
    first, *others = plan.variants
    plan = replace(
        plan,
        name=over(change.name, plan.name).strip(),
        sender=over(change.sender, plan.sender).strip(),
        target=plan.target if change.target is NOT_GIVEN else _target(connection, change.target),
        variants=(replace(first, source=_source(first.source, change.source)), *others),
    )
    return _particulars(connection, plan, change)


def _particulars(connection: Connection, plan: Plan, change: Particulars) -> Plan:
    variants = _variants(plan.variants, change.variants)
    return replace(
        plan,
        variants=variants,
        options=_options(plan.options, change),
        site=over(change.site, plan.site),
        queue=over(change.queue, plan.queue).strip(),
        relay=plan.relay if change.relay is NOT_GIVEN else _relay(connection, change.relay),
        time_to_live=over(change.time_to_live, plan.time_to_live),
        test=_trial(plan.test, change.trial, len(variants)),
    )


def _target(connection: Connection, named: NamedTarget) -> Target:
    """Raises ListUnknownError."""
    return Target(
        lists=_ids(connection, named.lists),
        segments=named.segments,
        tags=named.tags,
        everyone=named.everyone,
        not_lists=_ids(connection, named.not_lists),
        not_segments=named.not_segments,
        not_tags=named.not_tags,
    )


def _ids(connection: Connection, names: Sequence[str]) -> tuple[int, ...]:
    return tuple(lists.find(connection, name).id for name in names)


def _source(old: Source, change: SourceChange, *, whole: bool = False) -> Source:
    """``whole``: a body takes the place of the plain text too. Raises CampaignWrongError."""
    given = {name: value for name in CHANGED if (value := getattr(change, name)) is not NOT_GIVEN}
    bodies = [name for name in BODIES if given.get(name)]
    if len(bodies) > 1:
        reason = Phrase(N_("it has more than one of HTML, Markdown and MJML"))
        raise CampaignWrongError(part=Phrase(N_("The content")), reason=reason)
    cleared: dict[str, Any] = dict.fromkeys((*BODIES, "text") if whole else BODIES, "") if bodies else {}
    return replace(old, **{**cleared, **given})


def _variants(known: Sequence[Variant], changes: Sequence[VariantChange]) -> tuple[Variant, ...]:
    """Those known, and those that are added or changed; what a new one does not say is the first one's."""
    made = {one.name: one for one in known}
    for change in changes:
        name = change.name.strip()
        old = made.get(name) or Variant(name, known[0].source, known[0].sender)
        source = _source(old.source, change.source, whole=True)
        made[name] = replace(old, source=source, sender=over(change.sender, old.sender).strip())
    return tuple(made.values())


def _trial(old: Trial | None, change: TrialChange, variants: int) -> Trial | None:
    if change == TrialChange():
        return old if variants > 1 else None
    test = old or Trial()
    return Trial(over(change.share, test.share), over(change.by, test.by), over(change.wait, test.wait))


def _options(old: Options, change: Particulars) -> Options:
    """What comes to nothing is left out."""
    track, limits = _track(old.track or Track(), change.track), _limits(old.limits or Limits(), change.limits)
    return replace(
        old,
        reply_to=over(change.reply_to, old.reply_to) or None,
        headers=over(change.headers, old.headers) or None,
        track=None if track == Track() else track,
        limits=None if limits == Limits() else limits,
    )


def _track(old: Track, change: TrackChange) -> Track:
    return replace(
        old,
        mode=over(change.mode, old.mode),
        opens=over(change.opens, old.opens),
        clicks=over(change.clicks, old.clicks),
        utm=old.utm if change.utm is NOT_GIVEN else dict(change.utm) or None,
    )


def _limits(old: Limits, change: LimitsChange) -> Limits:
    kept = Limits() if change.anew else old
    return replace(
        kept,
        per_hour=over(change.per_hour, kept.per_hour),
        window=over(change.window, kept.window),
        per_domain=_domains(change.per_domain, kept.per_domain),
        quiet=_quiet(change.quiet, kept.quiet),
        frequency=over(change.frequency, kept.frequency),
    )


def _domains(new: Given[Mapping[str, int] | None], old: Mapping[str, int] | None) -> Mapping[str, int] | None:
    if new is NOT_GIVEN:
        return old
    return {name.lower(): most for name, most in new.items()} if new else None


def _quiet(new: Given[QuietHours | None], old: QuietHours | None) -> QuietHours | None:
    """Hours are meant where the installation is, unless they say where."""
    if new is NOT_GIVEN:
        return old
    return None if new is None else replace(new, zone=zone_named(new.zone or "") or new.zone or clock.zone().key)


def _relay(connection: Connection, name: str) -> int | None:
    """Its id; None for an empty name: any. Raises RelayNamelessError."""
    if not name:
        return None
    for relay_id, known in relays.relay_names(connection).items():
        if known == name:
            return relay_id
    raise RelayNamelessError(name=shown(name))
