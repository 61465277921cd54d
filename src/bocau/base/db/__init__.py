"""One SQL database behind SQLAlchemy Core: SQLite, PostgreSQL, MariaDB/MySQL.

Owns how connections are made and transactions begin. A verb takes a ``Connection`` and never commits; a door opens one
with ``transaction`` or ``reading``. What somebody must hear of is noted in the transaction (``ring_after_commit``) and rung
for when it is committed.
"""

from bocau.base.db.engine import Connection, address, again, make_engine, reading, sever, transaction
from bocau.base.db.rings import attach, ring_after_commit
from bocau.base.db.schema import db_now, metadata

__all__ = [
    "Connection",
    "address",
    "again",
    "attach",
    "db_now",
    "make_engine",
    "metadata",
    "reading",
    "ring_after_commit",
    "sever",
    "transaction",
]
