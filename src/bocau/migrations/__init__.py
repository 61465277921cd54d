"""The database's tables as they came to be, step by step (Alembic, run from inside the package).

Owns: the schema's version. Never: data of a room beyond what a step must carry over. Talks to: base.
"""

from bocau.migrations.run import (
    TABLE,
    DatabaseNewerError,
    DatabaseOlderError,
    DatabaseUnreleasedError,
    Status,
    check,
    status,
    upgrade,
)

__all__ = [
    "TABLE",
    "DatabaseNewerError",
    "DatabaseOlderError",
    "DatabaseUnreleasedError",
    "Status",
    "check",
    "status",
    "upgrade",
]
