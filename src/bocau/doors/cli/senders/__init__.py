"""`bocau senders`: domains we write from, their signing keys, and what they publish in DNS."""

from dataclasses import replace
from functools import lru_cache

import click

from bocau import relays
from bocau.base.clock import now_ms
from bocau.base.db import Connection, reading, transaction
from bocau.base.errors import BocauError
from bocau.base.words import N_, say
from bocau.doors.cli.senders.told import (
    checked_for_people,
    list_for_people,
    made_for_people,
    one_for_people,
    prepared_for_people,
    rotated_for_people,
)
from bocau.doors.cli.terminal.frame import Exit, Noun, argument, confirm, leave, option, pass_parts, show, tell
from bocau.relays import published, senders
from bocau.relays.published import Verdict
from bocau.relays.requests import SenderChange, SenderCreation
from bocau.relays.view import sender_view
from bocau.wire import dns
from bocau.wiring import Parts


class KeyUnpublishedError(BocauError):
    code = "key-unpublished"
    sentence = N_("The new key of {domain} is not in DNS yet: {reason} The old one still signs.")
    hint = N_("Publish {record}, wait until DNS has it, and run this again; --now does not wait.")


class ForgetUnconfirmedError(BocauError):
    code = "sender-remove-unconfirmed"
    sentence = N_("{domain} was not removed: nobody confirmed it.")
    hint = N_("Add --yes.")


@click.group(cls=Noun, help=N_("Domains you send from, and their signing keys."))
def command() -> None:
    """The noun."""


@command.command("add", help=N_("Make a signing key for a domain and print what to publish in DNS."))
@argument("domain")
@option(
    "--bounce-domain",
    default="",
    help=N_("Domain of the envelope sender, where bounces go; by default the From address itself."),
)
@option("--selector", default="", help=N_("Name of the key in DNS; default bocau1."))
@pass_parts
def add(parts: Parts, domain: str, bounce_domain: str, selector: str) -> None:
    """Store a sender domain."""
    creation = SenderCreation(domain=domain, bounce_domain=bounce_domain, selector=selector)
    with transaction(parts.db) as connection:
        made = senders.create_sender(connection, creation, parts.secret, now_ms())
        view = sender_view(made, _used(connection, parts))
    show(view.as_dict(), lambda: made_for_people(view))


@command.command("list", help=N_("List the sender domains."))
@pass_parts
def list_senders(parts: Parts) -> None:
    """All sender domains."""
    with reading(parts.db) as connection:
        found = [sender_view(one) for one in senders.list_senders(connection)]
    show({"senders": [one.as_dict() for one in found]}, lambda: list_for_people(found))


@command.command("show", help=N_("Show a domain's keys and the DNS records to publish."))
@argument("domain")
@pass_parts
def show_sender(parts: Parts, domain: str) -> None:
    """One sender domain."""
    with reading(parts.db) as connection:
        sender = senders.show_sender(connection, senders.domain_of(domain))
        view = sender_view(sender, _used(connection, parts))
    show(view.as_dict(), lambda: one_for_people(view, _keep(parts)))


@command.command("set", help=N_("Change where bounces of a domain's mail go."))
@argument("domain")
@option("--bounce-domain", required=True, help=N_("Domain of the envelope sender; empty: the From address itself."))
@pass_parts
def change(parts: Parts, domain: str, bounce_domain: str) -> None:
    """Set the bounce domain."""
    wanted = SenderChange(bounce_domain=bounce_domain)
    with transaction(parts.db) as connection:
        view = sender_view(senders.change_sender(connection, senders.domain_of(domain), wanted))
    where = view.bounce_domain or say(N_("the From address"))
    show(view.as_dict(), lambda: tell(say(N_("Bounces of {domain} go to {where}."), domain=view.domain, where=where)))


@command.command(
    "rotate",
    help=N_("Change the signing key. First run: makes the new key and prints its record. Second run: uses it."),
)
@argument("domain")
@option("--now", "at_once", is_flag=True, help=N_("Do not check whether DNS has the new key."))
@pass_parts
def rotate(parts: Parts, domain: str, at_once: bool) -> None:
    """Make the next key, or put it to use."""
    name = senders.domain_of(domain)
    with reading(parts.db) as connection:
        waiting = senders.show_sender(connection, name).next
    if waiting is None and not at_once:
        _prepare(parts, name)
        return
    _activate(parts, name, looks=not at_once and not relays.is_reserved(name))


def _prepare(parts: Parts, domain: str) -> None:
    with transaction(parts.db) as connection:
        key = senders.prepare_key(connection, domain, parts.secret, now_ms())
        view = sender_view(senders.show_sender(connection, domain), ())
    record = next(one for one in view.records or () if one.name.startswith(key.selector))
    told = replace(view, records=(record,))
    show(told.as_dict(), lambda: prepared_for_people(told))


def _activate(parts: Parts, domain: str, *, looks: bool) -> None:
    """Put the next key to use. ``looks``: only when DNS knows it; else raises KeyUnpublishedError."""
    with transaction(parts.db) as connection:
        key = senders.prepare_key(connection, domain, parts.secret, now_ms())
        before = senders.show_sender(connection, domain)
    if looks:
        seen = published.check_key(before, key, _lookup())
        if seen.verdict is Verdict.bad:
            raise KeyUnpublishedError(domain=domain, reason=seen.sentence, record=seen.name)
    with transaction(parts.db) as connection:
        view = sender_view(senders.activate_key(connection, domain, now_ms()))
        senders.drop_old_keys(connection, now_ms(), _queue_age(parts))
    show(view.as_dict(), lambda: rotated_for_people(before.active, view, _keep(parts)))


@command.command("remove", help=N_("Remove a domain and its keys; its mail then goes out unsigned."))
@argument("domain")
@option("--yes", is_flag=True, help=N_("Do not ask."))
@pass_parts
def remove(parts: Parts, domain: str, yes: bool) -> None:
    """Forget one."""
    name = senders.domain_of(domain)
    with reading(parts.db) as connection:
        senders.show_sender(connection, name)
    if not confirm(say(N_("Remove {domain} and its keys? The same keys cannot be made again."), domain=name), yes=yes):
        raise ForgetUnconfirmedError(domain=name)
    with transaction(parts.db) as connection:
        senders.remove_sender(connection, name)
    show({"removed": name}, lambda: tell(say(N_("{domain} was removed; its mail goes out unsigned."), domain=name)))


@command.command(
    "check",
    help=N_("Look up what a domain publishes (DKIM, SPF, DMARC) and explain it. Without a name, all domains."),
    epilog=N_("Exit codes: 0 nothing is wrong; 1 something is."),
)
@argument("domain", required=False)
@pass_parts
def check(parts: Parts, domain: str | None) -> None:
    """Ask DNS."""
    with reading(parts.db) as connection:
        found = (
            [senders.show_sender(connection, senders.domain_of(domain))] if domain else senders.list_senders(connection)
        )
        used = _used(connection, parts)
    lookup = _lookup()
    told = {one.domain: [] if relays.is_reserved(one.domain) else published.check(one, used, lookup) for one in found}
    data = [{"domain": name, "findings": [one.as_dict() for one in findings]} for name, findings in told.items()]
    show({"senders": data}, lambda: checked_for_people(told))
    if any(one.verdict is Verdict.bad for findings in told.values() for one in findings):
        leave(Exit.error)


def _lookup() -> published.Lookup:
    """DNS, asked once for each name. Raises DnsAwayError."""
    return lru_cache(maxsize=None)(dns.texts)


def _used(connection: Connection, parts: Parts) -> list[relays.Relay]:
    return relays.active(connection, parts.settings, parts.secret)


def _queue_age(parts: Parts) -> int:
    """Ms the oldest open mail may have."""
    return int(1000 * max(stream.time_to_live for stream in parts.settings.streams.values()))


def _keep(parts: Parts) -> int:
    """Ms an old public key stays published after it was retired."""
    return senders.keep_published_until(0, _queue_age(parts))
