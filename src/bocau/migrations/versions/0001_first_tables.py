"""First tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "batch",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("submission", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("lane", sa.String(length=80), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("token", sa.Integer(), server_default="0", nullable=False),
        sa.Column("seq", sa.Integer(), server_default="0", nullable=False),
        sa.Column("permit", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("open", sa.Integer(), nullable=False),
        sa.Column("journal", sa.String(length=36), nullable=True),
        sa.Column("lease_end", sa.BigInteger(), nullable=True),
        sa.Column("not_before", sa.BigInteger(), nullable=True),
        sa.Column("revision", sa.Integer(), server_default="0", nullable=False),
        sa.Column("stop", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("claims", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("alone", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=True),
        sa.Column("origin", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
        postgresql_with={"fillfactor": "50"},
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("batch", schema=None) as batch_op:
        batch_op.create_index(
            "ix_batch_held",
            ["id"],
            unique=False,
            postgresql_where=sa.text("state IN (1, 3)"),
            sqlite_where=sa.text("state IN (1, 3)"),
        )
        batch_op.create_index(
            "ix_batch_open",
            ["submission"],
            unique=False,
            postgresql_where=sa.text("state != 2"),
            sqlite_where=sa.text("state != 2"),
        )
        batch_op.create_index(
            "ix_batch_ready",
            ["lane", "id"],
            unique=False,
            postgresql_where=sa.text("state = 0"),
            sqlite_where=sa.text("state = 0"),
        )

    op.create_table(
        "content_version",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column(
            "source",
            sa.Text().with_variant(mysql.MEDIUMTEXT(), "mariadb").with_variant(mysql.MEDIUMTEXT(), "mysql"),
            nullable=False,
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content_version")),
        sa.UniqueConstraint("digest", name=op.f("uq_content_version_digest")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "event",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("message", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("attempt", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("once", sa.String(length=120), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sa.UniqueConstraint("once", name=op.f("uq_event_once")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index("ix_event_message", ["message", "id"], unique=False)

    op.create_table(
        "instance",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_instance")),
    )
    op.create_table(
        "message",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("submission", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("batch", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("recipient", sa.String(length=320), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("name", sa.String(length=200), server_default="", nullable=False),
        sa.Column("row", sa.Integer(), server_default="0", nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("files", sa.Text(), nullable=True),
        sa.Column("state", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("doubts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("retries", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("cancel_asked", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("code", sa.SmallInteger(), nullable=True),
        sa.Column("enhanced", sa.String(length=11), nullable=True),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("relay", sa.Integer(), nullable=True),
        sa.Column("first_at", sa.BigInteger(), nullable=True),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.Column("attention", sa.SmallInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("submission", "recipient", name=op.f("uq_message_submission_recipient")),
        postgresql_with={"fillfactor": "50"},
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index(
            "ix_message_attention",
            ["submission", "attention"],
            unique=False,
            postgresql_where=sa.text("attention IS NOT NULL"),
            sqlite_where=sa.text("attention IS NOT NULL"),
        )
        batch_op.create_index("ix_message_batch", ["batch"], unique=False)
        batch_op.create_index(
            "ix_message_due",
            ["due_at", "submission"],
            unique=False,
            postgresql_where=sa.text("due_at IS NOT NULL"),
            sqlite_where=sa.text("due_at IS NOT NULL"),
        )

    op.create_table(
        "relay",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("tls", sa.String(length=16), nullable=False),
        sa.Column("username", sa.String(length=320), server_default="", nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("auth", sa.String(length=16), server_default="", nullable=False),
        sa.Column("helo_name", sa.String(length=255), server_default="", nullable=False),
        sa.Column("verify", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("ca_file", sa.String(length=1024), server_default="", nullable=False),
        sa.Column("chunking", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("priority", sa.Integer(), server_default="10", nullable=False),
        sa.Column("weight", sa.Integer(), server_default="100", nullable=False),
        sa.Column("max_connections", sa.Integer(), nullable=False),
        sa.Column("rate_milli", sa.BigInteger(), nullable=True),
        sa.Column("mails_per_connection", sa.Integer(), nullable=False),
        sa.Column("max_size", sa.BigInteger(), nullable=True),
        sa.Column("enabled", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relay")),
        sa.UniqueConstraint("name", name=op.f("uq_relay_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "relay_health",
        sa.Column("relay", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("identity", sa.String(length=64), server_default="", nullable=False),
        sa.Column("circuit_until", sa.BigInteger(), nullable=True),
        sa.Column("circuit_reason", sa.String(length=40), server_default="", nullable=False),
        sa.Column("circuit_detail", sa.String(length=300), server_default="", nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("probe_holder", sa.String(length=80), nullable=True),
        sa.Column("probe_until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("relay", name=op.f("pk_relay_health")),
    )
    op.create_table(
        "relay_share",
        sa.Column("relay", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("holder", sa.String(length=80), nullable=False),
        sa.Column("connections", sa.Integer(), nullable=False),
        sa.Column("booked", sa.Integer(), nullable=False),
        sa.Column("rate_milli", sa.BigInteger(), nullable=True),
        sa.Column("want", sa.Integer(), nullable=False),
        sa.Column("want_milli", sa.BigInteger(), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("relay", "holder", name=op.f("pk_relay_share")),
    )
    op.create_table(
        "sender",
        sa.Column("domain", sa.String(length=255), nullable=False),
        sa.Column("bounce_domain", sa.String(length=255), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("domain", name=op.f("pk_sender")),
    )
    op.create_table(
        "sender_key",
        sa.Column("domain", sa.String(length=255), nullable=False),
        sa.Column("selector", sa.String(length=63), nullable=False),
        sa.Column("private_key", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("active_at", sa.BigInteger(), nullable=True),
        sa.Column("retired_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("domain", "selector", name=op.f("pk_sender_key")),
    )
    op.create_table(
        "submission",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), server_default="", nullable=False),
        sa.Column("stream", sa.String(length=40), nullable=False),
        sa.Column("lane", sa.String(length=80), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("expanded", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("content", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("options", sa.Text(), nullable=False),
        sa.Column("total", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rejected", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission")),
        sa.UniqueConstraint("key", name=op.f("uq_submission_key")),
        sqlite_autoincrement=True,
    )
