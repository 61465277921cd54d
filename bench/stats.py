"""Statistics of a campaign of a million: read, folded, counted anew; and what a settle pays for them.

    python bench/stats.py [--messages 1000000] [--database postgresql|sqlite|both] [--part campaign|settling|both]

Rows and facts are made by the database itself; everything after that goes through the real verbs.
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import sqlalchemy as sa

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bocau import ledger, stats  # noqa: E402
from bocau.base.clock import now_ms  # noqa: E402
from bocau.base.db import make_engine, metadata, reading, transaction  # noqa: E402
from bocau.ledger import MessageState, protocol  # noqa: E402
from bocau.ledger.protocol import Result, Settle  # noqa: E402
from tests.fakes.postgres import Postgres  # noqa: E402
from tests.fakes.tables import load_tables  # noqa: E402

SERIES = {
    "postgresql": "SELECT generate_series(1, {n}) AS n",
    "sqlite": "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {n}) SELECT n FROM s",
}
BATCHES = """
INSERT INTO batch (id, submission, queue, state, open) SELECT n, 1, 'bulk', 2, 0 FROM ({series}) AS q
"""
MESSAGES = """
INSERT INTO message (id, submission, batch, recipient, address, data, state, attempts, relay, settled_at)
SELECT n, 1, 1 + (n - 1) / 1000, 'p' || n || '@' || domain, 'p' || n || '@' || domain, '{{}}', state, 1, 1,
  1790000000000 + n * 72
FROM (SELECT n, CASE WHEN n % 10 < 5 THEN 'gmail.com' WHEN n % 10 < 7 THEN 'yahoo.com'
  ELSE 'd' || (n / 10 % 5000) || '.test' END AS domain,
  CASE WHEN n % 50 = 0 THEN 4 ELSE 3 END AS state FROM ({series}) AS s) AS q
"""
FACTS = """
INSERT INTO event (message, at, kind, attempt, detail, pending)
SELECT n, 1790000000000 + n * 100, CASE WHEN n % 5 = 0 THEN 'clicked' ELSE 'opened' END, 0,
  CASE WHEN n % 5 = 0 THEN '{{"by":"person","link":' || (n % 20) || '}}' ELSE '{{"by":"person"}}' END, 1
FROM ({series}) AS q
"""


def clocked(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def folded(db: sa.Engine) -> list[float]:
    """Fold until nothing is left; seconds of each transaction."""
    took = []
    while True:
        with transaction(db) as connection:
            started = time.perf_counter()
            done = stats.fold(connection, 500)
        took.append(time.perf_counter() - started)
        if not done:
            return took


def filled(db: sa.Engine, count: int, facts: int) -> None:
    kind = db.dialect.name
    draft = ledger.Draft("bench", "bench", "bulk", "bulk", 1, "a@b.test", "{}", 86400.0)
    with transaction(db) as connection:
        number = ledger.open_submission(connection, draft, now_ms()).id
        assert number == 1
        for text, rows in ((BATCHES, -(-count // 1000)), (MESSAGES, count), (FACTS, facts)):
            statement = text.format(series=SERIES[kind].format(n=rows))
            connection.exec_driver_sql(statement.replace("%", "%%") if kind == "postgresql" else statement)
        connection.exec_driver_sql(f"UPDATE submission SET total = {count}")
    with db.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


def campaign(db: sa.Engine, count: int) -> dict[str, float]:
    """Seconds and milliseconds around one campaign."""
    filled(db, count, count // 3)
    took = folded(db)
    reads = []
    for _ in range(25):
        with reading(db) as connection:
            reads.append(clocked(lambda: stats.read(connection, [1])) * 1000)
    with reading(db) as connection:
        whole = clocked(lambda: list(stats.lines(stats.read(connection, [1], most=None)))) * 1000
        days = clocked(lambda: stats.totals(connection)) * 1000
    again, different, after = 0.0, [], 0
    while after is not None:
        started = time.perf_counter()
        with transaction(db) as connection:
            done = stats.rebuild(connection, after)
        again += time.perf_counter() - started
        after, different = done.after, different + done.different
    assert different == [], different
    return {
        "fold everything, s": sum(took),
        "longest fold, s": max(took),
        "read, ms (median)": median(reads),
        "read, ms (worst of 25)": max(reads),
        "read every domain, ms": whole,
        "totals by day, ms": days,
        "rebuild, s": again,
    }


def settles(db: sa.Engine, count: int, key: str, *, fold: bool) -> float:
    """µs a mail of settling, 500 at a time; ``fold``: everything is folded after each batch, outside the clock."""
    draft = ledger.Draft(key, key, "bulk", key, 1, "a@b.test", "{}", 86400.0)
    with transaction(db) as connection:
        number = ledger.open_submission(connection, draft, now_ms()).id
    for start in range(0, count, 1000):
        people = [f"p{n}@x.test" for n in range(start, start + 1000)]
        with transaction(db) as connection:
            ledger.add_messages(connection, number, [ledger.NewMessage(p, p) for p in people])
    spent = 0.0
    while True:
        with transaction(db) as connection:
            held = protocol.claim(connection, key, "j", 60_000)
        if held is None:
            return spent / count * 1e6
        results = [Result(row.id, row.attempt, MessageState.sent, code=250, reply="Ok", relay=1) for row in held.rows]
        for seq, part in enumerate(([], results[:500], results[500:])):
            order = Settle(held.id, held.token, seq, results[-1].id, 60_000, part)
            started = time.perf_counter()
            with transaction(db) as connection:
                protocol.settle(connection, order)
            spent += time.perf_counter() - started
            if fold:
                folded(db)


def hot(db: sa.Engine) -> dict[str, str]:
    """Heap-only updates of all updates (PostgreSQL)."""
    query = "SELECT relname, n_tup_hot_upd, n_tup_upd FROM pg_stat_user_tables WHERE relname IN ('batch', 'message')"
    with db.connect() as connection:
        connection.exec_driver_sql("SELECT pg_stat_force_next_flush()")
        connection.commit()
        connection.exec_driver_sql("SELECT 1")
        found = connection.exec_driver_sql(query).all()
    return {row[0]: f"{row[1]} of {row[2]}" for row in found}


def settling(db: sa.Engine, count: int) -> dict[str, object]:
    """The same settles without the index that statistics need, with it, and with folding between settles."""
    found: dict[str, object] = {}
    index = next(one for one in metadata.tables["batch"].indexes if one.name == "ix_batch_uncounted")
    for turn in range(3):
        with transaction(db) as connection:
            index.drop(connection)
        found[f"settle, µs a mail, without ({turn})"] = settles(db, count, f"without{turn}", fold=False)
        with transaction(db) as connection:
            index.create(connection)
        found[f"settle, µs a mail, with ({turn})"] = settles(db, count, f"with{turn}", fold=False)
        found[f"settle, µs a mail, folding between ({turn})"] = settles(db, count, f"fold{turn}", fold=True)
    return found | (hot(db) if db.dialect.name == "postgresql" else {})


PARTS = {"campaign": campaign, "settling": settling}


def on(kind: str, part: str, count: int) -> dict[str, object]:
    """One part on a new database."""
    load_tables()
    server = Postgres(max_wal_size="4GB") if kind == "postgresql" else None
    folder = tempfile.mkdtemp(prefix="bocau-bench-")
    try:
        url = server.create(part) if server else f"sqlite:///{folder}/{part}.db"
        db = make_engine(url, statement_timeout=600)
        metadata.create_all(db)
        found = PARTS[part](db, count if part == "campaign" else min(20_000, count))
        db.dispose()
    finally:
        if server:
            server.remove()
        shutil.rmtree(folder)
    return dict(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--database", choices=("postgresql", "sqlite", "both"), default="both")
    parser.add_argument("--part", choices=(*PARTS, "both"), default="both")
    asked = parser.parse_args()
    kinds = ("postgresql", "sqlite") if asked.database == "both" else (asked.database,)
    for kind in kinds:
        for part in PARTS if asked.part == "both" else (asked.part,):
            found = on(kind, part, asked.messages)
            print(json.dumps({f"{kind}, {part}": found}, indent=2, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
