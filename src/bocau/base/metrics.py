"""The closed list of metrics, and cheap functions that count in bulk: once per settle, never once per mail.

Every process adds to a file of its own below ``$BOCAU_HOME/metrics`` (see ``base.shares``); ``base.exposition`` sums
them up in the Prometheus text format. What a database knows better is counted there at the scrape. Without
``keep_in`` everything is counted in memory, which is what tests and commands do.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bocau.base.shares import Key, Shares

NETWORK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 300.0, 600.0)
DATABASE = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
PER_MAIL = (10e-6, 25e-6, 50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 50e-3, 250e-3, 1.0)


@dataclass(frozen=True)
class Meter:
    """One metric. ``buckets`` (seconds) only for histograms."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


MAILS = Meter(
    "bocau_delivery_mails_total",
    "counter",
    "Attempts that ended, by relay, outcome (a message state) and reply class.",
    ("relay", "outcome", "class"),
)
DOUBTS = Meter(
    "bocau_delivery_doubted_mails_total",
    "counter",
    "Mails whose arrival became uncertain, by relay and cause.",
    ("relay", "cause"),
)
SMTP = Meter(
    "bocau_delivery_smtp_seconds", "histogram", "A mail's way from its first command to its reply.", ("relay",), NETWORK
)
SETTLE = Meter("bocau_delivery_settle_seconds", "histogram", "One settle transaction.", (), DATABASE)
SETTLED = Meter("bocau_delivery_settled_mails_total", "counter", "Results recorded by settles.")
BATCHES = Meter("bocau_delivery_claimed_batches_total", "counter", "Batches claimed, by queue.", ("queue",))
COMPOSE = Meter(
    "bocau_delivery_compose_seconds",
    "histogram",
    "Making one letter, averaged over each window of letters.",
    (),
    PER_MAIL,
)
CAUGHT = Meter("bocau_sandbox_caught_mails_total", "counter", "Mails caught by the sandbox mailbox.")
CAUGHT_BYTES = Meter("bocau_sandbox_caught_bytes_total", "counter", "Bytes caught by the sandbox mailbox.")
QUEUE_OPEN = Meter("bocau_ledger_open_mails", "gauge", "Mails queued or in doubt, by queue.", ("queue",))
QUEUE_DEFERRED = Meter("bocau_ledger_deferred_mails", "gauge", "Mails that wait for their next attempt.")
QUEUE_BATCHES = Meter(
    "bocau_ledger_open_batches", "gauge", "Batches not closed, by queue and state.", ("queue", "state")
)
QUEUE_AGE = Meter("bocau_ledger_queue_age_seconds", "gauge", "Age of the oldest open work, by queue.", ("queue",))
FAILED_SENDINGS = Meter(
    "bocau_schedules_failed_sendings",
    "gauge",
    "Campaigns and schedules that were due, could not be sent, and wait for somebody, by kind.",
    ("kind",),
)
PART_UP = Meter("bocau_site_part_up", "gauge", "1 when this part answers, 0 when it does not.", ("part",))

METERS = (
    MAILS,
    DOUBTS,
    SMTP,
    SETTLE,
    SETTLED,
    BATCHES,
    COMPOSE,
    CAUGHT,
    CAUGHT_BYTES,
    QUEUE_OPEN,
    QUEUE_DEFERRED,
    QUEUE_BATCHES,
    QUEUE_AGE,
    FAILED_SENDINGS,
    PART_UP,
)

_shares = Shares(None)


def keep_in(folder: Path | None) -> None:
    """Share this process's numbers through ``folder`` from now on; None: in memory. Cheap; nothing is opened yet."""
    global _shares
    if folder != _shares.folder:
        _shares.close()
        _shares = Shares(folder)


def close() -> None:
    """End this process's share, at a clean exit. Not needed for correctness."""
    _shares.close()


# -- counting, called once per settle or claim
def settled(relay: str, outcomes: Mapping[tuple[str, str], int], latencies: Iterable[float] = ()) -> None:
    """Count what a settle recorded of one relay.

    ``outcomes``: (message state, reply class or "") → number of mails. ``latencies``: seconds of each SMTP transaction.
    """
    amounts: list[tuple[Key, float]] = [
        ((MAILS.name, relay, outcome, reply_class), number) for (outcome, reply_class), number in outcomes.items()
    ]
    amounts.extend(_observed(SMTP, (relay,), latencies))
    _shares.add(amounts)


def settle_took(seconds: float, mails: int) -> None:
    """Count one settle transaction of ``mails`` results."""
    _shares.add([*_observed(SETTLE, (), (seconds,)), ((SETTLED.name,), mails)])


def doubted(relay: str, cause: str, mails: int = 1) -> None:
    """Count mails in doubt. ``cause``: ``silence`` (the relay's) or ``crash`` (ours)."""
    _shares.add([((DOUBTS.name, relay, cause), mails)])


def claimed(queue: str, batches: int = 1) -> None:
    """Count batches claimed from ``queue``."""
    _shares.add([((BATCHES.name, queue), batches)])


def composed(mails: int, seconds: float) -> None:
    """Count ``mails`` letters made in ``seconds`` altogether."""
    if mails > 0:
        each = seconds / mails
        place = bisect_left(COMPOSE.buckets, each)
        _shares.add([((COMPOSE.name, f"#{place}"), mails), ((COMPOSE.name, "sum"), seconds)])


def caught(mails: int, size: int) -> None:
    """Count mails the sandbox has stored, ``size`` bytes altogether."""
    _shares.add([((CAUGHT.name,), mails), ((CAUGHT_BYTES.name,), size)])


def _observed(meter: Meter, labels: tuple[str, ...], values: Iterable[float]) -> list[tuple[Key, float]]:
    """Amounts for a histogram: ``#n`` counts the n-th bucket alone, ``sum`` is the sum of all values."""
    buckets = meter.buckets
    found: dict[int, int] = {}
    total = 0.0
    for value in values:
        place = bisect_left(buckets, value)
        found[place] = found.get(place, 0) + 1
        total += value
    if not found:
        return []
    start = (meter.name, *labels)
    return [((*start, f"#{place}"), number) for place, number in found.items()] + [((*start, "sum"), total)]


def sums() -> dict[Key, float]:
    """What all processes have counted: (metric name, labels…, for histograms ``#bucket`` or ``sum``) → number."""
    return _shares.sums()
