"""What the benchmarks run on: a real PostgreSQL, a Valkey, a sink and a worker, each in its own process."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.fakes import surroundings  # noqa: E402

surroundings.make()

from bocau import content, ledger, migrations, wiring  # noqa: E402
from bocau.base import embedded  # noqa: E402
from bocau.base.clock import now_ms  # noqa: E402
from bocau.base.db import make_engine, reading, transaction  # noqa: E402
from bocau.relays import senders  # noqa: E402
from bocau.relays.requests import SenderCreation  # noqa: E402
from tests.fakes.postgres import Postgres  # noqa: E402

HTML = (
    "<html><body><h3>Xin chào {{ name }}!</h3><p>You are subscriber {{ n }} from {{ city }}. "
    '<a href="https://shop.test/offer">Offer</a> and <a href="https://shop.test/news">news</a>.</p><p>'
    + "Lorem ipsum dolor sit amet consectetur. " * 140
    + "</p></body></html>"
)
TEXT = "Xin chào {{ name }}, {{ n }} {{ city }}"
SIGNED, PLAIN = "signed.test", "plain.test"


class Sink:
    def __init__(self, latency_ms: float = 0) -> None:
        command = [sys.executable, str(ROOT / "bench" / "sink.py"), "--latency-ms", str(latency_ms)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        self.port = int(self.process.stdout.readline())

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


class Rig:
    """Everything but the worker. ``remove`` ends it all."""

    def __init__(self, latency_ms: float = 0, connections: int = 50) -> None:
        self.sink = Sink(latency_ms)
        self.postgres = Postgres(max_wal_size="4GB")
        self.home = Path(tempfile.mkdtemp(prefix="bocau-bench-"))
        self.broker = subprocess.Popen(
            embedded.command(self.home), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.dsn = self.postgres.create("bench")
        os.environ.update(
            {
                "BOCAU_HOME": str(self.home),
                "BOCAU_DATABASE_URL": self.dsn,
                "BOCAU_LOG_LEVEL": "warning",
                "BOCAU_BROKER_URL": embedded.url(self.home),
                "BOCAU_RELAY_URL": f"smtp://127.0.0.1:{self.sink.port}?tls=off&connections={connections}",
            }
        )
        made = wiring.parts()
        self.parts = replace(made, db=make_engine(made.settings.database))  # nobody rings before it is measured
        migrations.upgrade(self.parts.db)
        wiring.check(self.parts)
        with transaction(self.parts.db) as connection:
            senders.create_sender(connection, SenderCreation(domain=SIGNED), self.parts.secret, now_ms())

    def remove(self) -> None:
        self.parts.db.dispose()
        self.broker.terminate()
        self.broker.wait()
        self.sink.stop()
        self.postgres.remove()

    def rows(self, count: int) -> list[ledger.NewMessage]:
        return [
            ledger.NewMessage(
                f"user{n}@example.test",
                f"user{n}@example.test",
                f"User {n}",
                n,
                json.dumps({"name": f"User {n}", "city": "Hà Nội", "n": n}, ensure_ascii=False),
            )
            for n in range(count)
        ]

    def open(self, domain: str, queue: str = "bulk") -> int:
        now = now_ms()
        with transaction(self.parts.db) as connection:
            source = content.Source(subject="Hello {{ name }}", html=HTML, text=TEXT)
            version = content.freeze(connection, source, now)
            key = f"bench{time.time_ns()}"
            draft = ledger.Draft(key, "bench", "transactional", queue, version, f"Bench <b@{domain}>", "{}", 86400.0)
            return ledger.open_submission(connection, draft, now).id

    def fill(self, number: int, rows: list[ledger.NewMessage]) -> float:
        """Rows already checked into the ledger; seconds."""
        started = time.perf_counter()
        for start in range(0, len(rows), 1000):
            with transaction(self.parts.db) as connection:
                ledger.add_messages(connection, number, rows[start : start + 1000])
        seconds = time.perf_counter() - started
        with transaction(self.parts.db) as connection:
            ledger.close_submission(connection, number, 0)
        with self.parts.db.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE message")
        return seconds

    def settled(self, number: int) -> int:
        with reading(self.parts.db) as connection:
            found = ledger.progress(connection, number)
        return found.total - found.open - found.deferred


class Worker:
    """A real Celery worker with prefork children."""

    def __init__(self, children: int = 2) -> None:
        command = [sys.executable, "-m", "bocau", "worker", "--queues", "bulk", "--children", str(children)]
        self.process = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
        self.count = children
        end = time.monotonic() + 30
        while len(self.children()) < children and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(2.0)  # loops and journals are up

    def children(self) -> list[int]:
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [int(pid) for pid in listed]

    def usage(self) -> tuple[float, int]:
        """Seconds of CPU of all children, and the largest child's peak MB."""
        seconds, peak = 0.0, 0
        for pid in self.children():
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            seconds += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
            status = Path(f"/proc/{pid}/status").read_text().splitlines()
            peak = max(peak, *(int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM")))
        return seconds, peak

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
