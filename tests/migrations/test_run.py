import re
import threading
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from bocau import migrations
from bocau.base.db import address, make_engine, metadata, reading, transaction
from bocau.migrations.run import FOLDER, UNRELEASED
from tests.fakes.tables import load_tables


@pytest.fixture
def empty(empty_database_url: str) -> Iterator[sa.Engine]:
    made = make_engine(empty_database_url)
    yield made
    made.dispose()


def test_migrated_tables_are_the_rooms_tables(empty: sa.Engine) -> None:
    load_tables()
    migrations.upgrade(empty)
    with reading(empty) as connection:
        context = MigrationContext.configure(connection, opts={"version_table": migrations.TABLE, "compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_migrated_indexes_and_storage_are_the_rooms(empty: sa.Engine) -> None:
    """What Alembic does not compare: partial indexes' predicates, fill factors, checks."""
    load_tables()
    migrations.upgrade(empty)
    migrated = described(empty)
    with transaction(empty) as connection:
        metadata.drop_all(connection)
    metadata.create_all(empty)
    assert migrated == described(empty)


def described(engine: sa.Engine) -> list[str]:
    if engine.dialect.name == "postgresql":
        question = """
            select indexdef from pg_indexes where schemaname = 'public' and tablename <> 'schema_version'
            union all
            select relname || coalesce(array_to_string(reloptions, ','), '') from pg_class
            where relkind = 'r' and relnamespace = 'public'::regnamespace and relname <> 'schema_version'"""
    else:
        question = """
            select t.name || ':' || c.name || ' ' || c.type || ' ' || c."notnull" || coalesce(c.dflt_value, '') || c.pk
            || (t.sql like '%AUTOINCREMENT%')
            from sqlite_master t, pragma_table_info(t.name) c where t.type = 'table' and t.name <> 'schema_version'
            union all select sql from sqlite_master where type <> 'table' and sql is not null"""
    with reading(engine) as connection:
        found = connection.execute(sa.text(question)).scalars().all()
    return sorted(" ".join(text.split()).replace(", ", ",") for text in found)


def test_second_upgrade_has_nothing_to_do(empty: sa.Engine) -> None:
    assert migrations.upgrade(empty) == [path.name[:4] for path in sorted(FOLDER.glob("versions/[0-9]*.py"))]
    assert migrations.upgrade(empty) == []
    assert migrations.status(empty).current


def test_upgrades_that_start_at_once_wait_for_each_other(empty: sa.Engine) -> None:
    done: list[list[str]] = []
    threads = [threading.Thread(target=lambda: done.append(migrations.upgrade(empty))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(map(len, done))[:3] == [0, 0, 0] and len(done) == 4
    migrations.check(empty)


def test_empty_database_is_refused_until_it_is_upgraded(empty: sa.Engine) -> None:
    with pytest.raises(migrations.DatabaseOlderError, match=re.escape(address(empty))):
        migrations.check(empty)
    migrations.upgrade(empty)
    migrations.check(empty)


def test_database_of_a_newer_version_is_refused_and_left_alone(empty: sa.Engine) -> None:
    migrations.upgrade(empty)
    with transaction(empty) as connection:
        connection.execute(sa.text(f"update {migrations.TABLE} set version_num = '9999'"))
    for refuse in (migrations.check, migrations.upgrade):
        with pytest.raises(migrations.DatabaseNewerError) as error:
            refuse(empty)
        assert "9999" in str(error.value) and address(empty) in str(error.value)
    assert migrations.status(empty).found == "9999"


def test_database_of_before_the_first_release_is_refused_and_left_alone(empty: sa.Engine) -> None:
    with transaction(empty) as connection:
        connection.execute(sa.text(f"create table {migrations.TABLE} (version_num varchar(32) primary key)"))
        connection.execute(sa.text(f"insert into {migrations.TABLE} values ('0002')"))
    for refuse in (migrations.check, migrations.upgrade):
        with pytest.raises(migrations.DatabaseUnreleasedError, match="0002") as error:
            refuse(empty)
        assert address(empty) in str(error.value)
    assert migrations.status(empty).found == "0002"
    assert sa.inspect(empty).get_table_names() == [migrations.TABLE]


def test_steps_are_numbered_without_gaps_and_know_their_place() -> None:
    from importlib import import_module

    names = sorted(path.stem for path in FOLDER.glob("versions/[0-9]*.py"))
    first = len(UNRELEASED) + 1
    for number, name in enumerate(names, first):
        step = import_module(f"bocau.migrations.versions.{name}")
        assert step.revision == f"{number:04d}" == name[:4]
        assert step.down_revision == (f"{number - 1:04d}" if number > first else None)
