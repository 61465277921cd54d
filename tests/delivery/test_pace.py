"""Never more than the limit in any window, whatever is asked for when; nobody waits for ever."""

import threading

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from bocau.base.db import reading, transaction
from bocau.delivery import pace
from bocau.delivery.pace import DEALT, Bucket, Line
from bocau.delivery.tables import pace as table

SECOND = 1_000_000
limits = st.tuples(st.integers(1, 400), st.sampled_from([1, 7, 60, 3600]))
asked = st.lists(st.tuples(st.floats(0, 0.5), st.integers(1, 80)), min_size=1, max_size=150)


def let_through(line: Line, steps: list[tuple[float, int]]) -> list[tuple[int, int]]:
    """(µs, how many) of what goes, when so many are asked for after such parts of a window."""
    bucket, now, gone = Bucket(line), 0, []
    for part, wanted in steps:
        now += int(part * line.seconds * SECOND)
        count = min(wanted, bucket.room(now))
        bucket.take(count, now)
        gone.append((now, count))
    return gone


@given(limits, asked)
def test_no_window_sees_more_than_the_limit(limit: tuple[int, int], steps: list[tuple[float, int]]) -> None:
    line = Line("x", *limit)
    gone = let_through(line, steps)
    for start, _ in gone:
        inside = sum(count for at, count in gone if start <= at < start + line.seconds * SECOND)
        assert inside <= line.most


@given(limits)
def test_who_asks_all_the_time_gets_nearly_the_limit(limit: tuple[int, int]) -> None:
    line = Line("x", *limit)
    gone = let_through(line, [(0.002, 500)] * 2500)
    assert sum(count for _, count in gone) >= 5 * (line.most - line.burst + 1) * 0.75


def test_a_bucket_long_unused_lets_one_portion_through_at_once() -> None:
    bucket = Bucket(Line("x", 600), at=5)
    assert bucket.room(10**15) == 10
    bucket.take(10, 10**15)
    assert bucket.room(10**15) == 0


def test_batches_wait_one_behind_the_other_and_are_dealt_out_when_it_is_their_turn() -> None:
    line = Line("x", 600)
    bucket, now = Bucket(line), 10**15
    first = bucket.room(now)
    bucket.take(first, now)
    rest = bucket.turns(100 - first, now, went=True, since=None)
    assert rest == sorted(rest) and len(set(rest)) == 9
    second = bucket.turns(100, now, went=False, since=None)
    third = bucket.turns(100, now, went=False, since=None)
    assert len(set(second)) == len(set(third)) == 1
    assert second[0] > rest[-1]
    assert third[0] >= second[0] + 100 * line.gap
    later = second[0]
    room = bucket.room(later)
    assert room == line.burst
    bucket.take(room, later)
    dealt = bucket.turns(100 - room, later, went=True, since=later)
    assert dealt == sorted(dealt) and dealt[-1] < third[0]


def test_a_batch_that_missed_its_turn_goes_to_the_end_of_the_line() -> None:
    line = Line("x", 600)
    now = 10**15
    bucket = Bucket(line, at=int(now + line.gap * line.burst), planned=int(now + 500 * line.gap))
    on_time = bucket.turns(10, now, went=False, since=now - 1)
    late = bucket.turns(10, now, went=False, since=now - int(11 * line.gap))
    assert on_time[0] == bucket.at
    assert late[0] == int(now + 500 * line.gap)


def test_few_an_hour_make_no_flood_of_batches() -> None:
    bucket, now = Bucket(Line("x", 3)), 10**15
    bucket.take(bucket.room(now), now)
    turns = bucket.turns(499, now, went=True, since=None)
    assert len(set(turns)) == DEALT + 1


def test_nothing_before_the_end_of_quiet_hours() -> None:
    bucket, now = Bucket(Line("x", 60)), 10**15
    floor = now + 3600 * SECOND
    assert min(bucket.turns(5, now, went=False, since=None, floor=floor)) == floor
    assert min(bucket.turns(5, now, went=False, since=None, floor=floor)) > floor


def test_workers_share_one_bucket(engine: sa.Engine) -> None:
    line, other = Line("campaign:1/hour", 6000), Line("campaign:1/domain/x.test", 60_000)
    wrong: list[BaseException] = []
    gone: list[int] = []

    def work(lines: list[Line]) -> None:
        try:
            for _ in range(20):
                with transaction(engine) as connection:
                    buckets = pace.hold(connection, lines)
                    count = min(7, buckets[line.key].room(1))
                    buckets[line.key].take(count, 1)
                    pace.keep(connection, buckets.values())
                gone.append(count)
        except BaseException as error:  # noqa: BLE001 - told below
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(order,)) for order in ([line, other], [other, line])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert line.burst - 1 <= sum(gone) <= line.burst  # rounded to µs, in the limit's favour


def test_rows_are_made_before_any_is_locked(engine: sa.Engine) -> None:
    """Who waits for another's new row while it holds one that the other wants would wait for ever."""
    with transaction(engine) as connection:
        pace.hold(connection, [Line("b", 5)])
    done: list[str] = []
    sa.event.listen(engine, "before_cursor_execute", lambda *told: done.append(told[2]))
    with transaction(engine) as connection:
        assert sorted(pace.hold(connection, [Line("c", 5), Line("b", 5), Line("a", 5)])) == ["a", "b", "c"]
    steps = [text.split()[0] for text in done if "pace" in text]
    assert steps == ["SELECT", "INSERT", "SELECT"]
    if engine.dialect.name == "postgresql":
        assert ["FOR UPDATE" in text for text in done if "pace" in text] == [False, False, True]


@pytest.mark.parametrize(("at", "planned", "left"), [(4, 4, 0), (4, 6000, 1), (6000, 4, 1)])
def test_buckets_that_say_nothing_are_forgotten(engine: sa.Engine, at: int, planned: int, left: int) -> None:
    with transaction(engine) as connection:
        (bucket,) = pace.hold(connection, [Line("x", 1)]).values()
        bucket.at, bucket.planned = at, planned
        pace.keep(connection, [bucket])
        pace.forget(connection, 5)
    with reading(engine) as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() == left
