"""`bocau campaigns launch`, `schedule`, `pause`, `resume`, `cancel`, `winner`, `retry-failed`, `send-rest`."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import click

from bocau import campaigns, relays
from bocau.audience import contacts
from bocau.base.clock import now_ms
from bocau.base.db import Connection, reading, transaction
from bocau.base.errors import BocauError
from bocau.base.words import N_, figure, say
from bocau.campaigns import orders, rules
from bocau.campaigns.installation import Installation
from bocau.doors.cli.campaigns import watch as campaigns_watch
from bocau.doors.cli.campaigns.make import told
from bocau.doors.cli.campaigns.told import state_word
from bocau.doors.cli.send.asked import OptionTextError
from bocau.doors.cli.terminal import asking
from bocau.doors.cli.terminal.frame import Verb, argument, confirm, option, pass_parts, show, tell
from bocau.ledger import MessageState
from bocau.wire.address import shown
from bocau.wiring import Parts

RETRIABLE = ("failed", "expired", "unknown")
YEARS = range(2000, 2200)


class CampaignCancelUnconfirmedError(BocauError):
    code = "campaign-cancel-unconfirmed"
    sentence = N_("Campaign {id} was not cancelled: nobody confirmed it.")
    hint = N_("Add --yes. Cancelled mails are never sent; `bocau campaigns pause` can be undone.")


@click.command(
    "launch",
    cls=Verb,
    help=N_("Check it and send it now."),
    epilog=N_(
        "With --wait: exit codes 3 ended with mails still waiting or deferred; 4 some failed; 5 no worker is running."
    ),
)
@argument("campaign")
@option("--wait", is_flag=True, help=N_("Wait until it is finished."))
@option("--yes", is_flag=True, help=N_("Do not ask before mailing real people."))
@pass_parts
def launch(parts: Parts, campaign: str, wait: bool, yes: bool) -> None:
    """Now."""
    campaign_id = _asked(parts, campaign, yes=yes)
    with transaction(parts.db) as connection:
        campaigns.launch(connection, campaign_id, now_ms(), Installation.of(parts.settings, parts.secret))
    if wait:
        campaigns_watch.watch(parts, campaign_id)
    else:
        told(parts, campaign_id)


@click.command(
    "schedule",
    cls=Verb,
    help=N_("Schedule the launch: at a time in one time zone, or in each recipient's own."),
    epilog=N_("AT is written as 2026-12-01T08:00; with an offset (…+07:00) --zone is not needed."),
)
@argument("campaign")
@argument("at", required=False, default="")
@option("--zone", default="", help=N_("The time zone of AT; by default that of BOCAU_ZONE."))
@option("--local", is_flag=True, help=N_("At each recipient's local time; --zone is for those without one."))
@option("--off", is_flag=True, help=N_("Unschedule it: it becomes a draft again."))
@option("--yes", is_flag=True, help=N_("Do not ask before mailing real people."))
@pass_parts
def schedule(parts: Parts, /, *, campaign: str, at: str, zone: str, local: bool, off: bool, yes: bool) -> None:
    """Later."""
    if off:
        with transaction(parts.db) as connection:
            campaign_id = campaigns.find(connection, campaign)
            campaigns.unschedule(connection, campaign_id, now_ms())
        told(parts, campaign_id)
        return
    zone = contacts.check_zone(zone) if zone else parts.settings.zone
    moment, wall = _moment(at, zone)
    campaign_id = _asked(parts, campaign, yes=yes)
    with transaction(parts.db) as connection:
        installation = Installation.of(parts.settings, parts.secret)
        campaigns.schedule(
            connection, campaign_id, moment, now_ms(), installation, wall=wall if local else "", zone=zone
        )
    told(parts, campaign_id)


@click.command("pause", cls=Verb, help=N_("Stop sending it for now. Mails on their way still arrive."))
@argument("campaign")
@pass_parts
def pause(parts: Parts, campaign: str) -> None:
    """Hold it."""
    _do(parts, campaign, campaigns.pause)


@click.command("resume", cls=Verb, help=N_("Resume a paused campaign."))
@argument("campaign")
@pass_parts
def resume(parts: Parts, campaign: str) -> None:
    """Go on."""
    _do(parts, campaign, campaigns.resume)


@click.command("cancel", cls=Verb, help=N_("End it: what is not yet sent never will be. This cannot be undone."))
@argument("campaign")
@option("--yes", is_flag=True, help=N_("Do not ask."))
@pass_parts
def cancel(parts: Parts, campaign: str, yes: bool) -> None:
    """End it."""
    with reading(parts.db) as connection:
        found = campaigns.show(connection, campaigns.find(connection, campaign))
    question = say(N_("Cancel campaign {id}, {name}?"), id=found.id, name=found.plan.name)
    if not confirm(question, yes=yes):
        raise CampaignCancelUnconfirmedError(id=found.id)
    with transaction(parts.db) as connection:
        surely = campaigns.cancel(connection, found.id, now_ms())
    text = N_(
        "Campaign {id} was cancelled: {surely} mails will definitely not be sent. Those on their way may still arrive."
    )
    data = {"id": found.id, "state": "cancelled", "surely": surely}
    show(data, lambda: tell(say(text, id=found.id, surely=figure(surely))))


@click.command("winner", cls=Verb, help=N_("Decide a test by hand: the others get this variant."))
@argument("campaign")
@argument("variant")
@pass_parts
def winner(parts: Parts, campaign: str, variant: str) -> None:
    """Decide."""
    _do(parts, campaign, lambda connection, campaign_id: campaigns.choose(connection, campaign_id, variant, now_ms()))


@click.command("retry-failed", cls=Verb, help=N_("Retry mails that failed or expired."))
@argument("campaign")
@option(
    "--state",
    "states",
    type=click.Choice(RETRIABLE),
    multiple=True,
    default=("failed", "expired"),
    show_default=True,
    help=N_("Which mails to retry. Some of the unknown ones may have arrived. Repeatable."),
)
@option("--wait", is_flag=True, help=N_("Wait until it is finished."))
@pass_parts
def retry_failed(parts: Parts, campaign: str, states: tuple[str, ...], wait: bool) -> None:
    """Once more."""
    with transaction(parts.db) as connection:
        campaign_id = campaigns.find(connection, campaign)
        count = campaigns.retry_failed(connection, campaign_id, [MessageState[name] for name in states])
    if wait:
        campaigns_watch.watch(parts, campaign_id)
        return
    text = N_("{count} mails will be tried again.")
    show({"id": campaign_id, "retried": count}, lambda: tell(say(text, count=figure(count))))


@click.command("send-rest", cls=Verb, help=N_("Send it to those who do not have it yet, such as people added later."))
@argument("campaign")
@option("--wait", is_flag=True, help=N_("Wait until it is finished."))
@pass_parts
def send_rest(parts: Parts, campaign: str, wait: bool) -> None:
    """The others."""
    with transaction(parts.db) as connection:
        campaign_id = campaigns.find(connection, campaign)
        campaigns.send_rest(connection, campaign_id, now_ms())
    if wait:
        campaigns_watch.watch(parts, campaign_id)
    else:
        told(parts, campaign_id)


def _do(parts: Parts, campaign: str, verb: Callable[[Connection, int], Any]) -> None:
    """One step."""
    with transaction(parts.db) as connection:
        campaign_id = campaigns.find(connection, campaign)
        verb(connection, campaign_id)
        found = campaigns.show(connection, campaign_id)
    text = N_("Campaign {id}, {name}: {state}")
    data = {"id": campaign_id, "name": found.plan.name, "state": found.state.name}
    show(data, lambda: tell(say(text, id=campaign_id, name=found.plan.name, state=state_word(found.state))))


def _asked(parts: Parts, campaign: str, *, yes: bool) -> int:
    """The campaign's number, once a person has agreed. Raises UnconfirmedError."""
    with reading(parts.db) as connection:
        found = campaigns.show(connection, campaigns.find(connection, campaign))
        order = orders.order_of(connection, found, found.plan.variants[0])
        only_sandbox = all(one.kind == "sandbox" for one in relays.active(connection, parts.settings, parts.secret))
        people = 0 if yes or only_sandbox else filed_count(connection, found.id)
    asking.ask(parts, order, people, yes=yes)
    return found.id


def filed_count(connection: Connection, campaign_id: int) -> int:
    """How many people get it."""
    from bocau.campaigns import filed

    return filed.count(connection, campaign_id, now_ms()).mailable


def _moment(text: str, zone: str) -> tuple[int, str]:
    """Ms and the wall clock's time. Raises OptionTextError."""
    try:
        shows = datetime.fromisoformat(text.strip())
    except ValueError:
        shows = None
    if shows is None or shows.year not in YEARS:
        raise OptionTextError(option=say(N_("AT")), text=shown(text), form="2026-12-01T08:00")
    wall = f"{shows:%Y-%m-%dT%H:%M}"
    if shows.tzinfo is None:
        return rules.instant(wall, zone), wall
    return round(shows.timestamp() * 1000), wall


VERBS = (launch, schedule, pause, resume, cancel, winner, retry_failed, send_rest)
