"""`make bench`: what each stage costs, then everything end to end, all on this machine and in one run.

    python bench/run.py [--mails 100000] [--signed] [--latency-ms 20] [--children 2] [--stages] [--yardstick]

Ratios within one run are meaningful; absolute figures of a shared machine are not.
"""

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.fakes.postgres import Postgres  # noqa: E402

HTML = (
    "<html><body><h3>Xin chào {{ name }}!</h3><p>You are subscriber {{ n }} from {{ city }}. "
    '<a href="https://shop.test/offer">Offer</a> and <a href="https://shop.test/news">news</a>.</p><p>'
    + "Lorem ipsum dolor sit amet consectetur. " * 100
    + "</p></body></html>"
)
TEXT = "Xin chào {{ name }}, {{ n }} {{ city }}"


def sink(latency_ms: float) -> tuple[subprocess.Popen[str], int]:
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "bench" / "sink.py"), "--latency-ms", str(latency_ms)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    return process, int(process.stdout.readline())


def fill(parts, mails: int, signed: bool) -> tuple[int, float]:
    """Rows already checked, straight into the ledger. Returns the submission and rows per second."""
    from bocau import content, ledger
    from bocau.base.clock import now_ms
    from bocau.base.db import transaction

    now = now_ms()
    with transaction(parts.db) as session:
        version = content.freeze(session, content.Source(subject="Hello {{ name }}", html=HTML, text=TEXT), now)
        domain = "signed.test" if signed else "bench.test"
        draft = ledger.Draft(f"bench{now}", "bench", "transactional", "bulk", version, f"Bench <b@{domain}>", "{}", 86400.0)
        number = ledger.open_submission(session, draft, now).id
    rows = [
        ledger.NewMessage(
            f"user{n}@example.test", f"user{n}@example.test", f"User {n}", n,
            json.dumps({"name": f"User {n}", "city": "Hà Nội", "n": n}, ensure_ascii=False),
        )
        for n in range(mails)
    ]  # fmt: skip
    started = time.perf_counter()
    for start in range(0, mails, 1000):
        with transaction(parts.db) as session:
            ledger.add_messages(session, number, rows[start : start + 1000])
    rate = mails / (time.perf_counter() - started)
    with transaction(parts.db) as session:
        ledger.close_submission(session, number, 0)
    return number, rate


def settled(parts, number: int) -> int:
    from bocau import ledger
    from bocau.base.db import reading

    with reading(parts.db) as session:
        found = ledger.progress(session, number)
    return found.total - found.open - found.deferred


def engine_cpu(pid: int) -> tuple[float, int]:
    """Seconds of CPU and peak MB of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    seconds = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    status = Path(f"/proc/{pid}/status").read_text()
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    return seconds, peak // 1024


def end_to_end(parts, env: dict[str, str], mails: int, children: int, signed: bool) -> dict[str, float]:
    number, filled = fill(parts, mails, signed)
    with parts.db.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE message")
    started = time.perf_counter()
    workers = [
        subprocess.Popen([sys.executable, "-m", "tests.journeys.engine_process", "bulk"], env=env, cwd=ROOT, stdout=subprocess.PIPE)
        for _ in range(children)
    ]
    for worker in workers:
        worker.stdout.readline()
    booted = time.perf_counter()
    idle = [engine_cpu(worker.pid)[0] for worker in workers]
    marks = []
    while True:
        time.sleep(0.1)
        done = settled(parts, number)
        marks.append((time.perf_counter(), done))
        if done >= mails:
            break
    usage = [engine_cpu(worker.pid) for worker in workers]
    for worker in workers:
        worker.terminate()
        worker.wait()
    seconds = marks[-1][0] - booted
    low, high = (next(m for m in marks if m[1] >= mails * part) for part in (0.2, 0.8))
    steady = (high[1] - low[1]) / (high[0] - low[0]) if high[0] > low[0] else 0.0
    cpu = sum(use[0] - before for use, before in zip(usage, idle, strict=True)) / mails * 1e6
    return {
        "ledger rows/s": filled, "mails/s": mails / seconds, "steady mails/s": steady, "engine CPU us/mail": cpu,
        "MB per process": max(use[1] for use in usage), "boot s": booted - started,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mails", type=int, default=100_000)
    parser.add_argument("--children", type=int, default=2)
    parser.add_argument("--connections", type=int, default=50)
    parser.add_argument("--latency-ms", type=float, default=0)
    parser.add_argument("--signed", action="store_true")
    options = parser.parse_args()
    server, port = sink(options.latency_ms)
    postgres = Postgres()
    home = tempfile.mkdtemp(prefix="bocau-bench-")
    env = {
        **os.environ, "BOCAU_HOME": home, "BOCAU_DATABASE_URL": postgres.create("bench"), "BOCAU_LOG_LEVEL": "warning",
        "BOCAU_RELAY_URL": f"smtp://127.0.0.1:{port}?tls=off&connections={options.connections}",
    }  # fmt: skip
    os.environ.update(env)
    try:
        from bocau import relays, wiring
        from bocau.base.db import metadata, transaction
        from tests.conftest import load_tables

        load_tables()
        parts = wiring.parts()
        metadata.create_all(parts.db)
        if options.signed:
            with transaction(parts.db) as session:
                relays.add_sender(session, "signed.test", parts.secret, 1)
        for name, value in end_to_end(parts, env, options.mails, options.children, options.signed).items():
            print(f"{name:24} {value:10.1f}")
        parts.db.dispose()
    finally:
        postgres.remove()
        server.kill()


if __name__ == "__main__":
    main()
