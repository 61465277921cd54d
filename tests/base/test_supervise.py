import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from bocau.base.supervise import FIRST_WAIT, LONGEST_WAIT, Part, Supervisor, pause_before

LIVES = """
import os, signal, sys, time
name, folder = sys.argv[1:3]
def end(*_):
    open(f"{folder}/order", "a").write(f"end {name}\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
open(f"{folder}/order", "a").write(f"start {name}\\n")
print("line of", name, flush=True)
open(f"{folder}/{name}.pid", "w").write(str(os.getpid()))
while True:
    time.sleep(60)
"""


class House:
    """Parts that live until told to end, and note when they start and end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lines: list[tuple[str, str]] = []

    def part(self, name: str, code: str = LIVES, **options: object) -> Part:
        made: dict[str, object] = {"ready": lambda: self.pid(name) is not None, "grace": 20.0, **options}
        return Part(name, [sys.executable, "-c", code, name, str(self.folder)], **made)  # type: ignore[arg-type]

    def pid(self, name: str) -> int | None:
        path = self.folder / f"{name}.pid"
        return int(path.read_text()) if path.exists() and path.read_text() else None

    @property
    def order(self) -> list[str]:
        return (self.folder / "order").read_text().splitlines()

    def run(self, parts: list[Part], act: Callable[[Supervisor], Awaitable[None]] | None = None) -> list[list[str]]:
        """Run until ready, then ``act``, then stop. What ``started`` was told."""
        told: list[list[str]] = []

        async def go() -> None:
            supervisor = Supervisor(parts, lambda name, line: self.lines.append((name, line)))
            up = asyncio.Event()
            running = asyncio.create_task(supervisor.run(lambda late: (told.append(late), up.set()), 20.0))  # type: ignore[func-returns-value]
            await up.wait()
            if act is not None:
                await act(supervisor)
            supervisor.stop()
            await running

        asyncio.run(go())
        return told


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


async def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end, "it never came true"
        await asyncio.sleep(0.02)


def gone(pid: int | None) -> bool:
    assert pid is not None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] == "Z"


def test_parts_start_and_stop_by_rank(house: House) -> None:
    parts = [
        house.part("web", start=1, stop=0),
        house.part("broker", start=0, stop=2),
        house.part("worker", start=1, stop=1),
    ]
    assert house.run(parts) == [[]]
    assert house.order[0] == "start broker"
    assert house.order[3:] == ["end web", "end worker", "end broker"]


def test_lines_carry_their_part(house: House) -> None:
    house.run([house.part("web")])
    assert ("web", "line of web") in house.lines


def test_hushed_lines_are_not_carried(house: House) -> None:
    house.run([house.part("web", hush="line of")])
    assert house.lines == []


def test_killed_part_is_started_again(house: House) -> None:
    async def kill(supervisor: Supervisor) -> None:
        first = house.pid("web")
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await until(lambda: house.pid("web") != first and house.order.count("start web") == 2)

    house.run([house.part("web")], kill)
    assert house.order == ["start web", "start web", "end web"]


def test_children_of_a_killed_part_end_with_it(house: House) -> None:
    code = """
import os, subprocess, sys, time
name, folder = sys.argv[1:3]
if not os.path.exists(f"{folder}/child.pid"):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    open(f"{folder}/child.pid", "w").write(str(child.pid))
open(f"{folder}/{name}.pid", "w").write(str(os.getpid()))
time.sleep(600)
"""

    async def kill(supervisor: Supervisor) -> None:
        first = house.pid("web")
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await until(lambda: gone(house.pid("child")))

    house.run([house.part("web", code, grace=0.5)], kill)
    assert gone(house.pid("child")) and gone(house.pid("web"))


def test_part_that_will_not_end_is_killed(house: House) -> None:
    deaf = LIVES.replace("signal.signal(signal.SIGTERM, end)", "signal.signal(signal.SIGTERM, signal.SIG_IGN)")
    house.run([house.part("web", deaf, grace=0.2)])
    assert gone(house.pid("web")) and house.order == ["start web"]


def test_second_request_to_stop_waits_for_nothing(house: House) -> None:
    deaf = LIVES.replace("signal.signal(signal.SIGTERM, end)", "signal.signal(signal.SIGTERM, signal.SIG_IGN)")

    async def insist(supervisor: Supervisor) -> None:
        supervisor.stop()

    house.run([house.part("web", deaf, grace=600.0)], insist)
    assert gone(house.pid("web"))


def test_part_that_keeps_dying_is_remedied(house: House) -> None:
    code = LIVES.replace("print(", "os.path.exists(f'{folder}/mended') or sys.exit(3)\nprint(")
    mended: list[bool] = []

    def mend() -> None:
        mended.append(True)
        (house.folder / "mended").touch()

    house.run([house.part("broker", code, ready=lambda: bool(house.lines), remedy=mend)])
    assert mended == [True] and house.order.count("start broker") == 4


def test_parts_that_are_late_are_told(house: House) -> None:
    async def go() -> None:
        told: list[list[str]] = []
        supervisor = Supervisor([house.part("web", ready=lambda: False)], lambda name, line: None)
        running = asyncio.create_task(supervisor.run(told.append, 0.3))
        await until(lambda: told)
        supervisor.stop()
        await running
        assert told == [["web"]]

    asyncio.run(go())


def test_stopping_does_not_wait_until_all_is_ready(house: House) -> None:
    async def go() -> None:
        told: list[list[str]] = []
        supervisor = Supervisor([house.part("web", ready=lambda: False)], lambda name, line: None)
        running = asyncio.create_task(supervisor.run(told.append, 600))
        await until(lambda: house.pid("web"))
        supervisor.stop()
        await running
        assert told == []

    asyncio.run(go())
    assert gone(house.pid("web"))


def test_program_that_is_not_there_is_tried_again(house: House) -> None:
    async def go() -> None:
        supervisor = Supervisor([Part("web", ["/nonexistent/program"], lambda: False)], lambda name, line: None)
        running = asyncio.create_task(supervisor.run(lambda late: supervisor.stop(), 0.5))
        await running

    asyncio.run(go())
    assert house.lines == []


def test_pauses_double_and_end_somewhere() -> None:
    assert [pause_before(count) for count in (0, 1, 2)] == [FIRST_WAIT, 2 * FIRST_WAIT, 4 * FIRST_WAIT]
    assert pause_before(10_000) == LONGEST_WAIT


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_nothing_outlives_a_killed_supervisor(house: House) -> None:
    code = f"""
import asyncio, sys
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from pathlib import Path
from bocau.base.supervise import Supervisor
from tests.base.test_supervise import House
house = House(Path({str(house.folder)!r}))
supervisor = Supervisor([house.part("web"), house.part("worker")], lambda name, line: None)
asyncio.run(supervisor.run(lambda late: print("up", late, flush=True)))
"""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert re.match(r"up \[\]", process.stdout.readline())
    process.kill()
    process.communicate()
    asyncio.run(until(lambda: gone(house.pid("web")) and gone(house.pid("worker"))))
