"""Who waits for an answer does not get the database's word that it ended their transaction to help another."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa

from bocau.base.db import Connection, again, transaction

ROWS = sa.table("pair", sa.column("id"), sa.column("n"))


pytestmark = pytest.mark.own_database


@pytest.fixture(params=["postgresql", "mariadb"])  # SQLite has one writer at a time
def database_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def pair(engine: sa.Engine) -> sa.Engine:
    with transaction(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE pair (id int PRIMARY KEY, n int)")
        connection.execute(sa.insert(ROWS), [{"id": 1, "n": 0}, {"id": 2, "n": 0}])
    return engine


def crossed(engine: sa.Engine, tries: int) -> list[int]:
    """Two transactions, each of which holds what the other wants; how often each was begun."""
    meet, begun = Barrier(2), [0, 0]

    def work(place: int) -> None:
        def both(connection: Connection) -> None:
            begun[place] += 1
            for step, row in enumerate((1, 2) if place else (2, 1)):
                connection.execute(sa.update(ROWS).where(ROWS.c.id == row).values(n=ROWS.c.n + 1))
                if step == 0 and begun[place] == 1:
                    meet.wait(60)

        again(engine, both, tries)

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(work, place) for place in (0, 1)]:
            done.result()
    return sorted(begun)


def test_a_transaction_ended_for_a_deadlock_is_done_anew(pair: sa.Engine) -> None:
    begun = crossed(pair, 9)
    assert sum(begun) > 2, "one was ended at least once; they may cross again when it starts anew"
    with transaction(pair) as connection:
        assert connection.execute(sa.select(ROWS.c.n)).scalars().all() == [2, 2]


def test_after_so_many_times_it_is_told(pair: sa.Engine) -> None:
    with pytest.raises(sa.exc.OperationalError):
        crossed(pair, 1)


def test_other_faults_are_told_at_once(pair: sa.Engine) -> None:
    tried = []

    def work(connection: Connection) -> None:
        tried.append(1)
        connection.execute(sa.insert(ROWS).values(id=1, n=0))

    with pytest.raises(sa.exc.IntegrityError):
        again(pair, work)
    assert tried == [1]
