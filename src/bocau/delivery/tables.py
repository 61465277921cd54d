"""How much of its limits each line of mail has used. Times are µs since the epoch, by the database's clock."""

import sqlalchemy as sa

from bocau.base.db import metadata

pace = sa.Table(
    "pace",
    metadata,
    sa.Column("key", sa.String(320), primary_key=True),  # pace.Line.key
    sa.Column("at", sa.BigInteger, nullable=False, server_default="0"),  # when nothing used counts any more
    sa.Column("planned", sa.BigInteger, nullable=False, server_default="0"),  # up to when mails were given turns
)
