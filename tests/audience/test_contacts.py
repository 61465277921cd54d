import json

import pytest
import sqlalchemy as sa

from bocau.audience import Kind, Status, attributes, lists, person, subscriptions, tags
from bocau.audience.contacts import (
    ContactTakenError,
    ContactUnknownError,
    Details,
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
from bocau.base.db import reading, transaction
from bocau.wire.address import AddressWrongError
from tests.audience.people import DAY, FORM, HOSTILE, NOW, people


def test_two_spellings_of_an_address_are_one_contact(engine: sa.Engine) -> None:
    with transaction(engine) as session:
        add(session, " An.Nguyen@Gmail.Test ", Details("Nguyễn An", "VI", "Asia/Ho_Chi_Minh"), NOW)
        with pytest.raises(ContactTakenError):
            add(session, "an.nguyen@GMAIL.test", Details(), NOW)
        told = show(session, "AN.NGUYEN@gmail.test")
    assert (told["address"], told["name"], told["language"], told["zone"], told["status"]) == (
        "an.nguyen@gmail.test",
        "Nguyễn An",
        "vi",
        "Asia/Ho_Chi_Minh",
        "active",
    )
    assert [line["what"] for line in told["history"]] == ["created"]


def test_a_domain_outside_ascii_is_one_contact_with_its_a_labels(engine: sa.Engine) -> None:
    with transaction(engine) as session:
        people(session, "giang@thư.test", "HÀ@mail.test")
        recipient = show(session, "Giang@THƯ.test")["recipient"]
        assert recipient.startswith("giang@xn--")
        assert show(session, recipient)["address"] == recipient
        assert show(session, "hà@mail.test")["address"] == "HÀ@mail.test"


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(engine: sa.Engine, text: str) -> None:
    with transaction(engine) as session:
        attributes.define(session, "note", Kind.text, NOW)
        attributes.define(session, "words", Kind.list, NOW)
        people(session, "other@mail.test")
        add(session, "an@mail.test", Details(text, values={"note": text + "\x00", "words": [text, "b"]}), NOW)
        called = text if text.isprintable() else "tag"  # what nobody sees is no name
        lists.create(session, called, NOW)
        tags.put(session, called, [show(session, "an@mail.test")["id"]], NOW)
    with reading(engine) as session:
        told = show(session, "an@mail.test")
        assert told["name"] == " ".join(text.split())
        assert told["attributes"] == {"note": f"{text.lstrip()}\ufffd", "words": [text, "b"]}
        assert told["tags"] == [called]
        assert json.loads(getattr(person(session, "an@mail.test"), "data", "")) == told["attributes"]
        assert [row["address"] for row in page(session, Wanted(text=told["name"]))] == ["an@mail.test"]
        assert [row["address"] for row in page(session, Wanted(tag=called))] == ["an@mail.test"]
        assert page(session, Wanted(text=text + "%")) == []


def test_a_change_leaves_what_is_not_said(engine: sa.Engine) -> None:
    with transaction(engine) as session:
        attributes.define(session, "city", Kind.text, NOW)
        attributes.define(session, "amount", Kind.number, NOW)
        add(session, "an@mail.test", Details("An", values={"city": "Huế", "amount": "1.250.000"}), NOW)
        change(session, "an@mail.test", Details(status=Status.inactive, values={"amount": ""}), NOW + 1)
        told = show(session, "an@mail.test")
        assert (told["name"], told["status"], told["updated_at"]) == ("An", "inactive", NOW + 1)
        assert told["attributes"] == {"amount": None, "city": "Huế"}
        assert [line["what"] for line in told["history"]] == ["created", "inactivated"]
        with pytest.raises(ContactUnknownError):
            change(session, "binh@mail.test", Details(), NOW)


def test_wrong_words_are_refused_and_nothing_changes(engine: sa.Engine) -> None:
    with transaction(engine) as session:
        for details, wrong in (
            (Details(language="tiếng Việt"), LanguageWrongError),
            (Details(zone="Hà Nội"), ZoneWrongError),
            (Details(values={"nothing": 1}), attributes.AttributeUnknownError),
        ):
            with pytest.raises(wrong):
                add(session, "an@mail.test", details, NOW)
        with pytest.raises(AddressWrongError):
            add(session, "an@", Details(), NOW)
        assert page(session, Wanted()) == []


def test_a_contact_keeps_everything_under_a_new_address(engine: sa.Engine) -> None:
    with transaction(engine) as session:
        people(session, "an@mail.test", "binh@mail.test")
        number = lists.create(session, "Bản tin", NOW)
        subscriptions.put_on(session, number, ["an@mail.test"], FORM, NOW)
        with pytest.raises(ContactTakenError):
            move(session, "an@mail.test", "binh@mail.test", NOW)
        assert move(session, "an@mail.test", "An.Moi@mail.test", NOW) == "an.moi@mail.test"
        assert [one["name"] for one in show(session, "an.moi@mail.test")["lists"]] == ["Bản tin"]


def test_contacts_are_found_by_pieces_lists_tags_and_status_in_pages(engine: sa.Engine) -> None:
    with transaction(engine) as session:
        numbers = people(session, *(f"p{n}@mail.test" for n in range(5)))
        add(session, "huong@congty.test", Details("Lý Hữu Hương"), NOW)
        number = lists.create(session, "VIP", NOW)
        subscriptions.put_on(session, number, ["p1@mail.test", "p3@mail.test"], FORM, NOW)
        tags.put(session, "mới", numbers[:2], NOW)
        change(session, "p4@mail.test", Details(status=Status.bounced), NOW)

    def found(**wanted: object) -> list[str]:
        with reading(engine) as session:
            return [row["address"].partition("@")[0] for row in page(session, Wanted(**wanted))]  # type: ignore[arg-type]

    assert found(text="Hữu Hương") == ["huong"]
    assert found(text="CONGTY") == ["huong"]
    assert found(list_id=number) == ["p1", "p3"]
    assert found(tag="mới") == ["p0", "p1"]
    assert found(status=Status.bounced) == ["p4"]
    assert found(limit=2) == ["p0", "p1"]
    assert found(limit=2, after=numbers[1]) == ["p2", "p3"]
    with reading(engine) as session:
        assert [row["attributes"] for row in rows(session, [], Wanted(limit=1))] == [{}]


def test_tags_are_counted_and_taken_off(engine: sa.Engine) -> None:
    with transaction(engine) as session:
        numbers = people(session, "a@mail.test", "b@mail.test")
        assert tags.put(session, "mới", numbers, NOW) == 2
        assert tags.put(session, "mới", numbers, NOW + DAY) == 0
        assert tags.take(session, "mới", numbers[:1]) == 1
        assert [(one["name"], one["contacts"]) for one in tags.every(session)] == [("mới", 1)]
        with pytest.raises(tags.TagUnknownError):
            tags.find(session, "Mới")
        with pytest.raises(tags.TagWrongError):
            tags.put(session, " ", numbers, NOW)
        assert tags.remove(session, "mới") == 1
        assert tags.every(session) == []
