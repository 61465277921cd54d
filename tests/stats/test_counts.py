"""What is counted, when, and that counting anew finds what was wrong."""

import threading
from typing import Any

import pytest
import sqlalchemy as sa

from bocau import events, ledger, stats
from bocau.base.db import reading, transaction
from bocau.events import Event, Kind
from bocau.ledger import MessageState, protocol
from bocau.ledger.protocol import Result, Settle
from bocau.stats.tables import stat, stat_part
from tests.stats.plain import counted_plainly, folded, standing

PEOPLE = ("an@x.test", "binh@y.test", "chi@x.test", "“dung@home”@z.test")


def filled(db: sa.Engine, key: str = "one", people: tuple[str, ...] = PEOPLE) -> int:
    draft = ledger.Draft(key, key, "bulk", key, 1, "a@b.test", "{}", 86400.0)
    with transaction(db) as connection:
        opened = ledger.open_submission(connection, draft, 1_790_000_000_000)
        ledger.add_messages(connection, opened.id, [ledger.NewMessage(p, p, row=n) for n, p in enumerate(people)])
        ledger.close_submission(connection, opened.id, 0)
    return opened.id


def sent(db: sa.Engine, queue: str = "one", *states: MessageState) -> list[int]:
    """A worker sends the batch; the messages' ids."""
    with transaction(db) as connection:
        held = protocol.claim(connection, queue, "j", 60_000)
        assert held is not None
        top = held.rows[-1].id
        protocol.settle(connection, Settle(held.id, held.token, 0, top, 60_000, []))
        results = [
            Result(row.id, 1, state, code=250, relay=7, delay=0 if state == MessageState.deferred else None)
            for row, state in zip(held.rows, states or [MessageState.sent] * len(held.rows), strict=False)
        ]
        protocol.settle(connection, Settle(held.id, held.token, 1, top, 60_000, results))
    return [row.id for row in held.rows]


def happened(db: sa.Engine, *facts: Event) -> None:
    with transaction(db) as connection:
        events.append(connection, facts)


def did(message: int, kind: Kind, by: str = "person", link: int | None = None, *, hint: bool = False) -> Event:
    return Event(message, kind, 0, {"by": by} | ({"link": link} if link else {}) | ({"hint": True} if hint else {}))


def read(db: sa.Engine, *numbers: int, most: int | None = 50) -> stats.Report:
    with reading(db) as connection:
        return stats.read(connection, numbers, most=most)


def rebuilt(db: sa.Engine) -> list[int]:
    different: list[int] = []
    after: int | None = 0
    while after is not None:
        with transaction(db) as connection:
            one = stats.rebuild(connection, after)
        after, different = one.after, different + one.different
    return different


def test_rows_are_counted_before_anything_is_sent(engine: sa.Engine) -> None:
    number = filled(engine)
    folded(engine)
    report = read(engine, number)
    assert report.totals == {"queued": 4}
    assert report.waiting == 4
    assert list(report.domains.items()) == [
        ("x.test", {"queued": 2}),
        ("y.test", {"queued": 1}),
        ("z.test", {"queued": 1}),
    ]


def test_what_was_settled_is_counted_by_state_hour_domain_and_relay(engine: sa.Engine) -> None:
    number = filled(engine)
    sent(engine, "one", MessageState.sent, MessageState.failed, MessageState.deferred)
    folded(engine)
    report = read(engine, number)
    assert report.totals == {"queued": 4, "sent": 1, "failed": 1, "deferred": 1}
    assert report.waiting == 1
    assert report.domains["x.test"] == {"queued": 2, "sent": 1, "deferred": 1}
    assert report.relays == {"7": {"sent": 1, "failed": 1, "deferred": 1}}
    assert sum(counts["sent"] for counts in report.hours.values()) == 1
    assert standing(engine) == counted_plainly(engine)


def test_people_are_counted_once_and_machines_apart(engine: sa.Engine) -> None:
    number = filled(engine)
    first, second, *_ = sent(engine)
    happened(engine, did(first, Kind.opened), did(first, Kind.opened), did(first, Kind.opened, "proxy"))
    folded(engine)
    happened(
        engine,
        did(first, Kind.opened),
        did(first, Kind.clicked, link=1),
        did(first, Kind.clicked, link=2),
        did(first, Kind.clicked, link=1),
        did(second, Kind.clicked, "scanner", link=1),
    )
    folded(engine)
    happened(engine, did(second, Kind.clicked, link=1), Event(second, Kind.unsubscribed))
    folded(engine)
    report = read(engine, number)
    assert report.totals == {
        "queued": 4,
        "sent": 4,
        "opened": 3,
        "opened_people": 1,
        "read_people": 2,
        "opened_by_proxy": 1,
        "clicked": 4,
        "clicked_people": 2,
        "clicked_by_scanner": 1,
        "unsubscribed": 1,
    }
    assert report.links == {
        "1": {"clicked": 3, "clicked_people": 2, "clicked_by_scanner": 1},
        "2": {"clicked": 1, "clicked_people": 1},
    }
    assert standing(engine) == counted_plainly(engine)
    assert rebuilt(engine) == []
    assert standing(engine) == counted_plainly(engine)


def test_hint_of_an_opening_counts_as_one_until_the_reader_is_seen_herself(engine: sa.Engine) -> None:
    number = filled(engine)
    first, second, third, _ = sent(engine)
    hints = [did(n, Kind.opened, "proxy", hint=True) for n in (first, first, second)]
    happened(engine, *hints, did(third, Kind.opened, "proxy"), did(third, Kind.clicked, link=1))
    folded(engine)
    told = read(engine, number)
    names = ("opened", "opened_people", "opened_people_by_proxy", "opened_by_proxy", "read_people")
    assert [told.of(name) for name in names] == [3, 2, 2, 4, 3]
    happened(engine, did(first, Kind.opened), did(first, Kind.opened), did(second, Kind.clicked, link=1))
    folded(engine)
    told = read(engine, number)
    assert [told.of(name) for name in names] == [5, 2, 1, 4, 3]
    assert told.domains["x.test"]["opened_people"] == 1 and "opened_people_by_proxy" not in told.domains["x.test"]
    assert standing(engine) == counted_plainly(engine)
    assert rebuilt(engine) == []
    assert standing(engine) == counted_plainly(engine)


def test_facts_that_name_nobody_count_for_their_submission(engine: sa.Engine) -> None:
    number = filled(engine)
    other = filled(engine, "two")
    happened(engine, Event(0, Kind.opened, 0, {"by": "person", "submission": number}), Event(0, Kind.opened))
    folded(engine)
    assert read(engine, number).totals == {"queued": 4, "opened": 1}
    assert read(engine, other).totals == {"queued": 4}
    assert read(engine, number, other).totals == {"queued": 8, "opened": 1}
    assert rebuilt(engine) == []


def test_nothing_is_left_to_do_after_folding(engine: sa.Engine) -> None:
    filled(engine)
    assert folded(engine) > 1
    assert folded(engine) == 1


def test_rebuild_finds_and_repairs_wrong_figures(engine: sa.Engine) -> None:
    number, other = filled(engine), filled(engine, "two")
    happened(engine, *[did(n, Kind.opened) for n in sent(engine)])
    folded(engine)
    right = standing(engine)
    with transaction(engine) as connection:
        connection.execute(
            sa.update(stat)
            .where(stat.c.submission == number, stat.c.measure == "opened", stat.c.dim == "all")
            .values(n=99)
        )
        connection.execute(sa.delete(stat_part).where(stat_part.c.submission == other))
        connection.execute(sa.delete(stat).where(stat.c.submission == other))
    assert sorted(rebuilt(engine)) == [0, number, other]
    assert standing(engine) == right == counted_plainly(engine)
    assert rebuilt(engine) == []


def test_rebuild_does_not_call_old_figures_wrong(engine: sa.Engine) -> None:
    filled(engine)
    folded(engine)
    happened(engine, *[did(n, Kind.opened) for n in sent(engine)])
    assert rebuilt(engine) == []
    folded(engine)
    assert standing(engine) == counted_plainly(engine)


def test_lost_roll_ups_come_back(engine: sa.Engine) -> None:
    filled(engine)
    happened(engine, *[did(n, Kind.clicked, link=3) for n in sent(engine)])
    folded(engine)
    right = standing(engine)
    with transaction(engine) as connection:
        for table in (stat, stat_part):
            connection.execute(sa.delete(table))
    rebuilt(engine)
    assert standing(engine) == right


def test_domains_beyond_the_most_are_left_out_of_reports_but_not_of_exports(engine: sa.Engine) -> None:
    people = tuple(f"p{n}-{d}@d{d}.test" for d in range(6) for n in range(d + 1))
    number = filled(engine, people=people)
    folded(engine)
    assert list(read(engine, number, most=2).domains) == ["d5.test", "d4.test"]
    told = list(stats.lines(read(engine, number, most=None)))
    assert ("domain", "d0.test", "queued", 1) in told
    assert told[0] == ("all", "", "queued", 21)


def test_days_add_all_submissions_up(engine: sa.Engine) -> None:
    for key in ("one", "two"):
        filled(engine, key)
        sent(engine, key)
    folded(engine)
    with reading(engine) as connection:
        days = stats.totals(connection)
        assert stats.totals(connection, since="2990-01-01") == {}
    assert sum(counts["sent"] for counts in days.values()) == 8


def test_two_at_a_time_count_everything_once(engine: sa.Engine) -> None:
    for n in range(12):
        filled(engine, f"k{n}")
        happened(engine, *[did(m, Kind.opened) for m in sent(engine, f"k{n}")])
    broken: list[Any] = []

    def work() -> None:
        try:
            for _ in range(40):
                with transaction(engine) as connection:
                    stats.fold(connection, 2)
        except sa.exc.DBAPIError as error:
            broken.append(error)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert not broken
    folded(engine)
    assert standing(engine) == counted_plainly(engine)


def test_who_folds_is_alone_and_the_next_does_not_wait(engine: sa.Engine) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer")
    filled(engine)
    folded(engine)
    filled(engine, "two")
    with transaction(engine) as first, transaction(engine) as second:
        assert stats.fold(first, 10) == 1
        assert stats.fold(second, 10) == 0
