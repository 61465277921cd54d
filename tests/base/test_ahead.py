import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import BinaryIO

import pytest

from bocau.base.ahead import AheadGoneError, ahead
from bocau.base.words import Phrase
from bocau.sheets.errors import RowTooLargeError

LARGE = b"x" * (8 << 20)
"""More than any pipe holds."""


def test_items_come_in_order() -> None:
    with ahead(iter(range(50))) as coming:
        assert list(coming) == list(range(50))


def test_only_so_many_are_made_before_they_are_asked_for() -> None:
    out, into = os.pipe()

    def source() -> Iterator[tuple[int, bytes]]:
        for number in range(10):
            os.write(into, b"%d" % number)
            yield number, LARGE

    with ahead(source(), 2) as coming, os.fdopen(out, "rb", buffering=0) as made:
        os.close(into)
        assert next(coming)[0] == 0
        seen = _read(made, 5)  # one taken, one on its way, two in the line, one in the hand
        assert seen == b"01234"
        os.set_blocking(made.fileno(), False)
        assert made.read(1) is None
        assert [number for number, _ in coming] == list(range(1, 10))


def _read(file: BinaryIO, count: int) -> bytes:
    seen = b""
    while len(seen) < count:
        seen += file.read(1)
    return seen


def test_error_stands_where_its_item_would_have_been() -> None:
    def source() -> Iterator[int]:
        yield 1
        raise ValueError("x")

    with ahead(source()) as coming:
        assert next(coming) == 1
        with pytest.raises(ValueError, match="x"):
            next(coming)


def test_error_for_people_comes_with_all_it_says() -> None:
    def source() -> Iterator[int]:
        yield from ()
        raise RowTooLargeError(path="a.csv", row=7)

    with ahead(source()) as coming, pytest.raises(RowTooLargeError) as told:
        next(coming)
    assert str(told.value) == str(RowTooLargeError(path="a.csv", row=7))


def test_error_that_cannot_be_sent_is_told() -> None:
    def source() -> Iterator[object]:
        yield Phrase("{a}", a=1)
        yield lambda: 1

    with ahead(source()) as coming:
        assert str(next(coming)) == "1"
        with pytest.raises(Exception, match="lambda"):
            next(coming)


def test_process_is_gone_when_nobody_wants_more() -> None:
    with pytest.raises(KeyboardInterrupt), ahead(_numbers_of_self()) as coming:
        child = next(coming)
        raise KeyboardInterrupt
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_process_that_somebody_ends_is_missed() -> None:
    with ahead(_numbers_of_self()) as coming:
        os.kill(next(coming), signal.SIGKILL)
        with pytest.raises(AheadGoneError):
            list(coming)


def _numbers_of_self() -> Iterator[int]:
    while True:
        yield os.getpid()


KILLED = """
import os, sys, time
from bocau.base.ahead import ahead
def source():
    yield os.getpid()
    if sys.argv[1] == "idle":
        time.sleep(600)
    while True:
        yield 1
with ahead(source()) as coming:
    next(coming)
    os.kill(os.getpid(), 9)
"""


@pytest.mark.parametrize("state", ["idle", "busy"])
def test_process_ends_when_its_parent_is_killed(state: str) -> None:
    """Its standard output closes with it: until then, reading it waits."""
    done = subprocess.run([sys.executable, "-c", KILLED, state], check=False, stdout=subprocess.PIPE, timeout=60)
    assert done.returncode == -signal.SIGKILL
