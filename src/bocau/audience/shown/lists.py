"""What is shown of a mailing list and of those who are on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bocau.audience import contacts, lists
from bocau.audience.lists import MailingList
from bocau.audience.states import OptIn, Subscribed
from bocau.base.clock import exact
from bocau.base.db import Connection


@dataclass(frozen=True, slots=True)
class MemberCounts:
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
    members: MemberCounts | None = None
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


def list_view(
    mailing_list: MailingList, counts: Mapping[str, int] | None = None, *, form: str | None = None
) -> ListView:
    """A list that was read already. ``counts``: its line of ``lists.counts``; ``form``: where its form is."""
    return ListView(
        id=mailing_list.id,
        name=mailing_list.name,
        label=mailing_list.label,
        about=mailing_list.told,
        opt_in=mailing_list.opt_in,
        hidden=mailing_list.hidden,
        created_at=mailing_list.created_at,
        members=None if counts is None else MemberCounts(**counts),
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
