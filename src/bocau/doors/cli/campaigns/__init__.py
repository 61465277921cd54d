"""`bocau campaigns`: one mail to many: draft, check, launch, pause, what came of it."""

import click

from bocau import campaigns
from bocau.base.db import reading
from bocau.base.words import N_, say
from bocau.campaigns import State
from bocau.campaigns.view import view_of
from bocau.doors.cli.campaigns import look as campaigns_look
from bocau.doors.cli.campaigns import make as campaigns_make
from bocau.doors.cli.campaigns import people as campaigns_people
from bocau.doors.cli.campaigns import run as campaigns_run
from bocau.doors.cli.campaigns.told import list_for_people
from bocau.doors.cli.terminal.frame import Noun, argument, option, pass_parts, show, tell
from bocau.wiring import Parts


@click.group(cls=Noun, help=N_("One mail to many people: draft, check, launch, pause, results."))
def command() -> None:
    """The noun."""


@command.command("list", help=N_("List campaigns, newest first."))
@option("--state", type=click.Choice([state.name for state in State]), multiple=True, help=N_("Only in this state."))
@option("--before", type=click.IntRange(1), help=N_("Only campaigns older than this number: the next page."))
@option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help=N_("At most this many."))
@pass_parts
def list_campaigns(parts: Parts, state: tuple[str, ...], before: int | None, limit: int) -> None:
    """One page."""
    states = [State[name] for name in state]
    with reading(parts.db) as connection:
        found = campaigns.every(connection, states=states, before=before, limit=limit + 1)
        rows = [view_of(connection, one) for one in found[:limit]]
    more = rows[-1].id if len(found) > limit else None
    show({"campaigns": [one.as_dict() for one in rows], "next_before": more}, lambda: list_for_people(rows))
    if more is not None:
        tell(say(N_("There are more: add --before {id}"), id=more))


@command.command("show", help=N_("Show one campaign: what it says, to whom, and where it is."))
@argument("campaign")
@pass_parts
def show_campaign(parts: Parts, campaign: str) -> None:
    """One campaign."""
    with reading(parts.db) as connection:
        campaign_id = campaigns.find(connection, campaign)
    campaigns_make.told(parts, campaign_id)


for verb in (*campaigns_make.VERBS, *campaigns_look.VERBS, *campaigns_run.VERBS, *campaigns_people.VERBS):
    command.add_command(verb)
