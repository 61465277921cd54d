"""`make bench`: what each stage costs, then everything end to end, all on this machine and in one run.

    python bench/run.py [--mails 100000] [--children 2] [--quick]
    python bench/run.py --against CHECKOUT [--mails 40000] [--pairs 5]

Ratios within one run mean something; absolute figures of a shared machine do not. Where BOCAU_YARDSTICK names the
bare engine's file, it is run beside ours, against the same sink and database.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import against
import client
import stages
from rig import PLAIN, SIGNED, Rig, Worker

from bocau.bell import broker as bell


def say(name: str, value: float, unit: str = "") -> None:
    print(f"  {name:44} {value:12,.1f} {unit}", flush=True)


def end_to_end(rig: Rig, mails: int, children: int, domain: str) -> dict[str, float]:
    """Fill, ring, wait. The rate is taken from the first settled mail to the last, and between 20 % and 80 %."""
    number = rig.open(domain)
    filled = rig.fill(number, rig.rows(mails))
    bell.configure(rig.parts.settings)
    worker = Worker(children)
    try:
        before = worker.usage()[0]
        started = time.perf_counter()
        for _ in range(children):
            bell.ring("bulk")
        marks = [(started, 0)]
        while marks[-1][1] < mails:
            time.sleep(0.05)
            marks.append((time.perf_counter(), rig.settled(number)))
        cpu, peak = worker.usage()
    finally:
        worker.stop()
    low = next(mark for mark in marks if mark[1] >= 0.2 * mails)
    high = next(mark for mark in marks if mark[1] >= 0.8 * mails)
    return {
        "into the ledger, rows/s": mails / filled,
        "mails/s, ring to last settle": mails / (marks[-1][0] - started),
        "mails/s, steady": (high[1] - low[1]) / (high[0] - low[0]) if high[0] > low[0] else 0.0,
        "engine CPU, us a mail": (cpu - before) / mails * 1e6,
        "memory of a child, MB": float(peak),
    }


def yardstick(rig: Rig, mails: int) -> None:
    path = os.environ.get("BOCAU_YARDSTICK")
    if not path:
        print("  (set BOCAU_YARDSTICK to the bare engine's file to see it here)")
        return
    command = [sys.executable, path, "--dsn", rig.dsn, "--sink", f"127.0.0.1:{rig.sink.port}", "--mails", str(mails)]
    print(
        "  " + subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip().replace("\n", "\n  ")
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mails", type=int, default=100_000)
    parser.add_argument("--children", type=int, default=2)
    parser.add_argument("--quick", action="store_true", help="a fifth of the mails, no latency run")
    parser.add_argument("--against", type=Path, metavar="CHECKOUT", help="compare with another checkout, in turns")
    parser.add_argument("--pairs", type=int, default=5)
    options = parser.parse_args()
    if options.against:
        against.compare(options.against.resolve(), options.mails, options.pairs, options.children)
        return
    mails = options.mails // 5 if options.quick else options.mails
    rig = Rig()
    sys.stdout.reconfigure(line_buffering=True)
    try:
        print("Stages, one core, us a mail")
        for part in (stages.composing(rig), stages.journal(), stages.database(rig)):
            for name, value in part.items():
                say(name, value)
        body = b"Subject: x\r\n\r\n" + b"Lorem ipsum dolor sit amet consectetur.\r\n" * 145
        for name, chunking in (("DATA", False), ("BDAT", True)):
            rate, cpu = client.rate(rig.sink.port, body, mails=mails, chunking=chunking)
            say(f"our client, ready-made bytes, {name}", rate, f"mails/s, {cpu:.0f} us of CPU a mail")
        signatures = stages.rsa()
        say("RSA-2048 signatures, one core", signatures, "/s")
        print(f"The yardstick, {mails:,} mails")
        yardstick(rig, mails)
        print(f"End to end, unsigned, {mails:,} mails, {options.children} children")
        unsigned = end_to_end(rig, mails, options.children, PLAIN)
        for name, value in unsigned.items():
            say(name, value)
        print("The yardstick again")
        yardstick(rig, mails)
        print(f"End to end, signed, {mails // 4:,} mails")
        signed = end_to_end(rig, mails // 4, options.children, SIGNED)
        for name, value in signed.items():
            say(name, value)
        bound = 1 / (1 / unsigned["mails/s, steady"] + 1 / (2 * signatures))
        say("bound 1/(1/unsigned + 1/RSA on two cores)", bound, f"reached {signed['mails/s, steady'] / bound:.0%}")
    finally:
        rig.remove()
    if not options.quick:
        latency(mails // 4, options.children)


def latency(mails: int, children: int) -> None:
    """20 ms a round trip: connections must grow by themselves up to the relay's limit."""
    for connections in (50, 200):
        rig = Rig(latency_ms=20, connections=connections)
        try:
            print(f"End to end, 20 ms of relay latency, limit {connections} connections, {mails:,} mails")
            found = end_to_end(rig, mails, children, PLAIN)
            for name, value in found.items():
                say(name, value)
            say("connections / round trip (BDAT: 1)", connections / 0.02, "mails/s at most")
        finally:
            rig.remove()


if __name__ == "__main__":
    main()
