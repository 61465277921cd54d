"""Many ids are asked for some hundreds at a time: there is an end to what a statement can hold."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def slices(ids: Sequence[T], size: int = 500) -> Iterator[Sequence[T]]:
    """The ids in their order, at most ``size`` at a time."""
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
