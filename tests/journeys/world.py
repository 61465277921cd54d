"""A small installation with real processes: database, sink, workers; everything ends with it."""

import json
import os
import signal
import socket
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bocau import content, events, ledger
from bocau.base import config
from bocau.base.clock import now_ms
from bocau.base.db import make_engine, reading, transaction
from bocau.delivery import journal, sweep
from bocau.ledger import MessageState
from bocau.ledger.states import BatchState
from bocau.ledger.tables import batch, message
from tests.fakes.proxy import Proxy
from tests.journeys.nursery import Nursery

SOAK = bool(os.environ.get("BOCAU_SOAK"))
"""Everything more often: `make soak`."""
CONNECTIONS = 10
"""Of one worker to the sink, unless a journey says otherwise: the most mails that a kill may double."""
FAST = {
    "BOCAU_LEASE": "3",
    "BOCAU_LEASE_MARGIN": "0.5",
    "BOCAU_REVOKE_GRACE": "0.5",
    "BOCAU_SWEEP_INTERVAL": "0.5",
    "BOCAU_ADOPT_INTERVAL": "0.2",
    "BOCAU_STOP_GRACE": "5",
    "BOCAU_DATABASE_TIMEOUT": "2",
    "BOCAU_CIRCUIT_FIRST": "0.5",
    "BOCAU_CIRCUIT_MOST": "1",
    "BOCAU_CIRCUIT_LIMIT": "0.5",
    "BOCAU_LOG_LEVEL": "info",
    "BOCAU_SMTP_TIMEOUTS__CONNECT": "3",
    "BOCAU_SMTP_TIMEOUTS__COMMAND": "5",
    "BOCAU_SMTP_TIMEOUTS__DATA": "5",
    "BOCAU_SMTP_TIMEOUTS__DOT": "5",
}
SHORT = {"BOCAU_LEASE": "1", "BOCAU_LEASE_MARGIN": "0.2", "BOCAU_REVOKE_GRACE": "0.2"}
"""A lease that runs out while one waits."""
PATIENCE = 90.0
"""Seconds until a journey is given up: many times what it takes, since the machine may be busy."""
LONG = {"BOCAU_LEASE": str(10 * PATIENCE), "BOCAU_LEASE_MARGIN": "5"}
"""A lease that does not: only the journal can help."""


def streams(**changes: Any) -> dict[str, str]:
    """The setting of the streams: quick ladder, short hold; ``changes`` to both."""
    stream = {"ladder": [0.2, 0.4], "time_to_live": 600, "doubt_hold": 3.0, "jitter": 0.1, **changes}
    return {"BOCAU_STREAMS": json.dumps({"transactional": stream, "bulk": stream})}


class Process:
    """A child of the nursery."""

    def __init__(self, nursery: Nursery, what: str, *words: str, env: dict[str, str], output: Path) -> None:
        self._nursery = nursery
        self.pid = nursery.run(what, *words, env=env, output=output)

    @property
    def alive(self) -> bool:
        return self._nursery.poll(self.pid) is None

    def signal(self, number: int) -> None:
        if self.alive:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        self.wait()

    def pause(self) -> None:
        """Frozen when it returns: SIGSTOP is told before the process has stopped."""
        self.signal(signal.SIGSTOP)
        while Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
            time.sleep(0.001)

    def go_on(self) -> None:
        self.signal(signal.SIGCONT)

    def ask_to_end(self) -> None:
        self.signal(signal.SIGTERM)

    def end(self, patience: float = PATIENCE) -> int:
        """SIGTERM; its exit code."""
        self.ask_to_end()
        return self.wait(patience)

    def wait(self, patience: float = PATIENCE) -> int:
        end = time.monotonic() + patience
        while (code := self._nursery.poll(self.pid)) is None:
            if time.monotonic() > end:
                raise AssertionError(f"process {self.pid} has not ended within {patience} s")
            time.sleep(0.005)
        return code


class Sink:
    """bench/sink.py in a process of its own, spoken to by JSON lines."""

    def __init__(self, nursery: Nursery, folder: Path, *options: str) -> None:
        output, control = folder / "sink.log", folder / "sink.sock"
        words = ("--stay", "--count", "--control", str(control), *options)
        self.process = Process(nursery, "sink", *words, env=dict(os.environ), output=output)
        until(lambda: output.exists() and output.read_text().endswith("\n"), 30, 0.01, output)
        self.port = int(output.read_text().splitlines()[0])
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(control))
        self._answers = self._socket.makefile("r", encoding="utf-8")

    def do(self, order: str, **words: Any) -> Any:
        self._socket.sendall(json.dumps({"do": order, **words}).encode() + b"\n")
        answer = json.loads(self._answers.readline())
        assert "error" not in answer, answer
        return answer

    def rule(self, stage: str, **words: Any) -> None:
        self.do("rule", stage=stage, **words)

    def taken(self) -> int:
        """Mails accepted so far."""
        return int(self.do("counts")["accepted"])

    def accepted(self) -> Counter[str]:
        """How often each recipient's mail was accepted."""
        return Counter(entry[0] for entry in self.do("deliveries")["deliveries"])

    def mail(self, recipient: str) -> str:
        """The last mail to this address, with the option --keep."""
        return str(self.do("mail", recipient=recipient)["mail"])

    def stop(self) -> None:
        self._answers.close()
        self._socket.close()
        self.process.kill()


def until(what: Callable[[], object], patience: float, every: float, log: Path) -> None:
    end = time.monotonic() + patience
    while not what():
        if time.monotonic() > end:
            raise AssertionError(f"not within {patience} s; the log ends:\n{log.read_text()[-6000:]}")
        time.sleep(every)


class World:
    """``sink`` are options of the sink, ``relay`` more of the relay's URL, the rest are settings."""

    def __init__(
        self,
        home: Path,
        database_url: str,
        nursery: Nursery,
        *,
        sink: tuple[str, ...] = (),
        connections: int = CONNECTIONS,
        relay: str = "tls=off",
        **settings: str,
    ) -> None:
        self.home, self.url, self.nursery = home, database_url, nursery
        self.sink = Sink(nursery, home, *sink)
        self.env = {
            **{k: v for k, v in os.environ.items() if not k.startswith("BOCAU_")},
            **FAST,
            **streams(),
            "BOCAU_HOME": str(home),
            "BOCAU_DATABASE_URL": database_url,
            "PYTHONUNBUFFERED": "1",
            "BOCAU_RELAY_URL": f"smtp://127.0.0.1:{self.sink.port}?connections={connections}&{relay}",
            **settings,
        }
        self.db = make_engine(database_url)
        self.workers: list[Process] = []
        self.proxies: list[Proxy] = []
        self.log = home / "workers.log"
        self.log.touch()

    # -- processes

    def start(self, **settings: str) -> Process:
        worker = Process(self.nursery, "engine", "bulk", env={**self.env, **settings}, output=self.log)
        self.workers.append(worker)
        return worker

    def start_celery(
        self, children: int = 2, name: str = "one", queues: str = "transactional,bulk,chores", **settings: str
    ) -> Process:
        """A real worker, of all queues unless it is told otherwise."""
        words = (queues, str(children), name)
        worker = Process(self.nursery, "worker", *words, env={**self.env, **settings}, output=self.log)
        self.workers.append(worker)
        return worker

    def start_beat(self) -> Process:
        beat = Process(self.nursery, "beat", env=self.env, output=self.log)
        self.workers.append(beat)
        return beat

    def start_elsewhere(self, **settings: str) -> Process:
        """On a second host: it has another folder of journals."""
        return self.start(BOCAU_JOURNAL_DIR=str(self.home / "elsewhere"), **settings)

    def through(self) -> tuple[Proxy, dict[str, str]]:
        """A proxy to the database, and the setting that leads a worker through it."""
        url = sa.make_url(self.url)
        assert url.port is not None
        proxy = Proxy(url.port)
        self.proxies.append(proxy)
        led = url.set(host="127.0.0.1", port=proxy.port).render_as_string(hide_password=False)
        return proxy, {"BOCAU_DATABASE_URL": led}

    def sweep(self) -> None:
        """One sweep by a bystander."""
        sweep.sweep(self.db, self.settings())

    def settings(self) -> config.Settings:
        names = {name.lower() for name in config.Settings.model_fields}
        given = {key[6:].lower(): value for key, value in self.env.items() if key.startswith("BOCAU_")}
        known: dict[str, Any] = {key: value for key, value in given.items() if key in names}
        return config.Settings(**{**known, "streams": json.loads(known["streams"])})

    def close(self) -> None:
        for worker in self.workers:
            worker.kill()
        for proxy in self.proxies:
            proxy.stop()
        self.sink.stop()
        self.db.dispose()

    # -- mail

    def submit(
        self,
        count: int,
        key: str = "journey",
        html: str = "<p>Xin chào {{ name }}</p>",
        batches: int = 1000,
        queue: str = "bulk",
        **options: Any,
    ) -> int:
        """So many recipients in batches of ``batches``."""
        now = now_ms()
        with transaction(self.db) as connection:
            version = content.freeze(connection, content.Source(subject="Chào {{ name }}", html=html), now)
            draft = ledger.Draft(
                key, key, "transactional", queue, version, "Hẹn <hen@clinic.test>", json.dumps(options), 600.0
            )
            number = ledger.open_submission(connection, draft, now).id
        for start in range(0, count, batches):
            rows = [self.row(number, n) for n in range(start, min(start + batches, count))]
            with transaction(self.db) as connection:
                ledger.add_messages(connection, number, rows)
        with transaction(self.db) as connection:
            ledger.close_submission(connection, number, 0)
        return number

    @staticmethod
    def row(submission: int, n: int) -> ledger.NewMessage:
        address = f"p{n}.{submission}@mail.test"
        return ledger.NewMessage(address, address, "", n + 1, json.dumps({"name": f"Người {n}"}))

    # -- looking

    def counts(self, submission: int) -> dict[str, int]:
        with reading(self.db) as connection:
            return {name: n for name, n in ledger.counts(connection, submission).items() if n}

    def state(self, submission: int) -> str:
        with reading(self.db) as connection:
            return str(ledger.progress(connection, submission).state.name)

    def rows(self, submission: int) -> list[sa.Row[Any]]:
        with reading(self.db) as connection:
            return list(connection.execute(sa.select(message).where(message.c.submission == submission)))

    def held(self) -> int:
        """How many batches are claimed."""
        with reading(self.db) as connection:
            claimed = sa.select(sa.func.count()).where(batch.c.state == BatchState.claimed)
            return int(connection.execute(claimed.select_from(batch)).scalar_one())

    def kinds(self, number: int) -> list[str]:
        """One message's events."""
        with reading(self.db) as connection:
            return [told["kind"] for told in events.timeline(connection, number)]

    def said(self, event: str) -> list[dict[str, Any]]:
        """What workers logged under a name."""
        lines = [line for line in self.log.read_text().splitlines() if line.startswith("{")]
        told = [json.loads(line) for line in lines if f'"{event}"' in line]
        return [line for line in told if line.get("event") == event]

    def until(self, what: Callable[[], object], patience: float = PATIENCE, every: float = 0.05) -> None:
        until(what, patience, every, self.log)

    def until_taken(self, count: int, patience: float = PATIENCE) -> None:
        """Until the sink took so many mails."""
        self.until(lambda: self.sink.taken() >= count, patience, every=0.01)

    def until_said(self, event: str, times: int = 1, patience: float = PATIENCE) -> None:
        self.until(lambda: len(self.said(event)) >= times, patience)

    def until_dead(self, worker: Process, patience: float = PATIENCE) -> None:
        self.until(lambda: not worker.alive, patience, every=0.01)

    def until_finished(self, submission: int, patience: float = PATIENCE) -> None:
        try:
            self.until(lambda: self.state(submission) == "finished", patience, every=0.1)
        except AssertionError as error:
            raise AssertionError(f"{self.counts(submission)} {self.batches(submission)} {error}") from None

    def replied(self) -> int:
        """Replies that stand in the journals of this host's living and dead workers."""
        kept = [path for path in (self.home / "journal").glob("*") if path.suffix in (".log", ".done")]
        return sum(record.kind == b"R" for path in kept for record in journal.read(path)[1])

    @staticmethod
    def journal_pid(path: Path) -> int:
        """Whose diary it is or was."""
        _, head = next(iter(journal._bodies(path.read_bytes())))
        return int(json.loads(head[1:])["pid"])

    def batches(self, submission: int) -> list[dict[str, Any]]:
        with reading(self.db) as connection:
            mine = sa.select(batch).where(batch.c.submission == submission, batch.c.state != BatchState.closed)
            return [dict(row._mapping) for row in connection.execute(mine)]

    # -- the account

    def account(self, submission: int, extra: int = 0) -> int:
        """Every row's word equals the sink's count; a second copy only where the row tells of doubt, and with the
        same bytes. How many copies too many there are; at most ``extra``."""
        deliveries = self.sink.do("deliveries")["deliveries"]
        accepted = Counter(entry[0] for entry in deliveries)
        rows = self.rows(submission)
        too_many = sum(_account(row, accepted[row.address]) for row in rows)
        assert too_many <= extra, f"{too_many} copies too many, {extra} allowed"
        mine = {row.address for row in rows}
        strangers = [name for name in accepted if name.endswith(f".{submission}@mail.test") and name not in mine]
        assert not strangers
        digests: dict[str, set[str]] = {}
        for recipient, _, digest, _ in deliveries:
            digests.setdefault(recipient, set()).add(digest)
        assert all(len(found) == 1 for found in digests.values()), "copies of one mail differ"
        return too_many


def _account(row: sa.Row[Any], got: int) -> int:
    """Copies too many of one row's mail."""
    state = MessageState(row.state)
    if state is MessageState.sent:
        assert got >= 1, f"{row.address} is sent, nobody got it: {row}"
    elif state is not MessageState.unknown:
        assert got == 0 or row.doubts, f"{row.address} is {state.name}, but was delivered: {row}"
    assert got <= 1 + row.doubts, f"{row.address} got {got}, the row knows of {row.doubts} doubts: {row}"
    return max(0, got - 1)
