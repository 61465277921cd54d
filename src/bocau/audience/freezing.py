"""A target that stays what it was when its campaign began; and how people of a file stand to it."""

from collections.abc import Collection
from dataclasses import replace

import sqlalchemy as sa

from bocau.audience import tables as t
from bocau.audience.matching import any_of
from bocau.audience.shapes import History, Target
from bocau.audience.states import Status
from bocau.audience.target import target_where
from bocau.base.db import Connection

STOPPED = (Status.inactive.value, Status.bounced.value)
"""Not the unconfirmed: a form that a stranger filled in keeps nobody out of a file."""
LEFT_OUT = "left-out"
"""Why a file's person gets no mail who is on a list, in a segment or has a tag that was left out."""


def freeze(connection: Connection, target: Target) -> Target:
    """The target with the rules its segments have now in place of their names. Raises the errors of segments."""
    if not target.segments and not target.not_segments:
        return target
    from bocau.audience import segments  # which reads this room's tables

    rules = [segments.find(connection, name).rule for name in target.segments]
    not_rules = [segments.find(connection, name).rule for name in target.not_segments]
    return replace(
        target, segments=(), not_segments=(), rules=(*target.rules, *rules), not_rules=(*target.not_rules, *not_rules)
    )


def shut_out(
    connection: Connection, recipients: Collection[str], target: Target, history: History | None, now: int
) -> dict[str, str]:
    """Recipient key → reason, of those people who are contacts and whom the target leaves out or who are stopped.

    Raises what ``target_where`` raises.
    """
    anyone = Target(
        everyone=True,
        not_lists=target.not_lists,
        not_segments=target.not_segments,
        not_tags=target.not_tags,
        not_rules=target.not_rules,
    )
    meant = sa.case((target_where(connection, anyone, history, now), 1), else_=0).label("meant")
    query = sa.select(t.contact.c.recipient, t.contact.c.status, meant).where(
        any_of(connection, t.contact.c.recipient, list(recipients)), sa.or_(t.contact.c.status.in_(STOPPED), meant == 0)
    )
    return {
        row.recipient: Status(row.status).name if row.status in STOPPED else LEFT_OUT
        for row in connection.execute(query)
    }


def among(
    connection: Connection, recipients: Collection[str], target: Target, history: History | None, now: int
) -> set[str]:
    """Those of the people who are active contacts the target means. Raises what ``target_where`` raises."""
    query = sa.select(t.contact.c.recipient).where(
        any_of(connection, t.contact.c.recipient, list(recipients)),
        target_where(connection, target, history, now),
        t.contact.c.status == Status.active.value,
    )
    return set(connection.execute(query).scalars())
