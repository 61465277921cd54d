"""Roll-ups. All of it can be counted anew from messages and events."""

import sqlalchemy as sa
from sqlalchemy.dialects.mysql import MEDIUMTEXT

from bocau.base.db import metadata

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

stat = sa.Table(
    "stat",
    metadata,
    sa.Column("submission", BigId, primary_key=True, autoincrement=False),  # 0: all submissions together
    sa.Column("dim", sa.String(10), primary_key=True),  # all, hour, domain, relay, link
    sa.Column("key", sa.String(255), primary_key=True),  # of hours 2026-11-25T17 (UTC); of ``all`` empty
    sa.Column("measure", sa.String(24), primary_key=True),
    sa.Column("n", sa.BigInteger, nullable=False),
)
LARGEST = sa.text("dim = 'domain' AND measure = 'queued'")  # spelled out, so that the planner knows its index again
sa.Index("ix_stat_largest", stat.c.submission, stat.c.n, postgresql_where=LARGEST, sqlite_where=LARGEST)

stat_part = sa.Table(  # what a batch has contributed to ``stat``
    "stat_part",
    metadata,
    sa.Column("batch", BigId, primary_key=True, autoincrement=False),
    sa.Column("submission", BigId, nullable=False),
    sa.Column("counts", sa.Text().with_variant(MEDIUMTEXT(), "mysql", "mariadb"), nullable=False),  # JSON
)
sa.Index("ix_stat_part_submission", stat_part.c.submission)

stat_due = sa.Table(  # batches that the ledger has marked as counted, and that are still to be read
    "stat_due", metadata, sa.Column("batch", BigId, primary_key=True, autoincrement=False)
)
