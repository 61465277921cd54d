"""How fast contacts come in from a file: python -m bench.importing DATABASE_URL [ROWS].

Makes a CSV file like contacts-10k.csv in a temporary folder and takes it into the empty database it is given, with a
process that reads ahead of the database, as `bocau contacts import` does. Tells rows a second, and of this process and of
the one ahead: CPU for each row, and the memory at its highest.
"""

import random
import resource
import sys
import tempfile
import time
from pathlib import Path

from bocau import sheets
from bocau.audience import imports
from bocau.base.ahead import ahead
from bocau.base.clock import now_ms
from bocau.base.db import make_engine, metadata, transaction

CITIES = ("Hà Nội", "TP. Hồ Chí Minh", "Đà Nẵng", "Huế", "Cần Thơ", "Biên Hòa")
NAMES = ("Lý Hữu Hương", "Lê Thị Thủy", "Nguyễn Văn An", "Trần Ngọc Bình", "Phạm Minh Châu")
PROCESSES = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)


def write(path: Path, rows: int) -> None:
    """A list of ``rows`` different people."""
    chance = random.Random(7)
    with path.open("w", encoding="utf-8-sig") as out:
        out.write("email,name,city,order_code,amount,birthday,gender,language\n")
        for number in range(rows):
            day = f"{chance.randint(1950, 2005)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
            out.write(
                f"nguoi.{chance.randint(0, 10**9)}.{number}@congty{number % 40}.test,{NAMES[number % 5]},"
                f"{CITIES[number % 6]},DH{chance.randint(1, 999999):06},{chance.randint(1, 9000)}000,{day},"
                f"{('nam', 'nữ')[number % 2]},vi\n"
            )


def main() -> None:
    url, rows = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 300_000
    engine = make_engine(url)
    metadata.create_all(engine)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "contacts.csv"
        write(path, rows)
        began, before = time.perf_counter(), [_used(one) for one in PROCESSES]
        run = _take(engine, path)
        seconds, after = time.perf_counter() - began, [_used(one) for one in PROCESSES]
    ours, child = ((now - then) / rows * 1e6 for now, then in zip(after, before, strict=True))
    peaks = " + ".join(str(resource.getrusage(one).ru_maxrss // 1024) for one in PROCESSES)
    print(
        f"{run.counts['made']:,} made of {rows:,}: {rows / seconds:,.0f} rows/s, "
        f"{ours:.1f} + {child:.1f} µs CPU a row, {peaks} MB"
    )


def _used(whose: int) -> float:
    """CPU seconds."""
    used = resource.getrusage(whose)
    return used.ru_utime + used.ru_stime


def _take(engine, path: Path) -> imports.Run:  # type: ignore[no-untyped-def]
    with sheets.open_table(path) as table:
        with transaction(engine) as connection:
            columns = imports.propose(connection, table, imports.Wishes()).columns
            plan = imports.define(connection, imports.Plan(columns), now_ms())
            run = imports.begin(connection, path, table.digest, plan, now_ms())
        with ahead(imports.chunks(table, run, now_ms)) as coming:
            for chunk in coming:
                with transaction(engine) as connection:
                    imports.store(connection, run, chunk)
        with transaction(engine) as connection:
            return imports.finish(connection, run.id, now_ms())


if __name__ == "__main__":
    main()
