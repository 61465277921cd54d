"""Campaigns and how far each is. Times are ms since the epoch."""

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from bocau.base.db import metadata

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Long = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")


def Exact(length: int) -> sa.String:
    """Text that is compared exactly, on MySQL too."""
    exact = mysql.VARCHAR(length, collation="utf8mb4_bin")
    return sa.String(length).with_variant(exact, "mysql", "mariadb")


campaign = sa.Table(
    "campaign",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("name", Exact(200), nullable=False, unique=True),
    sa.Column("state", sa.SmallInteger, nullable=False),  # states.State
    sa.Column("target", sa.Text, nullable=False),  # JSON: audience.Target, as its author wrote it
    sa.Column("meant", sa.Text),  # the target of the newest run, its segments as they were then
    sa.Column("file", sa.Text),  # JSON: name, digest, columns, rows, complete; NULL: no file
    sa.Column("sender", sa.Text, nullable=False),
    sa.Column("options", sa.Text, nullable=False),  # JSON: ledger.options.Options
    sa.Column("site", sa.String(200), nullable=False, server_default=""),  # where our public pages are
    sa.Column("queue", sa.String(80), nullable=False),
    sa.Column("relay", BigId),  # only this one; NULL: any
    sa.Column("time_to_live", sa.Double, nullable=False),  # seconds
    sa.Column("start_at", sa.BigInteger),  # when the clock launches it
    sa.Column("wall", sa.String(16), nullable=False, server_default=""),  # 2026-12-01T08:00 where each person is
    sa.Column("zone", sa.String(64), nullable=False, server_default=""),  # of people whose zone nobody knows
    sa.Column("test_share", sa.SmallInteger, nullable=False, server_default="0"),  # per cent; 0: no test
    sa.Column("test_by", sa.String(6), nullable=False, server_default=""),  # states.By
    sa.Column("test_wait", sa.BigInteger, nullable=False, server_default="0"),  # ms from the test's last mail
    sa.Column("decide_at", sa.BigInteger),  # when the winner is chosen
    sa.Column("winner", BigId),  # a variant
    sa.Column("run", sa.SmallInteger, nullable=False, server_default="0"),  # how often it was expanded
    sa.Column("problem", sa.Text),  # JSON: why it stopped by itself
    sa.Column("origin", BigId),  # the campaign it is a copy of
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("changed_at", sa.BigInteger, nullable=False),
    sa.Column("launched_at", sa.BigInteger),
    sa.Column("finished_at", sa.BigInteger),  # or cancelled
    sqlite_autoincrement=True,
)
sa.Index("ix_campaign_state", campaign.c.state)

campaign_variant = sa.Table(
    "campaign_variant",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("campaign", BigId, nullable=False, index=True),
    sa.Column("place", sa.SmallInteger, nullable=False),  # from 0
    sa.Column("name", Exact(40), nullable=False),
    sa.Column("sender", sa.Text, nullable=False),  # empty: the campaign's
    sa.Column("source", Long, nullable=False),  # JSON: content.Source
    sa.Column("content", BigId),  # the version it was frozen to
    sa.Column("submission", BigId),  # of the ledger, since the launch
    sa.UniqueConstraint("campaign", "place"),
    sqlite_autoincrement=True,
)

# One part of the audience that is read from its start to its end; resumed at its cursor.
campaign_leg = sa.Table(
    "campaign_leg",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("campaign", BigId, nullable=False),
    sa.Column("run", sa.SmallInteger, nullable=False),
    sa.Column("part", sa.String(4), nullable=False),  # states.Part
    sa.Column("filed", sa.Boolean, nullable=False),  # people of the file, not contacts
    sa.Column("zone", sa.String(64)),  # only people there; NULL: everybody
    sa.Column("start_at", sa.BigInteger, nullable=False),
    sa.Column("now", sa.BigInteger, nullable=False),  # the moment rules speak of
    sa.Column("position", sa.BigInteger, nullable=False, server_default="0"),  # id of the last person read
    sa.Column("done", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("seen", sa.Integer, nullable=False, server_default="0"),  # people of its part
    sa.Column("added", sa.Integer, nullable=False, server_default="0"),  # who became messages
    sa.Column("left_out", sa.Text, nullable=False),  # JSON: reason → people
    sqlite_autoincrement=True,
)
sa.Index("ix_campaign_leg", campaign_leg.c.campaign, campaign_leg.c.done)

# People of a file, until they become messages.
campaign_person = sa.Table(
    "campaign_person",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("campaign", BigId, nullable=False),
    sa.Column("recipient", Exact(320), nullable=False),
    sa.Column("address", Exact(320), nullable=False),
    sa.Column("name", sa.String(200), nullable=False, server_default=""),
    sa.Column("row", sa.Integer, nullable=False),  # of the file
    sa.Column("data", sa.Text, nullable=False),  # merge data, JSON object
    sa.UniqueConstraint("campaign", "recipient"),
    sqlite_autoincrement=True,
)
