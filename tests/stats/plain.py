"""Counting the plain way: every row and every fact is looked at. What stands in the roll-ups must be equal."""

from collections import Counter
from datetime import UTC, datetime

import orjson
import sqlalchemy as sa

from bocau import stats
from bocau.base.db import reading, transaction
from bocau.events.tables import event
from bocau.ledger.states import FINAL, MessageState
from bocau.ledger.tables import message
from bocau.stats.tables import stat

Figures = Counter[tuple[int, str, str, str]]
KINDS = ("opened", "clicked", "unsubscribed", "bounced", "complained")


def folded(db: sa.Engine, limit: int = 100) -> int:
    """Fold until nothing is left. How many calls it took."""
    calls = 1
    while True:
        with transaction(db) as connection:
            if not stats.fold(connection, limit):
                return calls
        calls += 1


def standing(db: sa.Engine) -> Figures:
    """What the roll-ups say."""
    with reading(db) as connection:
        rows = connection.execute(sa.select(stat).where(stat.c.n != 0)).all()
    return Counter({(row.submission, row.dim, row.key, row.measure): row.n for row in rows})


def counted_plainly(db: sa.Engine) -> Figures:
    """What they should say."""
    with reading(db) as connection:
        rows = connection.execute(sa.select(message)).all()
        facts = connection.execute(sa.select(event).where(event.c.kind.in_(KINDS)).order_by(event.c.id)).all()
    figures: Figures = Counter()
    home = {row.id: (row.submission, row.recipient.rpartition("@")[2]) for row in rows}
    for row in rows:
        places = [("all", ""), ("domain", home[row.id][1])]
        _count(figures, row.submission, places, "queued")
        if row.state == MessageState.queued:
            continue
        if row.settled_at is not None and row.state in FINAL:
            places.append(("hour", _hour(row.settled_at)))
        if row.relay is not None:
            places.append(("relay", str(row.relay)))
        _count(figures, row.submission, places, MessageState(row.state).name)
    people: set[object] = set()
    for fact in facts:
        _count_fact(figures, fact, orjson.loads(fact.detail), home, people)
    return Counter({place: n for place, n in figures.items() if n})


def _count_fact(
    figures: Figures, fact: sa.Row, detail: dict[str, object], home: dict[int, tuple[int, str]], people: set[object]
) -> None:
    number, domain = home.get(fact.message, (int(detail.get("submission", 0)), ""))  # type: ignore[call-overload]
    by, link = detail.get("by", "person"), detail.get("link")
    places = [("all", ""), ("hour", _hour(fact.at))]
    still = [("domain", domain)] if domain else []
    linked = [("link", str(link))] if link is not None else []
    reader = by == "person" or (fact.kind == "opened" and detail.get("hint"))
    for measure in [fact.kind] * bool(reader) + [f"{fact.kind}_by_{by}"] * (by != "person"):
        _count(figures, number, places + still + linked, measure)
    if not reader or fact.kind not in ("opened", "clicked") or not fact.message:
        return
    alone = [("all", ""), *still]
    if not {(fact.message, "opened"), (fact.message, "clicked")} & people:
        _count(figures, number, alone, "read_people")
    if (fact.message, fact.kind) not in people:
        _count(figures, number, alone, f"{fact.kind}_people")
        if by != "person":
            _count(figures, number, alone, "opened_people_by_proxy")
    elif fact.kind == "opened" and by == "person" and (fact.message, "herself") not in people:
        _count(figures, number, alone, "opened_people_by_proxy", -1)
    people |= {(fact.message, "herself")} if fact.kind == "opened" and by == "person" else set()
    if linked and (fact.message, fact.kind, link) not in people:
        _count(figures, number, linked, f"{fact.kind}_people")
    people |= {(fact.message, fact.kind), (fact.message, fact.kind, link)}


def _count(figures: Figures, number: int, places: list[tuple[str, str]], measure: str, n: int = 1) -> None:
    for dim, key in places:
        figures[number, dim, key, measure] += n
        if dim in ("all", "hour"):
            figures[0, dim, key, measure] += n


def _hour(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%dT%H")
