"""What a message and a fact about it count as. Pure: the same rows give the same figures, in whatever order."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from bocau.events import Kind
from bocau.events.counting import Seen
from bocau.events.having import PERSON, by_reader
from bocau.ledger import FINAL, MessageState
from bocau.ledger.tally import HOUR, Tally, Whose

ALL, BY_HOUR, BY_DOMAIN, BY_RELAY, BY_LINK = DIMS = ("all", "hour", "domain", "relay", "link")
QUEUED = "queued"
STATES = {int(state): state.name for state in MessageState if state != MessageState.queued}
SETTLED = frozenset(int(state) for state in FINAL)
READ = "read_people"
ONLY_BY_PROXY = "opened_people_by_proxy"
PEOPLE = {Kind.opened.value: "opened_people", Kind.clicked.value: "clicked_people"}
MEASURES = (
    QUEUED,
    *STATES.values(),
    "opened",
    "opened_people",
    ONLY_BY_PROXY,
    READ,
    "opened_by_proxy",
    "opened_by_scanner",
    "clicked",
    "clicked_people",
    "clicked_by_proxy",
    "clicked_by_scanner",
    "unsubscribed",
    "bounced",
    "complained",
)
LONGEST = 255


class Cell(NamedTuple):
    """One figure of one submission."""

    dim: str
    key: str
    measure: str


Counts = Counter[Cell]


def contribution(rows: Iterable[Tally]) -> Counts:
    """What a batch's messages count as. A message of any state is ``queued``: accepted once."""
    counts: Counts = Counter()
    for row in rows:
        for cell in _cells(row):
            counts[cell] += row.n
    return counts


def _cells(row: Tally) -> Iterator[Cell]:
    domain = row.domain[:LONGEST]
    yield Cell(ALL, "", QUEUED)
    yield Cell(BY_DOMAIN, domain, QUEUED)
    name = STATES.get(row.state)
    if name is None:
        return
    yield Cell(ALL, "", name)
    yield Cell(BY_DOMAIN, domain, name)
    if row.hour is not None and row.state in SETTLED:
        yield Cell(BY_HOUR, hour_key(row.hour), name)
    if row.relay is not None:
        yield Cell(BY_RELAY, str(row.relay), name)


def weigh(fact: Seen, whose: Whose | None, seen: set[tuple[object, ...]]) -> tuple[int, Counts]:
    """The submission that a fact belongs to (0: nobody's), and what it counts as.

    ``seen``: of which people it is known that they opened, clicked, followed a link; what is new is added to it.
    """
    submission = whose.submission if whose else _named(fact)
    if not submission:
        return 0, Counter()
    domain = [(BY_DOMAIN, whose.domain[:LONGEST])] if whose else []
    link = [(BY_LINK, str(fact.detail["link"])[:LONGEST])] if "link" in fact.detail else []
    places = [(ALL, ""), (BY_HOUR, hour_key(fact.at // HOUR)), *domain, *link]
    counts = Counter(Cell(*place, measure) for measure in _measures(fact) for place in places)
    if whose and fact.kind in PEOPLE and by_reader(fact.kind, fact.detail):
        for measure, n in _people(fact, seen):
            counts.update({Cell(*place, measure): n for place in [(ALL, ""), *domain]})
        if link and (fact.message, fact.kind, link[0][1]) not in seen:
            counts[Cell(*link[0], PEOPLE[fact.kind])] += 1
        note(fact, seen)
    return submission, counts


def note(fact: Seen, seen: set[tuple[object, ...]]) -> None:
    """Remember a fact that is counted already."""
    if by_reader(fact.kind, fact.detail):
        seen.add((fact.message, READ))
        seen.add((fact.message, fact.kind))
        seen.add((fact.message, fact.kind, str(fact.detail.get("link"))[:LONGEST]))
        if _by(fact) == PERSON:
            seen.add((fact.message, fact.kind, PERSON, PERSON))


def hour_key(hour: int) -> str:
    """The hour's name in UTC; ``hour`` since the epoch."""
    return f"{datetime.fromtimestamp(hour * 3600, UTC):%Y-%m-%dT%H}"


def _by(fact: Seen) -> str:
    return str(fact.detail.get("by", PERSON))


def _measures(fact: Seen) -> list[str]:
    """What it is one of. An opening that is a hint is one, and one of what proxies fetched."""
    by = _by(fact)
    reader = [fact.kind] if by_reader(fact.kind, fact.detail) else []
    return reader if by == PERSON else [*reader, f"{fact.kind}_by_{by}"]


def _people(fact: Seen, seen: set[tuple[object, ...]]) -> Iterator[tuple[str, int]]:
    """The first time that this person did it, or read the mail at all; and who is known to have opened it only by a
    proxy, which a later opening of hers takes back."""
    if (fact.message, READ) not in seen:
        yield READ, 1
    person, first = _by(fact) == PERSON, (fact.message, fact.kind) not in seen
    if first:
        yield PEOPLE[fact.kind], 1
    if first and not person:
        yield ONLY_BY_PROXY, 1
    elif person and not first and fact.kind == Kind.opened and (fact.message, fact.kind, PERSON, PERSON) not in seen:
        yield ONLY_BY_PROXY, -1


def _named(fact: Seen) -> int:
    submission_id = fact.detail.get("submission") if fact.message == 0 else None
    return submission_id if isinstance(submission_id, int) else 0
