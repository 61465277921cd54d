import pytest
import sqlalchemy as sa

from bocau.base.db import reading, transaction
from bocau.base.db.belonging import SecretForeignError, belongs, claim

OURS, THEIRS = b"o" * 32, b"t" * 32


def test_first_key_owns_the_database(engine: sa.Engine) -> None:
    with reading(engine) as connection:
        assert not belongs(connection, OURS)
    with transaction(engine) as connection:
        claim(connection, OURS)
    with reading(engine) as connection:
        assert belongs(connection, OURS)


def test_foreign_key_is_refused(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        claim(connection, OURS)
    with reading(engine) as connection, pytest.raises(SecretForeignError):
        belongs(connection, THEIRS)
    with transaction(engine) as connection, pytest.raises(SecretForeignError):
        claim(connection, THEIRS)
    with reading(engine) as connection:
        assert belongs(connection, OURS)


def test_the_key_itself_is_not_in_the_database(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        claim(connection, OURS)
        rows = connection.execute(sa.text("select value from instance")).scalars().all()
    assert len(rows) == 1 and OURS.hex() not in rows[0] and OURS.decode() not in rows[0]
