import pytest
from hypothesis import given
from hypothesis import strategies as st

from bocau.relays import Backoff, Relay, Trouble, Watch, candidates, lightest
from bocau.relays.rules import divide
from bocau.wire.smtp import Profile


def relay(number: int, *, priority: int = 10, weight: int = 100, host: str = "mail.vn", **more: object) -> Relay:
    return Relay(number, f"r{number}", "smtp", Profile(host, 25), priority, weight, **more)  # type: ignore[arg-type]


def chosen(relays: list[Relay], *, domain: str = "x.vn", size: int = 0) -> list[int]:
    return [one.id for one in candidates(relays, domain=domain, size=size)]


def test_lowest_priority_serves_first() -> None:
    assert chosen([relay(1, priority=20), relay(2, priority=10), relay(3, priority=10)]) == [2, 3]


def test_next_priority_serves_when_the_first_cannot_be_used() -> None:
    assert chosen([relay(2, priority=2), relay(3, priority=3)]) == [2]
    assert chosen([]) == []


def test_disabled_relay_is_never_chosen() -> None:
    assert chosen([relay(1, enabled=False)]) == []


def test_reserved_domain_passes_over_real_relays() -> None:
    relays = [relay(1), relay(2, priority=99, host="127.0.0.1")]
    assert chosen(relays, domain="clinic.test") == [2]


def test_large_mail_passes_over_relays_that_take_only_small_ones() -> None:
    relays = [relay(1, max_size=1000), relay(2, priority=99)]
    assert (chosen(relays, size=1001), chosen(relays, size=1000), chosen(relays)) == ([2], [1], [1])
    assert chosen([relay(1, max_size=1000)], size=1001) == []


def test_weight_zero_serves_only_when_its_equals_cannot() -> None:
    relays = [relay(1, weight=100), relay(2, weight=0)]
    assert (chosen(relays), chosen(relays[1:])) == ([1], [2])


def test_equals_share_by_weight() -> None:
    relays = [relay(1, weight=300), relay(2, weight=100)]
    loads = {1: 0.0, 2: 0.0}
    for _ in range(400):
        loads[lightest(relays, loads).id] += 1
    assert loads == {1: 300, 2: 100}


def test_circuit_stays_open_twice_as_long_after_each_failed_probe_up_to_a_quarter_of_an_hour() -> None:
    seconds = [Backoff().seconds("connect", failures) for failures in range(1, 9)]
    assert seconds == [30, 60, 120, 240, 480, 900, 900, 900]
    assert Backoff().seconds("connect", 10_000) == 900


def test_reached_sending_limit_waits_long_from_the_start() -> None:
    assert Backoff().seconds(Trouble.limit, 1) == 900


def test_three_failed_connections_in_a_row_are_too_many() -> None:
    watch = Watch()
    assert [watch.connect_failed() for _ in range(3)] == [None, None, Trouble.connect]


def test_connection_that_works_starts_the_count_anew() -> None:
    watch = Watch()
    for _ in range(20):
        assert watch.connect_failed() is None
        assert watch.connect_failed() is None
        watch.connected()


def test_relay_that_always_goes_silent_after_the_last_byte_is_left_alone_at_the_third() -> None:
    watch = Watch()
    assert [watch.answered(doubt=True) for _ in range(3)] == [None, None, Trouble.doubt]


def test_one_percent_in_doubt_is_borne_and_more_is_not() -> None:
    watch = Watch()
    told = [watch.answered(doubt=number % 100 == 99) for number in range(10_000)]
    assert set(told) == {None}
    watch = Watch()
    told = [watch.answered(doubt=number % 50 == 49) for number in range(10_000)]
    assert Trouble.doubt in told


def test_old_doubts_are_forgotten() -> None:
    watch = Watch(window=100)
    for _ in range(2):
        watch.answered(doubt=True)
    for _ in range(100):
        watch.answered(doubt=False)
    assert [watch.answered(doubt=True) for _ in range(2)] == [None, None]


def test_closed_circuit_begins_with_a_clean_slate() -> None:
    watch = Watch()
    for _ in range(2):
        watch.answered(doubt=True)
        watch.connect_failed()
    watch.reset()
    assert watch.answered(doubt=True) is None
    assert watch.connect_failed() is None


@pytest.mark.parametrize(
    ("total", "wants", "parts"),
    [
        (10, {"a": None}, {"a": 10}),
        (10, {"a": None, "b": None}, {"a": 5, "b": 5}),
        (10, {"a": 1, "b": None}, {"a": 1, "b": 9}),
        (10, {"a": 0, "b": None}, {"a": 0, "b": 10}),
        (10, {"a": 2, "b": 3}, {"a": 2, "b": 3}),
        (10, {"a": 100, "b": 4, "c": 100}, {"a": 3, "b": 3, "c": 4}),
        (0, {"a": None}, {"a": 0}),
        (5, {}, {}),
    ],
)
def test_limit_is_divided_by_need(total: int, wants: dict[str, int | None], parts: dict[str, int]) -> None:
    assert divide(total, wants) == parts


def test_everybody_gets_a_turn_when_there_is_too_little_for_all() -> None:
    wants: dict[str, int | None] = dict.fromkeys("abcde", 5)
    served = [divide(2, wants, turn) for turn in range(5)]
    assert all(sum(parts.values()) == 2 for parts in served)
    assert {name for parts in served for name, part in parts.items() if part} == set("abcde")


@given(
    total=st.integers(0, 50),
    wants=st.dictionaries(st.text("abcdef", min_size=1, max_size=2), st.none() | st.integers(0, 60)),
    turn=st.integers(0, 10**9),
)
def test_division_never_exceeds_the_limit_or_a_want_and_leaves_nothing_needed(
    total: int, wants: dict[str, int | None], turn: int
) -> None:
    parts = divide(total, wants, turn)
    assert parts.keys() == wants.keys()
    assert sum(parts.values()) <= total
    needs = {name: total if want is None else min(want, total) for name, want in wants.items()}
    assert all(0 <= parts[name] <= needs[name] for name in parts)
    short = [name for name in parts if parts[name] < needs[name]]
    if short and total >= len([name for name in wants if needs[name]]):
        assert sum(parts.values()) == total
        assert max(parts.values()) - min(parts[name] for name in short) <= 1
