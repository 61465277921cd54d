"""Whom a campaign means: counted exactly before it starts, then taken slice by slice, each slice cheap.

Contacts go by id. A slice looks at a window of ids that doubles until enough people are found in it, so that no statement
reads the whole audience, whatever the database makes of the conditions.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from bocau.audience import attributes, contacts, lists, places, segments, tags
from bocau.audience import tables as t
from bocau.audience.blocked import unexpired
from bocau.audience.shapes import Counted, History, Person, Target, TargetWrongError
from bocau.audience.states import Reason, Status, Subscribed
from bocau.base.db import Connection, db_now
from bocau.base.db.domains import domain_of
from bocau.base.db.statistics import refresh_stale
from bocau.base.words import N_, Phrase

WINDOW = 4
"""A slice of n people first looks at so many times n ids."""
WIDEST = 262_144
ACTIVE = t.contact.c.status == Status.active.value


def target_where(
    connection: Connection, target: Target, history: History | None, now: int | None = None, *, whole: bool = False
) -> sa.ColumnElement[bool]:
    """The condition on ``contact`` for who is meant, whatever their status. ``whole``: it is asked of everybody at once.

    ``now`` in ms, for rules like *joined within 30 days*; None: by the database's clock. Raises TargetWrongError,
    ListUnknownError, TagUnknownError and the errors of segments.
    """
    now = int(connection.execute(sa.select(db_now())).scalar_one()) if now is None else now
    history = {} if history is None else history
    chosen = [*_members(connection, target.lists), *_tagged(connection, target.tags)]
    chosen += [segments.compile(connection, rule, history, now, whole=whole) for rule in _rules(connection, target)]
    if not chosen and not target.everyone:
        raise TargetWrongError(reason=Phrase(N_("nobody is named")))
    left_out = [*_members(connection, target.not_lists), *_tagged(connection, target.not_tags)]
    left_out += [
        segments.compile(connection, rule, history, now, whole=whole) for rule in _not_rules(connection, target)
    ]
    meant = sa.true() if target.everyone else sa.or_(*chosen)
    return sa.and_(meant, *(sa.not_(one) for one in left_out))


def count_target(connection: Connection, target: Target, history: History | None, now: int) -> Counted:
    """How many are meant, how many of them may get bulk mail now, and why the others may not. Reads all of them once.

    The same as ``blocked`` says of each, and of the status. Raises what ``target_where`` raises.
    """
    refresh_stale(connection, t.contact, *places.used(connection), t.subscription, t.contact_tag, t.suppression)
    where = target_where(connection, target, history, now, whole=True)
    told = _told(target, now).where(where).subquery("told")
    query = sa.select(told.c.why, sa.func.count().label("n")).group_by(told.c.why)
    counts = {row.why: int(row.n) for row in connection.execute(query)}
    mailable = counts.pop("", 0)
    left_out: dict[str, int] = {}
    for why, n in sorted(counts.items()):
        reason = why.partition(":")[2]
        left_out[reason] = left_out.get(reason, 0) + n
    return Counted(mailable + sum(left_out.values()), mailable, left_out)


def count_rule(connection: Connection, rule: str, history: History | None, now: int) -> Counted:
    """The same of whom a segment's rule chooses. Raises SegmentWrongError."""
    segments.give_room(connection, rule)
    return count_target(connection, Target(rules=(rule,)), history, now)


def slice_target(
    connection: Connection,
    target: Target,
    after: int,
    limit: int,
    *,
    history: History | None = None,
    zone: str | None = None,
    now: int | None = None,
) -> list[Person]:
    """The next ``limit`` active contacts behind the id ``after``, by id; fewer only when there are no more.

    ``zone``: only contacts of that zone, "" those without. Whether they are suppressed is ``blocked``'s to say.
    """
    where = [target_where(connection, target, history, now), ACTIVE]
    if zone is not None:
        where.append(t.contact.c.zone == zone)
    known = attributes.every(connection)
    last = connection.execute(sa.select(sa.func.max(t.contact.c.id))).scalar() or 0
    found: list[Person] = []
    width = WINDOW * limit
    while len(found) < limit and after < last:
        window = (t.contact.c.id > after, t.contact.c.id <= after + width)
        found += contacts.people(connection, known, *window, *where, limit=limit - len(found))
        after += width
        width = min(2 * width, max(WIDEST, WINDOW * limit))
    return found


def zones(connection: Connection, target: Target, history: History | None, now: int | None = None) -> dict[str, int]:
    """Time zone → active contacts in it; "" for those whose zone nobody knows."""
    where = target_where(connection, target, history, now, whole=True)
    query = sa.select(t.contact.c.zone, sa.func.count()).where(where, ACTIVE)
    return {zone: int(n) for zone, n in connection.execute(query.group_by(t.contact.c.zone))}


def _members(connection: Connection, list_ids: Sequence[int]) -> Iterable[sa.ColumnElement[bool]]:
    """EXISTS, because it may be answered by an index for each contact; IN beside OR would read whole lists each time."""
    if not list_ids:
        return
    known = {one.id for one in lists.every(connection)}
    for list_id in list_ids:
        if list_id not in known:
            raise lists.ListUnknownError(name=list_id)
    yield sa.exists().where(
        t.subscription.c.list.in_(list_ids),
        t.subscription.c.contact == t.contact.c.id,
        t.subscription.c.state == Subscribed.subscribed.value,
    )


def _tagged(connection: Connection, names: Sequence[str]) -> Iterable[sa.ColumnElement[bool]]:
    if names:
        numbers = [tags.find(connection, name) for name in names]
        yield sa.exists().where(t.contact_tag.c.tag.in_(numbers), t.contact_tag.c.contact == t.contact.c.id)


def _rules(connection: Connection, target: Target) -> list[str]:
    return [*(segments.find(connection, name).rule for name in target.segments), *target.rules]


def _not_rules(connection: Connection, target: Target) -> list[str]:
    return [*(segments.find(connection, name).rule for name in target.not_segments), *target.not_rules]


def _told(target: Target, now: int) -> sa.Select[Any]:
    """For each contact ``why`` it gets no bulk mail: ``place:reason``, empty when it does."""
    own = _suppressed(now, t.contact.c.recipient, "own")
    its_domain = _suppressed(now, domain_of(t.contact.c.recipient), "its_domain")
    rows = t.contact.outerjoin(own[0], own[1]).outerjoin(its_domain[0], its_domain[1])
    mine, theirs = own[0].c.why, its_domain[0].c.why
    narrower = sa.func.substr(theirs, 1, 4) < sa.func.substr(mine, 1, 4)  # all: before bulk
    whens = [
        *((t.contact.c.status == one.value, f"status:{one.name}") for one in Status if one != Status.active),
        (mine.is_not(None) & (theirs.is_(None) | sa.not_(narrower)), mine),
        (theirs.is_not(None), theirs),
    ]
    if target.lists:
        left = _left(target.lists)
        rows = rows.outerjoin(left, left.c.contact == t.contact.c.id)
        whens.append((left.c.contact.is_not(None), f"list:{Reason.list_unsubscribed.value}"))
    return sa.select(sa.case(*whens, else_="").label("why")).select_from(rows)


def _suppressed(now: int, key: sa.ColumnElement[str], name: str) -> tuple[sa.Subquery, sa.ColumnElement[bool]]:
    """What is suppressed, a row for each value, ``all`` before ``bulk``; and how it is joined to ``key``."""
    why = sa.func.min(t.suppression.c.scope + ":" + t.suppression.c.reason).label("why")
    made = sa.select(t.suppression.c.value, why).where(unexpired(now)).group_by(t.suppression.c.value).subquery(name)
    return made, made.c.value == key


def _left(list_ids: Sequence[int]) -> sa.Subquery:
    state = t.subscription.c.state
    on = sa.func.max(sa.case((state == Subscribed.subscribed.value, 1), else_=0))
    off = sa.func.max(sa.case((state == Subscribed.unsubscribed.value, 1), else_=0))
    query = sa.select(t.subscription.c.contact).where(t.subscription.c.list.in_(list_ids))
    return query.group_by(t.subscription.c.contact).having(off == 1, on == 0).subquery("gone")
