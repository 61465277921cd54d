"""The spine's tables. Times are ms since the epoch, by the database's clock where they decide anything.

``message`` and ``batch`` are filled to one half (PostgreSQL), and no index names a column that a settle changes, so
settles are heap-only updates: ``state`` stands in no index and no predicate.
"""

from typing import Any

import sqlalchemy as sa

from bocau.base.db import metadata
from bocau.ledger.states import BatchState

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
HALF_FULL: dict[str, Any] = {"postgresql_with": {"fillfactor": "50"}, "sqlite_autoincrement": True}

submission = sa.Table(
    "submission",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("key", sa.String(80), nullable=False, unique=True),  # idempotency: equal key, same submission
    sa.Column("name", sa.String(200), nullable=False, server_default=""),  # what a person calls it
    sa.Column("stream", sa.String(40), nullable=False),
    sa.Column("queue", sa.String(80), nullable=False),  # the queue its batches are claimed from
    sa.Column("state", sa.SmallInteger, nullable=False),
    sa.Column("expanded", sa.Boolean, nullable=False, server_default=sa.false()),  # all rows are in
    sa.Column("content", BigId, nullable=False),  # content version
    sa.Column("sender", sa.Text, nullable=False),  # From, as given
    sa.Column("options", sa.Text, nullable=False),  # JSON: options.Options
    sa.Column("total", sa.Integer, nullable=False, server_default="0"),  # rows that became messages
    sa.Column("rejected", sa.Integer, nullable=False, server_default="0"),  # rows that never became messages
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("expires_at", sa.BigInteger, nullable=False),  # what is still deferred then expires
    sa.Column("finished_at", sa.BigInteger),
    sqlite_autoincrement=True,
)

batch = sa.Table(
    "batch",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("submission", BigId, nullable=False),
    sa.Column("queue", sa.String(80), nullable=False),
    sa.Column("state", sa.SmallInteger, nullable=False),
    sa.Column("token", sa.Integer, nullable=False, server_default="0"),
    sa.Column("seq", sa.Integer, nullable=False, server_default="0"),
    sa.Column("permit", sa.BigInteger, nullable=False, server_default="0"),  # the ceiling: a message id
    sa.Column("open", sa.Integer, nullable=False),
    sa.Column("journal", sa.String(36)),
    sa.Column("lease_end", sa.BigInteger),
    sa.Column("not_before", sa.BigInteger),
    sa.Column("revision", sa.Integer, nullable=False, server_default="0"),
    sa.Column("stop", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("claims", sa.SmallInteger, nullable=False, server_default="0"),  # since the last settle with results
    sa.Column("alone", sa.Boolean, nullable=False, server_default=sa.false()),  # quarantine: one mail at a time
    sa.Column("first_at", sa.BigInteger),  # first claim: the Date of its letters
    sa.Column("origin", sa.BigInteger),  # of a doubt batch: the batch that was revoked; ``token``: that claim's
    sa.Column(
        "counted", sa.Boolean, nullable=False, server_default=sa.false()
    ),  # its rows have not changed since somebody took it to count them (``tally``)
    **HALF_FULL,
)
READY = batch.c.state == BatchState.ready
HELD = batch.c.state.in_((BatchState.claimed, BatchState.doubt))
OPEN = batch.c.state != BatchState.closed
sa.Index(
    "ix_batch_ready",
    batch.c.queue,
    batch.c.id,
    postgresql_where=batch.c.state == BatchState.ready,
    sqlite_where=batch.c.state == BatchState.ready,
)
sa.Index("ix_batch_held", batch.c.id, postgresql_where=HELD, sqlite_where=HELD)
sa.Index(
    "ix_batch_open",
    batch.c.submission,
    postgresql_where=batch.c.state != BatchState.closed,
    sqlite_where=batch.c.state != BatchState.closed,
)
sa.Index(
    "ix_batch_uncounted", batch.c.counted, batch.c.id, postgresql_where=~batch.c.counted, sqlite_where=~batch.c.counted
)

message = sa.Table(
    "message",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("submission", BigId, nullable=False),
    sa.Column("batch", BigId, nullable=False),
    sa.Column("recipient", sa.String(320), nullable=False),  # the key: casefolded local part + A-label domain
    sa.Column("address", sa.String(320), nullable=False),  # as mail is sent to it
    sa.Column("name", sa.String(200), nullable=False, server_default=""),  # display name in To; may be empty
    sa.Column("row", sa.Integer, nullable=False, server_default="0"),  # line of the source file; 0: none
    sa.Column("data", sa.Text, nullable=False),  # merge data, JSON object, frozen
    sa.Column("files", sa.Text),  # JSON list of this person's own attachments
    sa.Column("state", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("attempts", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("doubts", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("retries", sa.SmallInteger, nullable=False, server_default="0"),  # attempts when a person retried it
    sa.Column("cancel_asked", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("due_at", sa.BigInteger),  # only while deferred
    sa.Column("code", sa.SmallInteger),  # last SMTP reply; 2xx while queued: an earlier attempt was accepted after all
    sa.Column("enhanced", sa.String(11)),
    sa.Column("reply", sa.Text),
    sa.Column("relay", sa.Integer),
    sa.Column("first_at", sa.BigInteger),  # frozen Date, set when the row leaves its first batch
    sa.Column("settled_at", sa.BigInteger),
    sa.Column("attention", sa.SmallInteger),  # = state, set only for what a person should look at
    sa.UniqueConstraint("submission", "recipient"),
    **HALF_FULL,
)
sa.Index("ix_message_batch", message.c.batch)
sa.Index("ix_message_recipient", message.c.recipient)
sa.Index(
    "ix_message_due",
    message.c.due_at,
    message.c.submission,
    postgresql_where=message.c.due_at.is_not(None),
    sqlite_where=message.c.due_at.is_not(None),
)
sa.Index(
    "ix_message_attention",
    message.c.submission,
    message.c.attention,
    postgresql_where=message.c.attention.is_not(None),
    sqlite_where=message.c.attention.is_not(None),
)
