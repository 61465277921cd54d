"""What stands in the way of a launch, asked without a look at other servers; cheap also for a million people."""

from dataclasses import replace
from functools import reduce

import orjson

from bocau import audience, content, intake
from bocau.audience import freezing
from bocau.base.config import STREAMS
from bocau.base.db import Connection
from bocau.base.errors import BocauError
from bocau.base.words import N_, Phrase, say
from bocau.campaigns import orders
from bocau.campaigns.errors import CampaignUnreadyError
from bocau.campaigns.filed import some_people
from bocau.campaigns.findings import Finding, Findings, Level, blocks, guarded, of, warns
from bocau.campaigns.history import history
from bocau.campaigns.installation import Installation, is_local, sandboxed
from bocau.campaigns.shapes import Campaign, Variant
from bocau.delivery.compose import tracked
from bocau.delivery.headings import Headings, site
from bocau.ledger.options import Options, OptionWrongError, Track

BLOCKING_NOTES = frozenset(("link_empty", "link_broken"))
"""Remarks of ``content.lint`` that nobody can have meant."""
REACHED = N_(
    "Set BOCAU_BASE_URL to the address at which people reach this server, such as "
    "BOCAU_BASE_URL=https://mail.example.com, for all its processes and for this command; then "
    "restart it."
)
TRIED = 20
"""People whose mail is made to see whether it can be."""
ANY_SECRET = b"\0" * 32


def here(campaign: Campaign, installation: Installation) -> Campaign:
    """The campaign with the public pages of this installation."""
    return replace(campaign, plan=replace(campaign.plan, site=installation.site))


def refuse(
    connection: Connection, campaign: Campaign, now: int, installation: Installation, *, empty: bool = False
) -> None:
    """Raises CampaignUnreadyError with all that blocks. ``empty``: there need not be anybody yet."""
    told = findings(connection, campaign, now, installation, empty=empty)
    problems = [one for one in told if one.level is Level.block]
    if problems:
        raise CampaignUnreadyError(id=campaign.id, problems=reduce(_both, map(_bare, problems)))


def _bare(one: Finding) -> Phrase | str:
    """As one of several, of which it is said together that nothing was sent."""
    if not isinstance(one.sentence, str):
        return one.sentence
    return one.sentence.removesuffix(say(N_("Nothing was sent."))).rstrip(" .")


def _both(one: Phrase | str, other: Phrase | str) -> Phrase:
    return Phrase("{one}; {other}", one=one, other=other)


def findings(
    connection: Connection, campaign: Campaign, now: int, installation: Installation, *, empty: bool = False
) -> list[Finding]:
    """Everything that blocks a launch, and what is almost so."""
    told = [*_site(campaign), *_relays(connection, campaign, installation)]
    for variant in campaign.plan.variants:
        about = [*of_variant(connection, campaign, variant), *_attached(variant.source, installation.max_bytes)]
        about += guarded(_made(connection, campaign, variant))
        told += [replace(one, variant=variant.name) for one in about]
    return told + list(of_audience(connection, campaign, now, empty=empty))


def of_variant(connection: Connection, campaign: Campaign, variant: Variant) -> Findings:
    """What could never be sent."""
    order = orders.order_of(connection, campaign, variant)
    try:
        intake.check_order(order, STREAMS)
        version = content.Version.unsaved(order.source)
        content.compile(version)
        intake.check_fields(order, orders.fields(connection, campaign))
        tracked(order.options, ANY_SECRET)
        Headings(version, order.sender, order.stream, order.options)
        yield from notes_that_block(version)
    except OptionWrongError as error:
        if error.fields.get("option") != "track.base":  # told once, as the site's
            yield of(error)
    except BocauError as error:
        yield of(error)


def notes_that_block(version: content.Version) -> Findings:
    for note in content.lint(version):
        if note.code in BLOCKING_NOTES:
            hint = Phrase(N_("Write the full address: https://…"))
            yield blocks(note.code.replace("_", "-"), note.problem, hint)


def of_audience(connection: Connection, campaign: Campaign, now: int, *, empty: bool = False) -> Findings:
    """Whether there is anybody, and whether what names them is there."""
    if campaign.file is not None and not campaign.file.complete:
        yield blocks(
            "file-incomplete",
            Phrase(N_("the file {name} was not read to the end"), name=campaign.file.name),
            Phrase(
                N_("Read it again: bocau campaigns change {id} --file {name}"), id=campaign.id, name=campaign.file.name
            ),
        )
    try:
        anybody = _anybody(connection, campaign, now)
    except BocauError as error:
        yield of(error)
        return
    if not anybody and not empty:
        hint = Phrase(N_("Look at its lists, segments and tags: bocau campaigns show {id}"), id=campaign.id)
        yield blocks("audience-empty", Phrase(N_("there is nobody in its audience")), hint)


def refuse_target(connection: Connection, campaign: Campaign, now: int) -> None:
    """Raises what is wrong with the target."""
    _anybody(connection, campaign, now)


def _anybody(connection: Connection, campaign: Campaign, now: int) -> bool:
    target = campaign.plan.target
    past = history(connection)
    if campaign.file is not None:
        freezing.shut_out(connection, ["nobody@nowhere.invalid"], target, past, now)  # are its exclusions there?
        if not orders.names_people(target):
            return campaign.file.rows > 0
    people = audience.slice_target(connection, target, 0, 1, history=past, now=now)
    return bool(people) or (campaign.file is not None and campaign.file.rows > 0)


def _site(campaign: Campaign) -> Findings:
    """Our own pages must be reachable: every mail leads to them to unsubscribe."""
    try:
        site(Options(track=Track(base=campaign.plan.site)))
    except OptionWrongError:
        yield blocks(
            "site-wrong",
            Phrase(
                N_("the public address {site} (BOCAU_BASE_URL), which unsubscribe links lead to, is not https"),
                site=campaign.plan.site or "—",
            ),
            Phrase(REACHED),
        )


def _relays(connection: Connection, campaign: Campaign, installation: Installation) -> Findings:
    try:
        used = installation.relays(connection)
    except BocauError as error:
        yield of(error)
        return
    if is_local(campaign.plan.site.partition("://")[2]) and not sandboxed(used):
        told = Phrase(N_("unsubscribe links lead to {site}, which works only on this machine"), site=campaign.plan.site)
        yield blocks("site-local", told, Phrase(REACHED))
    if campaign.plan.relay is not None and campaign.plan.relay not in {one.id for one in used}:
        hint = Phrase(N_("Choose another: bocau campaigns change {id} --relay NAME"), id=campaign.id)
        yield blocks("relay-unusable", Phrase(N_("the relay chosen for it is not in use")), hint)


def _attached(source: content.Source, most: int) -> Findings:
    if sum(int(file["size"]) for file in source.attachments) * 4 // 3 > most:
        hint = Phrase(N_("Leave some out, or put them on a page and link to it."))
        told = Phrase(N_("the attachments make the mail larger than {most} MB"), most=most >> 20)
        yield blocks("attachments-too-large", told, hint)


def _made(connection: Connection, campaign: Campaign, variant: Variant) -> Findings:
    """Whether mails of some of its people can be made."""
    compiled = content.compile(content.Version.unsaved(variant.source))
    given = {"unsubscribe_url": "https://x.invalid/u/x", "preferences_url": "https://x.invalid/p/x", "token": "x"}
    columns = orders.order_of(connection, campaign, variant).options.columns or {}
    wrong: list[str] = []
    people = some_people(connection, campaign, TRIED)
    for one in people:
        data = {"email": one.address, **orjson.loads(one.data), **given}
        data.setdefault("row", {heading: data.get(key, "") for heading, key in columns.items()})
        try:
            compiled.render(data)
        except BocauError as error:
            wrong.append(str(error))
    if not wrong:
        return
    text = N_("{count} of {tried} mails could not be made: {reason}")
    told = Phrase(text, tried=len(people), count=len(wrong), reason=wrong[0])
    hint = Phrase(N_("Give fields that may be missing a default: {example}"), example="{{ name | default('') }}")
    yield (blocks if len(wrong) == len(people) else warns)("mails-broken", told, hint)
