"""What each stage costs alone, in µs a mail: the sum is what one mail must cost, the rest is waiting."""

import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import orjson
from rig import HTML, PLAIN, SIGNED, TEXT, Rig

from bocau import content, relays
from bocau.base.db import reading, transaction
from bocau.delivery.compose import Composer, Row
from bocau.delivery.journal import Journal
from bocau.ledger import MessageState, protocol
from bocau.ledger.options import Options
from bocau.ledger.protocol import Result, Settle


def best(work: Callable[[int], object], rounds: int = 3000) -> float:
    """µs a call, the best of five runs."""
    found = float("inf")
    for _ in range(5):
        started = time.perf_counter()
        for number in range(rounds):
            work(number)
        found = min(found, (time.perf_counter() - started) / rounds)
    return found * 1e6


def composing(rig: Rig) -> dict[str, float]:
    version = content.Version.unsaved(content.Source(subject="Hello {{ name }}", html=HTML, text=TEXT))
    compiled = content.compile(version)
    data = {"name": "User 7", "city": "Hà Nội", "n": 7}
    raw = orjson.dumps(data)
    with reading(rig.parts.db) as connection:
        sender = relays.sender_for(connection, SIGNED, rig.parts.secret)
    plain = Composer(version, None, f"B <b@{PLAIN}>", "transactional", Options(), submission=1, secret=b"x" * 32)
    signed = Composer(version, sender, f"B <b@{SIGNED}>", "transactional", Options(), submission=1, secret=b"x" * 32)

    def row(number: int) -> Row:
        return Row(number, f"user{number}@example.test", "User 7", orjson.loads(raw))

    unsigned = best(lambda n: plain.compose(row(n), 1_700_000_000_000))
    return {
        "render (subject, html, text)": best(lambda n: compiled.render(data)),
        "compose, unsigned (render included)": unsigned,
        "compose, signed": best(lambda n: signed.compose(row(n), 1_700_000_000_000), 300),
        "letter, bytes": float(len(plain.compose(row(1), 0).body)),
    }


def journal() -> dict[str, float]:
    diary = Journal(Path(tempfile.mkdtemp()), "bench")
    result = Result(7, 1, MessageState.sent, code=250, enhanced="2.0.0", reply="Ok: queued as ABCDEF", relay=1)

    def one(number: int) -> None:
        diary.attempt(number, 1, 5, 2)
        diary.reply(result, 5, 2)
        if number % 10 == 0:
            diary.flush()

    taken = best(one)
    diary.abandon()
    return {"journal (A and R, a write per 10)": taken}


def database(rig: Rig, count: int = 20_000) -> dict[str, float]:
    rows = rig.rows(count)
    number = rig.open(PLAIN, "chores")
    filled = rig.fill(number, rows)
    claimed = settled = 0.0
    while True:
        started = time.perf_counter()
        with transaction(rig.parts.db) as connection:
            held = protocol.claim(connection, "chores", "j", 60_000)
        claimed += time.perf_counter() - started
        if held is None:
            break
        results = [
            Result(row.id, row.attempt, MessageState.sent, code=250, enhanced="2.0.0", reply="Ok: queued", relay=1)
            for row in held.rows
        ]
        started = time.perf_counter()
        last = results[-1].id
        for seq, part in enumerate(([], results[:500], results[500:])):
            with transaction(rig.parts.db) as connection:
                protocol.settle(connection, Settle(held.id, held.token, seq, last, 60_000, part))
        settled += time.perf_counter() - started
    return {
        "into the ledger (checked rows)": filled / count * 1e6,
        "claim and load": claimed / count * 1e6,
        "settle (500 at a time)": settled / count * 1e6,
    }


def rsa() -> float:
    """RSA-2048 signatures a second on one core, by OpenSSL."""
    told = subprocess.run(["openssl", "speed", "-seconds", "2", "rsa2048"], capture_output=True, text=True, check=True)
    line = next(line for line in told.stdout.splitlines() if line.startswith("rsa 2048"))
    return float(line.split()[5])
