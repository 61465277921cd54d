"""Everything that is looked at before a launch: what blocks it, and what its author should know."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from bocau import content, relays
from bocau.audience import Counted
from bocau.base.db import Connection
from bocau.base.errors import BocauError
from bocau.base.words import N_, Phrase
from bocau.campaigns import filed, patterns, queries, ready
from bocau.campaigns.findings import Finding, Findings, blocks, guarded, warns
from bocau.campaigns.installation import Installation, sandboxed
from bocau.campaigns.shapes import Campaign
from bocau.delivery.compose import says
from bocau.relays import Relay
from bocau.relays.published import Lookup, Verdict
from bocau.relays.published import check as check_domain
from bocau.relays.senders import Sender, SenderUnknownError, show_sender
from bocau.wire.address import parse_mailbox

HEAVY = 2 << 20
"""Bytes of attachments from which a mail to many is slow and disliked."""
FEW = 100
"""People a variant is tried on, below which chance decides."""
SEVERE = frozenset(("dkim-other", "dkim-withdrawn", "dkim-several"))
"""What makes every signature fail, which is worse than none."""
FREE = frozenset(
    ("gmail.com", "googlemail.com", "yahoo.com", "outlook.com", "hotmail.com", "live.com", "icloud.com", "aol.com")
)


class Looked(NamedTuple):
    """All findings, what blocks first; and who gets it: None when what names them is wrong."""

    findings: list[Finding]
    counted: Counted | None


def preflight(
    connection: Connection, campaign_id: int, now: int, installation: Installation, lookup: Lookup | None
) -> Looked:
    """Look at everything. Reads the whole audience once. ``lookup``: DNS; None: do not look. Raises CampaignUnknownError."""
    campaign = ready.here(queries.show(connection, campaign_id), installation)
    told = ready.findings(connection, campaign, now, installation)
    counted = _counted(connection, campaign_id, now)
    try:
        used = installation.relays(connection)
    except BocauError:
        used = []  # told as what blocks
    local = sandboxed(used)
    if local and used:
        hint = Phrase(N_("To reach real people, set a relay: bocau relays add"))
        told.append(warns("sandboxed", Phrase(N_("it goes to the sandbox: nobody outside gets it")), hint))
    told += [*_trial(campaign, counted), *_left_out(campaign, counted)]
    for variant in campaign.plan.variants:
        told += [replace(one, variant=variant.name) for one in guarded(_variant(variant.source))]
    for domain in [] if local else _domains(campaign):
        told += guarded(_sender(connection, domain, used, lookup))
    unlike = {(one.code, str(one.sentence), one.variant): one for one in told}
    return Looked(sorted(unlike.values(), key=lambda one: one.level.value), counted)


def _counted(connection: Connection, campaign_id: int, now: int) -> Counted | None:
    try:
        return filed.count(connection, campaign_id, now)
    except BocauError:
        return None  # told as what blocks


def _variant(source: content.Source) -> Findings:
    body = source.html or source.mjml or source.markdown
    yield from patterns.of_subject(source.subject)
    yield from patterns.of_words({"subject": source.subject, "body": body, "text": source.text})
    yield from patterns.of_body(body, source.text)
    yield from _attached(source)
    if not says(source, "unsubscribe_url") and not says(source, "preferences_url"):
        hint = Phrase(
            N_("Put a link to {example} where readers see it; the header alone is not enough by law."),
            example="{{ unsubscribe_url }}",
        )
        yield warns("unsubscribe-missing", Phrase(N_("the mail has no visible unsubscribe link")), hint)
    yield from _notes(content.Version.unsaved(source))


def _notes(version: content.Version) -> Findings:
    for note in content.lint(version):
        if note.code not in ready.BLOCKING_NOTES:
            yield warns(note.code.replace("_", "-"), note.problem)


def _attached(source: content.Source) -> Findings:
    size = sum(int(file["size"]) for file in source.attachments)
    if size > HEAVY:
        told = Phrase(N_("everybody gets {size} MB of attachments"), size=f"{size / (1 << 20):.1f}")
        yield warns("attachments-heavy", told, Phrase(N_("A link to a page costs less and tells who looked.")))


def _trial(campaign: Campaign, counted: Counted | None) -> Findings:
    test, variants = campaign.plan.test, campaign.plan.variants
    if test is None:
        return
    texts = {(one.source.to_json(), one.sender) for one in variants}
    if len(texts) < len(variants):
        hint = Phrase(N_("Make them differ in subject, sender or content."))
        yield warns("variants-equal", Phrase(N_("two variants are identical")), hint)
    people = counted.mailable * test.share // 100 // len(variants) if counted else 0
    if 0 < people < FEW and test.share < 100:
        hint = Phrase(N_("Raise the share, or decide by hand."))
        yield warns("test-small", Phrase(N_("each variant is tried on {people} people only"), people=people), hint)


def _left_out(campaign: Campaign, counted: Counted | None) -> Findings:
    if counted and counted.total and not counted.mailable:
        hint = Phrase(N_("See why: bocau campaigns preflight {id}"), id=campaign.id)
        yield blocks("audience-blocked", Phrase(N_("nobody in its audience may be mailed")), hint)


def _domains(campaign: Campaign) -> list[str]:
    senders = [campaign.plan.sender, *(one.sender for one in campaign.plan.variants if one.sender)]
    try:
        domains = [parse_mailbox(one).address.rpartition("@")[2].lower() for one in senders]
    except BocauError:
        return []
    return list(dict.fromkeys(domains))


def _sender(connection: Connection, domain: str, used: Sequence[Relay], lookup: Lookup | None) -> Findings:
    """Whether receivers will believe who writes."""
    if relays.is_reserved(domain):
        return
    if domain in FREE:
        told = Phrase(N_("mail from {domain} through another relay is refused or lands in spam (DMARC)"), domain=domain)
        yield warns("sender-free", told, Phrase(N_("Send from a domain of your own.")))
        return
    known = _known(connection, domain)
    if known is None:
        told = Phrase(N_("{domain} has no key: its mail goes out unsigned"), domain=domain)
        yield warns("sender-unsigned", told, Phrase(N_("Make one: bocau senders add {domain}"), domain=domain))
    elif lookup is not None:
        yield from _published(known, used, lookup)


def _published(known: Sender, used: Sequence[Relay], lookup: Lookup) -> Findings:
    try:
        told = check_domain(known, used, lookup)
    except BocauError as error:
        yield warns("dns-away", str(error), error.advice())
        return
    for one in told:
        if one.verdict is not Verdict.good:
            made = blocks if one.code in SEVERE else warns
            yield made(one.code, f"{one.name}: {one.sentence}", one.hint)


def _known(connection: Connection, domain: str) -> Sender | None:
    """The sender domain, or the nearest above it."""
    labels = domain.split(".")
    for start in range(len(labels) - 1):
        try:
            return show_sender(connection, ".".join(labels[start:]))
        except SenderUnknownError:
            continue
    return None
