from pathlib import Path

import pytest

from bocau import ledger
from bocau.base.db import transaction
from tests.doors.cli.terminal import Open, Terminal
from tests.ledger.seeds import submitted


@pytest.fixture
def run(terminal: Open) -> Terminal:
    return terminal("suppressions")


def test_addresses_and_domains_are_stopped_and_let_go(run: Terminal) -> None:
    assert "Nobody is suppressed" in run("list").out
    added = run("add", "An@X.test", "thư.test", "--reason", "bounced", "--days", "30", "--json")
    assert added.json == {"added": 2, "kept": 0}
    found = run("check", "binh@thư.test", "--json").json["suppressions"]
    assert [(one["value"], one["reason"]) for one in found] == [("xn--th-e0a.test", "bounced")]
    assert found[0]["expires_at"]
    assert run("add", "not an address", "--json").fault["code"] == "suppression-wrong"
    assert run("remove", "an@x.test", "--json").json == {"removed": 1}
    assert run("remove", "an@x.test", "--json").fault["code"] == "suppression-unknown"


def test_who_is_stopped_gets_nothing_of_a_running_campaign(run: Terminal) -> None:
    engine = run.engine()
    number = submitted(engine, ["an@x.test", "binh@x.test"])
    run("add", "an@x.test")
    with transaction(engine) as connection:
        states = ledger.counts(connection, number)
    engine.dispose()
    assert (states["suppressed"], states["queued"]) == (1, 1)


def test_a_file_is_taken_in_and_given_out_again(run: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "stop.csv"
    file.write_text("email,reason\nan@x.test,complained\nnonsense\n\nevil.test,whatever\nan@x.test,manual\n")
    made = run("import", str(file), "--scope", "bulk", "--json").json
    assert (made["added"], [one["row"] for one in made["wrong"]]) == (2, [3])
    out = tmp_path / "out.csv"
    assert run("export", "-o", str(out)).code == 0
    lines = out.read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == "value,scope,reason,source,note,created_at,expires_at"
    assert [line.split(",")[:4] for line in lines[1:]] == [
        ["an@x.test", "bulk", "complained", "stop.csv"],
        ["evil.test", "bulk", "manual", "stop.csv"],
    ]


def test_a_file_without_headings_is_taken_whole(run: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "stop.csv"
    file.write_text("an@x.test\nbinh@x.test\n")
    assert run("import", str(file), "--json").json == {
        "added": 2,
        "kept": 0,
        "rejected": 0,
        "wrong": [],
        "report": None,
    }


def test_a_file_stops_what_waits_in_running_campaigns(run: Terminal, tmp_path: Path) -> None:
    engine = run.engine()
    first = submitted(engine, ["an@x.test", "binh@x.test", "chi@x.test"], "one")
    second = submitted(engine, ["chi@x.test", "dung@x.test"], "two")
    file = tmp_path / "stop.csv"
    file.write_text("email\nAn@x.test\nCHI@x.test\nnobody@x.test\n")
    assert run("import", str(file), "--json").json["added"] == 3
    with transaction(engine) as connection:
        told = [ledger.counts(connection, one) for one in (first, second)]
    engine.dispose()
    assert [(one["suppressed"], one["queued"]) for one in told] == [(2, 1), (1, 1)]


def test_wrong_rows_of_a_file_are_listed_in_a_report(run: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "stop.csv"
    file.write_text("email,note\nan@x.test,\nnonsense,from Huế\n=cmd,\n")
    made = run("import", str(file), "--json").json
    assert (made["added"], made["rejected"]) == (1, 2)
    report = Path(made["report"])
    assert report.parent == tmp_path
    lines = report.read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == "row,column,value,reason,imported,email,note"
    assert lines[1].startswith("3,,nonsense,") and lines[1].endswith(",no,nonsense,from Huế")
    assert lines[2].startswith("4,,'\u2060=cmd,")
    again = run("import", str(file), "--report", str(tmp_path / "other.csv"), "--json").json
    assert (again["kept"], again["report"]) == (1, str(tmp_path / "other.csv"))
