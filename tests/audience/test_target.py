import pytest
import sqlalchemy as sa

from bocau.audience import (
    Kind,
    Status,
    Target,
    TargetWrongError,
    attributes,
    count_target,
    lists,
    slice_target,
    tags,
    zones,
)
from bocau.audience import person as one_person
from bocau.audience.contacts import add, change
from bocau.audience.requests import AttributeCreation, ContactChange, ContactCreation, ListCreation
from bocau.audience.subscriptions import put_on, unsubscribe
from bocau.base.db import Connection, transaction
from tests.audience.people import FORM, LINK, NOW, people


def names(connection: Connection, target: Target, **asked: str) -> str:
    return "".join(one.recipient[0] for one in slice_target(connection, target, 0, 100, now=NOW, **asked))  # type: ignore[arg-type]


@pytest.fixture
def filled(engine: sa.Engine) -> list[int]:
    """a to f; list one: a b c, list two: c d; tag x: a d e; f is switched off. The lists' ids."""
    with transaction(engine) as connection:
        numbers = people(connection, *(f"{letter}@mail.test" for letter in "abcdef"))
        made = [lists.create(connection, ListCreation(name=name), NOW) for name in ("one", "two")]
        put_on(connection, made[0], [f"{letter}@mail.test" for letter in "abcf"], FORM, NOW)
        put_on(connection, made[1], [f"{letter}@mail.test" for letter in "cd"], FORM, NOW)
        tags.put(connection, "x", [numbers[0], numbers[3], numbers[4]], NOW)
        change(connection, "f@mail.test", ContactChange(status=Status.inactive), NOW)
    return made


def test_a_target_is_the_sum_of_what_is_named_less_what_is_left_out(engine: sa.Engine, filled: list[int]) -> None:
    one, two = filled
    with transaction(engine) as connection:
        assert names(connection, Target(lists=(one,))) == "abc"
        assert names(connection, Target(lists=(one, two))) == "abcd"
        assert names(connection, Target(lists=(two,), tags=("x",))) == "acde"
        assert names(connection, Target(everyone=True)) == "abcde"
        assert names(connection, Target(everyone=True, not_lists=(one,))) == "de"
        assert names(connection, Target(lists=(one,), not_tags=("x",))) == "bc"
        assert names(connection, Target(everyone=True, not_lists=(one,), not_tags=("x",))) == ""
        assert count_target(connection, Target(lists=(one,)), None, NOW) == (4, 3, {"inactive": 1})


def test_who_left_one_list_of_two_is_still_meant_by_the_other(engine: sa.Engine, filled: list[int]) -> None:
    one, two = filled
    with transaction(engine) as connection:
        unsubscribe(connection, "c@mail.test", [one], LINK, NOW)
        assert names(connection, Target(lists=(one, two))) == "abcd"
        assert count_target(connection, Target(lists=(one, two)), None, NOW).mailable == 4


def test_nobody_named_is_no_target(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        for target in (Target(), Target(not_lists=(1,))):
            with pytest.raises(TargetWrongError):
                count_target(connection, target, None, NOW)
        with pytest.raises(lists.ListUnknownError):
            names(connection, Target(lists=(999,)))
        with pytest.raises(tags.TagUnknownError):
            names(connection, Target(tags=("x' OR '1'='1",)))


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_slices_follow_each_other_without_gap_and_repeat(engine: sa.Engine, limit: int) -> None:
    with transaction(engine) as connection:
        numbers = people(connection, *(f"p{n:03}@mail.test" for n in range(60)))
        tags.put(connection, "few", [numbers[0], numbers[31], numbers[58]], NOW)
        for target, expected in (
            (Target(everyone=True), numbers),
            (Target(tags=("few",)), [numbers[0], numbers[31], numbers[58]]),
        ):
            found: list[int] = []
            while page := slice_target(connection, target, found[-1] if found else 0, limit, now=NOW):
                found += [one.id for one in page]
            assert found == expected


def test_zones_are_counted_and_taken_one_by_one(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        add(connection, ContactCreation(address="a@mail.test", zone="Asia/Tokyo"), NOW)
        add(connection, ContactCreation(address="b@mail.test"), NOW)
        add(connection, ContactCreation(address="c@mail.test", zone="Asia/Tokyo"), NOW)
        add(connection, ContactCreation(address="d@mail.test", zone="Asia/Tokyo", status=Status.inactive), NOW)
        assert zones(connection, Target(everyone=True), None) == {"Asia/Tokyo": 2, "": 1}
        assert names(connection, Target(everyone=True), zone="Asia/Tokyo") == "ac"
        assert names(connection, Target(everyone=True), zone="") == "b"


def test_a_person_comes_with_every_attribute(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        attributes.define(connection, AttributeCreation(name="amount", kind=Kind.number), NOW)
        attributes.define(connection, AttributeCreation(name="vip", kind=Kind.boolean), NOW)
        attributes.define(connection, AttributeCreation(name="words", kind=Kind.list), NOW)
        add(
            connection,
            ContactCreation(
                address="a@mail.test", name="An", language="vi", values={"amount": 6233000, "words": ["á", "b"]}
            ),
            NOW,
        )
        (found,) = slice_target(connection, Target(everyone=True), 0, 10)
        assert found[1:] == (
            "a@mail.test",
            "a@mail.test",
            "An",
            "vi",
            "",
            '{"amount":6233000,"vip":null,"words":["á","b"]}',
        )
        assert one_person(connection, "a@mail.test") == found
        assert one_person(connection, "b@mail.test") is None


@pytest.mark.parametrize(
    "target", [Target(), Target(everyone=True), Target((1, 2), ('Khách "VIP"',), ("mới",), False, (3,), ("b",), ("c",))]
)
def test_a_target_comes_back_from_its_json(target: Target) -> None:
    assert Target.from_json(target.to_json()) == target


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"list": [1]}', '{"lists": ["1"]}', '{"everyone": 1}', '{"tags": "a"}']
)
def test_what_is_no_target_is_refused(text: str) -> None:
    with pytest.raises(TargetWrongError):
        Target.from_json(text)
