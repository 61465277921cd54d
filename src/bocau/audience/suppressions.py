"""Who gets no mail: addresses and domains, each with a reason, a source and perhaps an end.

Scope ``all`` stops every mail, ``bulk`` only campaigns. A domain is meant alone, not what lies below it. What has expired
stops nobody; it is overwritten by the next one.
"""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa

from bocau.audience import consent, erased
from bocau.audience import tables as t
from bocau.audience.matching import any_of, plain
from bocau.audience.shapes import Consent
from bocau.audience.states import How, Reason, What
from bocau.audience.values import clean
from bocau.base.db import Connection
from bocau.base.db.adding import new_rows
from bocau.base.errors import BocauError
from bocau.base.words import N_
from bocau.wire import address as addresses

Scope = Literal["all", "bulk"]
LONGEST_NOTE = 500
STRENGTH = {
    reason.value: place
    for place, reason in enumerate(
        (Reason.manual, Reason.unsubscribed, Reason.invalid, Reason.bounced, Reason.complained, Reason.erased)
    )
}
"""Which reason stays when two are told of one value: the greater."""


class SuppressionWrongError(BocauError):
    code = "suppression-wrong"
    sentence = N_("“{value}” is neither an address nor a domain. Nothing was changed.")
    hint = N_("Write an address like name@company.vn or a domain like company.vn.")


class SuppressionUnknownError(BocauError):
    code = "suppression-unknown"
    sentence = N_("“{value}” is not suppressed. Nothing was changed.")
    hint = N_("See who is: bocau suppressions list")


class Suppression(NamedTuple):
    """``value``: an address or a domain. ``expires_at`` in ms; None: never."""

    value: str
    reason: Reason = Reason.manual
    scope: Scope = "all"
    source: str = ""
    note: str = ""
    expires_at: int | None = None


class Added(NamedTuple):
    """``added`` were not there; ``kept`` were, and now last at least as long."""

    added: int
    kept: int


class Wanted(NamedTuple):
    """Which suppressions: all that are given must hold. ``text`` stands in the value. ``after`` pages by id."""

    text: str = ""
    scope: Scope | None = None
    reason: Reason | None = None
    after: int = 0
    limit: int = 100


def normalised(value: str) -> str:
    """An address's recipient key, or a domain as A-labels. Raises SuppressionWrongError."""
    text = value.strip(addresses.AROUND)
    try:
        if "@" in text.removeprefix("@"):
            return addresses.check(text).recipient
        return addresses.check("a@" + text.removeprefix("@").rstrip(".")).domain
    except addresses.AddressWrongError as error:
        raise SuppressionWrongError(value=addresses.shown(value)) from error


def suppress(
    connection: Connection,
    value: str,
    reason: Reason,
    now: int,
    *,
    scope: Scope = "all",
    source: str = "",
    note: str = "",
    expires_at: int | None = None,
    how: How = How.command,
) -> bool:
    """Stop mail to an address or a domain; whether that is new. Raises SuppressionWrongError."""
    one = Suppression(value, reason, scope, source, note, expires_at)
    return bool(suppress_many(connection, [one], now, how).added)


def suppress_many(connection: Connection, wanted: Sequence[Suppression], now: int, how: How = How.command) -> Added:
    """Stop mail to many, up to some thousands at a time; all or nothing. Raises SuppressionWrongError.

    Where a value is there already in the same scope, the longer time and the stronger reason win.
    """
    merged: dict[tuple[str, Scope], Suppression] = {}
    for one in wanted:
        one = _tidy(one)
        place = (one.value, one.scope)
        merged[place] = _stronger(merged[place], one) if place in merged else one
    there = _there(connection, [value for value, _ in merged])
    fresh = [one for place, one in merged.items() if place not in there]
    ended = 0
    for place, one in merged.items():
        if place in there:
            ended += _renew(connection, there[place], one, now)
    if fresh:
        connection.execute(new_rows(connection, t.suppression), [one._asdict() | {"created_at": now} for one in fresh])
    _note(connection, list(merged.values()), how, now)
    return Added(len(fresh) + ended, len(merged) - len(fresh) - ended)


def unsuppress(
    connection: Connection,
    value: str,
    now: int,
    *,
    scope: Scope | None = None,
    reason: Reason | None = None,
    how: Consent | None = None,
) -> int:
    """Let mail go again (in ``scope``, for ``reason``, or all of it); how many suppressions are gone.

    An erased person's stay: only ``erased.come_back`` takes them back. Raises SuppressionWrongError.
    """
    bare = normalised(value)
    where = [t.suppression.c.value == bare]
    if scope is not None:
        where.append(t.suppression.c.scope == scope)
    if reason is not None:
        where.append(t.suppression.c.reason == reason.value)
    gone = connection.execute(sa.delete(t.suppression).where(*where)).rowcount
    if gone:
        ids = connection.execute(sa.select(t.contact.c.id).where(t.contact.c.recipient == bare)).scalars().all()
        consent.record(connection, ids, What.unsuppressed, how or Consent(How.command), now)
    return gone


def matching(connection: Connection, value: str) -> list[dict[str, Any]]:
    """Everything that stands about an address (its domain's too, and what is kept of an erased person) or a domain.

    Expired ones are among them. Raises SuppressionWrongError.
    """
    bare = normalised(value)
    values = [bare, bare.rpartition("@")[2], *erased.digests(connection, [bare])]
    query = sa.select(t.suppression).where(t.suppression.c.value.in_(values)).order_by(t.suppression.c.id)
    return [plain(row) for row in connection.execute(query)]


def page(connection: Connection, wanted: Wanted) -> list[dict[str, Any]]:
    """Suppressions by id, expired ones too. An erased person's value is a hash that begins with ``#``."""
    where: list[sa.ColumnElement[bool]] = [t.suppression.c.id > wanted.after]
    if wanted.text:
        where.append(t.suppression.c.value.contains(clean(wanted.text).lower(), autoescape=True))
    if wanted.scope is not None:
        where.append(t.suppression.c.scope == wanted.scope)
    if wanted.reason is not None:
        where.append(t.suppression.c.reason == wanted.reason.value)
    query = sa.select(t.suppression).where(*where).order_by(t.suppression.c.id).limit(wanted.limit)
    return [plain(row) for row in connection.execute(query)]


def _tidy(one: Suppression) -> Suppression:
    return one._replace(
        value=normalised(one.value),
        reason=Reason(one.reason),
        source=clean(one.source)[:LONGEST_NOTE],
        note=clean(one.note)[:LONGEST_NOTE],
    )


def _stronger(old: Suppression, new: Suppression) -> Suppression:
    told = new if STRENGTH[new.reason.value] >= STRENGTH[old.reason.value] else old
    ends = None if old.expires_at is None or new.expires_at is None else max(old.expires_at, new.expires_at)
    return told._replace(expires_at=ends)


def _there(connection: Connection, values: list[str]) -> dict[tuple[str, Scope], Any]:
    """Locked, so that two who suppress one value follow each other."""
    query = sa.select(t.suppression).where(any_of(connection, t.suppression.c.value, values)).with_for_update()
    return {(row.value, row.scope): row for row in connection.execute(query)}


def _renew(connection: Connection, row: Any, one: Suppression, now: int) -> bool:
    """Whether it had ended."""
    old = Suppression(row.value, Reason(row.reason), row.scope, row.source, row.note, row.expires_at)
    ended = row.expires_at is not None and row.expires_at <= now
    new = one if ended else _stronger(old, one)
    if new != old or ended:
        values = new._asdict() | ({"created_at": now} if ended else {})
        connection.execute(sa.update(t.suppression).where(t.suppression.c.id == row.id).values(**values))
    return ended


def _note(connection: Connection, stopped: list[Suppression], how: How, now: int) -> None:
    """A line in the record of each that is a contact."""
    by_value = {one.value: one for one in stopped if "@" in one.value}
    if not by_value:
        return
    query = sa.select(t.contact.c.id, t.contact.c.recipient).where(
        any_of(connection, t.contact.c.recipient, list(by_value))
    )
    for row in connection.execute(query).all():
        one = by_value[row.recipient]
        told = Consent(how, one.source or one.reason.value)
        consent.record(connection, [row.id], What.suppressed, told, now)
