import json
from pathlib import Path

import pytest

from bocau import ledger
from bocau.audience import Kind, attributes
from bocau.audience.requests import AttributeCreation
from bocau.base.clock import now_ms
from bocau.base.db import transaction
from tests.audience.people import NOW
from tests.doors.cli.terminal import Open, Terminal
from tests.ledger.seeds import submitted


@pytest.fixture
def run(terminal: Open) -> Terminal:
    """A terminal with an attribute and nobody yet."""
    made = terminal("contacts")
    engine = made.engine()
    with transaction(engine) as connection:
        attributes.define(connection, AttributeCreation(name="city", kind=Kind.text), NOW)
    engine.dispose()
    return made


def test_a_contact_is_added_changed_moved_and_shown(run: Terminal) -> None:
    added = run("add", "An@X.test", "--name", "An", "--set", "city=Huế", "--source", "quầy lễ tân", "--json")
    assert (added.code, added.json["address"]) == (0, "an@x.test")
    assert run("add", "an@x.test", "--json").fault["code"] == "contact-taken"
    assert run("change", "an@x.test", "--language", "vi", "--set", "city=", "--json").json["language"] == "vi"
    assert run("change", "an@x.test", "--set", "town=Huế", "--json").fault["code"] == "attribute-unknown"
    assert run("move", "an@x.test", "binh@x.test", "--json").json == {"recipient": "binh@x.test"}
    assert run("tag", "khách quen", "binh@x.test", "--json").json == {"tagged": 1}
    shown = run("show", "binh@x.test", "--json").json
    assert shown["attributes"] == {"city": None} and shown["tags"] == ["khách quen"]
    assert [(one["what"], one["source"]) for one in shown["history"]] == [
        ("created", "quầy lễ tân"),
        ("moved", "an@x.test"),
    ]
    assert run("untag", "khách quen", "binh@x.test", "--json").json == {"untagged": 1}
    assert run("show", "an@x.test", "--json").fault["code"] == "contact-unknown"
    assert [one["name"] for one in run("list", "--find", "BINH", "--json").json["contacts"]] == ["An"]


def test_texts_from_outside_cannot_write_to_the_terminal(run: Terminal) -> None:
    run("add", "an@x.test", "--name", "An\x1b[2J", "--set", "city=\x1b]0;x\x07")
    for verb in (("list",), ("show", "an@x.test"), ("tags",), ("erasures",)):
        said = run(*verb)
        assert said.code == 0 and "\x1b" not in said.out and said.out


def test_export_is_safe_to_open_in_a_spreadsheet(run: Terminal, tmp_path: Path) -> None:
    run("add", "an@x.test", "--name", '=HYPERLINK("http://evil.test")', "--set", "city=Huế")
    file = tmp_path / "out.csv"
    assert run("export", "-o", str(file)).code == 0
    head, line = file.read_text(encoding="utf-8-sig").splitlines()
    assert head == "address,name,language,zone,status,created_at,city"
    assert line.startswith("an@x.test,\"'\u2060=HYPERLINK(") and line.endswith(",Huế")
    assert run("export", "-o", str(file), "--json").fault["code"] == "export-failed"


def test_erasing_takes_a_person_out_of_everything(run: Terminal, tmp_path: Path) -> None:
    run("add", "an@x.test", "--name", "Nguyễn Văn An", "--set", "city=Huế")
    engine = run.engine()
    number = submitted(engine, ["an@x.test", "binh@x.test"])
    file = tmp_path / "an.json"
    assert run("export", "--person", "an@x.test", "-o", str(file)).code == 0
    person = json.loads(file.read_text())
    assert person["contact"]["attributes"] == {"city": "Huế"} and len(person["mails"]) == 1
    assert run("erase", "an@x.test", "--json").fault["code"] == "erasure-unconfirmed"
    proof = run("erase", "an@x.test", "--yes", "--json").json
    assert proof["counts"]["contacts"] == proof["counts"]["messages"] == 1
    with engine.connect() as raw:
        whole = "".join(raw.connection.driver_connection.iterdump())  # type: ignore[union-attr]
    found = [line for line in whole.split(";") if "an@x.test" in line or "Nguyễn" in line]
    assert found == [] and "binh@x.test" in whole
    with transaction(engine) as connection:
        states = ledger.counts(connection, number)
    assert (states["cancelled"], states["queued"]) == (1, 1)
    engine.dispose()
    assert run("add", "an@x.test", "--json").fault["code"] == "contact-erased"
    assert [one["id"] for one in run("erasures", "an@x.test", "--json").json["erasures"]] == [proof["id"]]


def test_a_person_is_known_by_every_address_she_had(run: Terminal, tmp_path: Path) -> None:
    run("add", "an@x.test", "--name", "Nguyễn Văn An")
    engine = run.engine()
    submitted(engine, ["an@x.test", "binh@x.test"])
    assert run("move", "an@x.test", "an@y.test").code == 0
    submitted(engine, ["an@y.test", "an@x.test"], "two")
    assert run("move", "an@y.test", "an@z.test").code == 0
    file = tmp_path / "an.json"
    assert run("export", "--person", "an@z.test", "-o", str(file)).code == 0
    told = json.loads(file.read_text())
    assert [one["address"] for one in told["mails"]] == ["an@x.test", "an@x.test", "an@y.test"]
    assert [one["source"] for one in told["contact"]["history"] if one["what"] == "moved"] == ["an@x.test", "an@y.test"]
    counts = run("erase", "an@z.test", "--yes", "--json").json["counts"]
    assert (counts["contacts"], counts["messages"]) == (1, 3)
    with engine.connect() as raw:
        whole = "".join(raw.connection.driver_connection.iterdump())  # type: ignore[union-attr]
    assert [line for line in whole.split(";") if "an@" in line.replace("erased-", "")] == []
    engine.dispose()
    assert run("add", "an@x.test", "--json").fault["code"] == "contact-erased"


def test_an_address_that_is_somebody_elses_now_stays_theirs(run: Terminal, tmp_path: Path) -> None:
    run("add", "info@x.test", "--name", "An")
    engine = run.engine()
    submitted(engine, ["info@x.test"])
    assert run("move", "info@x.test", "an@x.test").code == 0
    run("add", "info@x.test", "--name", "Bình")
    later = submitted(engine, ["info@x.test"], "two", now_ms() + 1)
    file = tmp_path / "an.json"
    assert run("export", "--person", "an@x.test", "-o", str(file)).code == 0
    assert len(json.loads(file.read_text())["mails"]) == 1
    assert run("erase", "an@x.test", "--yes", "--json").json["counts"]["messages"] == 1
    with transaction(engine) as connection:
        (mail,) = ledger.list_messages(connection, ledger.Filter(recipient="info@x.test"))
    engine.dispose()
    assert mail["submission"] == later
    assert run("show", "info@x.test", "--json").json["name"] == "Bình"


def test_attributes_are_kept(run: Terminal) -> None:
    made = run("attributes", "define", "tier", "choice", "--choice", "vàng", "--choice", "bạc", "--json")
    assert made.json == {"name": "tier", "label": "tier", "kind": "choice", "choices": ["vàng", "bạc"]}
    assert run("add", "an@x.test", "--set", "tier=đồng", "--json").fault["code"] == "value-wrong"
    run("add", "an@x.test", "--set", "tier=bạc")
    assert run("attributes", "rename", "tier", "hang", "--json").code == 0
    assert run("attributes", "remove", "hang", "--json").fault["code"] == "attribute-removal-unconfirmed"
    assert run("attributes", "remove", "hang", "--yes", "--json").json == {"removed": "hang", "contacts": 1}
    assert [one["name"] for one in run("attributes", "list", "--json").json["attributes"]] == ["city"]
