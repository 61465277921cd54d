"""Sender domains in words: keys, records to publish, what DNS says."""

from collections.abc import Mapping, Sequence

from bocau import relays
from bocau.base.clock import now_ms
from bocau.base.words import N_, say
from bocau.doors.cli.terminal.frame import table, tell
from bocau.doors.cli.terminal.telling import harmless, moment
from bocau.relays.published import Finding, Verdict
from bocau.relays.senders import Key
from bocau.relays.view import SenderView

MARKS = {Verdict.good: "✓", Verdict.warning: "!", Verdict.bad: "✗"}
NO_SENDER = N_("No sender domain yet: mail goes out unsigned. Add one: bocau senders add DOMAIN")


def made_for_people(sender: SenderView) -> None:
    tell(say(N_("{domain} has a key, and its mail will be signed from now on."), domain=sender.domain))
    _records(sender)
    if relays.is_reserved(sender.domain):
        tell(say(N_("{domain} is a name for tests: there is no DNS to publish in, and no need."), domain=sender.domain))
    else:
        tell(say(N_("When they are published: bocau senders check {domain}"), domain=sender.domain))


def _records(sender: SenderView) -> None:
    """Each record whole on a line of its own: people copy them."""
    tell("\n" + say(N_("Publish in DNS:")))
    for one in sender.records or ():
        tell(f"\n  {one.purpose}\n    {say(N_('Name'))}:  {one.name}\n    {say(N_('Type'))}:  {one.kind}")
        tell(f"    {say(N_('Value'))}: {one.value}")
        if len(one.value) > 255:
            tell(f"    {say(N_('In a zone file'))}: {one.zone}")
    tell("\n" + say(N_("If there is an SPF record already, put the new parts into it: a domain has only one.")))


def list_for_people(found: Sequence[SenderView]) -> None:
    if not found:
        tell(say(NO_SENDER))
        return
    domain, key, since, bounces = map(say, (N_("Domain"), N_("Key"), N_("Since"), N_("Bounces go to")))
    lines = [
        (
            one.domain,
            one.active.selector,
            moment(one.active.active_at),
            one.bounce_domain or say(N_("the From address")),
        )
        for one in found
    ]
    table((domain, key, since, bounces), lines)


def one_for_people(sender: SenderView, keep: int) -> None:
    tell(sender.domain)
    states = {"next": N_("upcoming"), "active": N_("signs"), "retired": N_("retired")}
    key, state, since, until = map(say, (N_("Key"), N_("State"), N_("Since"), N_("Keep in DNS until")))
    lines = [
        (
            one.selector,
            say(states[one.state]),
            moment(one.active_at),
            moment(one.retired_at + keep if one.retired_at else None),
        )
        for one in sender.keys
    ]
    table((key, state, since, until), lines)
    _records(sender)


def prepared_for_people(sender: SenderView) -> None:
    tell(say(N_("A new key for {domain} was made; the old one still signs."), domain=sender.domain))
    _records(sender)
    text = N_("When it is published, run the same command again: bocau senders rotate {domain}")
    tell(say(text, domain=sender.domain))


def rotated_for_people(before: Key, sender: SenderView, keep: int) -> None:
    tell(say(N_("{domain} now signs with the key {selector}."), domain=sender.domain, selector=sender.active.selector))
    until = moment(now_ms() + keep)
    text = N_(
        "Leave the old record {selector}._domainkey.{domain} in DNS until {time}: mail signed with it is still on its way."
    )
    tell(say(text, selector=before.selector, domain=sender.domain, time=until))


def checked_for_people(told: Mapping[str, Sequence[Finding]]) -> None:
    if not told:
        tell(say(NO_SENDER))
    for domain, findings in told.items():
        tell(domain)
        if not findings:
            tell("  ✓ " + say(N_("A name for tests and examples: it has no DNS, and its mail stays in the sandbox.")))
        for one in findings:
            tell(f"  {MARKS[one.verdict]} {one.purpose} ({harmless(one.name)}): {harmless(one.sentence)}")
            if one.hint:
                tell(f"      → {harmless(one.hint)}")
