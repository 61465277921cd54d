"""What is shown of a campaign, the same to a page, a command and a program: where it is, what it says, what came of it.

Names stand where the plan has ids, times are ms since the epoch. ``as_dict`` is the JSON that programs get; its keys stay.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from bocau import ledger, relays
from bocau.audience import Target, lists
from bocau.base.clock import exact
from bocau.base.db import Connection
from bocau.base.errors import retold
from bocau.campaigns import queries
from bocau.campaigns import results as counted
from bocau.campaigns.finish import progress
from bocau.campaigns.requests import NamedTarget
from bocau.campaigns.results import Result
from bocau.campaigns.shapes import Campaign, File, Progress, Trial, Variant
from bocau.campaigns.states import State
from bocau.ledger.options import Options
from bocau.ledger.view import MessageView, message_view

LISTS = ("lists", "not_lists")
PEOPLE = ("everyone", "lists", "segments", "tags", "not_lists", "not_segments", "not_tags")


@dataclass(frozen=True, slots=True)
class VariantView:
    """``sender``: who writes it, also when that is the campaign's. ``submission``, ``content``: since the launch."""

    name: str
    subject: str
    sender: str
    submission: int | None
    content: int | None

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        data = {"name": self.name, "subject": self.subject, "from": self.sender}
        return data | {"submission": self.submission, "content": self.content}


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignView:
    """``winner``: a variant's name. ``relay``: a relay's name; None: any. ``problem``: why it stopped by itself, in the
    current language. ``wall``, ``zone``: at each recipient's local time; empty otherwise."""

    id: int
    name: str
    state: State
    sender: str
    target: NamedTarget
    file: File | None
    variants: tuple[VariantView, ...]
    trial: Trial | None
    winner: str | None
    decide_at: int | None
    options: Options
    queue: str
    relay: str | None
    start_at: int | None
    wall: str
    zone: str
    problem: str | None
    copy_of: int | None
    created_at: int
    launched_at: int | None
    finished_at: int | None
    progress: Progress

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        trial = self.trial
        return {
            "id": self.id,
            "name": self.name,
            "state": self.state.name,
            "from": self.sender,
            "target": _people(self.target),
            "file": self.file.name if self.file else None,
            "variants": [one.as_dict() for one in self.variants],
            "test": {"share": trial.share, "by": trial.by.value, "wait_seconds": trial.wait // 1000} if trial else None,
            "winner": self.winner,
            "decides_at": exact(self.decide_at),
            "options": self.options.as_dict(),
            "queue": self.queue,
            "relay": self.relay,
            "start_at": None if self.wall else exact(self.start_at),
            "local_time": self.wall or None,
            "zone": self.zone or None,
            "problem": self.problem,
            "copy_of": self.copy_of,
            "created_at": exact(self.created_at),
            "launched_at": exact(self.launched_at),
            "finished_at": exact(self.finished_at),
            "progress": self.progress.as_dict(),
        }


class Divided(NamedTuple):
    """One line of figures. ``key``: an hour, a domain, a relay's id, a link's number; ``name``: what people call it."""

    key: str
    name: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsView:
    """What came of a campaign by variant, and in ``divided`` by what ``by`` says: one of ``results.DIMS``; None: not."""

    id: int
    variants: tuple[Result, ...]
    progress: Progress
    by: str | None = None
    divided: tuple[Divided, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        data = {"id": self.id, "variants": {one.name: one.counts for one in self.variants}, **self.progress.as_dict()}
        if self.by:
            data[self.by] = [{"key": one.key, "name": one.name, **one.counts} for one in self.divided]
        return data


def view(connection: Connection, campaign_id: int) -> CampaignView:
    """One campaign. Raises CampaignUnknownError."""
    return view_of(connection, queries.show(connection, campaign_id))


def view_of(connection: Connection, campaign: Campaign) -> CampaignView:
    """A campaign that was read already."""
    plan = campaign.plan
    names = {one.id: one.name for one in plan.variants}
    return CampaignView(
        id=campaign.id,
        name=plan.name,
        state=campaign.state,
        sender=plan.sender,
        target=_named(connection, plan.target),
        file=campaign.file,
        variants=tuple(_variant(one, plan.sender) for one in plan.variants),
        trial=plan.test,
        winner=names.get(campaign.winner or 0),
        decide_at=campaign.decide_at,
        options=plan.options,
        queue=plan.queue,
        relay=relays.relay_names(connection).get(plan.relay) if plan.relay is not None else None,
        start_at=campaign.start_at,
        wall=campaign.wall,
        zone=campaign.zone,
        problem=(retold(campaign.problem) or None) if campaign.problem else None,
        copy_of=campaign.origin,
        created_at=campaign.created_at,
        launched_at=campaign.launched_at,
        finished_at=campaign.finished_at,
        progress=progress(connection, campaign.id),
    )


def results_view(connection: Connection, campaign_id: int, by: str | None = None) -> ResultsView:
    """What came of one. Raises CampaignUnknownError."""
    rows = counted.divided(connection, campaign_id, by) if by else {}
    names = _names(connection, campaign_id, by)
    return ResultsView(
        id=campaign_id,
        variants=tuple(counted.results(connection, campaign_id)),
        progress=progress(connection, campaign_id),
        by=by,
        divided=tuple(Divided(key, names.get(key, key), counts) for key, counts in rows.items()),
    )


def _variant(one: Variant, sender: str) -> VariantView:
    return VariantView(one.name, one.source.subject, one.sender or sender, one.submission, one.content)


def _named(connection: Connection, target: Target) -> NamedTarget:
    """With names of lists in place of their ids; a list that is gone keeps its id."""
    names = {one.id: one.name for one in lists.every(connection)}
    told = {part: getattr(target, part) for part in PEOPLE}
    told |= {part: tuple(names.get(list_id, str(list_id)) for list_id in told[part]) for part in LISTS}
    return NamedTarget(**told)


def _people(target: NamedTarget) -> dict[str, Any]:
    told = {part: getattr(target, part) for part in PEOPLE}
    return {part: list(value) if isinstance(value, tuple) else value for part, value in told.items()}


def _names(connection: Connection, campaign_id: int, by: str | None) -> dict[str, str]:
    """What keys of a table mean to people."""
    if by == "link":
        return counted.links(connection, campaign_id)
    return {str(key): name for key, name in relays.relay_names(connection).items()} if by == "relay" else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientView:
    """A person's mail of a campaign. ``variant``: its name."""

    variant: str
    message: MessageView

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        one = self.message
        data = {"id": one.id, "address": one.address, "name": one.name, "variant": self.variant, "state": one.state}
        return data | {"attempts": one.attempts, "reply": one.answer, "settled_at": exact(one.settled_at)}


def recipients_of(
    connection: Connection, campaign_id: int, wanted: ledger.Filter, variant: str = ""
) -> list[RecipientView]:
    """A page of them by message, at most ``wanted.limit``; ``variant``: only those of the one with this name."""
    names = {
        submission: name
        for submission, name in queries.submissions(connection, campaign_id).items()
        if variant.casefold() in ("", name.casefold())
    }
    servers = relays.relay_names(connection)
    found = [
        RecipientView(variant=name, message=message_view(row, servers))
        for submission, name in names.items()
        for row in ledger.list_messages(connection, wanted._replace(submission=submission))
    ]
    return sorted(found, key=lambda one: one.message.id)[: wanted.limit]
