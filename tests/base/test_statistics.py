"""PostgreSQL's planner is told of rows that came in at once, and only then."""

import sqlalchemy as sa

from bocau.audience.tables import contact, tag
from bocau.base.db import reading, transaction
from bocau.base.db.statistics import MANY, refresh_stale


def fill(engine: sa.Engine, count: int) -> None:
    """So many contacts, and the counts of what changed as other sessions see them."""
    rows = [
        {"recipient": f"p{n}@x.vn", "address": f"p{n}@x.vn", "name": "", "created_at": 1, "updated_at": 1}
        for n in range(count)
    ]
    with transaction(engine) as connection:
        connection.execute(sa.insert(contact), rows)
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_stat_force_next_flush()"))


def look(engine: sa.Engine) -> None:
    """The planner knows the tables as they are; other tests have filled them before."""
    if engine.dialect.name == "postgresql":
        with transaction(engine) as connection:
            connection.execute(sa.text("ANALYZE contact, tag"))


def test_planner_looks_once_at_what_has_changed_much(engine: sa.Engine) -> None:
    look(engine)
    fill(engine, MANY)
    with reading(engine) as connection:
        first = refresh_stale(connection, contact, tag)
    with reading(engine) as connection:
        second = refresh_stale(connection, contact, tag)
    assert (first, second) == (["contact"] if engine.dialect.name == "postgresql" else [], [])


def test_few_rows_are_not_worth_a_look(engine: sa.Engine) -> None:
    look(engine)
    fill(engine, 20)
    with reading(engine) as connection:
        assert refresh_stale(connection, contact) == []
