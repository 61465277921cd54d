"""What is said: frozen versions, never changed once written. Times are ms since the epoch."""

import sqlalchemy as sa
from sqlalchemy.dialects.mysql import MEDIUMTEXT

from bocau.base.db import metadata

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

content_version = sa.Table(
    "content_version",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("digest", sa.String(64), nullable=False, unique=True),  # SHA-256 of the source: equal bytes, same version
    sa.Column("source", sa.Text().with_variant(MEDIUMTEXT(), "mysql", "mariadb"), nullable=False),  # JSON
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sqlite_autoincrement=True,
)
