"""The steps on a real MariaDB, where it is installed (`.ci/run` installs it)."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from bocau import migrations
from bocau.base.db import make_engine, metadata, reading
from tests.conftest import make_own
from tests.fakes.mariadb import Mariadb, installed
from tests.fakes.tables import load_tables

pytestmark = pytest.mark.skipif(not installed(), reason="MariaDB's server is not installed on this machine")


@pytest.fixture
def engine(mariadb: Mariadb) -> Iterator[sa.Engine]:
    for url in make_own(mariadb):
        made = make_engine(url)
        yield made
        made.dispose()


def test_migrated_tables_are_the_rooms_tables(engine: sa.Engine) -> None:
    load_tables()
    migrations.upgrade(engine)
    assert migrations.upgrade(engine) == []
    migrations.check(engine)
    with reading(engine) as connection:
        context = MigrationContext.configure(connection, opts={"version_table": migrations.TABLE, "compare_type": True})
        assert compare_metadata(context, metadata) == []
    with engine.connect() as other:  # the lock of the upgrade is held by nobody any more
        assert other.execute(sa.text("select is_free_lock('bocau schema')")).scalar() == 1
