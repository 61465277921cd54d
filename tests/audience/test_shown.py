"""What is shown of the audience, and its JSON, whose keys and their order stay."""

import orjson
import sqlalchemy as sa

from bocau.audience import lists, subscriptions
from bocau.audience.requests import ListCreation
from bocau.audience.shown import ListView, Members, MemberView, list_view, list_views, member_views
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
