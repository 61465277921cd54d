"""A small installation with real processes: database, sink, workers; everything ends with it."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bocau import content, ledger
from bocau.base import config
from bocau.base.clock import now_ms
from bocau.base.db import make_engine, metadata, reading, transaction
from bocau.ledger import MessageState
from bocau.ledger.tables import message
from tests.conftest import load_tables

ROOT = Path(__file__).resolve().parents[2]
FAST = {
    "BOCAU_LEASE": "3", "BOCAU_LEASE_MARGIN": "0.5", "BOCAU_REVOKE_GRACE": "0.5", "BOCAU_SWEEP_INTERVAL": "0.2",
    "BOCAU_ADOPT_INTERVAL": "0.2", "BOCAU_STOP_GRACE": "5", "BOCAU_DATABASE_TIMEOUT": "2", "BOCAU_CIRCUIT_FIRST": "0.5",
    "BOCAU_CIRCUIT_MOST": "1", "BOCAU_CIRCUIT_LIMIT": "0.5", "BOCAU_LOG_LEVEL": "info",
    "BOCAU_SMTP_TIMEOUTS__CONNECT": "3", "BOCAU_SMTP_TIMEOUTS__COMMAND": "5", "BOCAU_SMTP_TIMEOUTS__DATA": "5",
    "BOCAU_SMTP_TIMEOUTS__DOT": "5",
    "BOCAU_STREAMS": json.dumps({
        "transactional": {"ladder": [0.3, 0.5], "time_to_live": 600, "doubt_hold": 3.0, "jitter": 0.1},
        "bulk": {"ladder": [0.3, 0.5], "time_to_live": 600, "doubt_hold": 3.0, "jitter": 0.1},
    }),
}  # fmt: skip


class Sink:
    """bench/sink.py in a process of its own, spoken to by JSON lines."""

    def __init__(self, *options: str) -> None:
        command = [sys.executable, str(ROOT / "bench" / "sink.py"), "--count", *options]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())

    def do(self, **order: Any) -> Any:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def accepted(self) -> Counter[str]:
        """How often each recipient's mail was accepted."""
        return Counter(entry[0] for entry in self.do(do="deliveries")["deliveries"])

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()


class Worker:
    """One engine process."""

    def __init__(self, env: dict[str, str], log: Path) -> None:
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.journeys.engine_process", "bulk"],
                env=env, cwd=ROOT, stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def end(self, patience: float = 30) -> int:
        self.process.terminate()
        return self.process.wait(patience)


class World:
    def __init__(self, home: Path, database_url: str, **settings: str) -> None:
        self.home, self.url = home, database_url
        self.sink = Sink()
        relay = f"smtp://127.0.0.1:{self.sink.port}?tls=off&connections=10"
        self.env = {
            **{k: v for k, v in os.environ.items() if not k.startswith("BOCAU_")}, **FAST, "BOCAU_HOME": str(home),
            "BOCAU_DATABASE_URL": database_url, "BOCAU_RELAY_URL": relay, "PYTHONUNBUFFERED": "1", **settings,
        }  # fmt: skip
        load_tables()
        self.db = make_engine(database_url)
        metadata.create_all(self.db)
        self.workers: list[Worker] = []
        self.log = home / "workers.log"

    def start(self, **settings: str) -> Worker:
        worker = Worker({**self.env, **settings}, self.log)
        self.workers.append(worker)
        return worker

    def submit(self, count: int, key: str = "journey", html: str = "<p>Xin chào {{ name }}</p>") -> int:
        """``count`` recipients in batches of 1,000."""
        now = now_ms()
        with transaction(self.db) as session:
            version = content.freeze(session, content.Source(subject="Chào {{ name }}", html=html), now)
            draft = ledger.Draft(
                key, key, "transactional", "bulk", version, "Hẹn <hen@clinic.test>", "{}", 600.0
            )
            number = ledger.open_submission(session, draft, now).id
        for start in range(0, count, 1000):
            rows = [self.row(number, n) for n in range(start, min(start + 1000, count))]
            with transaction(self.db) as session:
                ledger.add_messages(session, number, rows)
        with transaction(self.db) as session:
            ledger.close_submission(session, number, 0)
        return number

    @staticmethod
    def row(submission: int, n: int) -> ledger.NewMessage:
        address = f"p{n}.{submission}@mail.test"
        return ledger.NewMessage(address, address, "", n + 1, json.dumps({"name": f"Người {n}"}))

    def counts(self, submission: int) -> dict[str, int]:
        with reading(self.db) as session:
            return {name: n for name, n in ledger.counts(session, submission).items() if n}

    def state(self, submission: int) -> str:
        with reading(self.db) as session:
            return ledger.progress(session, submission).state.name

    def until(self, what: Callable[[], bool], patience: float = 30, every: float = 0.05) -> None:
        end = time.monotonic() + patience
        while not what():
            if time.monotonic() > end:
                raise AssertionError(
                    f"not within {patience} s; workers said:\n{self.log.read_text()[-6000:]}"
                )
            time.sleep(every)

    def until_finished(self, submission: int, patience: float = 30) -> None:
        def over() -> bool:
            return self.state(submission) == "finished"

        try:
            self.until(over, patience)
        except AssertionError as error:
            raise AssertionError(f"{self.counts(submission)} {error}") from None

    def rows(self, submission: int) -> list[sa.Row[Any]]:
        with reading(self.db) as session:
            return list(session.execute(sa.select(message).where(message.c.submission == submission)))

    def account(self, submission: int, extra: int = 0) -> int:
        """Every row's word equals the sink's count; a second copy only where the row tells of doubt. How many copies
        too many there are; at most ``extra``."""
        accepted = self.sink.accepted()
        too_many = 0
        for row in self.rows(submission):
            got = accepted[row.address]
            state = MessageState(row.state)
            if state is MessageState.sent:
                assert got >= 1, f"{row.address} is sent, nobody got it: {row}"
            elif state in (MessageState.failed, MessageState.cancelled, MessageState.expired):
                assert got == 0 or row.doubts, f"{row.address} is {state.name}, but was delivered: {row}"
            assert got <= 1 + row.doubts, (
                f"{row.address} got {got}, the row knows of {row.doubts} doubts: {row}"
            )
            too_many += max(0, got - 1)
        assert too_many <= extra, f"{too_many} copies too many, {extra} allowed"
        return too_many

    def same_bytes(self) -> None:
        """Copies of one mail have equal bytes."""
        digests: dict[str, set[str]] = {}
        for recipient, _, digest, _ in self.sink.do(do="deliveries")["deliveries"]:
            digests.setdefault(recipient, set()).add(digest)
        assert all(len(found) == 1 for found in digests.values())

    def close(self) -> None:
        for worker in self.workers:
            worker.process.kill()
            worker.process.wait()
        self.sink.stop()
        self.db.dispose()
