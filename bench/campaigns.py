"""A campaign to many: how soon a worker may claim the first mails, how fast people become messages, how long a pause takes.

python -m bench.campaigns [people] [postgresql|sqlite]
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

import sqlalchemy as sa

from bocau import campaigns
from bocau.audience import Target, lists
from bocau.audience.requests import ListCreation
from bocau.audience.tables import contact, subscription
from bocau.base.clock import now_ms
from bocau.base.db import Connection, make_engine, metadata, transaction
from bocau.campaigns import Plan, Variant, draft
from bocau.campaigns.installation import Installation
from bocau.content import Source
from tests.fakes.postgres import Postgres
from tests.fakes.tables import load_tables

SITE = "https://tin.congty.test"
STEP = 50_000


def fill(connection: Connection, people: int, on: int) -> None:
    """So many contacts, all of them on the list."""
    now = now_ms()
    for start in range(0, people, STEP):
        numbers = range(start + 1, min(start + STEP, people) + 1)
        connection.execute(
            sa.insert(contact),
            [
                {
                    "id": n,
                    "recipient": f"user{n}@example{n % 500}.test",
                    "address": f"user{n}@example{n % 500}.test",
                    "name": f"Người {n}",
                    "created_at": now,
                    "updated_at": now,
                }
                for n in numbers
            ],
        )
        connection.execute(
            sa.insert(subscription), [{"list": on, "contact": n, "state": 1, "at": now} for n in numbers]
        )


def plan(name: str, target: Target) -> Plan:
    source = Source(subject="Tin {{ name }}", text="Chào {{ name }}\n{{ unsubscribe_url }}")
    return Plan(name=name, sender="A <a@x.test>", target=target, variants=(Variant("A", source),), site=SITE)


def run(engine: sa.Engine, name: str, target: Target) -> None:
    with transaction(engine) as connection:
        number = draft.add(connection, plan(name, target), now_ms())
    began = time.perf_counter()
    with transaction(engine) as connection:
        campaigns.launch(connection, number, now_ms(), Installation(SITE, 10 << 20, lambda _: ()))
    launched = time.perf_counter() - began
    first, added, slowest = 0.0, 0, 0.0
    more = True
    while more:
        at = time.perf_counter()
        with transaction(engine) as connection:
            done = campaigns.expand_slice(connection, number, now_ms())
        slowest = max(slowest, time.perf_counter() - at)
        first = first or time.perf_counter() - began
        added, more = added + done.added, done.more
    took = time.perf_counter() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"{name}: launch {launched * 1000:.0f} ms; first batch after {first * 1000:.0f} ms; {added:,} people in "
        f"{took:.1f} s = {added / took:,.0f}/s; slowest slice {slowest * 1000:.0f} ms; {memory} MB"
    )


def main(people: int, kind: str) -> None:
    load_tables()
    server = Postgres() if kind == "postgresql" else None
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(server.create("bench") if server else f"sqlite:///{Path(folder) / 'bocau.db'}")
        try:
            metadata.create_all(engine)
            with transaction(engine) as connection:
                one = lists.create(connection, ListCreation(name="Tất cả"), now_ms())
                fill(connection, people, one)
            if server:
                with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    connection.exec_driver_sql("ANALYZE")
            run(engine, "everyone", Target(everyone=True))
            run(engine, "a list", Target(lists=(one,)))
        finally:
            engine.dispose()
            if server:
                server.remove()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000, sys.argv[2] if len(sys.argv) > 2 else "postgresql")
