"""An import is undone, a slice a transaction: its contacts go, changed ones are as they were, what changed since stays."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa

from bocau.audience import places
from bocau.audience import tables as t
from bocau.audience.consent import record
from bocau.audience.imports.errors import ImportBusyError
from bocau.audience.imports.runs import show
from bocau.audience.imports.shapes import Run, State
from bocau.audience.shapes import Consent
from bocau.audience.states import How, Status, Subscribed, What
from bocau.base.db import Connection
from bocau.base.db.slices import slices

SLICE = 1000


class Undone(NamedTuple):
    """What a slice did, in contacts. ``kept``: changed since by others, so left. ``more``: call again."""

    removed: int = 0
    restored: int = 0
    kept: int = 0
    more: bool = True


def undo_slice(connection: Connection, run_id: int, now: int) -> Undone:
    """Undo a part of an import that does not run. Raises ImportUnknownError, ImportBusyError, ImportOverError."""
    run = show(connection, run_id, lock=True)
    if run.state is State.running:
        raise ImportBusyError(id=run_id)
    done = _restore(connection, run, now) or _remove(connection, run, now) or Undone(more=False)
    counts = {name: t.import_run.c[name] + getattr(done, name) for name in ("removed", "restored", "kept")}
    state = State.undoing if done.more else State.undone
    here = sa.update(t.import_run).where(t.import_run.c.id == run_id)
    connection.execute(here.values(**counts, state=state.value, updated_at=now))
    return done


def undo_anew(connection: Connection, run_id: int, now: int) -> Run:
    """Begin to undo an import; one that is undone already, for what was kept and may go by now, since another import that
    had changed it is undone as well. Raises ImportUnknownError, ImportBusyError."""
    run = show(connection, run_id, lock=True)
    if run.state is State.running:
        raise ImportBusyError(id=run_id)
    if run.state is State.undone:
        values = {"state": State.undoing.value, "undone_to": 0, "kept": 0, "updated_at": now}
        connection.execute(sa.update(t.import_run).where(t.import_run.c.id == run_id).values(**values))
    return run


def _restore(connection: Connection, run: Run, now: int) -> Undone | None:
    """Contacts that were there before; None when all are done."""
    query = sa.select(t.import_before).where(t.import_before.c.run == run.id)
    lines = list(connection.execute(query.order_by(t.import_before.c.contact).limit(SLICE)))
    if not lines:
        return None
    numbers = [line.contact for line in lines]
    still = _still_ours(connection, run)
    locked = sa.select(t.contact.c.id, t.contact.c.updated_at).where(t.contact.c.id.in_(numbers))
    there = {
        row.id: row.updated_at for row in connection.execute(locked.order_by(t.contact.c.recipient).with_for_update())
    }
    restored = kept = 0
    back: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    away: dict[int, dict[str, Any]] = {}
    left: dict[int, list[int]] = defaultdict(list)
    for line in lines:
        was = orjson.loads(line.before)
        if line.contact not in there or not was:
            continue
        whole = "columns" not in was or there[line.contact] == line.at
        if whole and "columns" in was:
            held = {name: value for name, value in was["columns"].items() if not places.is_slot(name) or name in still}
            columns, away[line.contact] = places.split(held | {"updated_at": was["updated_at"]})
            back[tuple(columns)].append(columns | {"number": line.contact})
        if "was" in was:
            off = _list_back(connection, run, line, was["was"])
            left[line.at] += [line.contact] if off else []
            whole &= off
        _marks_back(connection, run, line, was)
        restored, kept = restored + whole, kept + (not whole)
    for together in back.values():
        connection.execute(sa.update(t.contact).where(t.contact.c.id == sa.bindparam("number")), together)
    places.write(connection, away)
    for at, people in left.items():
        _record(connection, run, at, people, now)
    gone = (t.import_before.c.run == run.id) & t.import_before.c.contact.in_(numbers)
    connection.execute(sa.delete(t.import_before).where(gone))
    return Undone(0, restored, kept)


def _still_ours(connection: Connection, run: Run) -> set[str]:
    """Slots whose attribute is the one that had it when the run began: what another had there must not come back. The
    attributes are locked before the contacts, as by whoever writes values."""
    slots = [one.slot for one in run.plan.columns if one.slot]
    query = sa.select(t.attribute.c.slot).where(
        t.attribute.c.slot.in_(slots), t.attribute.c.created_at <= run.created_at
    )
    return set(connection.execute(query.with_for_update(read=True)).scalars()) if slots else set()


def _marks_back(connection: Connection, run: Run, line: sa.Row[Any], was: dict[str, Any]) -> None:
    """The tag and the status, as they were."""
    if was.get("tag"):
        connection.execute(
            sa.delete(t.contact_tag).where(
                t.contact_tag.c.tag == run.plan.tag_id,
                t.contact_tag.c.contact == line.contact,
                t.contact_tag.c.at == line.at,
            )
        )
    if "status" in was:
        now_active = (t.contact.c.id == line.contact) & (t.contact.c.status == Status.active.value)
        connection.execute(sa.update(t.contact).where(now_active).values(status=was["status"]))


def _list_back(connection: Connection, run: Run, line: sa.Row[Any], before: dict[str, Any] | None) -> bool:
    """Whether the place on the list is as it was; not when it changed since."""
    here = _ours(run, line.at) & (t.subscription.c.contact == line.contact)
    done = sa.delete(t.subscription) if before is None else sa.update(t.subscription).values(**before)
    return connection.execute(done.where(here)).rowcount > 0


def _record(connection: Connection, run: Run, at: int, numbers: list[int], now: int) -> None:
    """The import no longer tells of these that it put them on the list; their own record does, and that it ended."""
    agreed = Consent(How.imported, run.plan.source or run.file, "", run.plan.text)
    record(connection, numbers, What.subscribed, agreed, at, list_id=run.plan.list_id)
    record(connection, numbers, What.undone, Consent(How.imported, run.file), now, list_id=run.plan.list_id)


def _ours(run: Run, at: int) -> sa.ColumnElement[bool]:
    """Subscriptions that stand as the import made them at a moment."""
    return sa.and_(
        t.subscription.c.list == run.plan.list_id,
        t.subscription.c.origin == run.id,
        t.subscription.c.at == at,
        t.subscription.c.state == Subscribed.subscribed.value,
    )


def _remove(connection: Connection, run: Run, now: int) -> Undone | None:
    """The contacts of the run's earliest chunk that is not undone; None when there is none."""
    mine = (t.contact.c.origin == run.id) & t.contact.c.created_at.between(run.created_at, run.latest)
    done_to = sa.select(t.import_run.c.undone_to).where(t.import_run.c.id == run.id).scalar_subquery()
    at = connection.execute(
        sa.select(t.contact.c.created_at)
        .where(mine, t.contact.c.created_at > done_to)
        .order_by(t.contact.c.created_at)
        .limit(1)
    ).scalar()
    if at is None:
        return None
    here = (t.contact.c.origin == run.id) & (t.contact.c.created_at == at)
    locked = sa.select(t.contact.c.id).where(here).order_by(t.contact.c.recipient).with_for_update()
    numbers = list(connection.execute(locked).scalars())
    untouched = list(connection.execute(sa.select(t.contact.c.id).where(here, *_untouched(run, at))).scalars())
    staying = set(numbers).difference(untouched)
    on = sa.select(t.subscription.c.contact).where(_ours(run, at))
    _record(connection, run, at, sorted(staying.intersection(connection.execute(on).scalars())), now)
    for some in slices(numbers, SLICE):
        _leave(connection, run, at, some)
    pages = places.used(connection)
    for some in slices(untouched, SLICE):
        connection.execute(sa.delete(t.import_before).where(t.import_before.c.contact.in_(some)))
        connection.execute(sa.delete(t.consent).where(t.consent.c.contact.in_(some)))
        places.forget(connection, pages, some)
        connection.execute(sa.delete(t.contact).where(t.contact.c.id.in_(some)))
    connection.execute(sa.update(t.import_run).where(t.import_run.c.id == run.id).values(undone_to=at))
    return Undone(len(untouched), 0, len(numbers) - len(untouched))


def _leave(connection: Connection, run: Run, at: int, numbers: Sequence[int]) -> None:
    """Take the list and the tag of the import off these contacts, where they stand as it gave them."""
    connection.execute(sa.delete(t.subscription).where(_ours(run, at), t.subscription.c.contact.in_(numbers)))
    tagged = (t.contact_tag.c.tag == run.plan.tag_id) & (t.contact_tag.c.at == at)
    connection.execute(sa.delete(t.contact_tag).where(tagged, t.contact_tag.c.contact.in_(numbers)))


def _untouched(run: Run, at: int) -> list[sa.ColumnElement[bool]]:
    """Contacts that nobody did anything to since."""
    lines = sa.select(t.consent.c.id).where(
        t.consent.c.contact == t.contact.c.id, t.consent.c.how != How.imported.value
    )
    others = sa.select(t.subscription.c.list).where(t.subscription.c.contact == t.contact.c.id, ~_ours(run, at))
    ours = (t.contact_tag.c.tag == run.plan.tag_id) & (t.contact_tag.c.at == at)
    tags = sa.select(t.contact_tag.c.tag).where(t.contact_tag.c.contact == t.contact.c.id, ~ours)
    imports = sa.select(t.import_before.c.run).where(
        t.import_before.c.contact == t.contact.c.id, t.import_before.c.run != run.id, t.import_before.c.before != "{}"
    )
    return [
        t.contact.c.updated_at == t.contact.c.created_at,
        t.contact.c.status == Status.active.value,
        ~sa.exists(lines),
        ~sa.exists(others),
        ~sa.exists(tags),
        ~sa.exists(imports),
    ]
