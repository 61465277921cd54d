"""What `make migration` writes, run on another database than the one it was written against."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import op
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy.dialects import mysql

from bocau.base.db import make_engine, transaction
from tests.fakes.tables import load_tables
from tools import new_migration

INDEXES = "select indexname, indexdef from pg_indexes where schemaname = 'public'"


@pytest.fixture
def database_kind() -> str:
    return "postgresql"


def test_partial_indexes_are_written_so_that_postgresql_takes_them(tmp_path: Path, empty_database_url: str) -> None:
    load_tables()
    sqlite = make_engine(f"sqlite:///{tmp_path / 'empty.db'}")
    code, _ = new_migration.body(sqlite)
    sqlite.dispose()
    assert "sqlite_where=sa.text('counted = 0')" in code
    engine = make_engine(empty_database_url)
    with transaction(engine) as connection, Operations.context(MigrationContext.configure(connection)):
        step: dict[str, Any] = {"op": op, "sa": sa, "mysql": mysql}
        exec(f"def upgrade():\n{code}", step)
        step["upgrade"]()
        indexes = {row.indexname: row.indexdef for row in connection.execute(sa.text(INDEXES))}
    engine.dispose()
    assert indexes["ix_batch_uncounted"].endswith("WHERE (NOT counted)")
    assert indexes["ix_batch_held"].endswith("WHERE (state = ANY (ARRAY[1, 3]))")
