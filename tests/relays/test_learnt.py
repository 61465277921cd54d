"""How many mails a server takes on one connection: the least that was seen counts, and is doubted more with time."""

import sqlalchemy as sa

from bocau.base.db import transaction
from bocau.relays import learn_session_limit, session_limits
from bocau.relays.circuits import lock
from bocau.relays.rules import FORGET, session_limit
from bocau.relays.tables import relay_health

RELAY = 3


def learn(engine: sa.Engine, *seen: int, identity: str = "") -> dict[int, int]:
    for mails in seen:
        with transaction(engine) as connection:
            learn_session_limit(connection, RELAY, mails, identity=identity)
    with transaction(engine) as connection:
        return session_limits(connection)


def test_least_that_was_seen_counts(engine: sa.Engine) -> None:
    assert learn(engine) == {}
    assert learn(engine, 5, 3, 4) == {RELAY: 3}
    assert learn(engine, 0) == {RELAY: 1}


def test_with_each_day_twice_as_many_are_dared(engine: sa.Engine) -> None:
    learn(engine, 5)
    past = relay_health.c.session_limit_at - 2 * FORGET
    with transaction(engine) as connection:
        connection.execute(sa.update(relay_health).values(session_limit_at=past))
        assert session_limits(connection) == {RELAY: 20}
    assert learn(engine, 12) == {RELAY: 12}


def test_another_server_or_user_has_nothing_learnt(engine: sa.Engine) -> None:
    assert learn(engine, 5, identity="one") == {RELAY: 5}
    with transaction(engine) as connection:
        lock(connection, RELAY, "two")
        assert session_limits(connection) == {}


def test_age_below_nothing_and_beyond_everything_is_taken() -> None:
    assert session_limit(7, -5) == 7 and session_limit(7, FORGET - 1) == 7
    assert session_limit(1, 10**15) == 1 << 20
