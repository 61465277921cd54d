"""What each database says in its own way: a column compared with many texts at once."""

from collections.abc import Sequence
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from bocau.base.db import Connection


def any_of(connection: Connection, column: sa.ColumnElement[Any], values: Sequence[str]) -> sa.ColumnElement[bool]:
    """``column`` equals one of ``values``. PostgreSQL and SQLite get them as one parameter: a thousand cost a millisecond
    to write into a statement and as much to parse."""
    if connection.dialect.name == "postgresql":
        array = sa.bindparam(None, list(values), type_=postgresql.ARRAY(sa.Text))
        return column == sa.any_(array)
    if connection.dialect.name == "sqlite":
        each = sa.func.json_each(orjson.dumps(list(values)).decode()).table_valued("value")
        return column.in_(sa.select(each.c.value))
    return column.in_(list(values))


def plain(row: sa.Row[*tuple[Any, ...]]) -> dict[str, Any]:
    """A row as a mapping whose keys are texts and nothing else: SQLAlchemy's own are too special for JSON."""
    return {str(name): value for name, value in row._mapping.items()}
