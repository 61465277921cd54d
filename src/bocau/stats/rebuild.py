"""Count everything anew from messages and events, and say what was different: a repair, and a proof that none is needed.

Submission by submission, a few in each transaction: readers see old figures or new ones, never half of them, and
folding goes on between slices.
"""

from collections import Counter
from typing import NamedTuple

from bocau.base.db import Connection
from bocau.base.db.instance import hold
from bocau.base.db.slices import slices
from bocau.events import counting
from bocau.ledger import tally
from bocau.stats import queries
from bocau.stats.fold import LOCK, SLICE, contributions, weighed
from bocau.stats.rules import Counts

SUBMISSIONS, MESSAGES = 200, 200_000
"""One slice: at most so many submissions, and no further one after so many messages."""
IDS = 20_000
"""Message ids looked at by one statement."""


class Rebuilt(NamedTuple):
    """One slice. ``after``: where the next begins; None: all is done. ``different``: submissions whose figures were
    wrong; 0 stands for the sums over all of them."""

    after: int | None
    submissions: int
    messages: int
    different: list[int]


def rebuild(connection: Connection, after: int = 0) -> Rebuilt:
    """Count the next submissions after this id anew; a transaction for each call. Waits while another process folds."""
    hold(connection, LOCK, wait=True)
    submissions = tally.submissions_after(connection, after, SUBMISSIONS)
    if not submissions:
        return Rebuilt(None, 0, 0, [queries.EVERYTHING] if _sum_up(connection) else [])
    chosen, messages = [submissions[0]], submissions[0][1]
    for one in submissions[1:]:
        if messages + one[1] > MESSAGES:
            break
        chosen, messages = [*chosen, one], messages + one[1]
    nobodys = _nobodys(connection, {submission_id for submission_id, _ in chosen})
    different = [n for n, _ in chosen if _anew(connection, n, nobodys.get(n, Counter()))]
    return Rebuilt(chosen[-1][0], len(chosen), messages, different)


def _anew(connection: Connection, submission_id: int, nobodys: Counts) -> bool:
    """Count one submission anew. Whether its figures were wrong: not only older than its rows."""
    facts = _facts(connection, submission_id)
    facts.update(nobodys)
    kept, new, wrong = _batches(connection, submission_id)
    kept.update(facts)
    new.update(facts)
    stood = queries.cells(connection, submission_id)
    queries.replace(connection, submission_id, new)
    gained = Counter(new)
    gained.subtract(kept)
    queries.add(connection, {queries.EVERYTHING: gained})
    return wrong or stood != kept


def _batches(connection: Connection, submission_id: int) -> tuple[Counts, Counts, bool]:
    """Sums of the contributions as they were kept and as they are now; whether a batch at rest had a wrong one."""
    kept: Counts = Counter()
    new: Counts = Counter()
    wrong = False
    batches = sorted({*tally.batches_of(connection, submission_id), *queries.parts_of(connection, submission_id)})
    for some in slices(batches, SLICE):
        old, now = queries.parts(connection, some), contributions(connection, some)
        moving = tally.uncounted_among(connection, some) | queries.due_among(connection, some)
        changed = {}
        for one in some:
            before, counts = old.get(one, (submission_id, Counter()))[1], now.get(one, (submission_id, Counter()))[1]
            kept.update(before)
            new.update(counts)
            if before != counts:
                changed[one] = (submission_id, counts)
                wrong |= one not in moving
        queries.put_parts(connection, changed)
    return kept, new, wrong


def _facts(connection: Connection, submission_id: int) -> Counts:
    """What the counted facts of a submission's messages come to."""
    counts: Counts = Counter()
    first, last = tally.span(connection, submission_id)
    for low in range(first, last + 1, IDS):
        high = min(low + IDS - 1, last)
        facts = counting.counted_between(connection, low, high)
        if facts:
            whose = tally.whose_between(connection, submission_id, low, high)
            mine = [fact for fact in facts if fact.message in whose]
            counts.update(weighed(mine, whose, set()).get(submission_id, Counter()))
    return counts


def _nobodys(connection: Connection, submissions: set[int]) -> dict[int, Counts]:
    """What counted facts that name no message come to, for these submissions."""
    sums: dict[int, Counts] = {}
    after = 0
    while facts := counting.counted_of_nobody(connection, after, IDS):
        after = facts[-1].id
        for submission, counts in weighed(facts, {}, set()).items():
            if submission in submissions:
                sums.setdefault(submission, Counter()).update(counts)
    return sums


def _sum_up(connection: Connection) -> bool:
    """Sum all submissions up anew; whether the sums were wrong."""
    right = queries.everything(connection)
    if queries.cells(connection, queries.EVERYTHING) == right:
        return False
    queries.replace(connection, queries.EVERYTHING, right)
    return True
