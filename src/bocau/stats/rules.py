"""What a message and a fact about it count as. Pure: the same rows give the same figures, in whatever order."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from bocau.events import Kind
from bocau.events.counting import Seen
from bocau.ledger import FINAL, MessageState
from bocau.ledger.tally import HOUR, Tally, Whose

ALL, BY_HOUR, BY_DOMAIN, BY_RELAY, BY_LINK = DIMS = ("all", "hour", "domain", "relay", "link")
QUEUED = "queued"
STATES = {int(state): state.name for state in MessageState if state != MessageState.queued}
SETTLED = frozenset(int(state) for state in FINAL)
BY_MACHINE = ("proxy", "scanner")
PEOPLE = {Kind.opened.value: "opened_people", Kind.clicked.value: "clicked_people"}
MEASURES = (
    QUEUED,
    *STATES.values(),
    "opened",
    "opened_people",
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
    by = fact.detail.get("by")
    human = by not in BY_MACHINE
    measure = fact.kind if human else f"{fact.kind}_by_{by}"
    places = [Cell(ALL, "", measure), Cell(BY_HOUR, hour_key(fact.at // HOUR), measure)]
    domain = [(BY_DOMAIN, whose.domain[:LONGEST])] if whose else []
    link = [(BY_LINK, str(fact.detail["link"])[:LONGEST])] if "link" in fact.detail else []
    places += [Cell(*place, measure) for place in domain + link]
    if whose and human and fact.kind in PEOPLE:
        places += _people(fact, domain, link, seen)
    return submission, Counter(places)


def note(fact: Seen, seen: set[tuple[object, ...]]) -> None:
    """Remember a fact that is counted already."""
    if fact.detail.get("by") not in BY_MACHINE:
        seen.add((fact.message, fact.kind))
        seen.add((fact.message, fact.kind, str(fact.detail.get("link"))))


def hour_key(hour: int) -> str:
    """The hour's name in UTC; ``hour`` since the epoch."""
    return f"{datetime.fromtimestamp(hour * 3600, UTC):%Y-%m-%dT%H}"


def _people(
    fact: Seen, domain: list[tuple[str, str]], link: list[tuple[str, str]], seen: set[tuple[object, ...]]
) -> Iterator[Cell]:
    """The first time that this person did it, and the first time with this link."""
    measure = PEOPLE[fact.kind]
    if (fact.message, fact.kind) not in seen:
        yield Cell(ALL, "", measure)
        yield from (Cell(*place, measure) for place in domain)
    if link and (fact.message, fact.kind, str(fact.detail["link"])) not in seen:
        yield from (Cell(*place, measure) for place in link)
    note(fact, seen)


def _named(fact: Seen) -> int:
    submission_id = fact.detail.get("submission") if fact.message == 0 else None
    return submission_id if isinstance(submission_id, int) else 0
