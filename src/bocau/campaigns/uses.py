"""What campaigns that are not over need: a list or a segment they name cannot go away under them."""

from bocau.audience import Target, segments
from bocau.audience.values import clean
from bocau.base.db import Connection
from bocau.base.errors import BocauError
from bocau.base.words import N_, Phrase
from bocau.campaigns.queries import every
from bocau.campaigns.shapes import Campaign
from bocau.campaigns.states import State

BEFORE = (State.draft, State.scheduled)
AFTER = (State.running, State.paused)
MOST = 10_000


class StillUsedError(BocauError):
    """``what`` and ``users`` in words."""

    code = "still-used"
    sentence = N_("{what} is still used by {users}. Nothing was changed.")
    hint = N_("First make these use something else, or delete or cancel them.")


def refuse_used_segment(connection: Connection, name: str) -> None:
    """Raises StillUsedError when a campaign that is not launched names the segment; SegmentUnknownError.

    What was launched keeps the rule it had then.
    """
    found = segments.find(connection, name)
    users = [
        one
        for one in every(connection, states=BEFORE, limit=MOST)
        if found.name in map(clean, (*one.plan.target.segments, *one.plan.target.not_segments))
    ]
    _refuse(Phrase(N_("The segment “{name}”"), name=found.name), users, [])


def refuse_used_list(connection: Connection, list_id: int, name: str) -> None:
    """Raises StillUsedError when a campaign that is not over, or a segment, names the list."""
    users = [
        one
        for one in every(connection, states=(*BEFORE, *AFTER), limit=MOST)
        if list_id in (*_target(one).lists, *_target(one).not_lists)
    ]
    _refuse(_list(name), users, segments.naming_list(connection, list_id))


def refuse_renaming_list(connection: Connection, list_id: int, name: str) -> None:
    """Raises StillUsedError when a segment names the list. Campaigns do not mind: they keep its number."""
    _refuse(_list(name), [], segments.naming_list(connection, list_id))


def _list(name: str) -> Phrase:
    return Phrase(N_("The list “{name}”"), name=name)


def _target(found: Campaign) -> Target:
    return found.meant if found.state in AFTER and found.meant is not None else found.plan.target


def _refuse(what: Phrase, users: list[Campaign], rules: list[str]) -> None:
    told = [Phrase(N_("campaign “{name}”"), name=one.plan.name) for one in users]
    told += [Phrase(N_("segment “{name}”"), name=one) for one in rules]
    if told:
        raise StillUsedError(what=what, users=", ".join(map(str, told[:10])) + (" …" if len(told) > 10 else ""))
