"""How many mails a relay takes on one connection, as it was seen to."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    with op.batch_alter_table("relay_health") as table:
        table.add_column(sa.Column("session_limit", sa.Integer(), nullable=True))
        table.add_column(sa.Column("session_limit_at", sa.BigInteger(), nullable=True))
