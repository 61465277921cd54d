"""Imports beside each other, and imports whose process is killed."""

import random
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import sqlalchemy as sa

from bocau.audience import imports
from bocau.audience.tables import contact
from bocau.base.db import make_engine
from tests.audience.importing import rows, take, undo, write

KILLED = """
import os, signal, sys
from pathlib import Path
from itertools import count
from bocau import sheets
from bocau.audience import imports
from bocau.base.db import make_engine, transaction
engine, path = make_engine(sys.argv[1]), Path(sys.argv[2])
clock = count(1_790_000_000_000).__next__
with sheets.open_table(path) as table:
    with transaction(engine) as connection:
        plan = imports.define(connection, imports.Plan(imports.propose(connection, table, imports.Wishes()).columns), clock())
        run = imports.begin(connection, path, table.digest, plan, clock())
    for number, chunk in enumerate(imports.chunks(table, run, clock, 10)):
        with transaction(engine) as connection:
            imports.store(connection, run, chunk)
            if number == 2:
                os.kill(os.getpid(), signal.SIGKILL)
"""


def people(path: Path, numbers: list[int], name: str) -> Path:
    lines = "".join(f"p{number}@a.test,{name}\n" for number in numbers)
    return write(path, "email,name\n" + lines)


def test_killed_import_goes_on_without_doubling(engine: sa.Engine, tmp_path: Path) -> None:
    path = people(tmp_path / "x.csv", list(range(50)), "Một")
    url = engine.url.render_as_string(hide_password=False)
    killed = subprocess.run([sys.executable, "-c", KILLED, url, str(path)], check=False, timeout=120)
    assert killed.returncode == -signal.SIGKILL
    there = len(list(rows(engine, contact)))
    assert 0 < there < 30
    taken = take(engine, path)
    assert taken.run.resumed is False
    assert (taken.run.state, taken.run.counts["made"]) == (imports.State.finished, 50)
    assert taken.problems == []
    assert len(list(rows(engine, contact))) == 50
    undo(engine, taken.run.id)
    assert not list(rows(engine, contact))


def test_imports_of_the_same_people_do_not_stand_in_each_others_way(engine: sa.Engine, tmp_path: Path) -> None:
    chance = random.Random(3)
    lists = [chance.sample(range(400), 300) for _ in range(3)]
    take(engine, people(tmp_path / "before.csv", list(range(0, 400, 5)), "Trước"))

    def work(number: int) -> imports.Run:
        own = make_engine(engine.url.render_as_string(hide_password=False))
        try:
            path = people(tmp_path / f"{number}.csv", lists[number], f"Tên {number}")
            return take(own, path, merge="overwrite", size=60).run
        finally:
            own.dispose()

    with ThreadPoolExecutor(3) as pool:
        runs = list(pool.map(work, range(3)))
    everybody = {number for numbers in lists for number in numbers} | set(range(0, 400, 5))
    kept = [row.address for row in rows(engine, contact)]
    assert sorted(kept) == sorted(f"p{number}@a.test" for number in everybody)
    for run in runs:
        assert run.state is imports.State.finished
        assert run.counts["made"] + run.counts["changed"] + run.counts["same"] == 300
