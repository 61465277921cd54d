"""What is shown of the audience, and its JSON, whose keys and their order stay."""

import orjson
import sqlalchemy as sa

from bocau.audience import (
    Consent,
    Counted,
    How,
    Kind,
    Reason,
    attributes,
    contacts,
    lists,
    segments,
    subscriptions,
    suppress,
    tags,
)
from bocau.audience.contacts import add
from bocau.audience.requests import AttributeCreation, ContactCreation, ListCreation, SegmentCreation
from bocau.audience.shown.attributes import attribute_view
from bocau.audience.shown.contacts import ContactMail, contact_view, contact_whole
from bocau.audience.shown.lists import ListView, MemberCounts, MemberView, list_view, list_views, member_views
from bocau.audience.shown.segments import SampleView, segment_view, segment_whole
from bocau.base.db import transaction
from tests.audience.people import FORM, NOW, people

AT = "2026-09-21T14:13:20.000+00:00"
TIN = ListCreation(name="Tin", label="Bản tin", about="Hằng tuần")


def as_json(told: object) -> str:
    return orjson.dumps(told).decode()


def test_a_list_is_shown_with_its_members(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        first, _ = people(connection, "an@x.test", "binh@x.test", name="An")
        list_id = lists.create(connection, TIN, NOW)
        empty = lists.create(connection, ListCreation(name="Vắng", opt_in="single", hidden=True), NOW)
        subscriptions.put_on(connection, list_id, ["an@x.test"], FORM, NOW)
        (tin, other) = list_views(connection)
        on_it = member_views(connection, list_id, after=0, limit=5)
        later = member_views(connection, list_id, after=first, limit=5)
        found = lists.find(connection, "Tin")
    assert tin == list_view(found, {"unconfirmed": 0, "subscribed": 1, "unsubscribed": 0})
    assert other == ListView(
        id=empty,
        name="Vắng",
        label="",
        about="",
        opt_in="single",
        hidden=True,
        created_at=NOW,
        members=MemberCounts(unconfirmed=0, subscribed=0, unsubscribed=0),
    )
    assert (on_it, later) == ((MemberView(first, "an@x.test", "An", "active"),), ())
    assert as_json(on_it[0].as_dict()) == f'{{"id":{first},"address":"an@x.test","name":"An","status":"active"}}'


def test_a_list_for_programs_says_what_was_asked_for() -> None:
    found = lists.MailingList(7, "Tin", "Bản tin", "Hằng tuần", "double", False, NOW)
    bare = (
        '"id":7,"name":"Tin","label":"Bản tin","opt_in":"double","hidden":false,"created_at":"%s","about":"Hằng tuần"'
    )
    counts = {"unconfirmed": 1, "subscribed": 2, "unsubscribed": 3}
    counted = bare % AT + ',"unconfirmed":1,"subscribed":2,"unsubscribed":3'
    assert as_json(list_view(found).as_dict()) == f"{{{bare % AT}}}"
    assert as_json(list_view(found, counts).as_dict()) == f"{{{counted}}}"
    assert as_json(list_view(found, counts, form="").as_dict()) == f'{{{counted},"form":""}}'


def test_a_segment_is_shown_with_whom_it_chooses(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        attributes.define(connection, AttributeCreation(name="city", kind=Kind.text), NOW)
        for name in ("an", "binh"):
            add(connection, ContactCreation(address=f"{name}@x.test", name=name, values={"city": "Huế"}), NOW)
        suppress(connection, "binh@x.test", Reason.manual, NOW)
        saved = segments.save(connection, SegmentCreation(name="Huế", rule='city = "Huế"'), NOW)
        found = segment_whole(connection, "Huế", None, NOW, 1)
    told = segment_view(saved).as_dict()
    assert as_json(told) == (
        f'{{"id":{saved.id},"name":"Huế","rule":"city = \\"Huế\\"","created_at":"{AT}","updated_at":"{AT}"}}'
    )
    assert list(segment_view(saved, total=2).as_dict().items()) == [*told.items(), ("total", 2)]
    assert (found.counted, found.sample) == (
        Counted(2, 1, {"manual": 1}),
        (SampleView("an@x.test", "an", {"city": "Huế"}),),
    )
    assert list(found.as_dict().items()) == [
        *told.items(),
        ("total", 2),
        ("mailable", 1),
        ("left_out", {"manual": 1}),
        ("sample", [{"address": "an@x.test", "name": "an", "attributes": {"city": "Huế"}}]),
    ]


def test_a_contact_is_shown_with_what_hangs_on_it(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        attributes.define(connection, AttributeCreation(name="city", kind=Kind.text), NOW)
        made = ContactCreation(
            address="An@x.test", name="An", values={"city": "Huế"}, consented=Consent(How.command, "quầy")
        )
        contact_id = add(connection, made, NOW)
        tags.put(connection, "vip", [contact_id], NOW)
        list_id = lists.create(connection, TIN, NOW)
        subscriptions.put_on(connection, list_id, ["an@x.test"], FORM, NOW)
        suppress(connection, "x.test", Reason.manual, NOW, scope="bulk", note="n", expires_at=NOW + 1)
        mail = {"id": 7, "submission": 3, "state": "sent", "recipient": "an@x.test"}
        found = contact_whole(connection, "AN@x.test", [mail])
        (line,) = contacts.page(connection, contacts.Wanted())
        (stop,) = found.suppressions
    told = contact_view(line).as_dict()
    assert as_json(told) == (
        f'{{"id":{contact_id},"address":"an@x.test","name":"An","status":"active","language":"","zone":"",'
        f'"created_at":"{AT}","updated_at":"{AT}"}}'
    )
    stopped = f'"scope":"bulk","reason":"manual","source":"","note":"n","created_at":{NOW},"expires_at":{NOW + 1}'
    whole = (
        f'{as_json(told)[:-1]},"attributes":{{"city":"Huế"}},"tags":["vip"],'
        f'"lists":[{{"id":{list_id},"name":"Tin","state":"subscribed","at":{NOW}}}],'
        f'"suppressions":[{{"id":{stop.id},"value":"x.test",{stopped}}}],'
        f'"history":[{{"what":"created","how":"command","source":"quầy","text":"","list_name":null,"at":"{AT}"}},'
        f'{{"what":"subscribed","how":"form","source":"{FORM.source}","text":"{FORM.text}","list_name":"Tin","at":"{AT}"}}],'
        '"mails":[{"id":7,"submission":3,"state":"sent"}]}'
    )
    assert as_json(found.as_dict()) == whole
    assert found.mails == (ContactMail(7, 3, "sent"),)


def test_an_attribute_is_shown_without_its_slot(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        made = attributes.define(
            connection, AttributeCreation(name="tier", kind=Kind.choice, label="Hạng", choices=["vàng", "bạc"]), NOW
        )
    assert (
        as_json(attribute_view(made).as_dict())
        == '{"name":"tier","label":"Hạng","kind":"choice","choices":["vàng","bạc"]}'
    )
