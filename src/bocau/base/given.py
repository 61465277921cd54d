"""What a change gives and what it leaves alone: a value that was not given is something else than an empty one.

A request to change something has a field ``Given[X] = NOT_GIVEN`` for each thing that may be changed. Its reader asks
``is NOT_GIVEN``, or takes ``over(new, old)``.
"""

from enum import Enum
from typing import Final, NoReturn, TypeAlias, TypeVar

T = TypeVar("T")


class NotGiven(Enum):
    """The type of ``NOT_GIVEN``. It is neither true nor false, so that ``if value`` cannot take it for empty."""

    nothing = "not given"

    def __bool__(self) -> NoReturn:
        raise TypeError("ask whether it is NOT_GIVEN; what was not given is neither true nor false")

    def __repr__(self) -> str:
        return "NOT_GIVEN"


NOT_GIVEN: Final = NotGiven.nothing
"""Stands where nothing was given; there is one in a process, also after copying and pickling."""
Given: TypeAlias = T | NotGiven
"""``Given[str]``: a text, or nothing given."""


def over(new: Given[T], old: T) -> T:
    """What holds after a change: the new value where one was given, also an empty one; else the old one."""
    return old if new is NOT_GIVEN else new


def unless_none(value: T | None) -> Given[T]:
    """What a parser found, whose word for nothing given is None."""
    return NOT_GIVEN if value is None else value
