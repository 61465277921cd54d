"""Everything that is looked at before a launch: what blocks it, and what its author should know."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import orjson

from bocau import content, relays
from bocau.audience import Counted
from bocau.base.db import Session
from bocau.base.errors import BocauError
from bocau.base.words import N_, Phrase
from bocau.campaigns import filed, orders, patterns, queries, ready
from bocau.campaigns.filed import some_people
from bocau.campaigns.findings import Finding, Findings, blocks, warns
from bocau.campaigns.shapes import Campaign, Variant
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
TRIED = 20
"""People whose mail is made to see whether it can be."""
SEVERE = frozenset(("dkim-other", "dkim-withdrawn", "dkim-several"))
"""What makes every signature fail, which is worse than none."""
FREE = frozenset(
    ("gmail.com", "googlemail.com", "yahoo.com", "outlook.com", "hotmail.com", "live.com", "icloud.com", "aol.com")
)  # fmt: skip
LOCAL = ("localhost", "127.", "[::1]")


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around the campaign. ``relays``: those in use; ``lookup``: DNS; None: do not look; ``most``: bytes a mail
    may have; ``site``: where our public pages are now."""

    relays: Sequence[Relay]
    lookup: Lookup | None
    most: int
    site: str

    @property
    def sandboxed(self) -> bool:
        """Whether nothing leaves this machine."""
        return all(one.kind == "sandbox" or one.profile.host.startswith(LOCAL) for one in self.relays)


class Looked(NamedTuple):
    """All findings, what blocks first; and who gets it: None when what names them is wrong."""

    findings: list[Finding]
    counted: Counted | None


def preflight(session: Session, number: int, now: int, around: Around) -> Looked:
    """Look at everything. Reads the whole audience once. Raises CampaignUnknownError."""
    found = queries.show(session, number)
    found = replace(found, plan=replace(found.plan, site=around.site.rstrip("/")))
    told = ready.blocking(session, found, now)
    counted = _counted(session, number, now)
    steps: list[Callable[[], Findings]] = [
        lambda: _reachable(found, around), lambda: _relay(found, around), lambda: _trial(found, counted),
        lambda: _left_out(found, counted),
    ]  # fmt: skip
    for step in steps:
        told += _guarded(step)
    for variant in found.plan.variants:
        about = _guarded(lambda one=variant: _variant(session, found, one, around))  # type: ignore[misc]
        told += [replace(one, variant=variant.name) for one in about]
    for domain in _domains(found):
        told += _guarded(lambda one=domain: _sender(session, one, around))  # type: ignore[misc]
    unlike = {(one.code, str(one.sentence), one.variant): one for one in told}
    return Looked(sorted(unlike.values(), key=lambda one: one.level.value), counted)


def _counted(session: Session, number: int, now: int) -> Counted | None:
    try:
        return filed.count(session, number, now)
    except BocauError:
        return None  # told as what blocks


def _guarded(step: Callable[[], Findings]) -> list[Finding]:
    """What is broken was told already; nothing further can be said of it."""
    told = []
    try:
        for one in step():
            told.append(one)
    except BocauError:
        pass
    return told


def _variant(session: Session, found: Campaign, variant: Variant, around: Around) -> Findings:
    source = variant.source
    body = source.html or source.mjml or source.markdown
    yield from patterns.of_subject(source.subject)
    yield from patterns.of_words({"subject": source.subject, "body": body, "text": source.text})
    yield from patterns.of_body(body, source.text)
    yield from _attached(source, around.most)
    if not says(source, "unsubscribe_url") and not says(source, "preferences_url"):
        hint = Phrase(N_("Put a link to {example} where readers see it; the header alone is not enough by law."),
                      example="{{ unsubscribe_url }}")  # fmt: skip
        yield warns("unsubscribe-missing", Phrase(N_("the mail shows no link to unsubscribe")), hint)
    yield from _notes(content.Version.unsaved(source))
    yield from _made(session, found, variant)


def _notes(version: content.Version) -> Findings:
    for note in content.lint(version):
        if note.code not in ready.BLOCKING_NOTES:
            yield warns(note.code.replace("_", "-"), note.problem)


def _attached(source: content.Source, most: int) -> Findings:
    size = sum(int(file["size"]) for file in source.attachments)
    if size * 4 // 3 > most:
        hint = Phrase(N_("Leave some out, or put them on a page and link to it."))
        told = Phrase(N_("the attachments make the mail larger than {most} MB"), most=most >> 20)
        yield blocks("attachments-too-large", told, hint)
    elif size > HEAVY:
        told = Phrase(N_("everybody gets {size} MB of attachments"), size=f"{size / (1 << 20):.1f}")
        yield warns(
            "attachments-heavy", told, Phrase(N_("A link to a page costs less and tells who looked."))
        )


def _made(session: Session, found: Campaign, variant: Variant) -> Findings:
    """Whether mails of some of its people can be made."""
    compiled = content.compile(content.Version.unsaved(variant.source))
    given = {
        "unsubscribe_url": "https://x.invalid/u/x",
        "preferences_url": "https://x.invalid/p/x",
        "token": "x",
    }
    columns = dict(orders.order_of(session, found, variant).options["columns"])
    wrong: list[str] = []
    people = some_people(session, found, TRIED)
    for one in people:
        data = {"email": one.address, **orjson.loads(one.data), **given}
        data.setdefault("row", {heading: data.get(key, "") for heading, key in columns.items()})
        try:
            compiled.render(data)
        except BocauError as error:
            wrong.append(str(error))
    if not wrong:
        return
    text = N_("of {tried} mails {count} could not be made: {reason}")
    told = Phrase(text, tried=len(people), count=len(wrong), reason=wrong[0])
    hint = Phrase(
        N_("Give fields that may be missing a default: {example}"), example="{{ name | default('') }}"
    )
    yield (blocks if len(wrong) == len(people) else warns)("mails-broken", told, hint)


def _reachable(found: Campaign, around: Around) -> Findings:
    host = found.plan.site.partition("://")[2]
    if host.startswith(LOCAL) and not around.sandboxed:
        told = Phrase(
            N_("links to unsubscribe lead to {site}, which works only on this machine"), site=found.plan.site
        )
        yield blocks("site-local", told, Phrase(ready.REACHED))


def _relay(found: Campaign, around: Around) -> Findings:
    if found.plan.relay is not None and found.plan.relay not in {one.id for one in around.relays}:
        hint = Phrase(N_("Choose another: bocau campaigns change {id} --relay NAME"), id=found.id)
        yield blocks("relay-unusable", Phrase(N_("the relay it is to go through is not in use")), hint)
    elif around.sandboxed and around.relays:
        hint = Phrase(N_("Set a relay when it is meant for people: bocau relays add"))
        yield warns("sandboxed", Phrase(N_("it goes to the sandbox: nobody outside gets it")), hint)


def _trial(found: Campaign, counted: Counted | None) -> Findings:
    test, variants = found.plan.test, found.plan.variants
    if test is None:
        return
    texts = {(one.source.to_json(), one.sender) for one in variants}
    if len(texts) < len(variants):
        hint = Phrase(N_("Let them differ in subject, sender or content."))
        yield warns("variants-equal", Phrase(N_("two variants say the same")), hint)
    people = counted.mailable * test.share // 100 // len(variants) if counted else 0
    if 0 < people < FEW and test.share < 100:
        hint = Phrase(N_("Raise the share, or decide by hand."))
        yield warns(
            "test-small", Phrase(N_("each variant is tried on {people} people only"), people=people), hint
        )


def _left_out(found: Campaign, counted: Counted | None) -> Findings:
    if counted and counted.total and not counted.mailable:
        hint = Phrase(N_("See why: bocau campaigns preflight {id} tells the reasons"), id=found.id)
        yield blocks("audience-blocked", Phrase(N_("nobody in its audience may be mailed")), hint)


def _domains(found: Campaign) -> list[str]:
    senders = [found.plan.sender, *(one.sender for one in found.plan.variants if one.sender)]
    try:
        domains = [parse_mailbox(one).address.rpartition("@")[2].lower() for one in senders]
    except BocauError:
        return []
    return list(dict.fromkeys(domains))


def _sender(session: Session, domain: str, around: Around) -> Findings:
    """Whether receivers will believe who writes."""
    if around.sandboxed or relays.is_reserved(domain):
        return
    if domain in FREE:
        told = Phrase(
            N_("mail from {domain} through another relay is refused or lands in spam (DMARC)"), domain=domain
        )
        yield warns("sender-free", told, Phrase(N_("Write from a domain of your own.")))
        return
    known = _known(session, domain)
    if known is None:
        told = Phrase(N_("{domain} has no key: its mail goes unsigned"), domain=domain)
        yield warns(
            "sender-unsigned", told, Phrase(N_("Make one: bocau senders add {domain}"), domain=domain)
        )
    elif around.lookup is not None:
        yield from _published(known, around, around.lookup)


def _published(known: Sender, around: Around, lookup: Lookup) -> Findings:
    try:
        told = check_domain(known, around.relays, lookup)
    except BocauError as error:
        yield warns("dns-away", str(error), error.advice())
        return
    for one in told:
        if one.verdict is not Verdict.good:
            made = blocks if one.code in SEVERE else warns
            yield made(one.code, f"{one.name}: {one.sentence}", one.hint)


def _known(session: Session, domain: str) -> Sender | None:
    """The sender domain, or the nearest above it."""
    labels = domain.split(".")
    for start in range(len(labels) - 1):
        try:
            return show_sender(session, ".".join(labels[start:]))
        except SenderUnknownError:
            continue
    return None
