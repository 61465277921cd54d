"""What others may still use is removed: nothing goes away under a campaign, a rule or a schedule that names it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bocau import campaigns, schedules
from bocau.audience import attributes, lists, segments
from bocau.audience.attributes import Attribute
from bocau.audience.lists import MailingList
from bocau.audience.segments import Segment
from bocau.base.db import Connection
from bocau.base.errors import BocauError
from bocau.base.words import N_, Phrase
from bocau.campaigns import renaming
from bocau.relays import stored

MOST_TOLD = 10
CAMPAIGN = N_("campaign “{name}”")
SEGMENT = N_("segment “{name}”")
SCHEDULE = N_("schedule “{name}”")


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


def free_segment(connection: Connection, name: str) -> Segment:
    """The segment, when nothing needs it: for who asks a person before ``remove_segment``.

    Raises SegmentUnknownError, and StillUsedError when a campaign that is not launched names it; what was launched keeps the
    rule it had then.
    """
    segment = segments.find(connection, name)
    users = _told(CAMPAIGN, renaming.using_segment(connection, segment.name))
    _refuse(Phrase(N_("The segment “{name}”"), name=segment.name), users)
    return segment


def remove_segment(connection: Connection, name: str) -> Segment:
    """Delete a segment; what it was. The contacts stay. Raises SegmentUnknownError, StillUsedError."""
    segment = free_segment(connection, name)
    segments.remove(connection, segment.name)
    return segment


def free_attribute(connection: Connection, named: str) -> Attribute:
    """The attribute of this name or label, when nothing needs it: for who asks a person before ``remove_attribute``.

    Raises AttributeUnknownError, and StillUsedError when a segment asks for it or mails still to be made show it.
    """
    attribute = attributes.find(connection, named)
    users = [
        *_told(CAMPAIGN, renaming.using_attribute(connection, attribute)),
        *_told(SEGMENT, segments.naming(connection, "attribute", attribute.name)),
    ]
    _refuse(Phrase(N_("The attribute “{name}”"), name=attribute.name), users)
    return attribute


def remove_attribute(connection: Connection, name: str) -> int:
    """Delete an attribute and everybody's value; how many had one. Raises AttributeUnknownError, StillUsedError."""
    return attributes.remove(connection, free_attribute(connection, name).name)


def free_relay(connection: Connection, name: str) -> None:
    """Whether nothing needs a stored relay: for who asks a person before ``remove_relay``.

    Raises RelayUnknownError, and StillUsedError when a campaign that is not over is sent through it alone.
    """
    relay_id = stored.find(connection, name)
    _refuse(Phrase(N_("The relay “{name}”"), name=name), _told(CAMPAIGN, renaming.using_relay(connection, relay_id)))


def remove_relay(connection: Connection, name: str) -> None:
    """Forget a stored relay and its password. Raises RelayUnknownError, StillUsedError."""
    free_relay(connection, name)
    stored.remove_relay(connection, name)


def free_campaign(connection: Connection, campaign_id: int) -> None:
    """Whether nothing needs a draft: for who asks a person before ``remove_campaign``.

    Raises CampaignUnknownError, and StillUsedError when a schedule launches or copies it, or a segment asks who got it.
    """
    name = campaigns.show(connection, campaign_id).plan.name
    users = [
        *_told(SCHEDULE, schedules.launching(connection, campaign_id)),
        *_told(SEGMENT, segments.naming(connection, "campaign", name)),
    ]
    _refuse(Phrase(N_("The campaign “{name}”"), name=name), users)


def remove_campaign(connection: Connection, campaign_id: int) -> None:
    """Forget a draft. Raises CampaignUnknownError, CampaignStepWrongError, StillUsedError."""
    free_campaign(connection, campaign_id)
    campaigns.delete(connection, campaign_id)


def _refuse_used_list(connection: Connection, mailing_list: MailingList) -> None:
    users = [
        *_told(CAMPAIGN, renaming.using_list(connection, mailing_list.id)),
        *_told(SEGMENT, segments.naming(connection, "list", mailing_list.name, str(mailing_list.id))),
    ]
    _refuse(Phrase(N_("The list “{name}”"), name=mailing_list.name), users)


def _told(kind: str, names: Iterable[str]) -> list[Phrase]:
    return [Phrase(kind, name=name) for name in names]


def _refuse(what: Phrase, users: Sequence[Phrase]) -> None:
    if users:
        more = " …" if len(users) > MOST_TOLD else ""
        raise StillUsedError(what=what, users=", ".join(map(str, users[:MOST_TOLD])) + more)
