"""How mails show the days of an attribute."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("attribute", sa.Column("pattern", sa.String(40), nullable=False, server_default=""))
