"""Servers that have fallen silent: which relays take nothing more for now, and which batches only wait for them.

A reply may take ten minutes (RFC 5321 section 4.5.3.2.6), and a mail that waits for one belongs to its worker that long. So
the worker goes on with everything else: docs/decisions/0022-silent-servers.md.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable

from bocau.delivery.held_batch import HeldBatch
from bocau.delivery.pipe import Pipe

SILENT = 5.0
"""Seconds a mail is under way until its connection is taken for silent. A guess costs nothing: it is only not relied on."""
LOOK = 1.0
"""Seconds between looks: one at every mail would cost more than it tells."""


def look(
    pipes: Iterable[Pipe], held: Collection[HeldBatch], meant: Callable[[int | None], Iterable[Pipe]], now: float
) -> None:
    """Note of each pipe and batch whether it is stuck. ``meant``: the pipes that a batch's relay stands for."""
    silent: Counter[HeldBatch] = Counter()
    for pipe in pipes:
        flights = [session.mail.ref for session in pipe.live if session.mail is not None]
        quiet = [flight for flight in flights if now - flight.started > SILENT]
        pipe.stuck = bool(quiet) and not pipe.opening and len(quiet) == len(pipe.live) >= pipe.limit
        silent.update(flight.held for flight in quiet)
    for one in held:
        one.silent = silent[one]
        waits = one.wire > 0 and one.silent == one.wire
        one.stuck = waits and (one.stopping or not one.waiting() or not any(p.free(now) for p in meant(one.relay)))
