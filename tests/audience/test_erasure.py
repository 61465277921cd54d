from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from bocau.audience import Reason, attributes, blocked, confirm, erase, export_person, lists, subscribe, suppress, tags
from bocau.audience.attributes import Kind
from bocau.audience.contacts import ContactErasedError, add, show
from bocau.audience.erased import among
from bocau.audience.erasure import all_proofs, proofs
from bocau.audience.requests import AttributeCreation, ContactCreation, ListCreation
from bocau.audience.subscriptions import put_on
from bocau.audience.tables import contact_pages
from bocau.base.db import Connection, metadata, reading, transaction
from tests.audience.people import DAY, FORM, LINK, NOW
from tests.audience.test_places import take_slots


def everything(connection: Connection) -> str:
    """All rows of all tables of the audience as one text."""
    found: list[Any] = []
    for name in (
        *(page.name for page in contact_pages),
        "contact",
        "contact_tag",
        "subscription",
        "consent",
        "suppression",
        "erasure",
    ):
        found += [list(row) for row in connection.execute(sa.select(metadata.tables[name]))]
    return orjson.dumps(found).decode()


@pytest.fixture
def an(engine: sa.Engine) -> int:
    """A person about whom every table knows something, and the list they are on."""
    with transaction(engine) as connection:
        take_slots(connection, Kind.text, 23)
        for name in ("city", "village"):  # one in the contact's row, one on a page
            attributes.define(connection, AttributeCreation(name=name, kind=Kind.text), NOW)
        number = lists.create(connection, ListCreation(name="news", opt_in="single"), NOW)
        contact = add(
            connection,
            ContactCreation(address="an@mail.test", name="Nguyễn An", values={"city": "Sa Đéc", "village": "Tân Quy"}),
            NOW,
        )
        tags.put(connection, "mới", [contact], NOW)
        put_on(connection, number, ["an@mail.test"], FORM, NOW)
        suppress(connection, "an@mail.test", Reason.manual, NOW, note="An gọi điện", source="an", expires_at=NOW + DAY)
        add(connection, ContactCreation(address="binh@mail.test", name="Trần Bình"), NOW)
    return number


def test_nothing_of_the_person_is_left_but_the_proof(engine: sa.Engine, an: int) -> None:
    with transaction(engine) as connection:
        proof = erase(connection, "an@mail.test", NOW + 1, asked_by="phòng pháp chế")
        assert proof.counts == {
            "suppressions": 1,
            "tags": 1,
            "subscriptions": 1,
            "consent": 3,
            "imports": 0,
            "contacts": 1,
        }
    with reading(engine) as connection:
        left = everything(connection)
        assert not [
            word for word in ("an@mail", "Nguyễn", "Sa Đéc", "Tân Quy", "203.0.113.7", "gọi điện") if word in left
        ]
        assert "binh@mail.test" in left
        assert proofs(connection, "an@mail.test") == list(all_proofs(connection)) == [proof]
        assert proofs(connection, "binh@mail.test") == []
        assert blocked(connection, ["an@mail.test", "binh@mail.test"], [], bulk=True, now=NOW + 1) == {
            "an@mail.test": "manual"
        }
        later = NOW + 2 * DAY
        assert blocked(connection, ["an@mail.test"], [], bulk=True, now=later) == {"an@mail.test": "erased"}
        assert blocked(connection, ["an@mail.test"], [], bulk=False, now=later) == {}
        assert among(connection, ["an@mail.test", "binh@mail.test"]) == {"an@mail.test"}


def test_who_was_erased_comes_back_only_when_asked_for(engine: sa.Engine, an: int) -> None:
    with transaction(engine) as connection:
        suppress(connection, "an@mail.test", Reason.complained, NOW)
        erase(connection, "an@mail.test", NOW)
        with pytest.raises(ContactErasedError):
            add(connection, ContactCreation(address="an@mail.test"), NOW)
        number = add(connection, ContactCreation(address="an@mail.test", back=True), NOW)
        assert among(connection, ["an@mail.test"]) == set()
        assert show(connection, "an@mail.test")["id"] == number
        assert [(one["value"], one["reason"]) for one in show(connection, "an@mail.test")["suppressions"]] == [
            ("an@mail.test", "complained")
        ]
        erase(connection, "an@mail.test", NOW + 1)
        assert len(proofs(connection, "an@mail.test")) == 2
        assert blocked(connection, ["an@mail.test"], [], bulk=True, now=NOW) == {"an@mail.test": "complained"}


def test_an_erased_person_who_subscribes_again_must_confirm_it(engine: sa.Engine, an: int) -> None:
    with transaction(engine) as connection:
        suppress(connection, "an@mail.test", Reason.unsubscribed, NOW, scope="bulk")
        erase(connection, "an@mail.test", NOW)
        assert subscribe(connection, "an@mail.test", [an], FORM, NOW).to_confirm == (an,)
        assert blocked(connection, ["an@mail.test"], [an], bulk=True, now=NOW + 9 * DAY) == {"an@mail.test": "erased"}
        assert confirm(connection, "an@mail.test", [an], LINK, NOW) == (an,)
        assert blocked(connection, ["an@mail.test"], [an], bulk=True, now=NOW + 9 * DAY) == {}
        assert among(connection, ["an@mail.test"]) == set()


def test_erasing_twice_and_erasing_a_stranger_is_no_harm(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        assert erase(connection, "file@mail.test", NOW).counts == {"suppressions": 0}
        assert erase(connection, "file@mail.test", NOW).counts == {"suppressions": 0}
        assert blocked(connection, ["file@mail.test"], [], bulk=True, now=NOW) == {"file@mail.test": "erased"}


def test_a_persons_data_is_handed_over_whole(engine: sa.Engine, an: int) -> None:
    with transaction(engine) as connection:
        suppress(connection, "mail.test", Reason.manual, NOW)
        held = export_person(connection, "an@mail.test")
        contact = held["contact"]
        assert (contact["name"], contact["tags"]) == ("Nguyễn An", ["mới"])
        had = {name: value for name, value in contact["attributes"].items() if value is not None}
        assert had == {"city": "Sa Đéc", "village": "Tân Quy"}
        assert contact["lists"][0]["name"] == "news"
        assert [line["what"] for line in contact["history"]] == ["created", "subscribed", "suppressed"]
        assert [one["value"] for one in held["suppressions"]] == ["an@mail.test", "mail.test"]
        assert held["erasures"] == []
        orjson.dumps(held)
        erase(connection, "an@mail.test", NOW)
        held = export_person(connection, "an@mail.test")
        assert held["contact"] is None
        assert len(held["erasures"]) == 1
