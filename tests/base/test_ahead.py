import threading
from collections.abc import Iterator

import pytest

from bocau.base.ahead import ahead


def test_items_come_in_order() -> None:
    with ahead(iter(range(50))) as coming:
        assert list(coming) == list(range(50))


def test_only_so_many_are_made_before_they_are_asked_for() -> None:
    made: list[int] = []
    third = threading.Event()

    def source() -> Iterator[int]:
        for number in range(10):
            made.append(number)
            if number == 3:
                third.set()
            yield number

    with ahead(source(), 2) as coming:
        assert next(coming) == 0
        assert third.wait(30)  # one taken, two in the line, one in the hand
        assert made == [0, 1, 2, 3]
        assert list(coming) == list(range(1, 10))


def test_error_stands_where_its_item_would_have_been() -> None:
    def source() -> Iterator[int]:
        yield 1
        raise ValueError("x")

    with ahead(source()) as coming:
        assert next(coming) == 1
        with pytest.raises(ValueError, match="x"):
            next(coming)


def test_thread_is_gone_when_nobody_wants_more() -> None:
    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt), ahead(iter(range(1_000_000))) as coming:
        next(coming)
        raise KeyboardInterrupt
    assert threading.active_count() == before
