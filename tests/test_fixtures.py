import sqlalchemy as sa

from bocau.base.clock import now_ms
from bocau.base.db import db_now, reading


def test_database_clock_agrees_with_ours(engine: sa.Engine) -> None:
    before = now_ms()
    with reading(engine) as connection:
        theirs = connection.execute(sa.select(db_now())).scalar_one()
    assert before - 50 <= theirs <= now_ms() + 50
