"""Rows come in: a submission is opened, filled chunk by chunk, and closed. Each chunk becomes one batch."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from bocau.base.db import Connection, ring_after_commit
from bocau.base.db.adding import add_row, copied
from bocau.ledger import tables as t
from bocau.ledger.batches import new_batch, note_filled
from bocau.ledger.states import SubmissionState


class Draft(NamedTuple):
    """What a submission is opened with. ``key``: equal key, same submission. ``options``: JSON of ``options.Options``."""

    key: str
    name: str
    stream: str
    queue: str
    content: int
    sender: str
    options: str
    time_to_live: float  # seconds


class Opened(NamedTuple):
    """``created`` is false when the key was known."""

    id: int
    state: SubmissionState
    expanded: bool
    created: bool


class NewMessage(NamedTuple):
    """One recipient. ``recipient`` is the key nobody may have twice; ``data`` and ``files`` are JSON texts."""

    recipient: str
    address: str
    name: str = ""
    row: int = 0
    data: str = "{}"
    files: str | None = None


class Added(NamedTuple):
    """``added`` rows became messages. ``duplicates``: (row, row that had the same recipient first)."""

    added: int
    duplicates: list[tuple[int, int]]


def open_submission(connection: Connection, draft: Draft, now: int) -> Opened:
    """Open a submission, or find the one with the same key: who asks again may wait for what is in it. ``now`` in ms."""
    found = _by_key(connection, draft.key)
    if found is not None:
        if found.state == SubmissionState.running:
            ring_after_commit(connection, draft.queue)
        return found
    values = {k: v for k, v in draft._asdict().items() if k != "time_to_live"}
    values |= {
        "state": SubmissionState.running,
        "expanded": False,
        "created_at": now,
        "expires_at": now + int(draft.time_to_live * 1000),
    }
    return Opened(add_row(connection, t.submission, values), SubmissionState.running, False, True)


def add_messages(connection: Connection, submission_id: int, rows: Sequence[NewMessage]) -> Added:
    """Add recipients as one new batch that workers may claim after the commit.

    A recipient who is in the submission already is left out: silently when the same row comes again (a resumed
    intake), as a duplicate otherwise.
    """
    if not rows:
        return Added(0, [])
    parent = connection.execute(
        sa.select(t.submission.c.queue, t.submission.c.state)
        .where(t.submission.c.id == submission_id)
        .with_for_update()
    ).one()
    if parent.state == SubmissionState.cancelled:
        return Added(0, [])
    stop = parent.state == SubmissionState.paused
    batch_id = new_batch(connection, submission_id, parent.queue, stop=stop)
    count = note_filled(connection, batch_id, _insert(connection, submission_id, batch_id, rows))
    if count:
        reopened = {"total": t.submission.c.total + count}
        connection.execute(sa.update(t.submission).where(t.submission.c.id == submission_id).values(**reopened))
        if not stop:
            ring_after_commit(connection, parent.queue)
    duplicates = _duplicates(connection, submission_id, rows) if count < len(rows) else []
    return Added(count, duplicates)


def close_submission(connection: Connection, submission_id: int, rejected: int) -> None:
    """Say that every row is in. Only now can the submission finish."""
    connection.execute(
        sa.update(t.submission).where(t.submission.c.id == submission_id).values(expanded=True, rejected=rejected)
    )


def _by_key(connection: Connection, key: str) -> Opened | None:
    columns = (t.submission.c.id, t.submission.c.state, t.submission.c.expanded)
    row = connection.execute(sa.select(*columns).where(t.submission.c.key == key)).one_or_none()
    return row and Opened(row.id, SubmissionState(row.state), row.expanded, False)


def _insert(connection: Connection, submission_id: int, batch_id: int, rows: Sequence[NewMessage]) -> int:
    """Insert in the order given, so that ids rise with it; those already there are skipped. Returns how many went in."""
    dialect = connection.dialect.name
    if dialect == "postgresql":
        return _copy(connection, submission_id, batch_id, rows)
    verb = "INSERT OR IGNORE" if dialect == "sqlite" else "INSERT IGNORE"
    mark = "?" if dialect == "sqlite" else "%s"
    row = "`row`" if dialect != "sqlite" else '"row"'
    statement = (
        f"{verb} INTO message (submission, batch, recipient, address, name, {row}, data, files) "
        f"VALUES ({', '.join([mark] * 8)})"
    )
    return connection.exec_driver_sql(statement, [(submission_id, batch_id, *r) for r in rows]).rowcount


COLUMNS = "submission, batch, recipient, address, name, row, data, files"
_COPY = f"COPY message ({COLUMNS}) FROM STDIN"
_INSERT = f"""
INSERT INTO message ({COLUMNS}) SELECT {COLUMNS} FROM coming ORDER BY place
ON CONFLICT (submission, recipient) DO NOTHING
"""  # noqa: S608 - a constant


def _copy(connection: Connection, submission_id: int, batch_id: int, rows: Sequence[NewMessage]) -> int:
    """COPY; when a recipient is there already, once more around the conflict."""

    def write(copy: Any) -> None:
        for row in rows:
            copy.write_row((submission_id, batch_id, *row))

    cursor = connection.connection.cursor()
    return len(rows) if copied(cursor, _COPY, write) else _copy_around(cursor, write)


def _copy_around(cursor: Any, write: Callable[[Any], None]) -> int:
    """Through a temporary table, skipping recipients that are there."""
    cursor.execute(
        "CREATE TEMPORARY TABLE IF NOT EXISTS coming (place int GENERATED ALWAYS AS IDENTITY, submission bigint, "
        "batch bigint, recipient text, address text, name text, row int, data text, files text) ON COMMIT DELETE ROWS"
    )
    with cursor.copy(_COPY.replace("COPY message", "COPY coming")) as copy:
        write(copy)
    cursor.execute(_INSERT)
    count = int(cursor.rowcount)
    cursor.execute("DELETE FROM coming")
    return count


def _duplicates(connection: Connection, submission_id: int, rows: Sequence[NewMessage]) -> list[tuple[int, int]]:
    keys = {row.recipient for row in rows}
    found = connection.execute(
        sa.select(t.message.c.recipient, t.message.c.row).where(
            t.message.c.submission == submission_id, t.message.c.recipient.in_(keys)
        )
    )
    first = {found_row.recipient: found_row.row for found_row in found}
    return [(row.row, first[row.recipient]) for row in rows if first[row.recipient] != row.row]
