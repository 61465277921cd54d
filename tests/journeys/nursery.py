"""A process that has imported everything and forks the journeys' processes, as Celery's main process forks its
children; each is ready a second sooner than one that starts from nothing.

Speaks JSON lines: ``{"run": "engine" | "worker" | "beat" | "cli" | "sink", "words": […], "env": {…}, "output": path}`` →
``{"pid": n}``; ``{"poll": pid}`` → ``{"code": null | n}`` (minus the signal that killed it). When its input ends, so
do its children.
"""

import ctypes
import importlib
import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.fakes.tables import load_tables

ROOT = Path(__file__).resolve().parents[2]
PR_SET_PDEATHSIG, PR_SET_NAME = 1, 15  # prctl(2)


class Nursery:
    """The test's end of it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.journeys.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def run(self, what: str, *words: str, env: dict[str, str], output: Path) -> int:
        """Fork a process; its PID. What it prints is added to ``output``."""
        return int(self._ask({"run": what, "words": words, "env": env, "output": str(output)})["pid"])

    def poll(self, pid: int) -> int | None:
        """How it ended; None while it lives."""
        code: int | None = self._ask({"poll": pid})["code"]
        return code

    def close(self) -> None:
        self._process.communicate()

    def _ask(self, order: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


def engine(words: list[str]) -> int:
    from tests.journeys import engine_process

    return engine_process.main(*words)


def worker(words: list[str]) -> int:
    from tests.journeys import celery_process

    celery_process.worker(*words)
    return 0


def beat(words: list[str]) -> int:
    from tests.journeys import celery_process

    celery_process.beat()
    return 0


def cli(words: list[str]) -> int:
    from bocau.doors.cli import call
    from tests.journeys import failpoints

    failpoints.install(os.environ)
    return call(words)


def sink(words: list[str]) -> int:
    import uvloop

    from bench import sink

    uvloop.run(sink.run(sink.arguments().parse_args(words)))
    return 0


WORK: dict[str, Callable[[list[str]], int]] = {
    "engine": engine,
    "worker": worker,
    "beat": beat,
    "cli": cli,
    "sink": sink,
}


def main() -> None:
    for name in ("bench.sink", "tests.journeys.engine_process", "tests.journeys.celery_process"):
        importlib.import_module(name)
    warm()

    codes: dict[int, int | None] = {}
    for line in sys.stdin:
        order = json.loads(line)
        if "run" in order:
            pid = _fork(order)
            codes[pid] = None
            answer: dict[str, Any] = {"pid": pid}
        else:
            pid = order["poll"]
            if codes[pid] is None:
                codes[pid] = _ended(pid)
            answer = {"code": codes[pid]}
        print(json.dumps(answer), flush=True)
    for pid in [pid for pid, code in codes.items() if code is None]:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def warm() -> None:
    """What each process would otherwise import at its first mail. Nothing is connected."""
    from bocau.base.db import make_engine
    from bocau.wire.address import parse_mailbox

    load_tables()
    for url in ("sqlite://", "postgresql://127.0.0.1/none"):
        make_engine(url).dispose()
    parse_mailbox("Hẹn <hẹn@phòngkhám.test>")


def _ended(pid: int) -> int | None:
    found, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if found else None


def _fork(order: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        os.setsid()
        ctypes.CDLL(None).prctl(PR_SET_NAME, f"j-{order['run']}".encode())
        output = os.open(order["output"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((nothing, 0), (output, 1), (output, 2)):
            os.dup2(source, target)
        os.environ.clear()
        os.environ.update(order["env"])
        sys.argv = [order["run"]]
        code = WORK[order["run"]](order["words"])
    except SystemExit as error:
        code = int(error.code or 0)
    except BaseException:  # noqa: BLE001 - nothing may go back into the nursery's own loop
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
