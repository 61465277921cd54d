"""What is shown of the audience, and its JSON, whose keys and their order stay."""

import orjson
import sqlalchemy as sa

from bocau.audience import Counted, Kind, Reason, attributes, lists, segments, subscriptions, suppress
from bocau.audience.contacts import Details, add
from bocau.audience.requests import ListCreation, SegmentCreation
from bocau.audience.shown import (
    ListView,
    Members,
    MemberView,
    SampleView,
    list_view,
    list_views,
    member_views,
    segment_view,
    segment_whole,
)
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
        members=Members(unconfirmed=0, subscribed=0, unsubscribed=0),
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
        attributes.define(connection, "city", Kind.text, NOW)
        for name in ("an", "binh"):
            add(connection, f"{name}@x.test", Details(name=name, values={"city": "Huế"}), NOW)
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
