"""What a request comes to: a change says only what is to be otherwise, and an empty value is a value."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from bocau.audience import lists, segments
from bocau.audience.lists import MailingList
from bocau.audience.requests import ListChange, ListCreation, SegmentChange, SegmentCreation
from bocau.audience.segments import Segment, SegmentWrongError
from bocau.base.db import transaction
from tests.audience.people import NOW

FULL = ListCreation(name=" Tin ", label=" Bản tin ", about=" Hằng tuần ", opt_in="single", hidden=True)


def a_list(engine: sa.Engine, creation: ListCreation, *changes: ListChange) -> MailingList:
    """The list that was made and then changed; its id is 0."""
    with transaction(engine) as connection:
        list_id = lists.create(connection, creation, NOW)
        for one in changes:
            lists.change(connection, list_id, one)
        found = lists.with_id(connection, list_id)
    assert found is not None
    return found._replace(id=0)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (ListChange(), {}),
        (ListChange(name=" Khác "), {"name": "Khác"}),
        (ListChange(label="", about=""), {"label": "", "told": ""}),
        (ListChange(label="x" * 201), {"label": "x" * 200}),
        (ListChange(opt_in="double"), {"opt_in": "double"}),
        (ListChange(hidden=False), {"hidden": False}),
    ],
)
def test_a_list_is_changed_in_what_is_given(engine: sa.Engine, change: ListChange, told: dict[str, object]) -> None:
    made = MailingList(0, "Tin", "Bản tin", "Hằng tuần", "single", True, NOW)
    assert a_list(engine, FULL, change) == made._replace(**told)  # type: ignore[arg-type]


def test_a_list_that_says_only_its_name_is_as_the_product_has_lists(engine: sa.Engine) -> None:
    assert a_list(engine, ListCreation(name="Tin")) == MailingList(0, "Tin", "", "", "double", False, NOW)


def test_a_list_is_not_called_what_it_cannot_be(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        lists.create(connection, FULL, NOW)
        list_id = lists.create(connection, ListCreation(name="Khác"), NOW)
        for name in ("", "12", "x" * 101, "a\nb"):
            with pytest.raises(lists.ListNameWrongError):
                lists.change(connection, list_id, ListChange(name=name))
        with pytest.raises(lists.ListTakenError):
            lists.change(connection, list_id, ListChange(name="Tin"))
        with pytest.raises(lists.ListUnknownError):
            lists.change(connection, list_id + 1, ListChange(label="x"))


RULE = SegmentCreation(name=" Khách ", rule=' name = "An" ')


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (SegmentChange(), {}),
        (SegmentChange(name=" Quý "), {"name": "Quý"}),
        (SegmentChange(rule=' name = "B" '), {"rule": 'name = "B"', "updated_at": NOW + 1}),
        (SegmentChange(name="Quý", rule="vip"), None),
        (SegmentChange(name="", rule='name = "B"'), None),
    ],
)
def test_a_segment_is_changed_in_what_is_given(
    engine: sa.Engine, change: SegmentChange, told: dict[str, object] | None
) -> None:
    with transaction(engine) as connection:
        made = segments.save(connection, RULE, NOW)
        assert made == Segment(made.id, "Khách", 'name = "An"', NOW, NOW)
        if told is None:
            with pytest.raises((SegmentWrongError, segments.SegmentNameWrongError)):
                segments.change(connection, "Khách", change, NOW + 1)
            told = {}
        else:
            assert segments.change(connection, "Khách", change, NOW + 1) == made._replace(**told)  # type: ignore[arg-type]
        assert segments.every(connection) == [made._replace(**told)]  # type: ignore[arg-type]


def test_a_rule_is_replaced_when_that_is_asked_for(engine: sa.Engine) -> None:
    other = SegmentCreation(name="Khách", rule='name = "B"')
    with transaction(engine) as connection:
        made = segments.save(connection, RULE, NOW)
        with pytest.raises(segments.SegmentTakenError):
            segments.save(connection, other, NOW + 1)
        changed = segments.save(connection, replace(other, replace=True), NOW + 1)
        assert changed == made._replace(rule='name = "B"', updated_at=NOW + 1)
        assert segments.save(connection, replace(other, name="Mới", replace=True), NOW + 2).created_at == NOW + 2
        with pytest.raises(segments.SegmentTakenError):
            segments.change(connection, "Mới", SegmentChange(name="Khách"), NOW + 3)
