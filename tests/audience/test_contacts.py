import json

import pytest
import sqlalchemy as sa

from bocau.audience import Kind, Status, attributes, lists, person, subscriptions, tags
from bocau.audience.contacts import (
    ContactTakenError,
    ContactUnknownError,
    LanguageWrongError,
    Wanted,
    ZoneWrongError,
    add,
    change,
    move,
    page,
    rows,
    show,
)
from bocau.audience.requests import AttributeCreation, ContactChange, ContactCreation, ListCreation
from bocau.base.db import reading, transaction
from bocau.wire.address import AddressWrongError
from tests.audience.people import DAY, FORM, HOSTILE, NOW, people


def test_two_spellings_of_an_address_are_one_contact(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        add(
            connection,
            ContactCreation(address=" An.Nguyen@Gmail.Test ", name="Nguyễn An", language="VI", zone="Asia/Ho_Chi_Minh"),
            NOW,
        )
        with pytest.raises(ContactTakenError):
            add(connection, ContactCreation(address="an.nguyen@GMAIL.test"), NOW)
        told = show(connection, "AN.NGUYEN@gmail.test")
    assert (told["address"], told["name"], told["language"], told["zone"], told["status"]) == (
        "an.nguyen@gmail.test",
        "Nguyễn An",
        "vi",
        "Asia/Ho_Chi_Minh",
        "active",
    )
    assert [line["what"] for line in told["history"]] == ["created"]


def test_a_domain_outside_ascii_is_one_contact_with_its_a_labels(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        people(connection, "giang@thư.test", "HÀ@mail.test")
        recipient = show(connection, "Giang@THƯ.test")["recipient"]
        assert recipient.startswith("giang@xn--")
        assert show(connection, recipient)["address"] == recipient
        assert show(connection, "hà@mail.test")["address"] == "HÀ@mail.test"


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(engine: sa.Engine, text: str) -> None:
    with transaction(engine) as connection:
        attributes.define(connection, AttributeCreation(name="note", kind=Kind.text), NOW)
        attributes.define(connection, AttributeCreation(name="words", kind=Kind.list), NOW)
        people(connection, "other@mail.test")
        add(
            connection,
            ContactCreation(address="an@mail.test", name=text, values={"note": text + "\x00", "words": [text, "b"]}),
            NOW,
        )
        called = text if text.isprintable() else "tag"  # what nobody sees is no name
        lists.create(connection, ListCreation(name=called), NOW)
        tags.put(connection, called, [show(connection, "an@mail.test")["id"]], NOW)
    with reading(engine) as connection:
        told = show(connection, "an@mail.test")
        assert told["name"] == " ".join(text.split())
        assert told["attributes"] == {"note": f"{text.lstrip()}\ufffd", "words": [text, "b"]}
        assert told["tags"] == [called]
        assert json.loads(getattr(person(connection, "an@mail.test"), "data", "")) == told["attributes"]
        assert [row["address"] for row in page(connection, Wanted(text=told["name"]))] == ["an@mail.test"]
        assert [row["address"] for row in page(connection, Wanted(tag=called))] == ["an@mail.test"]
        assert page(connection, Wanted(text=text + "%")) == []


def test_a_change_leaves_what_is_not_said(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        attributes.define(connection, AttributeCreation(name="city", kind=Kind.text), NOW)
        attributes.define(connection, AttributeCreation(name="amount", kind=Kind.number), NOW)
        add(
            connection,
            ContactCreation(address="an@mail.test", name="An", values={"city": "Huế", "amount": "1.250.000"}),
            NOW,
        )
        change(connection, "an@mail.test", ContactChange(status=Status.inactive, values={"amount": ""}), NOW + 1)
        told = show(connection, "an@mail.test")
        assert (told["name"], told["status"], told["updated_at"]) == ("An", "inactive", NOW + 1)
        assert told["attributes"] == {"amount": None, "city": "Huế"}
        assert [line["what"] for line in told["history"]] == ["created", "inactivated"]
        with pytest.raises(ContactUnknownError):
            change(connection, "binh@mail.test", ContactChange(), NOW)


def test_wrong_words_are_refused_and_nothing_changes(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        for said, wrong in (
            ({"language": "tiếng gì đó"}, LanguageWrongError),
            ({"zone": "Hà Nội ơi"}, ZoneWrongError),
            ({"values": {"nothing": 1}}, attributes.AttributeUnknownError),
        ):
            with pytest.raises(wrong):
                add(connection, ContactCreation(address="an@mail.test", **said), NOW)  # type: ignore[arg-type]
        with pytest.raises(AddressWrongError):
            add(connection, ContactCreation(address="an@"), NOW)
        assert page(connection, Wanted()) == []


def test_a_contact_keeps_everything_under_a_new_address(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        people(connection, "an@mail.test", "binh@mail.test")
        number = lists.create(connection, ListCreation(name="Bản tin"), NOW)
        subscriptions.put_on(connection, number, ["an@mail.test"], FORM, NOW)
        with pytest.raises(ContactTakenError):
            move(connection, "an@mail.test", "binh@mail.test", NOW)
        assert move(connection, "an@mail.test", "An.Moi@mail.test", NOW) == "an.moi@mail.test"
        assert [one["name"] for one in show(connection, "an.moi@mail.test")["lists"]] == ["Bản tin"]


def test_contacts_are_found_by_pieces_lists_tags_and_status_in_pages(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        numbers = people(connection, *(f"p{n}@mail.test" for n in range(5)))
        add(connection, ContactCreation(address="huong@congty.test", name="Lý Hữu Hương"), NOW)
        number = lists.create(connection, ListCreation(name="VIP"), NOW)
        subscriptions.put_on(connection, number, ["p1@mail.test", "p3@mail.test"], FORM, NOW)
        tags.put(connection, "mới", numbers[:2], NOW)
        change(connection, "p4@mail.test", ContactChange(status=Status.bounced), NOW)

    def found(**wanted: object) -> list[str]:
        with reading(engine) as connection:
            return [row["address"].partition("@")[0] for row in page(connection, Wanted(**wanted))]  # type: ignore[arg-type]

    assert found(text="Hữu Hương") == ["huong"]
    assert found(text="CONGTY") == ["huong"]
    assert found(list_id=number) == ["p1", "p3"]
    assert found(tag="mới") == ["p0", "p1"]
    assert found(status=Status.bounced) == ["p4"]
    assert found(limit=2) == ["p0", "p1"]
    assert found(limit=2, after=numbers[1]) == ["p2", "p3"]
    with reading(engine) as connection:
        assert [row["attributes"] for row in rows(connection, [], Wanted(limit=1))] == [{}]


def test_tags_are_counted_and_taken_off(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        numbers = people(connection, "a@mail.test", "b@mail.test")
        assert tags.put(connection, "mới", numbers, NOW) == 2
        assert tags.put(connection, "mới", numbers, NOW + DAY) == 0
        assert tags.take(connection, "mới", numbers[:1]) == 1
        assert [(one["name"], one["contacts"]) for one in tags.every(connection)] == [("mới", 1)]
        with pytest.raises(tags.TagUnknownError):
            tags.find(connection, "Mới")
        with pytest.raises(tags.TagWrongError):
            tags.put(connection, " ", numbers, NOW)
        assert tags.remove(connection, "mới") == 1
        assert tags.every(connection) == []
