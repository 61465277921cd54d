"""What is noted in a transaction is rung for after its commit: once, by nobody else, and not when it is rolled back."""

import threading
from collections.abc import Iterable

import pytest
import sqlalchemy as sa

from bocau.base.db import Connection, again, attach, make_engine, reading, ring_after_commit, transaction


class Heard:
    """A bell that remembers, and asks the database what can be seen at that moment."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine, self.rings, self.seen = engine, [], []  # type: tuple[sa.Engine, list[list[str]], list[int]]

    def ring(self, names: Iterable[str]) -> None:
        self.rings.append(list(names))
        with reading(self.engine) as connection:
            self.seen.append(connection.exec_driver_sql("SELECT count(*) FROM instance").scalar_one())


@pytest.fixture
def heard(engine: sa.Engine) -> Heard:
    made = Heard(engine)
    attach(engine, made)
    return made


def write(connection: Connection, key: str) -> None:
    connection.exec_driver_sql(f"INSERT INTO instance (key, value, at) VALUES ('{key}', '', 0)")


def test_each_name_is_rung_for_once_and_after_the_commit(engine: sa.Engine, heard: Heard) -> None:
    with transaction(engine) as connection:
        for name in ("bulk", "transactional", "bulk"):
            ring_after_commit(connection, name)
        write(connection, "one")
        assert heard.rings == []
    assert heard.rings == [["bulk", "transactional"]]
    assert heard.seen == [1]


def test_next_transaction_begins_with_nothing_noted(engine: sa.Engine, heard: Heard) -> None:
    with transaction(engine) as connection:
        ring_after_commit(connection, "bulk")
    with transaction(engine) as connection:
        write(connection, "one")
    assert heard.rings == [["bulk"]]


def test_nothing_is_rung_for_after_a_rollback(engine: sa.Engine, heard: Heard) -> None:
    with pytest.raises(ZeroDivisionError), transaction(engine) as connection:
        ring_after_commit(connection, "bulk")
        raise ZeroDivisionError
    with transaction(engine) as connection:
        write(connection, "one")
    assert heard.rings == []


def test_nothing_is_rung_for_when_the_commit_fails(engine: sa.Engine, heard: Heard) -> None:
    def broken(connection: Connection) -> None:
        raise ZeroDivisionError

    sa.event.listen(engine, "commit", broken)
    with pytest.raises(ZeroDivisionError), transaction(engine) as connection:
        ring_after_commit(connection, "bulk")
    sa.event.remove(engine, "commit", broken)
    assert heard.rings == []


def test_what_a_savepoint_noted_goes_with_it(engine: sa.Engine, heard: Heard) -> None:
    with transaction(engine) as connection:
        ring_after_commit(connection, "before")
        outer = connection.begin_nested()
        ring_after_commit(connection, "outer")
        with connection.begin_nested():
            ring_after_commit(connection, "before")
            ring_after_commit(connection, "inner")
        outer.rollback()
        with connection.begin_nested():
            ring_after_commit(connection, "kept")
        ring_after_commit(connection, "after")
    assert heard.rings == [["before", "kept", "after"]]


def test_what_is_noted_again_outside_a_rolled_back_savepoint_is_rung_for(engine: sa.Engine, heard: Heard) -> None:
    with transaction(engine) as connection:
        step = connection.begin_nested()
        ring_after_commit(connection, "bulk")
        step.rollback()
        ring_after_commit(connection, "bulk")
    assert heard.rings == [["bulk"]]


def test_work_done_again_is_rung_for_once(engine: sa.Engine, heard: Heard) -> None:
    class Deadlock(Exception):
        sqlstate = "40P01"

    tried: list[str] = []

    def work(connection: Connection) -> str:
        ring_after_commit(connection, f"try {len(tried)}")
        tried.append("")
        if len(tried) == 1:
            raise sa.exc.OperationalError("", None, Deadlock())
        return "done"

    assert again(engine, work) == "done"
    assert heard.rings == [["try 1"]]


def test_bell_that_breaks_does_not_reach_the_caller(engine: sa.Engine) -> None:
    class Broken:
        def ring(self, names: Iterable[str]) -> None:
            raise ZeroDivisionError

    attach(engine, Broken())
    with transaction(engine) as connection:
        write(connection, "one")
        ring_after_commit(connection, "bulk")
    with reading(engine) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM instance").scalar_one() == 1


def test_without_a_bell_nothing_happens(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        ring_after_commit(connection, "bulk")


def test_a_bell_costs_no_statement(engine: sa.Engine, database_url: str) -> None:
    told: dict[bool, list[str]] = {}
    for belled in (False, True):
        own = make_engine(database_url)
        said = told[belled] = []
        if belled:
            attach(own, Heard(engine))
        sa.event.listen(own, "before_cursor_execute", lambda *given, said=said: said.append(given[2]))
        with transaction(own) as connection:
            with connection.begin_nested():
                write(connection, f"{belled}"[:1])
            ring_after_commit(connection, "bulk")
        own.dispose()
    assert [text.replace("'T'", "'F'") for text in told[True]] == told[False]


def test_each_thread_rings_for_what_it_committed(engine: sa.Engine, heard: Heard) -> None:
    both, noted = threading.Barrier(2), threading.Event()

    def one() -> None:
        with transaction(engine) as connection:
            ring_after_commit(connection, "one")
            both.wait()
        noted.set()

    def other() -> None:
        with reading(engine) as connection:  # SQLite has one writer: this one only notes, and is never rung for
            ring_after_commit(connection, "other")
            both.wait()
        noted.wait()
        with transaction(engine) as connection:
            ring_after_commit(connection, "two")

    threads = [threading.Thread(target=work) for work in (one, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert heard.rings == [["one"], ["two"]]
