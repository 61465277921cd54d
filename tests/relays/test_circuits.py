import threading

import sqlalchemy as sa

from bocau.base.db import db_now, transaction
from bocau.relays import Backoff, Circuit, Trouble, circuits, close_circuit, open_circuit, take_probe
from bocau.relays.tables import relay_health

QUICK = Backoff(first=0.0, most=0.0, limit=0.0)
SLOW = Backoff(first=60.0, most=240.0)
RELAY = 3


def now_of(engine: sa.Engine) -> int:
    with transaction(engine) as connection:
        return int(connection.execute(sa.select(db_now())).scalar_one())


def opened(engine: sa.Engine, backoff: Backoff = SLOW, reason: str = Trouble.connect, **more: object) -> int:
    with transaction(engine) as connection:
        return open_circuit(connection, RELAY, reason, backoff=backoff, **more)  # type: ignore[arg-type]


def seen(engine: sa.Engine) -> dict[int, Circuit]:
    with transaction(engine) as connection:
        return circuits(connection)


def probe(engine: sa.Engine, holder: str) -> bool:
    with transaction(engine) as connection:
        return take_probe(connection, RELAY, holder)


def closed(engine: sa.Engine) -> bool:
    with transaction(engine) as connection:
        return close_circuit(connection, RELAY)


def let_time_pass(engine: sa.Engine) -> None:
    """The circuit's and the probe's time is over."""
    with transaction(engine) as connection:
        past = db_now() - 1
        connection.execute(
            sa.update(relay_health).values(
                circuit_until=past, probe_until=sa.case((relay_health.c.probe_until.is_not(None), past))
            )
        )


def test_open_circuit_is_seen_by_everybody_with_its_reason(engine: sa.Engine) -> None:
    before = now_of(engine)
    opened(engine, reason=Trouble.auth, detail="535 5.7.8 wrong password")
    circuit = seen(engine)[RELAY]
    assert (circuit.reason, circuit.detail, circuit.failures) == ("auth", "535 5.7.8 wrong password", 1)
    assert before + 59_000 <= circuit.until <= now_of(engine) + 60_000
    assert 0 < circuit.wait <= 60_000
    assert not circuit.probing


def test_relays_without_trouble_are_not_in_the_list(engine: sa.Engine) -> None:
    assert seen(engine) == {}
    opened(engine)
    assert closed(engine)
    assert seen(engine) == {}


def test_many_connections_that_fail_at_once_open_the_circuit_once(engine: sa.Engine) -> None:
    until = {opened(engine) for _ in range(10)}
    assert len(until) == 1
    assert seen(engine)[RELAY].failures == 1


def test_processes_that_fail_at_once_open_the_circuit_once(engine: sa.Engine) -> None:
    threads = [threading.Thread(target=opened, args=(engine,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen(engine)[RELAY].failures == 1


def test_each_failed_probe_doubles_the_time(engine: sa.Engine) -> None:
    waits = []
    for _ in range(5):
        waits.append(round((opened(engine) - now_of(engine)) / 1000))
        let_time_pass(engine)
    assert all(abs(wait - told) <= 2 for wait, told in zip(waits, [60, 120, 240, 240, 240], strict=True))
    assert seen(engine)[RELAY].failures == 5


def test_success_lets_the_time_begin_small_again(engine: sa.Engine) -> None:
    for _ in range(3):
        opened(engine)
        let_time_pass(engine)
    closed(engine)
    opened(engine)
    assert seen(engine)[RELAY].failures == 1


def test_later_end_that_a_server_named_is_kept(engine: sa.Engine) -> None:
    end = now_of(engine) + 3_600_000
    opened(engine)
    assert opened(engine, until=end) == end
    assert opened(engine) == end, "a shorter one changes nothing"
    assert seen(engine)[RELAY].until == end


def test_nobody_probes_before_the_time_is_over(engine: sa.Engine) -> None:
    opened(engine)
    assert not probe(engine, "a")


def test_one_process_probes_when_the_time_is_over(engine: sa.Engine) -> None:
    opened(engine, QUICK)
    assert probe(engine, "a")
    assert not probe(engine, "b")
    assert probe(engine, "a"), "the same one may ask again"
    circuit = seen(engine)[RELAY]
    assert circuit.probing
    assert circuit.wait == 0


def test_one_of_many_that_ask_at_once_probes(engine: sa.Engine) -> None:
    opened(engine, QUICK)
    taken: list[bool] = []
    threads = [threading.Thread(target=lambda n=n: taken.append(probe(engine, f"p{n}"))) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [False] * 7 + [True]


def test_probe_whose_process_died_is_anybodys_after_its_time(engine: sa.Engine) -> None:
    opened(engine, QUICK)
    assert probe(engine, "a")
    let_time_pass(engine)
    assert probe(engine, "b")


def test_failed_probe_opens_the_circuit_again_and_frees_the_probe(engine: sa.Engine) -> None:
    opened(engine, QUICK)
    assert probe(engine, "a")
    opened(engine, SLOW)
    circuit = seen(engine)[RELAY]
    assert circuit.failures == 2
    assert not circuit.probing
    let_time_pass(engine)
    assert probe(engine, "b")


def test_closed_circuit_needs_no_probe(engine: sa.Engine) -> None:
    assert not probe(engine, "a")
    opened(engine, QUICK)
    closed(engine)
    assert not probe(engine, "a")
    assert not closed(engine)


def test_long_words_of_a_server_are_cut(engine: sa.Engine) -> None:
    opened(engine, detail="x" * 5000)
    assert seen(engine)[RELAY].detail == "x" * 300
