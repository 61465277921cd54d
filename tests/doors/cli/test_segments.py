import pytest

from bocau.audience import Kind, Status, Target, attributes
from bocau.audience.contacts import add
from bocau.audience.requests import AttributeCreation, ContactCreation
from bocau.base.db import transaction
from bocau.campaigns import draft
from tests.audience.people import NOW
from tests.campaigns.world import plan
from tests.doors.cli.terminal import Open, Terminal


@pytest.fixture
def run(terminal: Open) -> Terminal:
    """A terminal with three contacts: two from Huế, one of them switched off."""
    made = terminal("segments")
    engine = made.engine()
    with transaction(engine) as connection:
        attributes.define(connection, AttributeCreation(name="city", kind=Kind.text), NOW)
        for name, city, status in (
            ("an", "Huế", Status.active),
            ("binh\x1b[31m", "Huế", Status.inactive),
            ("chi", "Hà Nội", Status.active),
        ):
            address = f"{name[:3]}@x.test"
            add(connection, ContactCreation(address=address, name=name, status=status, values={"city": city}), NOW)
    engine.dispose()
    return made


def test_a_rule_is_counted_and_looked_at_before_it_is_saved(run: Terminal) -> None:
    rule = 'city = "Huế"'
    counts = {"total": 2, "mailable": 1, "left_out": {"inactive": 1}}
    assert run("count", "--rule", rule, "--json").json == counts
    found = run("sample", "--rule", rule, "--limit", "1", "--json").json
    assert found["sample"] == [{"address": "an@x.test", "name": "an", "attributes": {"city": "Huế"}}]
    saved = run("save", "Người Huế", rule, "--json")
    assert (saved.code, saved.json["name"], saved.json["rule"], saved.json["total"]) == (0, "Người Huế", rule, 2)
    assert run("count", "Người Huế", "--json").json == counts
    shown = run("show", "Người Huế", "--json").json
    assert shown["mailable"] == 1 and len(shown["sample"]) == 2
    assert [one["name"] for one in run("list", "--json").json["segments"]] == ["Người Huế"]
    assert run("save", "Người Huế", 'city = "Hà Nội"', "--json").fault["code"] == "segment-taken"
    assert run("save", "Người Huế", 'city = "Hà Nội"', "--replace", "--json").json["total"] == 1
    assert run("rename", "Người Huế", "Thủ đô", "--json").json["name"] == "Thủ đô"
    assert run("remove", "Thủ đô", "--json").fault["code"] == "segment-removal-unconfirmed"
    assert run("remove", "Thủ đô", "--yes", "--json").json == {"removed": "Thủ đô"}
    assert run("count", "Thủ đô", "--json").fault["code"] == "segment-unknown"


def test_people_read_tables(run: Terminal) -> None:
    assert "No segments yet" in run("list").out
    said = run("save", "a\x1b[2J", "vip")
    assert said.code == 1 and "\x1b" not in said.err
    run("save", "a", 'city = "Huế" and\n  name contains "B" and name != "\x1b[2J"')
    for verb in (("list",), ("show", "a"), ("sample", "a")):
        said = run(*verb)
        assert said.code == 0 and "\x1b" not in said.out and said.out
    assert "1 contacts are chosen; 0 of them may get mail." in run("show", "a").out
    assert "Nobody is chosen" in run("sample", "--rule", 'name = "x"').out


def test_a_wrong_rule_is_pointed_at(run: Terminal) -> None:
    said = run("count", "--rule", 'city = "Huế" and opened("Bản tin 11")')
    assert said.code == 1
    assert "line 1, column 25:" in said.err and "there is no campaign “Bản tin 11”. [segment-rule-wrong]" in said.err
    lines = said.err.splitlines()
    below = next(number for number, line in enumerate(lines) if line.strip() == "^")
    assert lines[below - 1].index('"Bản') == lines[below].index("^")
    for wrong in ((), ("a", "--rule", "vip")):
        assert run("count", *wrong, "--json").fault["code"] == "segment-not-named"


def test_a_segment_that_a_draft_needs_stays(run: Terminal) -> None:
    run("save", "Người Huế", 'city = "Huế"')
    engine = run.engine()
    with transaction(engine) as connection:
        draft.add(connection, plan(Target(segments=("Người Huế",))), NOW)
    engine.dispose()
    fault = run("remove", "Người Huế", "--yes", "--json").fault
    assert (fault["code"], "campaign “Bản tin”" in fault["sentence"]) == ("still-used", True)
    assert run("rename", "Người Huế", "Khác", "--json").json["followed"]["campaigns"] == ["Bản tin"]
    assert run("show", "Khác").code == 0
