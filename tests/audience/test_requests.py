"""What a request comes to: a change says only what is to be otherwise, and an empty value is a value."""

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from bocau.audience import Consent, How, Kind, Status, attributes, contacts, lists, segments
from bocau.audience.lists import MailingList
from bocau.audience.requests import (
    AttributeChange,
    AttributeCreation,
    ContactChange,
    ContactCreation,
    ListChange,
    ListCreation,
    SegmentChange,
    SegmentCreation,
)
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


AN = ContactCreation(
    address="An@X.test",
    name=" Nguyễn  An ",
    language="VI",
    zone="Asia/Tokyo",
    values={"city": "Huế", "words": ["a"]},
    consented=Consent(How.form, "quầy"),
)
TOLD = {"name": "Nguyễn An", "language": "vi", "zone": "Asia/Tokyo", "status": "active"}
VALUES = {"city": "Huế", "words": ["a"]}
ADDED = ("created", "form", "quầy")


def a_contact(engine: sa.Engine, creation: ContactCreation, *changes: ContactChange) -> dict[str, Any]:
    """The contact that was made and then changed by its first address."""
    with transaction(engine) as connection:
        attributes.define(connection, AttributeCreation(name="city", kind=Kind.text), NOW)
        attributes.define(connection, AttributeCreation(name="words", kind=Kind.list), NOW)
        contact_id = contacts.add(connection, creation, NOW)
        for one in changes:
            assert contacts.change(connection, creation.address, one, NOW + 1) == contact_id
        recipient = contacts.recipient_of(connection, contact_id)
        assert recipient is not None
        return contacts.show(connection, recipient)


@pytest.mark.parametrize(
    ("change", "told", "values", "line"),
    [
        (ContactChange(), {}, {}, None),
        (ContactChange(name="", language="", zone=""), {"name": "", "language": "", "zone": ""}, {}, None),
        (ContactChange(values={"city": ""}), {}, {"city": None}, None),
        (ContactChange(values={"words": None}), {}, {"words": None}, None),
        (ContactChange(status=Status.active), {}, {}, None),
        (ContactChange(status=Status.inactive), {"status": "inactive"}, {}, ("inactivated", "command", "")),
        (
            ContactChange(status=Status.bounced, consented=Consent(How.api, "x")),
            {"status": "bounced"},
            {},
            ("bounced", "api", "x"),
        ),
        (ContactChange(address="Binh@X.test", name="Bình"), {"name": "Bình"}, {}, ("moved", "command", "an@x.test")),
    ],
)
def test_a_contact_is_changed_in_what_is_given(
    engine: sa.Engine,
    change: ContactChange,
    told: dict[str, str],
    values: dict[str, None],
    line: tuple[str, str, str] | None,
) -> None:
    found = a_contact(engine, AN, change)
    assert {name: found[name] for name in TOLD} == TOLD | told
    assert found["attributes"] == VALUES | values
    assert [(one["what"], one["how"], one["source"]) for one in found["history"]] == [ADDED, *([line] if line else [])]
    assert found["address"] == ("binh@x.test" if line and line[0] == "moved" else "an@x.test")
    assert found["updated_at"] == (NOW if change == ContactChange() else NOW + 1)


def test_a_contact_that_says_only_its_address_is_as_the_product_has_contacts(engine: sa.Engine) -> None:
    found = a_contact(engine, ContactCreation(address="an@x.test"))
    assert {name: found[name] for name in TOLD} == {"name": "", "language": "", "zone": "", "status": "active"}
    assert [(one["what"], one["how"], one["source"]) for one in found["history"]] == [("created", "command", "")]


def test_a_change_that_is_wrong_moves_nobody(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        contacts.add(connection, ContactCreation(address="an@x.test"), NOW)
        contacts.add(connection, ContactCreation(address="binh@x.test"), NOW)
        for change, wrong in (
            (ContactChange(address="chi@x.test", zone="Huế"), contacts.ZoneWrongError),
            (ContactChange(address="binh@x.test", name="An"), contacts.ContactTakenError),
        ):
            with pytest.raises(wrong):
                contacts.change(connection, "an@x.test", change, NOW + 1)
        found = contacts.show(connection, "an@x.test")
    assert (found["name"], found["updated_at"], len(found["history"])) == ("", NOW, 1)


TIER = AttributeCreation(name="tier", kind=Kind.choice, label=" Hạng ", choices=[" vàng ", "bạc", "vàng"])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (AttributeChange(), {}),
        (AttributeChange(name="rank"), {"name": "rank"}),
        (AttributeChange(name="tier", label=""), {"label": "tier"}),
        (AttributeChange(name="rank", label=" "), {"name": "rank", "label": "rank"}),
        (AttributeChange(choices=["bạc"]), {"choices": ("bạc",)}),
    ],
)
def test_an_attribute_is_changed_in_what_is_given(
    engine: sa.Engine, change: AttributeChange, told: dict[str, Any]
) -> None:
    with transaction(engine) as connection:
        made = attributes.define(connection, TIER, NOW)
        assert (made.name, made.label, made.kind, made.choices) == ("tier", "Hạng", Kind.choice, ("vàng", "bạc"))
        assert attributes.change(connection, "tier", change) == made._replace(**told)
        assert attributes.every(connection) == [made._replace(**told)]
