import pytest

from bocau import campaigns, ledger
from bocau.audience import Target, segments
from bocau.audience.requests import SegmentCreation
from bocau.base.db import reading, transaction
from bocau.campaigns import draft
from tests.audience.people import people
from tests.campaigns.world import NOW, plan
from tests.doors.cli.terminal import Open, Terminal


@pytest.fixture
def run(terminal: Open) -> Terminal:
    """A terminal with two contacts."""
    made = terminal("lists")
    engine = made.engine()
    with transaction(engine) as connection:
        people(connection, "an@x.test", "binh@x.test")
    engine.dispose()
    return made


def test_a_list_is_made_filled_and_left(run: Terminal) -> None:
    assert "No lists yet" in run("list").out
    made = run("create", "Bản tin", "--about", "Hằng tuần", "--opt-in", "single", "--json").json
    assert (made["name"], made["about"], made["opt_in"]) == ("Bản tin", "Hằng tuần", "single")
    assert run("create", "Bản tin", "--json").fault["code"] == "list-taken"
    put = run("add", "Bản tin", "an@x.test", "binh@x.test", "chi@x.test", "--json").json
    assert put == {"added": ["an@x.test", "binh@x.test"], "there": [], "left": [], "unknown": ["chi@x.test"]}
    assert run("remove", "Bản tin", "an@x.test", "--json").json == {"removed": 1}
    assert run("add", "Bản tin", "an@x.test", "--json").json["left"] == ["an@x.test"]
    assert "were not added" in run("add", "Bản tin", "an@x.test").out
    assert [one["address"] for one in run("members", "Bản tin", "--json").json["members"]] == ["binh@x.test"]
    shown = run("show", "Bản tin", "--json").json
    assert (shown["subscribed"], shown["unsubscribed"]) == (1, 1)
    assert run("add", "Bản tin", "an@x.test", "--again", "--json").json["added"] == ["an@x.test"]


def test_a_list_is_changed_and_deleted_by_who_confirms(run: Terminal) -> None:
    run("create", "VIP")
    assert run("change", "VIP", "--rename", "Khách quý", "--hidden", "--json").json["hidden"]
    assert run("show", "VIP", "--json").fault["code"] == "list-unknown"
    assert run("delete", "Khách quý", "--json").fault["code"] == "list-deletion-unconfirmed"
    assert run("delete", "Khách quý", "--yes", "--json").json == {"deleted": "Khách quý", "members": 0}
    assert run("list", "--json").json == {"lists": []}


def test_a_list_that_is_needed_stays(run: Terminal) -> None:
    number = run("create", "VIP", "--json").json["id"]
    engine = run.engine()
    with transaction(engine) as connection:
        mine = draft.add(connection, plan(Target(lists=(number,))), NOW)
    assert run("delete", "VIP", "--yes", "--json").fault["code"] == "still-used"
    assert run("change", "VIP", "--rename", "Quý", "--json").json["name"] == "Quý"
    with transaction(engine) as connection:
        campaigns.delete(connection, mine)
        segments.save(connection, SegmentCreation(name="Khách quý", rule='in_list("Quý")'), NOW)
    engine.dispose()
    assert run("change", "Quý", "--rename", "VIP", "--json").json["followed"]["segments"] == ["Khách quý"]
    assert run("delete", "VIP", "--yes", "--json").fault["code"] == "still-used"
    assert "Segments that follow: Khách quý" in run("change", "VIP", "--rename", "Quý").out


def test_a_list_that_asks_first_asks_by_mail(run: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    run("create", "Tin")
    assert run("add", "Tin", "an@x.test", "--json").fault["code"] == "list-asks-first"
    assert run("add", "Tin", "an@x.test", "--ask", "--json").fault["code"] == "signup-closed"
    assert run("show", "Tin", "--json").json["unconfirmed"] == 0
    assert "BOCAU_SIGNUP_SENDER" in run("show", "Tin").err
    monkeypatch.setenv("BOCAU_SIGNUP_SENDER", "Tin <tin@x.test>")
    asked = run("add", "Tin", "an@x.test", "moi@x.test", "--ask", "--json").json
    assert asked == {"asked": ["an@x.test", "moi@x.test"], "subscribed": [], "lately": [], "stopped": []}
    assert "asked a short while ago" in run("add", "Tin", "an@x.test", "--ask").out
    assert run("add", "Tin", "an@x.test", "x", "--ask", "--json").fault["code"] == "address-wrong"
    assert run("add", "Tin", "binh@x.test", "--source", "hội chợ", "--json").json["added"] == ["binh@x.test"]
    run("remove", "Tin", "binh@x.test")
    assert run("add", "Tin", "binh@x.test", "--ask", "--json").json["stopped"] == ["binh@x.test"]
    assert run("add", "Tin", "binh@x.test", "--source", "hội chợ", "--again", "--json").json["added"] == ["binh@x.test"]
    monkeypatch.setenv("BOCAU_BASE_URL", "https://thu.test")
    shown = run("show", "Tin", "--json").json
    assert (shown["unconfirmed"], shown["subscribed"]) == (2, 1)
    assert shown["form"].startswith("https://thu.test/s/")
    assert run("show", "Tin").err == ""
    run("change", "Tin", "--hidden")
    assert run("show", "Tin", "--json").json["form"] == ""
    engine = run.engine()
    with reading(engine) as connection:
        mails = ledger.list_messages(connection, ledger.Filter())
    engine.dispose()
    assert sorted(mail["address"] for mail in mails) == ["an@x.test", "moi@x.test"]
