"""Ctrl-C in the middle of a transaction ends it, and is Ctrl-C still."""

import pytest
import sqlalchemy as sa

from bocau.base.db import make_engine, reading, transaction


@pytest.fixture
def database_kind() -> str:
    return "postgresql"


def test_copy_that_was_begun(engine: sa.Engine, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(KeyboardInterrupt), transaction(engine) as connection:
        connection.execute(sa.text("CREATE TEMPORARY TABLE coming (a int)"))
        copying = connection.connection.cursor().copy("COPY coming FROM STDIN")
        copying.__enter__()
        raise KeyboardInterrupt
    assert caplog.records == []  # such as that the connection could not be reset
    with reading(engine) as connection:
        assert connection.execute(sa.text("SELECT to_regclass('coming')")).scalar() is None


def test_ping_before_a_connection_is_lent(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def pinged(raw: object) -> bool:
        try:
            raise KeyboardInterrupt
        finally:
            raise engine.dialect.loaded_dbapi.ProgrammingError("can't change 'autocommit' now")

    with reading(engine):
        pass  # so that there is a connection to ping
    with monkeypatch.context() as broken:
        broken.setattr(engine.dialect, "do_ping", pinged)
        with pytest.raises(KeyboardInterrupt), reading(engine):
            pass
    with reading(engine) as connection:
        assert connection.execute(sa.text("SELECT 1")).scalar() == 1


def test_error_that_nobody_interrupted_stays_what_it_is(engine: sa.Engine) -> None:
    with pytest.raises(sa.exc.ProgrammingError), transaction(engine) as connection:
        connection.execute(sa.text("SELECT nothing"))


def test_file_is_free_for_the_next_one(tmp_path: object) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/one.db")
    with pytest.raises(KeyboardInterrupt), transaction(engine) as connection:
        connection.execute(sa.text("CREATE TABLE coming (a int)"))
        raise KeyboardInterrupt
    with transaction(engine) as connection:
        assert sa.inspect(connection).get_table_names() == []
    engine.dispose()
