"""Bring the roll-ups up to date: the batches whose rows changed, then the facts that came in.

Each batch's contribution is kept; when the batch is counted again, the difference is added. One process folds at a time.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from bocau.base.db import Connection
from bocau.base.db.instance import hold
from bocau.base.db.slices import slices
from bocau.events import counting
from bocau.ledger import tally
from bocau.stats import queries
from bocau.stats.rules import PEOPLE, Counts, contribution, note, weigh

LOCK = "stats"
SLICE = 50
"""Batches tallied by one statement: at most some 50,000 rows."""
ENOUGH = 200
"""Batches read in one transaction: what else is due has its turn in the next."""


def fold(connection: Connection, limit: int) -> int:
    """Count batches and facts, up to ``limit`` of each. 0: nothing is left to do, or another process is at it.

    Batches that are taken here are read by the next call, after this transaction's commit. Those that a worker holds
    are counted when nothing else is left, and again each time.
    """
    if not hold(connection, LOCK):
        return 0
    batches = queries.due(connection, min(limit, ENOUGH))
    count_batches(connection, batches)
    queries.done(connection, batches)
    facts = counting.pending(connection, limit)
    count_facts(connection, facts)
    taken = tally.take_uncounted(connection, limit)
    if taken:
        queries.put_due(connection, taken)
    if not batches and not facts and not taken:
        count_batches(connection, tally.held_uncounted(connection, limit))
    return len(batches) + len(facts) + len(taken)


def count_batches(connection: Connection, batches: Sequence[int]) -> None:
    """Count these batches' rows anew and add what is different."""
    for some in slices(batches, SLICE):
        old, new = queries.parts(connection, some), contributions(connection, some)
        changed = {n: new.get(n) or (old[n][0], Counter()) for n in some if n in new or n in old}
        changed = {n: part for n, part in changed.items() if part != old.get(n)}
        differences: dict[int, Counts] = defaultdict(Counter)
        for batch_id, (submission, counts) in changed.items():
            differences[submission].update(counts)
            if batch_id in old:
                differences[old[batch_id][0]].subtract(old[batch_id][1])
        queries.put_parts(connection, changed)
        queries.add(connection, differences)


def contributions(connection: Connection, batches: Sequence[int]) -> dict[int, tuple[int, Counts]]:
    """Batch → its submission and what its rows count as now; batches without rows are left out."""
    rows: dict[int, list[tally.Tally]] = defaultdict(list)
    for row in tally.tally(connection, batches):
        rows[row.batch].append(row)
    return {batch_id: (mine[0].submission, contribution(mine)) for batch_id, mine in rows.items()}


def count_facts(connection: Connection, facts: Sequence[counting.Seen]) -> None:
    """Add facts that wait, and say that they are counted."""
    if not facts:
        return
    messages = sorted({fact.message for fact in facts if fact.message})
    seen: set[tuple[object, ...]] = set()
    for fact in counting.counted(connection, messages, tuple(PEOPLE)):
        note(fact, seen)
    queries.add(connection, weighed(facts, tally.whose(connection, messages), seen))
    counting.mark_counted(connection, [fact.id for fact in facts])


def weighed(
    facts: Sequence[counting.Seen], whose: Mapping[int, tally.Whose], seen: set[tuple[object, ...]]
) -> dict[int, Counts]:
    """Submission → what the facts count as."""
    sums: dict[int, Counts] = defaultdict(Counter)
    for fact in facts:
        submission, counts = weigh(fact, whose.get(fact.message), seen)
        if submission:
            sums[submission].update(counts)
    return sums
