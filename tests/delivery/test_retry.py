from hypothesis import given
from hypothesis import strategies as st

from bocau.base.config import STREAMS
from bocau.delivery.retry import delay

BULK = STREAMS["bulk"]


def test_waits_grow_along_the_ladder_and_its_last_step_repeats() -> None:
    calm = BULK.model_copy(update={"jitter": 0.0})
    assert [delay(calm, tries, 1) / 60_000 for tries in range(1, 9)] == [5, 15, 30, 60, 120, 240, 240, 240]


@given(st.integers(1, 50), st.integers(1, 2**40))
def test_jitter_stays_within_its_bounds_and_repeats_for_one_mail(tries: int, seed: int) -> None:
    step = BULK.ladder[min(tries, len(BULK.ladder)) - 1] * 1000
    waits = delay(BULK, tries, seed)
    assert 0.8 * step - 1 <= waits <= 1.2 * step + 1
    assert waits == delay(BULK, tries, seed)


def test_a_wait_named_by_the_server_is_honoured() -> None:
    assert delay(BULK, 1, 7, named=3600.0) == 3_600_000
