import pytest
import sqlalchemy as sa

from bocau.audience import Kind, attributes
from bocau.audience.attributes import (
    AttributeChoicesWrongError,
    AttributeChoiceUsedError,
    AttributeNameWrongError,
    AttributeTakenError,
    AttributeUnknownError,
    SlotsFullError,
    define,
    every,
    find,
)
from bocau.audience.contacts import Details, add, change, show
from bocau.base.db import reading, transaction
from tests.audience.people import NOW


def test_attributes_get_slots_of_their_kind_and_are_found_by_name_or_label(engine: sa.Engine) -> None:
    with transaction(engine) as session:
        define(session, "thanh_pho", Kind.text, NOW, label="Thành phố")
        define(session, "amount", Kind.number, NOW)
        define(session, "vip", Kind.boolean, NOW)
        define(session, "birthday", Kind.date, NOW)
        define(session, "gender", Kind.choice, NOW, choices=["nam", "nữ"])
    with reading(engine) as session:
        slots = {one.name: one.slot for one in every(session)}
        assert slots == {"amount": "n01", "birthday": "d01", "gender": "t02", "thanh_pho": "t01", "vip": "n02"}
        for named in ("thanh_pho", "Thành phố", " THÀNH PHỐ ", "Tha\u0300nh pho\u0302\u0301"):
            assert find(session, named).name == "thanh_pho"
        with pytest.raises(AttributeUnknownError) as caught:
            find(session, "thanhpho")
        assert caught.value.fields["close"] == ["thanh_pho"]


def test_the_same_attribute_again_is_no_harm_and_a_different_one_is_refused(engine: sa.Engine) -> None:
    with transaction(engine) as session:
        first = define(session, "city", Kind.text, NOW)
        assert define(session, "city", Kind.text, NOW) == first
        with pytest.raises(AttributeTakenError):
            define(session, "city", Kind.number, NOW)


@pytest.mark.parametrize("name", ["", "Họ", "1a", "a b", "address", "and", "a" * 64, "a;drop", "id"])
def test_names_that_mean_something_else_are_refused(engine: sa.Engine, name: str) -> None:
    with transaction(engine) as session, pytest.raises(AttributeNameWrongError):
        define(session, name, Kind.text, NOW)


def test_slots_run_out_with_a_clear_word_and_come_free_again(engine: sa.Engine) -> None:
    with transaction(engine) as session:
        for number in range(8):
            define(session, f"day_{number}", Kind.date, NOW)
        with pytest.raises(SlotsFullError, match="all 8 places"):
            define(session, "day_8", Kind.date, NOW)
        add(session, "an@mail.test", Details(values={"day_3": "2026-01-01"}), NOW)
        assert attributes.remove(session, "day_3") == 1
        assert define(session, "day_8", Kind.date, NOW).slot == "d04"
        assert show(session, "an@mail.test")["attributes"]["day_8"] is None


def test_two_sessions_get_different_slots(engine: sa.Engine) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    with transaction(engine) as one:
        define(one, "a", Kind.text, NOW)
        with reading(engine) as other:
            assert every(other) == []
    with transaction(engine) as other:
        assert define(other, "b", Kind.text, NOW).slot == "t02"


def test_an_attribute_is_renamed_and_its_values_stay(engine: sa.Engine) -> None:
    with transaction(engine) as session:
        define(session, "city", Kind.text, NOW)
        define(session, "town", Kind.text, NOW)
        add(session, "an@mail.test", Details(values={"city": "Huế"}), NOW)
        with pytest.raises(AttributeTakenError):
            attributes.rename(session, "city", "town")
        with pytest.raises(AttributeUnknownError):
            attributes.rename(session, "place", "spot")
        attributes.rename(session, "city", "place")
        assert show(session, "an@mail.test")["attributes"] == {"place": "Huế", "town": None}
        assert attributes.change(session, "place", label="Nơi ở").label == "Nơi ở"


def test_a_choice_that_somebody_has_is_kept(engine: sa.Engine) -> None:
    with transaction(engine) as session:
        define(session, "size", Kind.choice, NOW, choices=["S", "M"])
        add(session, "an@mail.test", Details(values={"size": "m"}), NOW)
        with pytest.raises(AttributeChoiceUsedError, match="“M”"):
            attributes.change(session, "size", choices=["S", "L"])
        attributes.change(session, "size", choices=["M", "L"])
        change(session, "an@mail.test", Details(values={"size": "l"}), NOW)
        assert show(session, "an@mail.test")["attributes"]["size"] == "L"


@pytest.mark.parametrize(
    ("kind", "choices"), [("choice", []), ("choice", [" "]), ("text", ["a"]), ("choice", ["x" * 201])]
)
def test_choices_belong_to_choices_alone(engine: sa.Engine, kind: str, choices: list[str]) -> None:
    with transaction(engine) as session, pytest.raises(AttributeChoicesWrongError):
        define(session, "a", Kind(kind), NOW, choices=choices)
