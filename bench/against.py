"""Two checkouts in turns: what one mail costs here and there, as ratios of what ran side by side.

    python bench/run.py --against CHECKOUT [--pairs 5] [--mails 40000]

Each run is a process of its own with the code, the rig and the database of its checkout; the two take turns, and who is
first changes with every pair, so that what else the machine does meets both. Statements and rows are counted in a second,
smaller run, since writing them down costs time.
"""

import json
import os
import re
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parents[1]
COUNTED = 10_000
"""Mails of the run whose statements are counted."""
STATEMENT = re.compile(r"^(\d+) LOG:  (?:statement|execute [^:]*): ", re.MULTILINE)
ROWS = "SELECT tup_inserted + tup_updated + tup_deleted FROM pg_stat_database WHERE datname = current_database()"
COSTS = ("engine CPU, us a mail", "statements a 1,000 mails", "rows written a mail")
"""Less is better; the other figures are rates."""


def compare(other: Path, mails: int, pairs: int, children: int) -> None:
    """Print each figure of both, the median of its ratios (here to there) and their range."""
    told: dict[str, list[tuple[float, float]]] = {}
    for pair in range(pairs):
        order = (HERE, other) if pair % 2 else (other, HERE)
        found = {checkout: _run(checkout, mails, children) for checkout in order}
        for name, value in found[HERE].items():
            told.setdefault(name, []).append((value, found[other][name]))
        print(f"  pair {pair + 1} of {pairs} is done", flush=True)
    print(f"  {'':32} {'here':>12} {'there':>12} {'ratio':>7}   range of the ratios")
    for name, both in told.items():
        ratios = [here / there for here, there in both if there]
        here, there = (statistics.median(one[n] for one in both) for n in (0, 1))
        spread = f"{min(ratios):.3f}–{max(ratios):.3f}"
        say = "less is better" if name in COSTS else ""
        print(f"  {name:32} {here:12,.1f} {there:12,.1f} {statistics.median(ratios):7.3f}   {spread}  {say}")


def _run(checkout: Path, mails: int, children: int) -> dict[str, float]:
    python = checkout / ".venv" / "bin" / "python"
    command = [str(python if python.exists() else sys.executable), str(Path(__file__)), str(checkout)]
    paths = os.pathsep.join(str(checkout / part) for part in ("src", "bench", "."))
    done = subprocess.run(
        [*command, str(mails), str(children)],
        env={**os.environ, "PYTHONPATH": paths},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def one(checkout: Path, mails: int, children: int) -> dict[str, float]:
    """One run with the code of a checkout, in this process."""
    sys.path[:0] = [str(checkout / part) for part in ("src", "bench", ".")]
    import rig
    import run  # of that checkout

    import bocau

    assert Path(bocau.__file__).is_relative_to(checkout), f"{bocau.__file__} is not of {checkout}"
    made = rig.Rig()
    try:
        figures: dict[str, float] = run.end_to_end(made, mails, children, rig.PLAIN)
        figures.update(_counted(made, run, rig, children))
    finally:
        made.remove()
    return figures


def _counted(made: Any, run: Any, rig: Any, children: int) -> dict[str, float]:
    with made.parts.db.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ALTER SYSTEM SET log_statement = 'all'")
        connection.exec_driver_sql("ALTER SYSTEM SET log_line_prefix = '%%p '")
        connection.exec_driver_sql("SELECT pg_reload_conf()")
        ours = set(connection.exec_driver_sql("SELECT pid FROM pg_stat_activity").scalars())
    log = made.postgres.folder / "log"
    before, written = log.stat().st_size, _rows(made)
    run.end_to_end(made, COUNTED, children, rig.PLAIN)
    text = log.read_bytes()[before:].decode(errors="replace")
    statements = sum(int(pid) not in ours for pid in STATEMENT.findall(text))
    return {
        "statements a 1,000 mails": statements / COUNTED * 1000,
        "rows written a mail": (_rows(made) - written) / COUNTED,
    }


def _rows(made: Any) -> int:
    with made.parts.db.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("SELECT pg_stat_force_next_flush()")
        connection.exec_driver_sql("SELECT 1")
        return int(connection.exec_driver_sql(ROWS).scalar_one())


if __name__ == "__main__":
    sys.stdout.write(json.dumps(one(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))) + "\n")
