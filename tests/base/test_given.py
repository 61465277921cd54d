"""Not given is not empty."""

import copy
import pickle
from dataclasses import dataclass, replace

import pytest

from bocau.base.given import NOT_GIVEN, Given, NotGiven, over, unless_none


@dataclass(frozen=True, slots=True)
class Change:
    name: Given[str] = NOT_GIVEN
    limit: Given[int | None] = NOT_GIVEN


def merged(change: Change, name: str, limit: int | None) -> tuple[str, int | None]:
    return over(change.name, name), over(change.limit, limit)


@pytest.mark.parametrize(
    ("change", "result"),
    [
        (Change(), ("old", 5)),
        (Change(name=""), ("", 5)),
        (Change(limit=None), ("old", None)),
        (Change("new", 0), ("new", 0)),
    ],
)
def test_what_is_given_holds_even_when_it_is_empty(change: Change, result: tuple[str, int | None]) -> None:
    assert merged(change, "old", 5) == result


def test_a_parser_says_nothing_given_with_none() -> None:
    assert (unless_none(None), unless_none(""), unless_none(False)) == (NOT_GIVEN, "", False)


def test_what_was_not_given_is_neither_true_nor_false() -> None:
    with pytest.raises(TypeError, match="NOT_GIVEN"):
        bool(NOT_GIVEN)
    assert repr(Change()) == "Change(name=NOT_GIVEN, limit=NOT_GIVEN)"


def test_there_is_one_of_it() -> None:
    for other in (copy.deepcopy(NOT_GIVEN), pickle.loads(pickle.dumps(NOT_GIVEN)), replace(Change()).name):
        assert other is NOT_GIVEN
    assert list(NotGiven) == [NOT_GIVEN]
    assert Change() == Change()
    assert Change() != Change(limit=None)


def test_narrows_to_the_type_that_was_given() -> None:
    change = Change("Tháng ba")
    assert change.name is not NOT_GIVEN
    assert change.name.upper() == "THÁNG BA"
