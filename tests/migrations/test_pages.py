"""An installation whose places for attributes were all taken keeps every value, and takes more."""

from importlib import import_module

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from bocau import migrations
from bocau.audience import Kind, attributes, contacts, segments
from bocau.audience.requests import AttributeCreation, ContactChange
from bocau.base.db import make_engine, reading, transaction

NOW = 1_790_000_000_000
SLOTS = {
    Kind.text: [f"t{number:02}" for number in range(1, 25)],
    Kind.number: [f"n{number:02}" for number in range(1, 17)],
    Kind.date: [f"d{number:02}" for number in range(1, 9)],
}

pytestmark = pytest.mark.own_database


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def database_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def before(engine: sa.Engine) -> None:
    """The tables as they were, with one person who has a value in every place."""
    with transaction(engine) as connection:
        with Operations.context(MigrationContext.configure(connection)):
            import_module("bocau.migrations.versions.0003_first_tables").upgrade()
        connection.exec_driver_sql(f"create table {migrations.TABLE} (version_num varchar(32) primary key)")
        connection.execute(sa.text(f"insert into {migrations.TABLE} values ('0003')"))
        values: dict[str, object] = {
            "address": "an@a.test",
            "recipient": "an@a.test",
            "created_at": NOW,
            "updated_at": NOW,
        }
        for kind, slots in SLOTS.items():
            for number, slot in enumerate(slots, 1):
                values[slot] = f"chữ {number}" if kind is Kind.text else number
                line = {
                    "name": slot,
                    "label": slot,
                    "kind": kind.value,
                    "choices": "[]",
                    "slot": slot,
                    "created_at": NOW,
                }
                statement = f"insert into attribute ({', '.join(line)}) values (:{', :'.join(line)})"
                connection.execute(sa.text(statement), line)
        statement = f"insert into contact ({', '.join(values)}) values (:{', :'.join(values)})"
        connection.execute(sa.text(statement), values)


def test_everything_is_kept_and_there_is_room_for_more(empty_database_url: str) -> None:
    engine = make_engine(empty_database_url)
    before(engine)
    assert "0005" in migrations.upgrade(engine)
    migrations.check(engine)
    with transaction(engine) as connection:
        kept = contacts.show(connection, "an@a.test")["attributes"]
        assert (kept["t01"], kept["t24"], kept["n16"], kept["d08"]) == ("chữ 1", "chữ 24", 16, "1970-01-09")
        assert len(kept) == 48 and None not in kept.values()
        for kind, slots in SLOTS.items():
            creation = AttributeCreation(name=f"more_{kind.value}", kind=kind)
            assert attributes.define(connection, creation, NOW).slot == f"{slots[0][0]}{len(slots) + 1:02}"
        change = ContactChange(values={"more_text": "Huế", "more_number": "7", "more_date": "2026-01-02"})
        contacts.change(connection, "an@a.test", change, NOW)
    with reading(engine) as connection:
        rule = 't24 = "chữ 24" and more_text = "Huế" and more_number > 6 and more_date > 2026-01-01'
        assert segments.how_many(connection, rule, {}, NOW) == 1
        assert contacts.show(connection, "an@a.test")["attributes"].items() >= kept.items()
    with pytest.raises(sa.exc.IntegrityError), transaction(engine) as connection:  # the slot is still nobody else's
        line = {"name": "x", "label": "x", "kind": "text", "choices": "[]", "slot": "t25", "created_at": NOW}
        connection.execute(sa.text(f"insert into attribute ({', '.join(line)}) values (:{', :'.join(line)})"), line)
    engine.dispose()
