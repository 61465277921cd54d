"""First tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0003"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "attribute",
        sa.Column(
            "name",
            sa.String(length=64)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=64), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=64), "mysql"),
            nullable=False,
        ),
        sa.Column(
            "label",
            sa.String(length=200)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=200), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=200), "mysql"),
            nullable=False,
        ),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("choices", sa.Text(), nullable=False),
        sa.Column("slot", sa.String(length=3), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_attribute")),
        sa.UniqueConstraint("slot", name=op.f("uq_attribute_slot")),
    )
    op.create_table(
        "batch",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("submission", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("queue", sa.String(length=80), nullable=False),
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
        sa.Column("counted", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
        postgresql_with={"fillfactor": "50"},
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("batch", schema=None, recreate="never") as batch_op:
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
            ["queue", "id"],
            unique=False,
            postgresql_where=sa.text("state = 0"),
            sqlite_where=sa.text("state = 0"),
        )
        batch_op.create_index(
            "ix_batch_uncounted",
            ["counted", "id"],
            unique=False,
            postgresql_where=sa.text("NOT counted"),
            sqlite_where=sa.text("counted = 0"),
        )

    op.create_table(
        "campaign",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column(
            "name",
            sa.String(length=200)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=200), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=200), "mysql"),
            nullable=False,
        ),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("meant", sa.Text(), nullable=True),
        sa.Column("file", sa.Text(), nullable=True),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("options", sa.Text(), nullable=False),
        sa.Column("site", sa.String(length=200), server_default="", nullable=False),
        sa.Column("queue", sa.String(length=80), nullable=False),
        sa.Column("relay", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("time_to_live", sa.Double(), nullable=False),
        sa.Column("start_at", sa.BigInteger(), nullable=True),
        sa.Column("wall", sa.String(length=16), server_default="", nullable=False),
        sa.Column("zone", sa.String(length=64), server_default="", nullable=False),
        sa.Column("test_share", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("test_by", sa.String(length=6), server_default="", nullable=False),
        sa.Column("test_wait", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("decide_at", sa.BigInteger(), nullable=True),
        sa.Column("winner", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("run", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("origin", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("launched_at", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("name", name=op.f("uq_campaign_name")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("campaign", schema=None, recreate="never") as batch_op:
        batch_op.create_index("ix_campaign_state", ["state"], unique=False)

    op.create_table(
        "campaign_leg",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("campaign", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("run", sa.SmallInteger(), nullable=False),
        sa.Column("part", sa.String(length=4), nullable=False),
        sa.Column("filed", sa.Boolean(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=True),
        sa.Column("start_at", sa.BigInteger(), nullable=False),
        sa.Column("now", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("done", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("seen", sa.Integer(), server_default="0", nullable=False),
        sa.Column("added", sa.Integer(), server_default="0", nullable=False),
        sa.Column("left_out", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_leg")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("campaign_leg", schema=None, recreate="never") as batch_op:
        batch_op.create_index("ix_campaign_leg", ["campaign", "done"], unique=False)

    op.create_table(
        "campaign_person",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("campaign", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "recipient",
            sa.String(length=320)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=320), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=320), "mysql"),
            nullable=False,
        ),
        sa.Column(
            "address",
            sa.String(length=320)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=320), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=320), "mysql"),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=200), server_default="", nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_person")),
        sa.UniqueConstraint("campaign", "recipient", name=op.f("uq_campaign_person_campaign_recipient")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "campaign_variant",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("campaign", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column(
            "name",
            sa.String(length=40)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=40), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=40), "mysql"),
            nullable=False,
        ),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column(
            "source",
            sa.Text().with_variant(mysql.MEDIUMTEXT(), "mariadb").with_variant(mysql.MEDIUMTEXT(), "mysql"),
            nullable=False,
        ),
        sa.Column("content", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("submission", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_variant")),
        sa.UniqueConstraint("campaign", "place", name=op.f("uq_campaign_variant_campaign_place")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("campaign_variant", schema=None, recreate="never") as batch_op:
        batch_op.create_index(batch_op.f("ix_campaign_variant_campaign"), ["campaign"], unique=False)

    op.create_table(
        "consent",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("contact", sa.BigInteger(), nullable=False),
        sa.Column("list", sa.BigInteger(), nullable=True),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("how", sa.String(length=16), nullable=False),
        sa.Column(
            "source",
            sa.String(length=500)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mysql"),
            server_default="",
            nullable=False,
        ),
        sa.Column("ip", sa.String(length=45), server_default="", nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("consent", schema=None, recreate="never") as batch_op:
        batch_op.create_index(batch_op.f("ix_consent_contact"), ["contact"], unique=False)
        batch_op.create_index(
            "ix_consent_moved",
            ["source"],
            unique=False,
            postgresql_where=sa.text("what = 'moved'"),
            sqlite_where=sa.text("what = 'moved'"),
        )

    op.create_table(
        "contact",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("origin", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column(
            "recipient",
            sa.String(length=320)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=320), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=320), "mysql"),
            nullable=False,
        ),
        sa.Column(
            "address",
            sa.String(length=320)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=320), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=320), "mysql"),
            nullable=False,
        ),
        sa.Column(
            "name",
            sa.String(length=200)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=200), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=200), "mysql"),
            server_default="",
            nullable=False,
        ),
        sa.Column(
            "language",
            sa.String(length=16)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=16), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=16), "mysql"),
            server_default="",
            nullable=False,
        ),
        sa.Column(
            "zone",
            sa.String(length=64)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=64), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=64), "mysql"),
            server_default="",
            nullable=False,
        ),
        sa.Column(
            "t01",
            sa.String(length=500)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mysql"),
            nullable=True,
        ),
        sa.Column(
            "t02",
            sa.String(length=500)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mysql"),
            nullable=True,
        ),
        sa.Column(
            "t03",
            sa.String(length=500)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mysql"),
            nullable=True,
        ),
        sa.Column(
            "t04",
            sa.String(length=500)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mysql"),
            nullable=True,
        ),
        sa.Column(
            "t05",
            sa.String(length=500)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mysql"),
            nullable=True,
        ),
        sa.Column(
            "t06",
            sa.String(length=500)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mysql"),
            nullable=True,
        ),
        sa.Column(
            "t07",
            sa.String(length=500)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mysql"),
            nullable=True,
        ),
        sa.Column(
            "t08",
            sa.String(length=500)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mysql"),
            nullable=True,
        ),
        sa.Column(
            "t09",
            sa.String(length=500)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mysql"),
            nullable=True,
        ),
        sa.Column(
            "t10",
            sa.String(length=500)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mysql"),
            nullable=True,
        ),
        sa.Column(
            "t11",
            sa.String(length=500)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mysql"),
            nullable=True,
        ),
        sa.Column(
            "t12",
            sa.String(length=500)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mysql"),
            nullable=True,
        ),
        sa.Column(
            "t13",
            sa.String(length=500)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mysql"),
            nullable=True,
        ),
        sa.Column(
            "t14",
            sa.String(length=500)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mysql"),
            nullable=True,
        ),
        sa.Column(
            "t15",
            sa.String(length=500)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mysql"),
            nullable=True,
        ),
        sa.Column(
            "t16",
            sa.String(length=500)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mysql"),
            nullable=True,
        ),
        sa.Column(
            "t17",
            sa.String(length=500)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mysql"),
            nullable=True,
        ),
        sa.Column(
            "t18",
            sa.String(length=500)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mysql"),
            nullable=True,
        ),
        sa.Column(
            "t19",
            sa.String(length=500)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mysql"),
            nullable=True,
        ),
        sa.Column(
            "t20",
            sa.String(length=500)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mysql"),
            nullable=True,
        ),
        sa.Column(
            "t21",
            sa.String(length=500)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mysql"),
            nullable=True,
        ),
        sa.Column(
            "t22",
            sa.String(length=500)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mysql"),
            nullable=True,
        ),
        sa.Column(
            "t23",
            sa.String(length=500)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mysql"),
            nullable=True,
        ),
        sa.Column(
            "t24",
            sa.String(length=500)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mysql"),
            nullable=True,
        ),
        sa.Column("n01", sa.Double(), nullable=True),
        sa.Column("n02", sa.Double(), nullable=True),
        sa.Column("n03", sa.Double(), nullable=True),
        sa.Column("n04", sa.Double(), nullable=True),
        sa.Column("n05", sa.Double(), nullable=True),
        sa.Column("n06", sa.Double(), nullable=True),
        sa.Column("n07", sa.Double(), nullable=True),
        sa.Column("n08", sa.Double(), nullable=True),
        sa.Column("n09", sa.Double(), nullable=True),
        sa.Column("n10", sa.Double(), nullable=True),
        sa.Column("n11", sa.Double(), nullable=True),
        sa.Column("n12", sa.Double(), nullable=True),
        sa.Column("n13", sa.Double(), nullable=True),
        sa.Column("n14", sa.Double(), nullable=True),
        sa.Column("n15", sa.Double(), nullable=True),
        sa.Column("n16", sa.Double(), nullable=True),
        sa.Column("d01", sa.Integer(), nullable=True),
        sa.Column("d02", sa.Integer(), nullable=True),
        sa.Column("d03", sa.Integer(), nullable=True),
        sa.Column("d04", sa.Integer(), nullable=True),
        sa.Column("d05", sa.Integer(), nullable=True),
        sa.Column("d06", sa.Integer(), nullable=True),
        sa.Column("d07", sa.Integer(), nullable=True),
        sa.Column("d08", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint("recipient", name=op.f("uq_contact_recipient")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("contact", schema=None, recreate="never") as batch_op:
        batch_op.create_index(batch_op.f("ix_contact_created_at"), ["created_at"], unique=False)

    op.create_table(
        "contact_tag",
        sa.Column("tag", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("contact", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tag", "contact", name=op.f("pk_contact_tag")),
    )
    with op.batch_alter_table("contact_tag", schema=None, recreate="never") as batch_op:
        batch_op.create_index(batch_op.f("ix_contact_tag_contact"), ["contact"], unique=False)

    op.create_table(
        "content_version",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
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
        "erasure",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column(
            "asked_by",
            sa.String(length=500)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mysql"),
            server_default="",
            nullable=False,
        ),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("back_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("erasure", schema=None, recreate="never") as batch_op:
        batch_op.create_index(batch_op.f("ix_erasure_digest"), ["digest"], unique=False)

    op.create_table(
        "event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("message", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("attempt", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("once", sa.String(length=120), nullable=True),
        sa.Column("pending", sa.SmallInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sa.UniqueConstraint("once", name=op.f("uq_event_once")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("event", schema=None, recreate="never") as batch_op:
        batch_op.create_index("ix_event_message", ["message", "id"], unique=False)
        batch_op.create_index(
            "ix_event_pending",
            ["pending", "id"],
            unique=False,
            postgresql_where=sa.text("pending IS NOT NULL"),
            sqlite_where=sa.text("pending IS NOT NULL"),
        )

    op.create_table(
        "firing",
        sa.Column(
            "schedule", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("fired_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("campaign", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("submission", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("schedule", "at", name=op.f("pk_firing")),
    )
    with op.batch_alter_table("firing", schema=None, recreate="never") as batch_op:
        batch_op.create_index(
            "ix_firing_due",
            ["due_at"],
            unique=False,
            postgresql_where=sa.text("due_at IS NOT NULL"),
            sqlite_where=sa.text("due_at IS NOT NULL"),
        )

    op.create_table(
        "import_before",
        sa.Column("run", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("contact", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("row", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run", "contact", name=op.f("pk_import_before")),
    )
    with op.batch_alter_table("import_before", schema=None, recreate="never") as batch_op:
        batch_op.create_index(batch_op.f("ix_import_before_contact"), ["contact"], unique=False)

    op.create_table(
        "import_run",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column(
            "file",
            sa.String(length=300)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=300), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=300), "mysql"),
            nullable=False,
        ),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("latest", sa.BigInteger(), nullable=False),
        sa.Column("undone_to", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("made", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("changed", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("same", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("refused", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("subscribed", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("away", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("removed", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("restored", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("kept", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("import_run", schema=None, recreate="never") as batch_op:
        batch_op.create_index(batch_op.f("ix_import_run_key"), ["key"], unique=False)

    op.create_table(
        "instance",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_instance")),
    )
    op.create_table(
        "mailing_list",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column(
            "name",
            sa.String(length=100)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=100), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=100), "mysql"),
            nullable=False,
        ),
        sa.Column(
            "label",
            sa.String(length=200)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=200), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=200), "mysql"),
            server_default="",
            nullable=False,
        ),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("opt_in", sa.String(length=6), nullable=False),
        sa.Column("hidden", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailing_list")),
        sa.UniqueConstraint("name", name=op.f("uq_mailing_list_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "message",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
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
    with op.batch_alter_table("message", schema=None, recreate="never") as batch_op:
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
        batch_op.create_index("ix_message_recipient", ["recipient"], unique=False)

    op.create_table(
        "pace",
        sa.Column("key", sa.String(length=320), nullable=False),
        sa.Column("at", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("planned", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_pace")),
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
        "schedule",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column(
            "name",
            sa.String(length=200)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=200), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=200), "mysql"),
            nullable=False,
        ),
        sa.Column("does", sa.String(length=6), nullable=False),
        sa.Column("campaign", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "report",
            sa.Text().with_variant(mysql.MEDIUMTEXT(), "mariadb").with_variant(mysql.MEDIUMTEXT(), "mysql"),
            nullable=True,
        ),
        sa.Column("kind", sa.String(length=5), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("start_at", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=True),
        sa.Column("policy", sa.String(length=4), nullable=False),
        sa.Column("grace", sa.BigInteger(), nullable=False),
        sa.Column("paused", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule")),
        sa.UniqueConstraint("name", name=op.f("uq_schedule_name")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("schedule", schema=None, recreate="never") as batch_op:
        batch_op.create_index("ix_schedule_next", ["paused", "next_at"], unique=False)

    op.create_table(
        "segment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column(
            "name",
            sa.String(length=100)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=100), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=100), "mysql"),
            nullable=False,
        ),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment")),
        sa.UniqueConstraint("name", name=op.f("uq_segment_name")),
        sqlite_autoincrement=True,
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
        "stat",
        sa.Column(
            "submission", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("dim", sa.String(length=10), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("measure", sa.String(length=24), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("submission", "dim", "key", "measure", name=op.f("pk_stat")),
    )
    with op.batch_alter_table("stat", schema=None, recreate="never") as batch_op:
        batch_op.create_index(
            "ix_stat_largest",
            ["submission", "n"],
            unique=False,
            postgresql_where=sa.text("dim = 'domain' AND measure = 'queued'"),
            sqlite_where=sa.text("dim = 'domain' AND measure = 'queued'"),
        )

    op.create_table(
        "stat_due",
        sa.Column("batch", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("batch", name=op.f("pk_stat_due")),
    )
    op.create_table(
        "stat_part",
        sa.Column("batch", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("submission", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "counts",
            sa.Text().with_variant(mysql.MEDIUMTEXT(), "mariadb").with_variant(mysql.MEDIUMTEXT(), "mysql"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("batch", name=op.f("pk_stat_part")),
    )
    with op.batch_alter_table("stat_part", schema=None, recreate="never") as batch_op:
        batch_op.create_index("ix_stat_part_submission", ["submission"], unique=False)

    op.create_table(
        "submission",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), server_default="", nullable=False),
        sa.Column("stream", sa.String(length=40), nullable=False),
        sa.Column("queue", sa.String(length=80), nullable=False),
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
    op.create_table(
        "subscription",
        sa.Column("list", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("contact", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("list", "contact", name=op.f("pk_subscription")),
    )
    with op.batch_alter_table("subscription", schema=None, recreate="never") as batch_op:
        batch_op.create_index(batch_op.f("ix_subscription_contact"), ["contact"], unique=False)

    op.create_table(
        "suppression",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column(
            "value",
            sa.String(length=320)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=320), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=320), "mysql"),
            nullable=False,
        ),
        sa.Column("scope", sa.String(length=4), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column(
            "source",
            sa.String(length=500)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mysql"),
            server_default="",
            nullable=False,
        ),
        sa.Column(
            "note",
            sa.String(length=500)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=500), "mysql"),
            server_default="",
            nullable=False,
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppression")),
        sa.UniqueConstraint("value", "scope", name=op.f("uq_suppression_value_scope")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "tag",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column(
            "name",
            sa.String(length=100)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=100), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_bin", length=100), "mysql"),
            nullable=False,
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag")),
        sa.UniqueConstraint("name", name=op.f("uq_tag_name")),
        sqlite_autoincrement=True,
    )
