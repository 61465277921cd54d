import random
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bocau.base.db import db_now, make_engine, metadata, transaction
from bocau.relays import Share, circuits, lease_share, open_circuit, release_shares
from bocau.relays.tables import relay_share

RELAY = 7
MANY = 1000


@dataclass(frozen=True)
class Limit:
    max_connections: int = 10
    rate: float | None = None
    identity: str = ""


def lease(engine: sa.Engine, holder: str, want: int = MANY, limit: Limit | None = None, **more: object) -> Share:
    with transaction(engine) as connection:
        return lease_share(connection, RELAY, holder, want, limit or Limit(), **more)  # type: ignore[arg-type]


def expire(engine: sa.Engine, holder: str) -> None:
    """What passing time does to the share of a process that is gone."""
    with transaction(engine) as connection:
        gone = sa.update(relay_share).where(relay_share.c.holder == holder)
        connection.execute(gone.values(expires_at=db_now() - 1))


def settled(engine: sa.Engine, wants: dict[str, int], limit: Limit) -> dict[str, Share]:
    """Shares after everybody has renewed often enough."""
    for _ in range(4):
        shares = {name: lease(engine, name, want, limit) for name, want in wants.items()}
    return shares


def test_lone_process_gets_all_it_wants_within_the_limit(engine: sa.Engine) -> None:
    assert lease(engine, "a", 4).connections == 4
    assert lease(engine, "a", 40).connections == 10


def test_newcomer_gets_what_is_free_at_once(engine: sa.Engine) -> None:
    lease(engine, "a", 6)
    assert lease(engine, "b").connections == 4


def test_newcomer_gets_its_fair_part_after_the_others_have_let_go(engine: sa.Engine) -> None:
    lease(engine, "a")
    assert lease(engine, "b").connections == 0
    assert lease(engine, "a", held=10).connections == 5
    assert lease(engine, "b").connections == 0, "a has not closed its connections yet"
    lease(engine, "a", held=5)
    assert lease(engine, "b").connections == 5


def test_process_that_does_not_say_what_it_holds_is_given_one_renewal_to_close_it(engine: sa.Engine) -> None:
    lease(engine, "a")
    lease(engine, "b")
    lease(engine, "a")
    assert lease(engine, "b").connections == 0
    lease(engine, "a")
    assert lease(engine, "b").connections == 5


def test_unused_part_goes_to_who_needs_it(engine: sa.Engine) -> None:
    shares = settled(engine, {"a": 2, "b": MANY, "c": 0}, Limit(10))
    assert {name: share.connections for name, share in shares.items()} == {"a": 2, "b": 8, "c": 0}


def test_released_share_is_free_at_once(engine: sa.Engine) -> None:
    lease(engine, "a")
    with transaction(engine) as connection:
        release_shares(connection, "a")
    assert lease(engine, "b").connections == 10


def test_share_of_a_process_that_is_gone_is_free_when_it_expires(engine: sa.Engine) -> None:
    lease(engine, "a")
    assert lease(engine, "b").connections == 0
    expire(engine, "a")
    assert lease(engine, "b").connections == 10


def test_process_that_comes_back_after_its_share_expired_gets_only_what_is_free(engine: sa.Engine) -> None:
    lease(engine, "a")
    expire(engine, "a")
    lease(engine, "b")
    assert lease(engine, "a", held=10).connections == 0


def test_lowered_limit_is_reached_by_renewals(engine: sa.Engine) -> None:
    settled(engine, {"a": MANY, "b": MANY}, Limit(10))
    shares = settled(engine, {"a": MANY, "b": MANY}, Limit(4))
    assert [share.connections for share in shares.values()] == [2, 2]


def test_rate_is_divided_among_those_who_have_connections(engine: sa.Engine) -> None:
    shares = settled(engine, {"a": MANY, "b": MANY, "idle": 0}, Limit(10, rate=1.5))
    assert [share.rate for share in shares.values()] == [0.75, 0.75, 0.0]


def test_rate_one_cannot_use_goes_to_the_other(engine: sa.Engine) -> None:
    for _ in range(3):
        small = lease(engine, "a", 5, Limit(10, rate=10.0), want_rate=0.5)
        large = lease(engine, "b", 5, Limit(10, rate=10.0))
    assert (small.rate, large.rate) == (0.5, 9.5)


def test_no_rate_limit_is_no_rate(engine: sa.Engine) -> None:
    assert lease(engine, "a").rate is None


def test_relays_do_not_share_each_others_limits(engine: sa.Engine) -> None:
    lease(engine, "a")
    with transaction(engine) as connection:
        assert lease_share(connection, RELAY + 1, "b", MANY, Limit()).connections == 10


def test_share_lives_by_the_databases_clock(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        share = lease_share(connection, RELAY, "a", 1, Limit(), life=2.5)
        now = connection.execute(sa.select(db_now())).scalar_one()
    assert share.life == 2.5
    assert now <= share.until <= now + 2500


def test_other_server_user_or_password_starts_with_a_closed_circuit(engine: sa.Engine) -> None:
    lease(engine, "a", limit=Limit(identity="old password"))
    with transaction(engine) as connection:
        open_circuit(connection, RELAY, "auth")
    lease(engine, "a", limit=Limit(identity="old password"))
    with transaction(engine) as connection:
        assert RELAY in circuits(connection)
    lease(engine, "a", limit=Limit(identity="new password"))
    with transaction(engine) as connection:
        assert RELAY not in circuits(connection)


def test_more_processes_than_connections_take_turns() -> None:
    """Turns pass with the clock; here each renewal is told the next one."""
    from bocau.relays.leases import _granted

    names = [f"p{number}" for number in range(5)]
    served = set()
    for turn in range(5):
        rows = {name: {"want": 3, "want_milli": None, "booked": 0, "rate_milli": None} for name in names}
        for name in names:
            others = {other: row for other, row in rows.items() if other != name}
            if _granted(Limit(2), others, name, rows[name], turn)[0]:
                served.add(name)
    assert served == set(names)


class Processes(RuleBasedStateMachine):
    """Processes that open and close real connections as their shares allow; some are slow, some die."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.engine = make_engine(f"sqlite:///{Path(self.folder.name) / 'shares.db'}")
        metadata.create_all(self.engine)
        self.limit = Limit(7, rate=1.0)
        self.open: dict[str, int] = {}
        self.rates: dict[str, float] = {}

    def teardown(self) -> None:
        self.engine.dispose()
        self.folder.cleanup()

    holders = st.sampled_from("abcdef")

    @rule(holder=holders, want=st.integers(0, 12), closes=st.booleans())
    def renew(self, holder: str, want: int, closes: bool) -> None:
        held = self.open.get(holder, 0)
        share = lease(self.engine, holder, want, self.limit, held=held)
        if share.connections > held or closes:
            self.open[holder] = share.connections
        assert share.rate is not None
        self.rates[holder] = share.rate

    @rule(holder=holders)
    def close(self, holder: str) -> None:
        self.open[holder] = self.open.get(holder, 0) // 2

    @rule(holder=holders)
    def end(self, holder: str) -> None:
        self.open.pop(holder, None)
        self.rates.pop(holder, None)
        with transaction(self.engine) as connection:
            release_shares(connection, holder)

    @rule(holder=holders)
    def die(self, holder: str) -> None:
        self.open.pop(holder, None)
        self.rates.pop(holder, None)
        expire(self.engine, holder)

    @invariant()
    def connections_are_within_the_limit(self) -> None:
        assert sum(self.open.values()) <= self.limit.max_connections

    @invariant()
    def rate_is_within_the_limit(self) -> None:
        assert self.limit.rate is not None
        assert sum(self.rates.values()) <= self.limit.rate + 1e-9


TestProcesses = Processes.TestCase
TestProcesses.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)


@dataclass
class Wire:
    """Counts connections that are open at this moment, as the relay would."""

    limit: int
    lock: threading.Lock = field(default_factory=threading.Lock)
    now: int = 0
    most: int = 0
    faults: list[str] = field(default_factory=list)

    def change(self, by: int) -> None:
        with self.lock:
            self.now += by
            self.most = max(self.most, self.now)


@contextmanager
def running(threads: list[threading.Thread]) -> Iterator[None]:
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for thread in threads:
            thread.join()


def renew_often(engine: sa.Engine, wire: Wire, name: str) -> None:
    chance, held = random.Random(name), 0
    try:
        for _ in range(20):
            share = lease(engine, name, chance.randint(0, wire.limit), Limit(wire.limit, rate=5.0), held=held)
            if share.connections > held or chance.random() < 0.7:
                wire.change(share.connections - held)
                held = share.connections
            if chance.random() < 0.1:
                wire.change(-held)
                held = 0
                with transaction(engine) as connection:
                    release_shares(connection, name)
        wire.change(-held)
        with transaction(engine) as connection:
            release_shares(connection, name)
    except Exception as error:  # noqa: BLE001 - told to the test's own thread
        wire.faults.append(f"{name}: {error!r}")


def hammer(engine: sa.Engine, limit: int) -> Wire:
    wire = Wire(limit)
    threads = [threading.Thread(target=renew_often, args=(engine, wire, f"p{number}")) for number in range(8)]
    with running(threads):
        pass
    return wire


def test_limit_holds_for_many_processes_at_once(engine: sa.Engine) -> None:
    wire = hammer(engine, 9)
    assert wire.faults == []
    assert 0 < wire.most <= 9
    assert wire.now == 0


def test_booked_shares_never_exceed_the_limit_in_the_database(postgresql_url: str) -> None:
    """Seen by a reader of its own while the others renew."""
    engine = make_engine(postgresql_url, pool_size=10)
    wire, seen = Wire(6), []
    threads = [threading.Thread(target=renew_often, args=(engine, wire, f"p{number}")) for number in range(8)]
    with running(threads):
        while any(thread.is_alive() for thread in threads):
            with transaction(engine) as connection:
                row = connection.execute(
                    sa.select(sa.func.sum(relay_share.c.booked), sa.func.sum(relay_share.c.rate_milli))
                ).one()
                seen.append((row[0] or 0, row[1] or 0))
    engine.dispose()
    assert wire.faults == []
    assert max(booked for booked, _ in seen) <= 6
    assert max(rate for _, rate in seen) <= 5000
