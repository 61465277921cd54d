"""`bocau campaigns stats` and `recipients`: what came of it, counted and person by person."""

from typing import Any

import click

from bocau import campaigns, ledger
from bocau.base.db import reading
from bocau.base.words import N_, say
from bocau.doors.cli.campaigns_told import left_out_for_people
from bocau.doors.cli.frame import Verb, argument, option, pass_parts, show, table, tell
from bocau.doors.cli.telling import exact, harmless, message_state, moment, reply
from bocau.doors.cli.waiting import TITLES
from bocau.ledger import MessageState
from bocau.wiring import Parts


@click.command("stats", cls=Verb, help=N_("What came of it: how many mails are in which state, by variant."))
@argument("campaign")
@pass_parts
def stats(parts: Parts, campaign: str) -> None:
    """Counts."""
    with reading(parts.db) as session:
        number = campaigns.find(session, campaign)
        counts = campaigns.outcomes(session, number)
        told = campaigns.progress(session, number)
    show({"id": number, "variants": counts, **told}, lambda: _counts(counts, told))


@click.command("recipients", cls=Verb, help=N_("Each person's outcome."))
@argument("campaign")
@option("--state", type=click.Choice([s.name for s in MessageState]), help=N_("Only mails in this state."))
@option("--variant", default="", help=N_("Only those of this variant."))
@option(
    "--after", type=click.IntRange(0), default=0, help=N_("Only mails behind this number: the next page.")
)
@option(
    "--limit", type=click.IntRange(1, 100_000), default=100, show_default=True, help=N_("How many at most.")
)
@pass_parts
def recipients(
    parts: Parts, /, *, campaign: str, state: str | None, variant: str, after: int, limit: int
) -> None:
    """People by message."""
    with reading(parts.db) as session:
        number = campaigns.find(session, campaign)
        names = campaigns.submissions(session, number)
        found: list[dict[str, Any]] = []
        for submission, name in names.items():
            if variant.casefold() in ("", name.casefold()):
                wanted = ledger.Filter(
                    submission, MessageState[state] if state else None, None, after, limit + 1
                )
                found += [row | {"variant": name} for row in ledger.list_messages(session, wanted)]
    found.sort(key=lambda row: int(row["id"]))
    rows = found[:limit]
    more = rows[-1]["id"] if len(found) > limit else None
    show({"recipients": [_row(row) for row in rows], "next_after": more}, lambda: _people(rows, more))


def _row(row: dict[str, Any]) -> dict[str, Any]:
    """One person for programs."""
    told = {name: row[name] for name in ("id", "address", "name", "variant", "state", "attempts")}
    return told | {"reply": reply(row), "settled_at": exact(row["settled_at"])}


def _people(rows: list[dict[str, Any]], more: int | None) -> None:
    if not rows:
        tell(say(N_("Nobody.")))
        return
    heads = (N_("Address"), N_("Variant"), N_("State"), N_("Reply"), N_("When"))
    lines = [
        (row["id"], harmless(row["address"]), harmless(row["variant"]), message_state(row["state"]), reply(row),
         moment(row["settled_at"]))
        for row in rows
    ]  # fmt: skip
    table((">ID", *map(say, heads)), lines)
    if more is not None:
        tell(say(N_("There are more: add --after {id}"), id=more))


def _counts(counts: dict[str, dict[str, int]], told: dict[str, Any]) -> None:
    names = [name for name in TITLES if any(one.get(name) for one in counts.values())]
    lines = [
        [harmless(variant), *(f"{one.get(name, 0):,}" for name in names)] for variant, one in counts.items()
    ]
    table((say(N_("Variant")), *(">" + say(TITLES[name]) for name in names)), lines)
    left_out_for_people(told["left_out"])


VERBS = (stats, recipients)
