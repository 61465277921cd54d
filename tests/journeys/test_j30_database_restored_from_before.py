import sqlite3
from collections.abc import Callable
from pathlib import Path

from bocau.base.clock import now_ms
from bocau.base.db import reading
from bocau.base.db.instance import known
from bocau.delivery import backwards
from tests.journeys.world import World


def copy(source: Path, target: Path) -> None:
    with sqlite3.connect(source) as here, sqlite3.connect(target) as there:
        here.backup(there)
    here.close()
    there.close()


def halted(world: World) -> bool:
    with reading(world.db) as connection:
        return known(connection, backwards.HALTED) is not None


def test_sending_stops_until_a_person_looks_and_nobody_gets_two(make_world: Callable[..., World]) -> None:
    world = make_world("sqlite")
    world.sink.do("set", latency_ms=15)
    number = world.submit(900)
    worker = world.start()
    world.until(lambda: world.sink.taken() > 150)
    copy(world.home / "bocau.db", world.home / "backup.db")
    before = world.sink.taken()
    world.until(lambda: world.sink.taken() > before + 200)
    assert worker.end() == 0
    world.db.dispose()
    for path in world.home.glob("bocau.db*"):
        path.unlink()
    copy(world.home / "backup.db", world.home / "bocau.db")
    accepted = world.sink.taken()
    second = world.start()
    world.until(lambda: halted(world))
    world.until(lambda: "ledger_taught" in world.log.read_text())
    assert world.counts(number)["sent"] == accepted == world.sink.taken()
    backwards.resume(world.db, now_ms())
    world.until_finished(number)
    assert world.counts(number) == {"sent": 900}
    assert world.account(number) == 0
    assert second.end() == 0
