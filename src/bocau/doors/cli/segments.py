"""`bocau segments`: saved rules that choose contacts: counted and looked at before they are used."""

from collections.abc import Callable, Sequence
from typing import Any

import click

from bocau import campaigns
from bocau.audience import Counted, count_rule, segments
from bocau.audience.requests import SegmentChange, SegmentCreation
from bocau.audience.shown.segments import SampleView, SegmentView, sample_views, segment_view, segment_whole
from bocau.audience.states import reason_word
from bocau.base.clock import now_ms
from bocau.base.db import Connection, reading, transaction
from bocau.base.errors import BocauError
from bocau.base.words import N_, figure, say
from bocau.doors.cli.contacts.told import value as told_value
from bocau.doors.cli.terminal.following import followers
from bocau.doors.cli.terminal.frame import Noun, argument, confirm, option, pass_parts, show, table, tell
from bocau.doors.cli.terminal.telling import harmless, moment
from bocau.flows import removing, renaming
from bocau.wiring import Parts

WIDEST = 100
"""Characters of a rule in the list."""
SHOWN = 5
by_rule: Callable[..., Any] = option("--rule", help=N_("A rule that is not saved, instead of a name."))
limited: Callable[..., Any] = option(
    "--limit", type=click.IntRange(1, 1000), default=SHOWN, show_default=True, help=N_("At most this many.")
)


class SegmentNotNamedError(BocauError):
    code = "segment-not-named"
    sentence = N_("It was not said which people are meant, or said twice.")
    hint = N_("Give the name of a segment, or a rule: --rule 'city = \"Huế\"'")


class RemovalUnconfirmedError(BocauError):
    code = "segment-removal-unconfirmed"
    sentence = N_("The segment “{name}” was not removed: nobody confirmed it.")
    hint = N_("Add --yes.")


@click.group(
    cls=Noun,
    help=N_("Saved rules that choose contacts."),
    epilog=N_(
        'Example: city = "Huế" and amount > 1_000_000 and opened("Bản tin 10") and not in_list("VIP") '
        "and joined within 30 days"
    ),
)
def command() -> None:
    """The noun."""


@command.command("list", help=N_("List all segments."))
@pass_parts
def list_segments(parts: Parts) -> None:
    """By name."""
    with reading(parts.db) as connection:
        found = [segment_view(one) for one in segments.every(connection)]
    show({"segments": [one.as_dict() for one in found]}, lambda: _page(found))


@command.command("save", help=N_("Check a rule and save it under a name."))
@argument("name")
@argument("rule")
@option("--replace", is_flag=True, help=N_("Replace the rule it has with this one."))
@pass_parts
def save(parts: Parts, /, **given: Any) -> None:
    """And say how many it chooses."""
    creation = SegmentCreation(**given)
    with transaction(parts.db) as connection:
        saved = segments.save(connection, creation, now_ms(), history=campaigns.history(connection))
    with reading(parts.db) as connection:
        total = segments.how_many(connection, saved.rule, campaigns.history(connection), now_ms())
    text = N_("The segment “{name}” was saved; it chooses {total} contacts.")
    segment = segment_view(saved, total=total)
    show(segment.as_dict(), lambda: tell(say(text, name=harmless(segment.name), total=figure(total))))


@command.command("show", help=N_("Show a segment: its rule, how many it chooses, a few of them."))
@argument("name")
@limited
@pass_parts
def show_segment(parts: Parts, name: str, limit: int) -> None:
    """Everything about one."""
    with reading(parts.db) as connection:
        segment = segment_whole(connection, name, campaigns.history(connection), now_ms(), limit)
    show(segment.as_dict(), lambda: _one(segment))


@command.command("count", help=N_("Count exactly how many are chosen, and how many of them may get mail."))
@argument("name", required=False)
@by_rule
@pass_parts
def count(parts: Parts, name: str | None, rule: str | None) -> None:
    """By name or by rule."""
    with reading(parts.db) as connection:
        wanted = _rule(connection, name, rule)
        counted = count_rule(connection, wanted, campaigns.history(connection), now_ms())
    show(counted.as_dict(), lambda: _told(counted))


@command.command("sample", help=N_("Show a few of those who are chosen."))
@argument("name", required=False)
@by_rule
@limited
@pass_parts
def sample(parts: Parts, name: str | None, rule: str | None, limit: int) -> None:
    """By name or by rule."""
    with reading(parts.db) as connection:
        wanted = _rule(connection, name, rule)
        people = sample_views(connection, wanted, campaigns.history(connection), now_ms(), limit)
    show({"sample": [one.as_dict() for one in people]}, lambda: _people(people))


@command.command("rename", help=N_("Give a segment another name."))
@argument("name")
@argument("new")
@pass_parts
def rename(parts: Parts, name: str, new: str) -> None:
    """The rule stays, and campaigns follow."""
    with transaction(parts.db) as connection:
        changed, followed = renaming.change_segment(connection, name, SegmentChange(name=new), now_ms())
        segment = segment_view(changed)
    text = say(N_("The segment is now called “{name}”."), name=harmless(segment.name))
    show(segment.as_dict() | {"followed": followed.as_dict()}, lambda: followers(text, followed))


@command.command("remove", help=N_("Delete a segment. The contacts stay."))
@argument("name")
@option("--yes", is_flag=True, help=N_("Do not ask."))
@pass_parts
def remove(parts: Parts, name: str, yes: bool) -> None:
    """Campaigns that were launched keep their rule."""
    with reading(parts.db) as connection:
        segment = removing.free_segment(connection, name)
    question = N_("Remove the segment “{name}”?")
    if not confirm(say(question, name=harmless(segment.name)), yes=yes):
        raise RemovalUnconfirmedError(name=segment.name)
    with transaction(parts.db) as connection:
        removing.remove_segment(connection, name)
    show(
        {"removed": segment.name},
        lambda: tell(say(N_("The segment “{name}” was removed."), name=harmless(segment.name))),
    )


def _rule(connection: Connection, name: str | None, rule: str | None) -> str:
    """Raises SegmentNotNamedError, SegmentUnknownError."""
    if (name is None) == (rule is None):
        raise SegmentNotNamedError()
    return segments.find(connection, name).rule if name is not None else str(rule)


def _page(found: Sequence[SegmentView]) -> None:
    if not found:
        tell(say(N_("No segments yet. `bocau segments save` creates one.")))
        return
    lines = [(harmless(one.name), _short(one.rule), moment(one.updated_at)) for one in found]
    table((say(N_("Name")), say(N_("Rule")), say(N_("Changed"))), lines)


def _short(rule: str) -> str:
    text = harmless(" ".join(rule.split()))
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"


def _one(found: SegmentView) -> None:
    tell(say(N_("Segment “{name}”"), name=harmless(found.name)))
    for line in found.rule.splitlines():
        tell("  " + harmless(line))
    if found.counted is not None:
        _told(found.counted)
    _people(found.sample or ())


def _told(counted: Counted) -> None:
    text = N_("{total} contacts are chosen; {mailable} of them may get mail.")
    tell(say(text, total=figure(counted.total), mailable=figure(counted.mailable)))
    for reason, number in counted.left_out.items():
        tell(f"  {reason_word(reason)}: {figure(number)}")


def _people(people: Sequence[SampleView]) -> None:
    if not people:
        tell(say(N_("Nobody is chosen.")))
        return
    names = list(people[0].attributes)
    lines = [
        (harmless(one.address), harmless(one.name), *(told_value(one.attributes[name]) for name in names))
        for one in people
    ]
    table((say(N_("Address")), say(N_("Name")), *names), lines)
