"""What a request comes to: a change says only what is to be otherwise, and an empty value is a value."""

import pytest
import sqlalchemy as sa

from bocau.audience import lists
from bocau.audience.lists import MailingList
from bocau.audience.requests import ListChange, ListCreation
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
