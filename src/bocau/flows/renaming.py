"""What others name gets another name, and they follow: rules of segments, targets and templates of campaigns.

In one transaction: where something cannot follow without harm, nothing is renamed. What names a thing by its number (a list
in a target, a campaign in a schedule, a relay in a campaign) does not mind.
"""

from dataclasses import dataclass

from bocau import campaigns
from bocau.audience import attributes, lists, segments
from bocau.audience.attributes import Attribute
from bocau.audience.lists import MailingList
from bocau.audience.requests import AttributeChange, ListChange, SegmentChange
from bocau.audience.segments import Renaming, Segment
from bocau.base.db import Connection
from bocau.base.errors import BocauError
from bocau.base.given import NOT_GIVEN
from bocau.base.words import N_
from bocau.campaigns import filed
from bocau.campaigns import renaming as theirs
from bocau.campaigns.requests import CampaignChange


class BeingMadeError(BocauError):
    """``campaigns``: names."""

    code = "attribute-being-sent"
    sentence = N_("Mails that show the attribute “{name}” are being made now, for: {campaigns}. Nothing was changed.")
    hint = N_("Rename it when all their mails are made, or cancel these campaigns.")


@dataclass(frozen=True, slots=True)
class Followed:
    """Names of ``segments`` whose rule follows, of ``campaigns`` whose target or template does; and of those ``by_hand``
    whose template somebody must change, because it uses the old name in a way that cannot be carried."""

    segments: tuple[str, ...] = ()
    campaigns: tuple[str, ...] = ()
    by_hand: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, list[str]]:
        """As JSON."""
        return {
            "segments": list(self.segments),
            "campaigns": list(self.campaigns),
            "change_by_hand": list(self.by_hand),
        }


def change_attribute(connection: Connection, named: str, change: AttributeChange) -> tuple[Attribute, Followed]:
    """Change the attribute of this name or label; as it is now, and what follows its name.

    Its label stays when only the name changes, so that files with the old heading are still understood. Raises
    BeingMadeError, SegmentTooLongError, AttributeUnknownError, AttributeNameWrongError, AttributeTakenError,
    AttributeChoicesWrongError, AttributeChoiceUsedError.
    """
    known = attributes.every(connection)
    old = attributes.find(connection, named)
    new = attributes.change(connection, old.name, change)
    by_hand = theirs.using_heading(connection, old.label) if new.label != old.label else []
    if new.name == old.name:
        return new, Followed(by_hand=tuple(by_hand))
    if being_made := theirs.being_made(connection, old):
        raise BeingMadeError(name=old.name, campaigns=", ".join(being_made[:10]))
    renaming = Renaming("attribute", old.name, new.name)
    rules = segments.follow(connection, renaming, known)
    theirs.follow_rules(connection, renaming, known)
    fields = theirs.follow_field(connection, old.name, new.name)
    return new, Followed(tuple(rules), tuple(fields.campaigns), tuple(dict.fromkeys([*fields.by_hand, *by_hand])))


def change_list(connection: Connection, named: str, change: ListChange) -> tuple[MailingList, Followed]:
    """Change a list; as it is now, and what follows its name.

    Raises SegmentTooLongError, ListUnknownError, ListTakenError, ListNameWrongError.
    """
    old = lists.find(connection, named)
    lists.change(connection, old.id, change)
    new = lists.find(connection, str(old.id))
    return new, _rules(connection, Renaming("list", old.name, new.name))


def change_segment(connection: Connection, name: str, change: SegmentChange, now: int) -> tuple[Segment, Followed]:
    """Give a segment another name or another rule; as it is now, and what follows its name. ``now`` in ms.

    Raises SegmentUnknownError, SegmentWrongError, SegmentNameWrongError, SegmentTakenError.
    """
    old = segments.find(connection, name)
    history = None if change.rule is NOT_GIVEN else campaigns.history(connection)
    new = segments.change(connection, old.name, change, now, history=history)
    if new.name == old.name:
        return new, Followed()
    return new, Followed(campaigns=tuple(theirs.follow_segment(connection, old.name, new.name)))


def change_campaign(
    connection: Connection, campaign_id: int, change: CampaignChange, now: int, *, no_file: bool = False
) -> Followed:
    """Change a draft or a scheduled campaign; what follows its name. ``no_file``: its file of people goes.

    Raises SegmentTooLongError, and what ``campaigns.change`` raises.
    """
    old = campaigns.show(connection, campaign_id).plan.name
    campaigns.change(connection, campaign_id, change, now)
    if no_file:
        filed.drop_file(connection, campaign_id)
    return _rules(connection, Renaming("campaign", old, campaigns.show(connection, campaign_id).plan.name))


def _rules(connection: Connection, renaming: Renaming) -> Followed:
    """Rules that name a list or a campaign; also those of campaigns under way."""
    if renaming.new == renaming.old:
        return Followed()
    known = attributes.every(connection)
    followed = segments.follow(connection, renaming, known)
    theirs.follow_rules(connection, renaming, known)
    return Followed(segments=tuple(followed))
