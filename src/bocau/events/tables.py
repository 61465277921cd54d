"""History: facts about messages, written once and never changed."""

import sqlalchemy as sa

from bocau.base.db import metadata

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

event = sa.Table(
    "event",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("message", BigId, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.String(24), nullable=False),
    sa.Column("attempt", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("detail", sa.Text, nullable=False),  # JSON: code, enhanced, text, relay …
    sa.Column("once", sa.String(120), unique=True),  # equal text, same fact: recorded once
    sa.Column("pending", sa.SmallInteger),  # 1: statistics have not counted it yet; NULL: nothing to count
    sqlite_autoincrement=True,
)
sa.Index("ix_event_message", event.c.message, event.c.id)
sa.Index(
    "ix_event_pending",
    event.c.pending,
    event.c.id,
    postgresql_where=event.c.pending.is_not(None),
    sqlite_where=event.c.pending.is_not(None),
)
