"""What came of it: from the rows while the roll-ups lag, from the roll-ups when they are complete."""

import sqlalchemy as sa

from bocau import campaigns, events, stats
from bocau.base.db import reading, transaction
from bocau.campaigns import Trial, Variant, results
from bocau.campaigns.states import By
from bocau.content import Source
from bocau.events import Kind
from bocau.ledger import MessageState
from bocau.ledger.options import Options, Track
from tests.campaigns.world import HOUR, INSTALLATION, NOW, expand, fill, letters, plan, send, started


def fold(engine: sa.Engine) -> None:
    done = 1
    while done:
        with transaction(engine) as connection:
            done = stats.fold(connection, 500)


def looked(engine: sa.Engine, number: int) -> list[results.Result]:
    with reading(engine) as connection:
        return results.results(connection, number)


def test_figures_are_right_before_and_after_they_are_counted(engine: sa.Engine) -> None:
    source = Source(subject="Tin", html='<p>{{ name }} <a href="https://congty.vn/tin">Xem</a></p>')
    with transaction(engine) as connection:
        fill(connection, 20)
    number = started(engine, plan(variants=(Variant("A", source),)))
    expand(engine, number, most=1)
    sent = send(engine)
    expand(engine, number)
    send(engine, MessageState.failed)
    told = [events.Event(sent[0], Kind.opened, detail={"by": "person"}) for _ in range(3)]
    told.append(events.Event(sent[1], Kind.clicked, detail={"by": "person", "link": 1}))
    with transaction(engine) as connection:
        events.append(connection, told)
    (before,) = looked(engine, number)
    assert not before.counted
    fold(engine)
    (after,) = looked(engine, number)
    assert after.counted
    states = {name: n for name, n in after.counts.items() if name in before.counts}
    assert states == before.counts
    assert (states["sent"], states["failed"], states["queued"], states["total"]) == (10, 10, 0, 20)
    assert (after.counts["opened"], after.counts["opened_people"], after.counts["clicked"]) == (3, 1, 1)
    with reading(engine) as connection:
        assert results.report(connection, number).table("link")["1"]["clicked"] == 1
        assert results.links(connection, number) == {"1": "https://congty.vn/tin"}
        domains = results.divided(connection, number, "domain").values()
    told = {name: sum(line.get(name, 0) for line in domains) for name in ("total", "sent", "failed", "queued")}
    assert told == {"total": 20, "sent": 10, "failed": 10, "queued": 0}


def test_a_test_in_aggregate_mode_is_decided_by_counts_without_people(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        fill(connection, 60)
    options = Options(track=Track(mode="aggregate"))
    number = started(engine, plan(variants=letters("Một", "Hai"), test=Trial(50, By.opens, HOUR), options=options))
    expand(engine, number)
    send(engine)
    with transaction(engine) as connection:
        of = {name: one for one, name in campaigns.submissions(connection, number).items()}
        detail = {"by": "person", "submission": of["B"]}
        events.append(connection, [events.Event(0, Kind.opened, detail=detail) for _ in range(5)])
    fold(engine)
    with transaction(engine) as connection:
        assert campaigns.start_due(connection, NOW + HOUR, INSTALLATION) == [number]
        found = campaigns.show(connection, number)
    assert found.winner == found.plan.variants[1].id
