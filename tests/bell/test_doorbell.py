"""The doorbell: a thread that rings for others, with few rings at a time, and quiet while nobody hears."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bocau.base.config import Settings
from bocau.base.queues import CHORES_DUE
from bocau.bell import ADDRESS, Doorbell, broker, doorbell
from tests.bell.conftest import Rings

DRAIN_BULK = ("bocau.drain", ["bulk"])


class Gate:
    """Stands in for the connection: each ring waits at it, and is answered as ``heard`` says."""

    def __init__(self, *, heard: bool = True) -> None:
        self.heard, self.tried = heard, []  # type: tuple[bool, list[str]]
        self.came, self.open = threading.Semaphore(0), threading.Semaphore(0)

    def __call__(self, settings: Settings) -> "Gate":
        return self

    def ring(self, name: str) -> bool:
        self.tried.append(name)
        self.came.release()
        self.open.acquire()
        if name == "broken":
            raise ZeroDivisionError
        return self.heard

    def hang_up(self) -> None:
        pass


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Doorbell]]:
    """A doorbell on a broker's URL."""
    made: list[Doorbell] = []

    def one(url: str = "redis://127.0.0.1:9/0") -> Doorbell:
        made.append(Doorbell(Settings(home=tmp_path, broker_url=url)))  # type: ignore[arg-type]
        return made[-1]

    yield one
    for each in made:
        each.close()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    made = Gate()
    monkeypatch.setattr(broker, "Line", made)
    return made


def passed(gate: Gate, count: int) -> None:
    """Let so many rings through."""
    for _ in range(count):
        gate.open.release()


def rings_in_a_thread(bell: Doorbell) -> bool:
    thread = bell._thread
    return thread is not None and thread.is_alive()


def test_rings_lie_in_the_queues_that_workers_serve(make: Callable[..., Doorbell], lying: Rings) -> None:
    bell = make(lying.url)
    bell.ring(["bulk", "bulk.eu", CHORES_DUE])
    bell.close(20)
    assert lying.tasks("bulk") == [DRAIN_BULK]
    assert lying.tasks("bulk.eu") == [("bocau.drain", ["bulk.eu"])]
    assert lying.tasks("chores") == [("bocau.chores", [])]


def test_thread_is_started_by_the_first_ring_and_ended_by_close(make: Callable[..., Doorbell], gate: Gate) -> None:
    bell = make()
    assert not rings_in_a_thread(bell)
    bell.ring(["bulk"])
    assert rings_in_a_thread(bell)
    passed(gate, 1)
    bell.close(20)
    assert not rings_in_a_thread(bell)
    bell.ring(["bulk"])
    assert not rings_in_a_thread(bell) and gate.tried == ["bulk"]


def test_name_that_waits_already_is_not_added_and_who_rings_does_not_wait(
    make: Callable[..., Doorbell], gate: Gate
) -> None:
    bell = make()
    bell.ring(["bulk"])
    assert gate.came.acquire(timeout=60)  # this one is on its way: what is rung for from now on must be rung for again
    for _ in range(50):
        bell.ring(["bulk", "transactional"])
    passed(gate, 3)
    bell.close(20)
    assert gate.tried == ["bulk", "bulk", "transactional"]


def test_several_are_called_when_several_are_wanted(make: Callable[..., Doorbell], gate: Gate) -> None:
    bell = make()
    bell.ring(["chores"])
    assert gate.came.acquire(timeout=60)
    for times in (1, 3, 2):
        bell.ring(["bulk"], times=times)
    passed(gate, 4)
    bell.close(20)
    assert gate.tried == ["chores", "bulk", "bulk", "bulk"]


def test_only_so_many_wait(make: Callable[..., Doorbell], gate: Gate) -> None:
    bell = make()
    bell.ring(["bulk"])
    assert gate.came.acquire(timeout=60)
    bell.ring(f"bulk.r{number}" for number in range(doorbell.MOST * 3))
    passed(gate, doorbell.MOST + 1)
    bell.close(20)
    assert len(gate.tried) == doorbell.MOST + 1


def test_after_a_ring_that_nobody_heard_it_is_quiet_for_a_while(
    make: Callable[..., Doorbell], gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr(doorbell, "monotonic", lambda: clock[0])
    gate.heard = False
    bell = make()
    bell.ring(["bulk"])
    assert gate.came.acquire(timeout=60)
    bell.ring(["transactional"])
    passed(gate, 1)
    settle(bell)
    clock[0] += doorbell.SILENCE - 1
    bell.ring(["bulk"])
    settle(bell)
    assert gate.tried == ["bulk"]
    clock[0] += 2
    bell.ring(["chores"])
    passed(gate, 1)
    bell.close(20)
    assert gate.tried == ["bulk", "chores"]


def settle(bell: Doorbell) -> None:
    with bell._changed:
        assert bell._changed.wait_for(lambda: not (bell._waiting or bell._busy), 20)


def test_what_breaks_does_not_end_it(
    make: Callable[..., Doorbell], gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doorbell, "SILENCE", 0.0)
    bell = make()
    passed(gate, 2)
    bell.ring(["broken"])
    settle(bell)
    bell.ring(["bulk"])
    bell.close(20)
    assert gate.tried == ["broken", "bulk"]


def test_close_does_not_wait_for_a_broker_that_does_not_answer(make: Callable[..., Doorbell], gate: Gate) -> None:
    bell = make()
    bell.ring(["bulk", "transactional"])
    assert gate.came.acquire(timeout=60)
    bell.close(0.01)
    passed(gate, 1)
    assert bell._thread is not None
    bell._thread.join(20)
    assert not rings_in_a_thread(bell)
    assert gate.tried == ["bulk"]


def test_broker_that_is_not_there_is_no_error(make: Callable[..., Doorbell], tmp_path: Path) -> None:
    bell = make(f"redis+socket://{tmp_path}/none.sock")
    bell.ring(["bulk"])
    bell.close(20)


def test_broker_that_was_started_again_is_rung_at(make: Callable[..., Doorbell], lying: Rings) -> None:
    bell = make(lying.url)
    bell.ring(["bulk"])
    settle(bell)
    lying.server.kill()
    lying.server.empty()
    lying.server.start()
    bell.ring(["bulk"])
    bell.close(20)
    assert lying.tasks("bulk") == [DRAIN_BULK]


def test_broker_that_comes_up_later_is_found(make: Callable[..., Doorbell], lying: Rings, tmp_path: Path) -> None:
    bell = make("")
    bell.ring(["transactional"])
    settle(bell)
    (tmp_path / ADDRESS).write_text(lying.url)
    bell.ring(["bulk"])
    bell.close(20)
    assert (lying.tasks("transactional"), lying.tasks("bulk")) == ([], [DRAIN_BULK])


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_forked_child_rings_over_a_connection_of_its_own(make: Callable[..., Doorbell], lying: Rings) -> None:
    bell = make(lying.url)
    bell.ring(["bulk"])
    settle(bell)
    line = bell._line
    child = os.fork()
    if child == 0:
        bell.ring(["transactional"])
        bell.close(20)
        os._exit(0 if bell._line is not line else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    bell.ring(["chores"])
    bell.close(20)
    assert bell._line is line
    assert [len(lying.tasks(name)) for name in ("bulk", "transactional", "chores")] == [1, 1, 1]


def test_without_a_broker_celery_is_not_loaded(tmp_path: Path) -> None:
    program = (
        "import sys; from bocau import wiring; from bocau.base.config import Settings; from pathlib import Path\n"
        "parts = wiring.parts(Settings(home=Path(sys.argv[1]))); parts.bell.ring(['bulk']); parts.close()\n"
        "assert 'celery' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True)
