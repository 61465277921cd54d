"""How long it takes to count a segment over a million contacts on PostgreSQL.

    python bench/segments.py [--contacts 1000000] [--explain]

Contacts are like those of a shop: eight attributes, a list, a campaign. Each figure is the best and the median of nine runs,
beside a look at every row, which only an index can beat; the ratio is of the best ones, which a busy machine spoils least.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bocau.audience import History, Kind, attributes, count_rule, lists, segments  # noqa: E402
from bocau.audience.requests import AttributeCreation, ListCreation  # noqa: E402
from bocau.audience.tables import contact, subscription  # noqa: E402
from bocau.base.db import Connection, make_engine, metadata, reading, transaction  # noqa: E402
from tests.fakes.postgres import Postgres  # noqa: E402
from tests.fakes.tables import load_tables  # noqa: E402

NOW = 1_790_000_000_000
DAY = 86_400_000
MOST = 0.3
"""Seconds for a segment of two conditions."""
KINDS = {
    "city": Kind.text,
    "company": Kind.text,
    "tier": Kind.choice,
    "gender": Kind.text,
    "amount": Kind.number,
    "orders": Kind.number,
    "vip": Kind.boolean,
    "born": Kind.date,
}
PROMISED = (
    'city = "Huế" and amount > 1_000_000',
    "amount > 1_000_000 and joined within 30 days",
    'tier in ("Vàng", "Bạc") and vip',
    'city = "Huế" and in_list("Tin")',
    'amount > 1_000_000 and not in_list("VIP")',
    'domain = "gmail.com" and orders >= 5',
    'city = "Huế" and opened("Bản tin 10")',
)
OTHERS = (
    'city = "Huế" and not opened("Bản tin 10")',
    'amount > 4_900_000 or in_list("VIP")',
    'amount > 4_900_000 or opened("Bản tin 10")',
    'name contains "nguyễn" and amount > 1_000_000',
    "born anniversary within 7 days and vip",
    'city = "Huế" and amount > 1_000_000 and opened("Bản tin 10") and not in_list("VIP") and joined within 30 days',
)
FILL = """
insert into contact (created_at, updated_at, recipient, address, name, language, zone, {columns})
select {now} - (n % 1000) * {day}, {now}, 'khach' || n || '@' || d, 'khach' || n || '@' || d,
  (array['Nguyễn', 'Trần', 'Lê', 'Phạm'])[n % 4 + 1] || ' Văn ' || n, case when n % 3 = 0 then 'en' else 'vi' end,
  'Asia/Ho_Chi_Minh', (array['Huế', 'Hà Nội', 'Đà Nẵng', 'Cần Thơ', 'Hải Phòng'])[n * 7 % 5 + 1],
  'Công ty ' || n % 5000, (array['Vàng', 'Bạc', 'Đồng'])[n % 3 + 1], case when n % 2 = 0 then 'nam' else 'nữ' end,
  (n * 7919 % 5000000), n % 11, n % 2, n % 20000
from (select n, (array['gmail.com', 'yahoo.com', 'cong-ty.test'])[n % 3 + 1] d
  from generate_series(cast(1 as bigint), {count}) n) x
"""


def fill(engine: sa.Engine, count: int) -> None:
    load_tables()
    metadata.create_all(engine)
    with transaction(engine) as connection:
        connection.exec_driver_sql("set statement_timeout = 0")
        connection.exec_driver_sql("create table opened (recipient varchar not null primary key)")
        for name, kind in KINDS.items():
            choices = ("Vàng", "Bạc", "Đồng") if kind == Kind.choice else ()
            attributes.define(connection, AttributeCreation(name=name, kind=kind, choices=choices), NOW)
        slots = ", ".join(attributes.find(connection, name).slot for name in KINDS)
        connection.execute(sa.text(FILL.format(columns=slots, now=NOW, day=DAY, count=count)))
        for name, share in (("Tin", 2), ("VIP", 50)):
            number = lists.create(connection, ListCreation(name=name), NOW)
            chosen = sa.select(number, contact.c.id, 1, NOW).where(contact.c.id % share == 0)
            connection.execute(sa.insert(subscription).from_select(["list", "contact", "state", "at"], chosen))
        connection.execute(sa.text("insert into opened select recipient from contact where id % 4 = 0"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("set statement_timeout = 0")
        connection.exec_driver_sql("vacuum analyze")


def history() -> History:
    opened = sa.table("opened", sa.column("recipient"))
    return {"opened": lambda name: sa.select(opened.c.recipient)}


def timed(engine: sa.Engine, work: Callable[[Connection], object]) -> tuple[float, float, object]:
    """Best and median seconds of nine runs, the connection being open, and the answer."""
    found: list[float] = []
    answer: object = None
    with reading(engine) as connection:
        work(connection)
        for _ in range(9):
            started = time.perf_counter()
            answer = work(connection)
            found.append(time.perf_counter() - started)
    return min(found), statistics.median(found), answer


def explain(engine: sa.Engine, rule: str) -> None:
    with reading(engine) as connection:
        query: Any = (
            sa.select(sa.func.count()).select_from(contact).where(segments.compile(connection, rule, history(), NOW))
        )
        made = query.compile(dialect=engine.dialect, compile_kwargs={"render_postcompile": True})
        rows = connection.exec_driver_sql("explain (analyze, buffers) " + str(made), made.params)
        print("\n".join("      " + row[0] for row in rows))


def report(engine: sa.Engine, shown: bool) -> bool:
    scan = sa.select(sa.func.count()).select_from(contact).where(contact.c.status >= 0)
    floor, middle, count = timed(engine, lambda connection: connection.execute(scan).scalar_one())
    print(f"  {'best':>7} {'median':>7} {'of scan':>7} {'found':>9}")
    print(f"  {floor:7.3f} {middle:7.3f} {1:7.2f} {count:9,}  (reading every row)")
    kept = True
    for rule in PROMISED + OTHERS:
        best, middle, count = timed(
            engine, lambda connection, rule=rule: segments.how_many(connection, rule, history(), NOW)
        )
        late = rule in PROMISED and middle > MOST
        kept &= not late
        print(f"  {best:7.3f} {middle:7.3f} {best / floor:7.2f} {count:9,}  {rule}{'  ← too slow' if late else ''}")
        if shown:
            explain(engine, rule)
    best, middle, counted = timed(engine, lambda connection: count_rule(connection, PROMISED[0], history(), NOW))
    print(f"  {best:7.3f} {middle:7.3f} {best / floor:7.2f}            with who may be mailed: {counted}")
    return kept


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--explain", action="store_true", help="show PostgreSQL's plans")
    parser.add_argument("--shared-buffers", default="128MB", help="PostgreSQL's; 128MB is what it has unless told")
    asked = parser.parse_args()
    server = Postgres(max_wal_size="4GB", shared_buffers=asked.shared_buffers)
    try:
        engine = make_engine(server.create("bench"))
        started = time.perf_counter()
        fill(engine, asked.contacts)
        print(f"{asked.contacts:,} contacts, made in {time.perf_counter() - started:.0f} s; seconds:")
        kept = report(engine, asked.explain)
        engine.dispose()
    finally:
        server.remove()
    print(f"A segment of two conditions is {'' if kept else 'NOT '}counted within {MOST} s.")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
