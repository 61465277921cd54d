"""What a database holds, to be compared: a step that fails must leave it as it was."""

from typing import Any

import sqlalchemy as sa

from bocau.base.db import metadata, reading
from tests.fakes.tables import load_tables


class BrokenOffError(Exception):
    """What ends a transaction in the middle."""


def contents(engine: sa.Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Table → its rows, in an order of their own."""
    load_tables()
    with reading(engine) as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(sa.select(table))), key=repr)
            for table in metadata.sorted_tables
        }
