"""Schedules and every time of theirs that came. Times are ms since the epoch."""

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from bocau.base.db import metadata

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Name = sa.String(200).with_variant(mysql.VARCHAR(200, collation="utf8mb4_bin"), "mysql", "mariadb")
Long = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")

schedule = sa.Table(
    "schedule",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("name", Name, nullable=False, unique=True),
    sa.Column("does", sa.String(6), nullable=False),  # shapes.Does
    sa.Column("campaign", BigId),  # the campaign it launches or copies
    sa.Column("report", Long),  # JSON: shapes.Report
    sa.Column("kind", sa.String(5), nullable=False),  # when.Rule
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("zone", sa.String(64), nullable=False),
    sa.Column("start_at", sa.BigInteger, nullable=False),  # where an RRULE counts from
    sa.Column("next_at", sa.BigInteger),  # NULL: there is no further time
    sa.Column("policy", sa.String(4), nullable=False),  # shapes.Policy
    sa.Column("grace", sa.BigInteger, nullable=False),  # ms a time may be late and still not be missed
    sa.Column("paused", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("changed_at", sa.BigInteger, nullable=False),
    sqlite_autoincrement=True,
)
sa.Index("ix_schedule_next", schedule.c.paused, schedule.c.next_at)

# The primary key is what makes it impossible to fire a time twice.
firing = sa.Table(
    "firing",
    metadata,
    sa.Column("schedule", BigId, primary_key=True, autoincrement=False),
    sa.Column("at", sa.BigInteger, primary_key=True, autoincrement=False),  # the time that was meant
    sa.Column("fired_at", sa.BigInteger, nullable=False),  # when that was done
    sa.Column("state", sa.SmallInteger, nullable=False),  # shapes.State
    sa.Column("campaign", BigId),
    sa.Column("submission", BigId),
    sa.Column("detail", sa.Text, nullable=False),  # JSON: error, rows, …
    sa.Column("attempts", sa.SmallInteger, nullable=False, server_default="0"),  # of a report; also its lease's token
    sa.Column("due_at", sa.BigInteger),  # only of a report that is to be made: not before; a lease moves it
)
sa.Index(
    "ix_firing_due",
    firing.c.due_at,
    postgresql_where=firing.c.due_at.is_not(None),
    sqlite_where=firing.c.due_at.is_not(None),
)
