"""`bocau campaigns stats` and `recipients`: what came of it, counted and person by person."""

from collections.abc import Mapping, Sequence

import click

from bocau import campaigns, ledger
from bocau.base.db import reading
from bocau.base.words import N_, figure, say
from bocau.campaigns import results
from bocau.campaigns.view import RecipientView, ResultsView, recipients_of, results_view
from bocau.doors.cli.campaigns.told import left_out_for_people
from bocau.doors.cli.terminal.frame import Verb, argument, option, pass_parts, show, table, tell
from bocau.doors.cli.terminal.telling import harmless, moment
from bocau.ledger import MessageState
from bocau.ledger.titles import TITLES, message_state
from bocau.wiring import Parts

WORDS = {
    "total": N_("Total"),
    **TITLES,
    "read_people": N_("Read by"),
    "opened_people": N_("Opened by"),
    "opened_people_by_proxy": N_("Only by proxies"),
    "opened": N_("Opens"),
    "clicked_people": N_("Clicked by"),
    "clicked": N_("Clicks"),
    "unsubscribed": N_("Unsubscribed"),
    "bounced": N_("Bounced"),
    "complained": N_("Complained"),
}
HEADS = {"hour": N_("Hour (UTC)"), "domain": N_("Domain"), "relay": N_("Relay"), "link": N_("Link")}


@click.command(
    "stats",
    cls=Verb,
    help=N_("Results by variant: how many mails are in each state, were opened, clicked, led to unsubscribing."),
)
@argument("campaign")
@option("--by", type=click.Choice(results.DIMS), help=N_("Also by hour, domain, relay or link."))
@pass_parts
def stats(parts: Parts, campaign: str, by: str | None) -> None:
    """Counts."""
    with reading(parts.db) as connection:
        campaign_id = campaigns.find(connection, campaign)
        found = results_view(connection, campaign_id, by)
    show(found.as_dict(), lambda: _counts(found))


@click.command("recipients", cls=Verb, help=N_("Each person's outcome."))
@argument("campaign")
@option("--state", type=click.Choice([s.name for s in MessageState]), help=N_("Only mails in this state."))
@option("--variant", default="", help=N_("Only those of this variant."))
@option("--after", type=click.IntRange(0), default=0, help=N_("Only mails after this number: the next page."))
@option("--limit", type=click.IntRange(1, 100_000), default=100, show_default=True, help=N_("At most this many."))
@pass_parts
def recipients(parts: Parts, /, *, campaign: str, state: str | None, variant: str, after: int, limit: int) -> None:
    """People by message."""
    with reading(parts.db) as connection:
        campaign_id = campaigns.find(connection, campaign)
        wanted = ledger.Filter(state=MessageState[state] if state else None, after=after, limit=limit + 1)
        found = recipients_of(connection, campaign_id, wanted, variant)
    rows = found[:limit]
    more = rows[-1].message.id if len(found) > limit else None
    show({"recipients": [row.as_dict() for row in rows], "next_after": more}, lambda: _people(rows, more))


def _people(rows: Sequence[RecipientView], more: int | None) -> None:
    if not rows:
        tell(say(N_("Nobody.")))
        return
    heads = (N_("Address"), N_("Variant"), N_("State"), N_("Reply"), N_("When"))
    lines = [
        (
            row.message.id,
            harmless(row.message.address),
            harmless(row.variant),
            message_state(row.message.state),
            harmless(row.message.answer),
            moment(row.message.settled_at),
        )
        for row in rows
    ]
    table((">ID", *map(say, heads)), lines)
    if more is not None:
        tell(say(N_("There are more: add --after {id}"), id=more))


def _counts(found: ResultsView) -> None:
    _grid(N_("Variant"), {one.name: one.counts for one in found.variants})
    left_out_for_people(found.progress.left_out)
    if found.by is not None:
        _grid(HEADS[found.by], {harmless(one.name): one.counts for one in found.divided})


def _grid(head: str, lines: Mapping[str, Mapping[str, int]]) -> None:
    """One line each; columns that are empty everywhere are left out."""
    names = [name for name in WORDS if any(one.get(name) for one in lines.values())]
    if not names:
        tell(say(N_("Nothing has been counted there yet.")))
        return
    cells = [[harmless(key), *(figure(one.get(name, 0)) for name in names)] for key, one in lines.items()]
    table((say(head), *(">" + say(WORDS[name]) for name in names)), cells)


VERBS = (stats, recipients)
