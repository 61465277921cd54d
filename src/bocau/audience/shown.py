"""What is shown of the audience's things, the same to a page, a command and a program.

Times are ms since the epoch. ``as_dict`` is the JSON that programs get; its keys stay, and what was not asked for is left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bocau.audience import contacts, lists, segments
from bocau.audience.lists import MailingList
from bocau.audience.segments import Segment
from bocau.audience.shapes import Counted, History
from bocau.audience.states import OptIn, Subscribed
from bocau.audience.target import count_rule
from bocau.base.clock import exact
from bocau.base.db import Connection


@dataclass(frozen=True, slots=True)
class Members:
    """How many stand how to a list. ``unconfirmed``: asked by mail, not answered yet."""

    unconfirmed: int
    subscribed: int
    unsubscribed: int

    def as_dict(self) -> dict[str, int]:
        """As JSON."""
        return {one.name: getattr(self, one.name) for one in Subscribed}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListView:
    """``members``: where they were counted. ``form``: where its sign-up form is, empty for a hidden list; None where nobody
    asked."""

    id: int
    name: str
    label: str
    about: str
    opt_in: OptIn
    hidden: bool
    created_at: int
    members: Members | None = None
    form: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        told: dict[str, Any] = {
            "id": self.id,
            "name": self.name,
            "label": self.label,
            "opt_in": self.opt_in,
            "hidden": self.hidden,
            "created_at": exact(self.created_at),
            "about": self.about,
        }
        if self.members is not None:
            told |= self.members.as_dict()
        return told if self.form is None else told | {"form": self.form}


@dataclass(frozen=True, slots=True)
class MemberView:
    """A contact as it stands on a list. ``status``: a name of ``states.Status``."""

    id: int
    address: str
    name: str
    status: str

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {"id": self.id, "address": self.address, "name": self.name, "status": self.status}


@dataclass(frozen=True, slots=True)
class SampleView:
    """One of those whom a rule chooses. ``attributes``: of those that the rule names."""

    address: str
    name: str
    attributes: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {"address": self.address, "name": self.name, "attributes": dict(self.attributes)}


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentView:
    """``total``: how many it chooses, ``counted``: that and who of them may get mail, ``sample``: a few of them; None where
    nobody asked."""

    id: int
    name: str
    rule: str
    created_at: int
    updated_at: int
    total: int | None = None
    counted: Counted | None = None
    sample: tuple[SampleView, ...] | None = None

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        told: dict[str, Any] = {"id": self.id, "name": self.name, "rule": self.rule}
        told |= {"created_at": exact(self.created_at), "updated_at": exact(self.updated_at)}
        if self.total is not None:
            told["total"] = self.total
        if self.counted is not None:
            told |= self.counted.as_dict()
        return told if self.sample is None else told | {"sample": [one.as_dict() for one in self.sample]}


def list_view(found: MailingList, counts: Mapping[str, int] | None = None, *, form: str | None = None) -> ListView:
    """A list that was read already. ``counts``: its line of ``lists.counts``; ``form``: where its form is."""
    return ListView(
        id=found.id,
        name=found.name,
        label=found.label,
        about=found.told,
        opt_in=found.opt_in,
        hidden=found.hidden,
        created_at=found.created_at,
        members=None if counts is None else Members(**counts),
        form=form,
    )


def list_views(connection: Connection) -> tuple[ListView, ...]:
    """All lists by name, with how many are on each; reads all subscriptions."""
    found, counts = lists.every(connection), lists.counts(connection)
    return tuple(list_view(one, counts[one.id]) for one in found)


def member_views(connection: Connection, list_id: int, *, after: int, limit: int) -> tuple[MemberView, ...]:
    """Who is on a list, a page by id."""
    found = contacts.page(connection, contacts.Wanted(list_id=list_id, after=after, limit=limit))
    return tuple(MemberView(one["id"], one["address"], one["name"], one["status"]) for one in found)


def segment_view(found: Segment, *, total: int | None = None) -> SegmentView:
    """A segment that was read already, and how many it chooses where that is known."""
    return SegmentView(**found._asdict(), total=total)


def segment_whole(connection: Connection, name: str, history: History | None, now: int, limit: int) -> SegmentView:
    """A segment with its counts and at most ``limit`` of those it chooses. Raises SegmentUnknownError, SegmentWrongError."""
    found = segments.find(connection, name)
    counted = count_rule(connection, found.rule, history, now)
    return replace(
        segment_view(found), counted=counted, sample=sample_views(connection, found.rule, history, now, limit)
    )


def sample_views(
    connection: Connection, rule: str, history: History | None, now: int, limit: int
) -> tuple[SampleView, ...]:
    """The first people a rule chooses, by id. Raises SegmentWrongError."""
    return tuple(SampleView(**one) for one in segments.sample(connection, rule, history, now, limit))
