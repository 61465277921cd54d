import pytest
import sqlalchemy as sa

from bocau.audience import Kind, attributes
from bocau.audience.attributes import (
    AttributeChoicesWrongError,
    AttributeChoiceUsedError,
    AttributeNameWrongError,
    AttributeTakenError,
    AttributeUnknownError,
    define,
    every,
    find,
)
from bocau.audience.contacts import add, change, show
from bocau.audience.requests import AttributeChange, AttributeCreation, ContactChange, ContactCreation
from bocau.base.db import reading, transaction
from tests.audience.people import NOW


def test_attributes_get_slots_of_their_kind_and_are_found_by_name_or_label(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        define(connection, AttributeCreation(name="thanh_pho", kind=Kind.text, label="Thành phố"), NOW)
        define(connection, AttributeCreation(name="amount", kind=Kind.number), NOW)
        define(connection, AttributeCreation(name="vip", kind=Kind.boolean), NOW)
        define(connection, AttributeCreation(name="birthday", kind=Kind.date), NOW)
        define(connection, AttributeCreation(name="gender", kind=Kind.choice, choices=["nam", "nữ"]), NOW)
    with reading(engine) as connection:
        slots = {one.name: one.slot for one in every(connection)}
        assert slots == {"amount": "n01", "birthday": "d01", "gender": "t02", "thanh_pho": "t01", "vip": "n02"}
        for named in ("thanh_pho", "Thành phố", " THÀNH PHỐ ", "Tha\u0300nh pho\u0302\u0301"):
            assert find(connection, named).name == "thanh_pho"
        with pytest.raises(AttributeUnknownError) as caught:
            find(connection, "thanhpho")
        assert caught.value.fields["close"] == ["thanh_pho"]


def test_the_same_attribute_again_is_no_harm_and_a_different_one_is_refused(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        first = define(connection, AttributeCreation(name="city", kind=Kind.text), NOW)
        assert define(connection, AttributeCreation(name="city", kind=Kind.text), NOW) == first
        with pytest.raises(AttributeTakenError):
            define(connection, AttributeCreation(name="city", kind=Kind.number), NOW)


@pytest.mark.parametrize("name", ["", "Họ", "1a", "a b", "address", "and", "a" * 64, "a;drop", "id"])
def test_names_that_mean_something_else_are_refused(engine: sa.Engine, name: str) -> None:
    with transaction(engine) as connection, pytest.raises(AttributeNameWrongError):
        define(connection, AttributeCreation(name=name, kind=Kind.text), NOW)


def test_slots_come_free_again(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        for number in range(8):
            define(connection, AttributeCreation(name=f"day_{number}", kind=Kind.date), NOW)
        add(connection, ContactCreation(address="an@mail.test", values={"day_3": "2026-01-01"}), NOW)
        assert attributes.remove(connection, "day_3") == 1
        assert define(connection, AttributeCreation(name="day_8", kind=Kind.date), NOW).slot == "d04"
        assert show(connection, "an@mail.test")["attributes"]["day_8"] is None


def test_two_sessions_get_different_slots(engine: sa.Engine) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    with transaction(engine) as one:
        define(one, AttributeCreation(name="a", kind=Kind.text), NOW)
        with reading(engine) as other:
            assert every(other) == []
    with transaction(engine) as other:
        assert define(other, AttributeCreation(name="b", kind=Kind.text), NOW).slot == "t02"


def test_an_attribute_is_renamed_and_its_values_stay(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        define(connection, AttributeCreation(name="city", kind=Kind.text), NOW)
        define(connection, AttributeCreation(name="town", kind=Kind.text), NOW)
        add(connection, ContactCreation(address="an@mail.test", values={"city": "Huế"}), NOW)
        with pytest.raises(AttributeTakenError):
            attributes.change(connection, "city", AttributeChange(name="town"))
        with pytest.raises(AttributeUnknownError):
            attributes.change(connection, "place", AttributeChange(name="spot"))
        attributes.change(connection, "city", AttributeChange(name="place"))
        assert show(connection, "an@mail.test")["attributes"] == {"place": "Huế", "town": None}
        assert attributes.change(connection, "place", AttributeChange(label="Nơi ở")).label == "Nơi ở"


def test_a_choice_that_somebody_has_is_kept(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        define(connection, AttributeCreation(name="size", kind=Kind.choice, choices=["S", "M"]), NOW)
        add(connection, ContactCreation(address="an@mail.test", values={"size": "m"}), NOW)
        with pytest.raises(AttributeChoiceUsedError, match="“M”"):
            attributes.change(connection, "size", AttributeChange(choices=["S", "L"]))
        attributes.change(connection, "size", AttributeChange(choices=["M", "L"]))
        change(connection, "an@mail.test", ContactChange(values={"size": "l"}), NOW)
        assert show(connection, "an@mail.test")["attributes"]["size"] == "L"


@pytest.mark.parametrize(
    ("kind", "choices"), [("choice", []), ("choice", [" "]), ("text", ["a"]), ("choice", ["x" * 201])]
)
def test_choices_belong_to_choices_alone(engine: sa.Engine, kind: str, choices: list[str]) -> None:
    with transaction(engine) as connection, pytest.raises(AttributeChoicesWrongError):
        define(connection, AttributeCreation(name="a", kind=Kind(kind), choices=choices), NOW)
