"""What others use is removed or renamed: a list or a segment cannot go away under a campaign or a rule that names it."""

from dataclasses import dataclass

from bocau import campaigns
from bocau.audience import Target, lists, segments
from bocau.audience.lists import MailingList
from bocau.audience.requests import ListChange, SegmentChange
from bocau.audience.segments import Segment
from bocau.audience.values import clean
from bocau.base.db import Connection
from bocau.base.errors import BocauError
from bocau.base.given import NOT_GIVEN
from bocau.base.words import N_, Phrase
from bocau.campaigns import Campaign, State

BEFORE = (State.draft, State.scheduled)
AFTER = (State.running, State.paused)
MOST = 10_000


class StillUsedError(BocauError):
    """``what`` and ``users`` in words."""

    code = "still-used"
    sentence = N_("{what} is still used by {users}. Nothing was changed.")
    hint = N_("First make these use something else, or delete or cancel them.")


@dataclass(frozen=True, slots=True)
class RemovedList:
    """``members``: how many had to do with it. What they agreed to stays in their record."""

    name: str
    members: int


def free_list(connection: Connection, named: str) -> MailingList:
    """The list of this name or number, when nothing needs it: for who asks a person before ``remove_list``.

    Raises ListUnknownError, and StillUsedError when a campaign that is not over, or a segment, names it.
    """
    mailing_list = lists.find(connection, named)
    _refuse_used_list(connection, mailing_list)
    return mailing_list


def remove_list(connection: Connection, list_id: int) -> RemovedList:
    """Delete a list; the contacts stay. Raises ListUnknownError, StillUsedError."""
    mailing_list = lists.with_id(connection, list_id)
    if mailing_list is None:
        raise lists.ListUnknownError(name=list_id)
    _refuse_used_list(connection, mailing_list)
    return RemovedList(mailing_list.name, lists.delete(connection, mailing_list.id))


def change_list(connection: Connection, named: str, change: ListChange) -> MailingList:
    """Change a list; the list as it is now.

    Raises StillUsedError when it gets a name and a segment knows it by the old one (campaigns do not mind: they keep its
    number), ListUnknownError, ListTakenError, ListNameWrongError.
    """
    mailing_list = lists.find(connection, named)
    if change.name is not NOT_GIVEN:
        _refuse(_list(mailing_list), [], segments.naming_list(connection, mailing_list.id))
    lists.change(connection, mailing_list.id, change)
    return lists.find(connection, str(mailing_list.id))


def free_segment(connection: Connection, name: str) -> Segment:
    """The segment, when nothing needs its name: for who asks a person before ``remove_segment``.

    Raises SegmentUnknownError, and StillUsedError when a campaign that is not launched names it; what was launched keeps the
    rule it had then.
    """
    segment = segments.find(connection, name)
    users = [
        one
        for one in campaigns.every(connection, states=BEFORE, limit=MOST)
        if segment.name in map(clean, (*one.plan.target.segments, *one.plan.target.not_segments))
    ]
    _refuse(Phrase(N_("The segment “{name}”"), name=segment.name), users, [])
    return segment


def remove_segment(connection: Connection, name: str) -> Segment:
    """Delete a segment; what it was. The contacts stay. Raises SegmentUnknownError, StillUsedError."""
    segment = free_segment(connection, name)
    segments.remove(connection, segment.name)
    return segment


def change_segment(connection: Connection, name: str, change: SegmentChange, now: int) -> Segment:
    """Give a segment another name or another rule. ``now`` in ms.

    Raises StillUsedError when it gets a name and a campaign that is not launched knows it by the old one,
    SegmentUnknownError, SegmentWrongError, SegmentNameWrongError, SegmentTakenError.
    """
    if change.name is not NOT_GIVEN:
        name = free_segment(connection, name).name
    history = None if change.rule is NOT_GIVEN else campaigns.history(connection)
    return segments.change(connection, name, change, now, history=history)


def _refuse_used_list(connection: Connection, mailing_list: MailingList) -> None:
    users = [
        one
        for one in campaigns.every(connection, states=(*BEFORE, *AFTER), limit=MOST)
        if mailing_list.id in (*_target(one).lists, *_target(one).not_lists)
    ]
    _refuse(_list(mailing_list), users, segments.naming_list(connection, mailing_list.id))


def _list(mailing_list: MailingList) -> Phrase:
    return Phrase(N_("The list “{name}”"), name=mailing_list.name)


def _target(campaign: Campaign) -> Target:
    return campaign.meant if campaign.state in AFTER and campaign.meant is not None else campaign.plan.target


def _refuse(what: Phrase, users: list[Campaign], rules: list[str]) -> None:
    told = [Phrase(N_("campaign “{name}”"), name=one.plan.name) for one in users]
    told += [Phrase(N_("segment “{name}”"), name=one) for one in rules]
    if told:
        raise StillUsedError(what=what, users=", ".join(map(str, told[:10])) + (" …" if len(told) > 10 else ""))
