from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from bocau.audience import Reason, attributes, blocked, confirm, erase, export_person, lists, subscribe, suppress, tags
from bocau.audience.attributes import Kind
from bocau.audience.contacts import ContactErasedError, Details, add, show
from bocau.audience.erased import among
from bocau.audience.erasure import all_proofs, proofs
from bocau.audience.subscriptions import put_on
from bocau.base.db import Session, metadata, reading, transaction
from tests.audience.people import DAY, FORM, LINK, NOW


def everything(session: Session) -> str:
    """All rows of all tables of the audience as one text."""
    found: list[Any] = []
    for name in ("contact", "contact_tag", "subscription", "consent", "suppression", "erasure"):
        found += [list(row) for row in session.execute(sa.select(metadata.tables[name]))]
    return orjson.dumps(found).decode()


@pytest.fixture
def an(engine: sa.Engine) -> int:
    """A person about whom every table knows something, and the list they are on."""
    with transaction(engine) as session:
        attributes.define(session, "city", Kind.text, NOW)
        number = lists.create(session, "news", NOW, opt_in="single")
        contact = add(session, "an@mail.test", Details("Nguyễn An", values={"city": "Sa Đéc"}), NOW)
        tags.put(session, "mới", [contact], NOW)
        put_on(session, number, ["an@mail.test"], FORM, NOW)
        suppress(session, "an@mail.test", Reason.manual, NOW, note="An gọi điện", source="an", expires_at=NOW + DAY)
        add(session, "binh@mail.test", Details("Trần Bình"), NOW)
    return number


def test_nothing_of_the_person_is_left_but_the_proof(engine: sa.Engine, an: int) -> None:
    with transaction(engine) as session:
        proof = erase(session, "an@mail.test", NOW + 1, asked_by="phòng pháp chế")
        assert proof.counts == {
            "suppressions": 1,
            "tags": 1,
            "subscriptions": 1,
            "consent": 3,
            "imports": 0,
            "contacts": 1,
        }
    with reading(engine) as session:
        left = everything(session)
        assert not [word for word in ("an@mail", "Nguyễn", "Sa Đéc", "203.0.113.7", "gọi điện") if word in left]
        assert "binh@mail.test" in left
        assert proofs(session, "an@mail.test") == list(all_proofs(session)) == [proof]
        assert proofs(session, "binh@mail.test") == []
        assert blocked(session, ["an@mail.test", "binh@mail.test"], [], bulk=True, now=NOW + 1) == {
            "an@mail.test": "manual"
        }
        later = NOW + 2 * DAY
        assert blocked(session, ["an@mail.test"], [], bulk=True, now=later) == {"an@mail.test": "erased"}
        assert blocked(session, ["an@mail.test"], [], bulk=False, now=later) == {}
        assert among(session, ["an@mail.test", "binh@mail.test"]) == {"an@mail.test"}


def test_who_was_erased_comes_back_only_when_asked_for(engine: sa.Engine, an: int) -> None:
    with transaction(engine) as session:
        suppress(session, "an@mail.test", Reason.complained, NOW)
        erase(session, "an@mail.test", NOW)
        with pytest.raises(ContactErasedError):
            add(session, "an@mail.test", Details(), NOW)
        number = add(session, "an@mail.test", Details(), NOW, back=True)
        assert among(session, ["an@mail.test"]) == set()
        assert show(session, "an@mail.test")["id"] == number
        assert [(one["value"], one["reason"]) for one in show(session, "an@mail.test")["suppressions"]] == [
            ("an@mail.test", "complained")
        ]
        erase(session, "an@mail.test", NOW + 1)
        assert len(proofs(session, "an@mail.test")) == 2
        assert blocked(session, ["an@mail.test"], [], bulk=True, now=NOW) == {"an@mail.test": "complained"}


def test_an_erased_person_who_subscribes_again_must_confirm_it(engine: sa.Engine, an: int) -> None:
    with transaction(engine) as session:
        suppress(session, "an@mail.test", Reason.unsubscribed, NOW, scope="bulk")
        erase(session, "an@mail.test", NOW)
        assert subscribe(session, "an@mail.test", [an], FORM, NOW).to_confirm == (an,)
        assert blocked(session, ["an@mail.test"], [an], bulk=True, now=NOW + 9 * DAY) == {"an@mail.test": "erased"}
        assert confirm(session, "an@mail.test", [an], LINK, NOW) == (an,)
        assert blocked(session, ["an@mail.test"], [an], bulk=True, now=NOW + 9 * DAY) == {}
        assert among(session, ["an@mail.test"]) == set()


def test_erasing_twice_and_erasing_a_stranger_is_no_harm(engine: sa.Engine) -> None:
    with transaction(engine) as session:
        assert erase(session, "file@mail.test", NOW).counts == {"suppressions": 0}
        assert erase(session, "file@mail.test", NOW).counts == {"suppressions": 0}
        assert blocked(session, ["file@mail.test"], [], bulk=True, now=NOW) == {"file@mail.test": "erased"}


def test_a_persons_data_is_handed_over_whole(engine: sa.Engine, an: int) -> None:
    with transaction(engine) as session:
        suppress(session, "mail.test", Reason.manual, NOW)
        held = export_person(session, "an@mail.test")
        contact = held["contact"]
        assert (contact["name"], contact["attributes"], contact["tags"]) == ("Nguyễn An", {"city": "Sa Đéc"}, ["mới"])
        assert contact["lists"][0]["name"] == "news"
        assert [line["what"] for line in contact["history"]] == ["created", "subscribed", "suppressed"]
        assert [one["value"] for one in held["suppressions"]] == ["an@mail.test", "mail.test"]
        assert held["erasures"] == []
        orjson.dumps(held)
        erase(session, "an@mail.test", NOW)
        held = export_person(session, "an@mail.test")
        assert held["contact"] is None
        assert len(held["erasures"]) == 1
