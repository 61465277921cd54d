"""`bocau campaigns create`, `change`, `copy`, `delete`."""

from typing import Any

import click

from bocau import campaigns
from bocau.base.clock import now_ms
from bocau.base.db import reading, transaction
from bocau.base.errors import BocauError
from bocau.base.words import N_, say
from bocau.campaigns import State, waiting
from bocau.campaigns.view import view
from bocau.doors.cli.campaigns import file as campaigns_file
from bocau.doors.cli.campaigns.asked import Asked, change_of, creation_of, plan_options
from bocau.doors.cli.campaigns.told import one_for_people, unsent_for_people, waits_for_people
from bocau.doors.cli.campaigns.watch import nobody_works
from bocau.doors.cli.terminal.frame import Verb, argument, confirm, option, pass_parts, show, tell
from bocau.doors.cli.terminal.telling import harmless
from bocau.flows import removing, renaming
from bocau.wiring import Parts


class DeleteUnconfirmedError(BocauError):
    code = "campaign-delete-unconfirmed"
    sentence = N_("Campaign {id} was not deleted: nobody confirmed it.")
    hint = N_("Add --yes.")


@click.command("create", cls=Verb, help=N_("Create a draft. Nothing is sent until it is launched."))
@plan_options
@pass_parts
def create(parts: Parts, /, **given: Any) -> None:
    """A draft, and its file's people."""
    asked = Asked(**given)
    needed = {"--name": asked.name, "--from": asked.sender, "--subject": asked.subject}
    missing = [name for name, value in needed.items() if not value]
    if missing:
        raise click.UsageError(say(N_("Give {options}."), options=", ".join(missing)))
    if not (asked.html or asked.mjml or asked.markdown or asked.text):
        raise click.UsageError(say(N_("Give one of --html, --markdown, --mjml or --text; --text may go with another.")))
    creation = creation_of(parts, asked)
    with transaction(parts.db) as connection:
        campaign_id = campaigns.create(connection, creation, now_ms())
    if asked.file is not None:
        campaigns_file.take_in(parts, campaign_id, asked.file, asked)
    told(parts, campaign_id, hint=N_("Check it: bocau campaigns preflight {id}. Send it: bocau campaigns launch {id}"))


@click.command(
    "change",
    cls=Verb,
    help=N_("Change a draft or a scheduled campaign: each option given replaces what was there."),
    epilog=N_("Any option about people (--list, --tag, --everyone …) replaces all of them."),
)
@argument("campaign")
@option("--no-file", is_flag=True, help=N_("Remove its file."))
@plan_options
@pass_parts
def change(parts: Parts, /, *, campaign: str, no_file: bool, **given: Any) -> None:
    """Another plan."""
    asked = Asked(**given)
    wanted = change_of(parts, asked)
    with transaction(parts.db) as connection:
        campaign_id = campaigns.find(connection, campaign)
        followed = renaming.change_campaign(connection, campaign_id, wanted, now_ms(), no_file=no_file)
    if asked.file is not None:
        campaigns_file.take_in(parts, campaign_id, asked.file, asked)
    told(parts, campaign_id)
    if followed.segments:
        tell(say(N_("Segments that follow: {names}"), names=harmless(", ".join(followed.segments))))


@click.command("copy", cls=Verb, help=N_("Create a new draft with the same content and recipients."))
@argument("campaign")
@option("--name", help=N_("The copy's name."))
@pass_parts
def copy(parts: Parts, campaign: str, name: str | None) -> None:
    """A copy."""
    with transaction(parts.db) as connection:
        campaign_id = campaigns.copy(connection, campaigns.find(connection, campaign), now_ms(), name)
    told(parts, campaign_id)


@click.command("delete", cls=Verb, help=N_("Delete a draft."))
@argument("campaign")
@option("--yes", is_flag=True, help=N_("Do not ask."))
@pass_parts
def delete(parts: Parts, campaign: str, yes: bool) -> None:
    """Forget it."""
    with reading(parts.db) as connection:
        campaign_id = campaigns.find(connection, campaign)
        name = campaigns.show(connection, campaign_id).plan.name
        removing.free_campaign(connection, campaign_id)
    if not confirm(say(N_("Delete the draft {id}, {name}?"), id=campaign_id, name=name), yes=yes):
        raise DeleteUnconfirmedError(id=campaign_id)
    with transaction(parts.db) as connection:
        removing.remove_campaign(connection, campaign_id)
    show({"id": campaign_id, "deleted": True}, lambda: tell(say(N_("Campaign {id} was deleted."), id=campaign_id)))


def told(parts: Parts, campaign_id: int, *, hint: str = "") -> None:
    """Show a campaign after something was done to it."""
    with reading(parts.db) as connection:
        found = view(connection, campaign_id)
        campaign = campaigns.show(connection, campaign_id)
        waits = [str(one) for one in waiting.reasons(connection, campaign, now_ms())]
        unsent = waiting.why_unsent(connection, campaign) if campaign.state in OVER else []
    if campaign.state is State.running and found.progress.open and not waits and nobody_works(parts):
        waits = [say(N_("no worker is running; it goes on as soon as one starts: bocau up"))]
    more = {"waits_for": waits, "not_sent": {str(one.why): one.messages for one in unsent}}

    def people() -> None:
        one_for_people(found)
        waits_for_people(waits)
        unsent_for_people(unsent)

    show(found.as_dict() | {name: value for name, value in more.items() if value}, people)
    if hint:
        tell(say(hint, id=campaign_id))


OVER = (State.finished, State.cancelled)
VERBS = (create, change, copy, delete)
