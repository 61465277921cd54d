import pytest
import sqlalchemy as sa

from bocau import audience
from bocau.audience import (
    Consent,
    How,
    Reason,
    confirm,
    freezing,
    lists,
    preferences,
    set_preferences,
    subscribe,
    unsubscribe,
)
from bocau.audience.contacts import show
from bocau.audience.requests import ListChange, ListCreation
from bocau.audience.subscriptions import put_on, take_off
from bocau.base.db import Connection, reading, transaction
from tests.audience.people import FORM, LINK, NOW, made, people


def states(connection: Connection, address: str) -> dict[str, str]:
    return {one["name"]: one["state"] for one in show(connection, address)["lists"]}


def test_single_opt_in_subscribes_at_once_with_its_record(engine: sa.Engine) -> None:
    ids = made(engine, [], news=False)
    with transaction(engine) as connection:
        asked = subscribe(connection, "An@mail.test", [ids["news"]], FORM, NOW, name="An", language="vi")
        assert asked[:3] == ("an@mail.test", (ids["news"],), ())
    with reading(engine) as connection:
        told = show(connection, "an@mail.test")
        assert (told["name"], told["language"]) == ("An", "vi")
        line = told["history"][-1]
        assert {name: line[name] for name in ("what", "at", "how", "source", "ip", "text", "list_name")} == {
            "what": "subscribed",
            "at": NOW,
            "how": "form",
            "source": FORM.source,
            "ip": FORM.ip,
            "text": FORM.text,
            "list_name": "news",
        }


def test_double_opt_in_waits_for_the_persons_word(engine: sa.Engine) -> None:
    ids = made(engine, [], news=True)
    with transaction(engine) as connection:
        for _ in range(2):
            assert subscribe(connection, "an@mail.test", ids.values(), FORM, NOW).to_confirm == (ids["news"],)
        assert states(connection, "an@mail.test") == {"news": "unconfirmed"}
        assert audience.slice_target(connection, audience.Target(lists=tuple(ids.values())), 0, 10) == []
        assert confirm(connection, "an@mail.test", ids.values(), LINK, NOW + 1) == (ids["news"],)
        assert states(connection, "an@mail.test") == {"news": "subscribed"}
        assert confirm(connection, "an@mail.test", ids.values(), LINK, NOW + 2) == (ids["news"],)
        history = [(line["what"], line["at"]) for line in show(connection, "an@mail.test")["history"]]
        assert history == [("created", NOW), ("asked", NOW), ("confirmed", NOW + 1)]
        assert confirm(connection, "nobody@mail.test", ids.values(), LINK, NOW) == ()
        assert confirm(connection, "an@mail.test", [999], LINK, NOW) == ()


def test_who_came_by_a_form_alone_is_meant_by_no_campaign_before_confirming(engine: sa.Engine) -> None:
    ids = made(engine, ["known@mail.test"], news=True)
    everyone = audience.Target(everyone=True)
    with transaction(engine) as connection:
        for address in ("an@mail.test", "known@mail.test"):
            subscribe(connection, address, ids.values(), FORM, NOW)
        assert [one.recipient for one in audience.slice_target(connection, everyone, 0, 10)] == ["known@mail.test"]
        assert audience.count_target(connection, everyone, None, NOW) == (2, 1, {"unconfirmed": 1})
        people_of_a_file = ["an@mail.test", "other@mail.test"]
        assert freezing.shut_out(connection, people_of_a_file, everyone, None, NOW) == {}
        confirm(connection, "an@mail.test", ids.values(), LINK, NOW)
        assert audience.count_target(connection, everyone, None, NOW).mailable == 2


def test_who_is_put_on_a_list_by_hand_need_not_confirm(engine: sa.Engine) -> None:
    ids = made(engine, [], news=True)
    with transaction(engine) as connection:
        subscribe(connection, "an@mail.test", ids.values(), FORM, NOW)
        put_on(connection, ids["news"], ["an@mail.test"], FORM, NOW)
        assert show(connection, "an@mail.test")["status"] == "active"


def test_nobody_is_asked_more_than_a_person_bears(engine: sa.Engine) -> None:
    ids = made(engine, [], news=True, offers=True)
    news, offers = [ids["news"]], [ids["offers"]]

    def asked(wanted: list[int], minutes: int) -> tuple[int, ...]:
        with transaction(engine) as connection:
            return subscribe(connection, "an@mail.test", wanted, FORM, NOW + minutes * 60_000).lately

    assert asked(news, 0) == ()
    assert asked(news, 59) == tuple(news)
    assert asked(offers, 59) == ()
    assert [asked(news, minutes) for minutes in (60, 121, 182)] == [(), (), ()]
    assert asked(news, 243) == tuple(news), "five mails a day are enough"
    assert asked(news, 24 * 60 + 60) == ()


def test_the_latest_form_names_who_is_known_from_forms_only(engine: sa.Engine) -> None:
    ids = made(engine, [], news=True)
    with transaction(engine) as connection:
        for name in ("A stranger's joke", "An"):
            subscribe(connection, "an@mail.test", ids.values(), FORM, NOW, name=name)
        assert show(connection, "an@mail.test")["name"] == "An"
        confirm(connection, "an@mail.test", ids.values(), LINK, NOW)
        subscribe(connection, "an@mail.test", ids.values(), FORM, NOW, name="Another")
        assert show(connection, "an@mail.test")["name"] == "An"


def test_a_form_changes_nothing_about_a_known_person(engine: sa.Engine) -> None:
    ids = made(engine, ["an@mail.test"], news=False)
    with transaction(engine) as connection:
        subscribe(connection, "an@mail.test", ids.values(), FORM, NOW, name="<b>Evil</b>", language="en")
        assert show(connection, "an@mail.test")["name"] == ""


def test_who_left_comes_back_only_by_their_own_word(engine: sa.Engine) -> None:
    ids = made(engine, ["an@mail.test"], news=False)
    news = [ids["news"]]
    with transaction(engine) as connection:
        subscribe(connection, "an@mail.test", news, FORM, NOW)
        unsubscribe(connection, "an@mail.test", news, LINK, NOW)
        assert subscribe(connection, "an@mail.test", news, FORM, NOW).to_confirm == tuple(news)
        assert states(connection, "an@mail.test") == {"news": "unsubscribed"}
        confirm(connection, "an@mail.test", news, LINK, NOW)
        assert states(connection, "an@mail.test") == {"news": "subscribed"}


def test_who_left_everything_comes_back_only_by_their_own_word(engine: sa.Engine) -> None:
    ids = made(engine, [], news=False)
    with transaction(engine) as connection:
        subscribe(connection, "an@mail.test", ids.values(), FORM, NOW)
        unsubscribe(connection, "an@mail.test", (), LINK, NOW)
        assert audience.blocked(connection, ["an@mail.test"], (), bulk=True, now=NOW) == {
            "an@mail.test": "unsubscribed"
        }
        assert audience.blocked(connection, ["an@mail.test"], (), bulk=False, now=NOW) == {}
        assert subscribe(connection, "an@mail.test", ids.values(), FORM, NOW)[:3] == (
            "an@mail.test",
            (),
            tuple(ids.values()),
        )
        assert audience.blocked(connection, ["an@mail.test"], (), bulk=True, now=NOW) != {}
        confirm(connection, "an@mail.test", ids.values(), LINK, NOW)
        assert audience.blocked(connection, ["an@mail.test"], (), bulk=True, now=NOW) == {}


def test_coming_back_does_not_lift_a_complaint(engine: sa.Engine) -> None:
    ids = made(engine, ["an@mail.test"], news=False)
    with transaction(engine) as connection:
        audience.suppress(connection, "an@mail.test", Reason.complained, NOW, scope="bulk")
        confirm(connection, "an@mail.test", ids.values(), LINK, NOW)
        assert audience.blocked(connection, ["an@mail.test"], (), bulk=True, now=NOW) == {"an@mail.test": "complained"}


def test_one_click_leaves_every_list_of_the_campaign(engine: sa.Engine) -> None:
    ids = made(engine, ["an@mail.test"], news=False, offers=False, other=False)
    with transaction(engine) as connection:
        put_on(connection, ids["news"], ["an@mail.test"], FORM, NOW)
        put_on(connection, ids["other"], ["an@mail.test"], FORM, NOW)
        for _ in range(2):
            unsubscribe(connection, "an@mail.test", [ids["news"], ids["offers"]], LINK, NOW)
        assert states(connection, "an@mail.test") == {
            "news": "unsubscribed",
            "offers": "unsubscribed",
            "other": "subscribed",
        }
        assert [line["what"] for line in show(connection, "an@mail.test")["history"]].count("unsubscribed") == 2


def test_one_click_of_somebody_who_is_no_contact_stops_bulk_mail(engine: sa.Engine) -> None:
    ids = made(engine, [], news=False)
    with transaction(engine) as connection:
        for _ in range(2):
            unsubscribe(connection, "file@mail.test", ids.values(), LINK, NOW)
        assert audience.blocked(connection, ["file@mail.test"], (), bulk=True, now=NOW) == {
            "file@mail.test": "unsubscribed"
        }


def test_people_put_on_a_list_by_hand_are_told_apart(engine: sa.Engine) -> None:
    ids = made(engine, ["a@mail.test", "b@mail.test", "c@mail.test"], news=True)
    by_hand = Consent(How.command, "giấy đăng ký 12/2026")
    with transaction(engine) as connection:
        put_on(connection, ids["news"], ["b@mail.test", "c@mail.test"], by_hand, NOW)
        unsubscribe(connection, "c@mail.test", [ids["news"]], LINK, NOW)
        asked = ["A@mail.test", "a@mail.test", "b@mail.test", "c@mail.test", "d@mail.test"]
        told = put_on(connection, ids["news"], asked, by_hand, NOW)
        assert told == (["a@mail.test"], ["b@mail.test"], ["c@mail.test"], ["d@mail.test"])
        assert put_on(connection, ids["news"], ["c@mail.test"], by_hand, NOW, again=True).added == ["c@mail.test"]
        assert take_off(connection, ids["news"], ["a@mail.test", "d@mail.test"], by_hand, NOW) == 1
        assert take_off(connection, ids["news"], ["a@mail.test"], by_hand, NOW) == 0
        assert lists.counts(connection) == {ids["news"]: {"subscribed": 2, "unconfirmed": 0, "unsubscribed": 1}}


def test_the_preference_page_shows_what_may_be_chosen(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        people(connection, "an@mail.test")
        shown = lists.create(connection, ListCreation(name="news", label="Bản tin", about="Mỗi tuần một thư"), NOW)
        hidden = lists.create(connection, ListCreation(name="staff", hidden=True), NOW)
        put_on(connection, hidden, ["an@mail.test"], FORM, NOW)
        told = preferences(connection, "an@mail.test")
        assert (told.known, told.stopped) == (True, False)
        assert list(told.choices) == [(shown, "Bản tin", "Mỗi tuần một thư", False), (hidden, "staff", "", True)]
        told = set_preferences(connection, "an@mail.test", [shown, 999], LINK, NOW)
        assert list(told.choices) == [(shown, "Bản tin", "Mỗi tuần một thư", True)]
        assert set_preferences(connection, "an@mail.test", [hidden], LINK, NOW).choices[0].subscribed is False
        assert states(connection, "an@mail.test") == {"news": "unsubscribed", "staff": "unsubscribed"}


def test_stop_everything_and_come_back_on_the_preference_page(engine: sa.Engine) -> None:
    ids = made(engine, ["an@mail.test"], news=True)
    with transaction(engine) as connection:
        put_on(connection, ids["news"], ["an@mail.test"], FORM, NOW)
        assert set_preferences(connection, "an@mail.test", [], LINK, NOW, stop=True).stopped
        told = set_preferences(connection, "an@mail.test", [ids["news"]], LINK, NOW)
        assert (told.stopped, told.choices[0].subscribed) == (False, True)


def test_the_preference_page_serves_who_is_no_contact(engine: sa.Engine) -> None:
    ids = made(engine, [], news=True)
    with transaction(engine) as connection:
        assert not preferences(connection, "file@mail.test").known
        assert set_preferences(connection, "file@mail.test", ids.values(), LINK, NOW).choices[0].subscribed
        assert states(connection, "file@mail.test") == {"news": "subscribed"}


def test_lists_are_named_changed_and_deleted(engine: sa.Engine) -> None:
    ids = made(engine, ["an@mail.test"], news=False)
    with transaction(engine) as connection:
        put_on(connection, ids["news"], ["an@mail.test"], FORM, NOW)
        with pytest.raises(lists.ListTakenError):
            lists.create(connection, ListCreation(name=" news "), NOW)
        for name in ("", "12", "x" * 101, "a\nb", "a\tb", "\x1b[31mđỏ", "\u202eabc", "\ufeff"):
            with pytest.raises(lists.ListNameWrongError):
                lists.create(connection, ListCreation(name=name), NOW)
        assert lists.create(connection, ListCreation(name="Gia đình \U0001f468\u200d\U0001f469\u200d\U0001f467"), NOW)
        lists.change(connection, ids["news"], ListChange(name="Bản tin", hidden=True))
        assert lists.find(connection, "Bản tin") == lists.find(connection, str(ids["news"]))
        assert lists.delete(connection, ids["news"]) == 1
        with pytest.raises(lists.ListUnknownError):
            lists.find(connection, "Bản tin")
        with pytest.raises(lists.ListUnknownError):
            subscribe(connection, "an@mail.test", ids.values(), FORM, NOW)
        assert [line["list_name"] for line in show(connection, "an@mail.test")["history"]] == [None, None]
