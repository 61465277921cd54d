import csv
import io
from pathlib import Path

import pytest

from bocau.cells import GUARD, guarded
from tests.doors.cli.terminal import Open, Terminal, fill


@pytest.fixture
def run(terminal: Open) -> Terminal:
    return terminal("submissions")


@pytest.fixture
def filled(run: Terminal) -> str:
    engine = run.engine()
    number = fill(engine, name="=HYPERLINK(evil)\x1b[31m")
    engine.dispose()
    return str(number)


def test_no_submissions_says_how_to_make_one(run: Terminal) -> None:
    assert "bocau send" in run("list").out
    assert run("list", "--json").json == {"submissions": [], "next_before": None}


def test_list_tells_how_far_each_is(run: Terminal, filled: str) -> None:
    (row,) = run("list", "--json").json["submissions"]
    assert (row["id"], row["state"], row["total"], row["open"], row["deferred"], row["rejected"]) == (
        int(filled),
        "running",
        6,
        2,
        1,
        1,
    )
    said = run("list")
    assert "running" in said.out
    assert "\x1b" not in said.out


def test_list_comes_in_pages(run: Terminal, filled: str) -> None:
    engine = run.engine()
    newer = fill(engine, key="newer")
    engine.dispose()
    first = run("list", "--limit", "1", "--json").json
    assert [row["id"] for row in first["submissions"]] == [newer]
    second = run("list", "--before", str(first["next_before"]), "--json").json
    assert [row["id"] for row in second["submissions"]] == [int(filled)]


def test_show_counts_every_state(run: Terminal, filled: str) -> None:
    told = run("show", filled, "--json").json
    counts = {state: count for state, count in told["messages"].items() if count}
    assert counts == {"queued": 2, "deferred": 1, "sent": 1, "failed": 1, "unknown": 1}
    said = run("show", filled)
    assert "messages list --submission" in said.out
    assert "\x1b" not in said.out


@pytest.mark.parametrize("verb", ["show", "pause", "resume", "cancel", "export"])
def test_unknown_submission_is_told(run: Terminal, verb: str) -> None:
    said = run(verb, "9", "--json")
    assert (said.code, said.fault["code"]) == (1, "submission-unknown")


def test_pause_and_resume(run: Terminal, filled: str) -> None:
    assert run("pause", filled, "--json").json["state"] == "paused"
    assert "resume" in run("pause", filled).out
    assert run("resume", filled, "--json").json["state"] == "running"


def test_cancel_wants_a_yes(run: Terminal, filled: str) -> None:
    said = run("cancel", filled, "--json")
    assert (said.code, said.fault["code"]) == (1, "cancel-unconfirmed")
    assert run("show", filled, "--json").json["state"] == "running"


def test_cancel_tells_how_many_are_surely_not_sent(run: Terminal, filled: str) -> None:
    told = run("cancel", filled, "--yes", "--json").json
    assert (told["state"], told["surely"]) == ("cancelled", 3)
    assert run("show", filled, "--json").json["messages"]["cancelled"] == 3
    assert run("resume", filled, "--json").fault["code"] == "submission-over"


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_export_writes_a_row_for_each_message(run: Terminal, filled: str) -> None:
    said = run("export", filled)
    assert said.out.startswith("\ufeffid,row,address,name,state,attempts")
    rows = read(said.out)
    assert [row["state"] for row in rows] == ["sent", "deferred", "failed", "unknown", "queued", "queued"]
    assert (rows[2]["address"], rows[2]["row"], rows[2]["code"], rows[2]["attempts"]) == ("chi@x.test", "4", "550", "1")
    assert rows[0]["relay"] == "sandbox"


def test_export_takes_one_state_and_speaks_json(run: Terminal, filled: str) -> None:
    found = run("export", filled, "--state", "failed", "--json").json
    assert [(row["address"], row["enhanced"]) for row in found] == [("chi@x.test", "5.1.1")]
    assert run("export", filled, "--state", "expired", "--json").json == []


def test_export_goes_page_by_page(run: Terminal, filled: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bocau.doors.cli.terminal.export.PAGE", 2)
    assert len(read(run("export", filled).out)) == 6


def test_export_writes_a_new_private_file_and_never_over_another(run: Terminal, filled: str, tmp_path: Path) -> None:
    target = tmp_path / "ra.csv"
    said = run("export", filled, "-o", str(target))
    assert said.code == 0
    assert "6 messages" in said.out
    assert target.stat().st_mode & 0o777 == 0o600
    assert len(read(target.read_text(encoding="utf-8"))) == 6
    again = run("export", filled, "-o", str(target), "--json")
    assert (again.code, again.fault["code"]) == (1, "export-failed")
    assert [path.name for path in tmp_path.iterdir() if "part" in path.name] == []


def test_export_into_a_folder_that_is_not_there_is_told(run: Terminal, filled: str, tmp_path: Path) -> None:
    said = run("export", filled, "-o", str(tmp_path / "nowhere" / "x.csv"), "--json")
    assert said.fault["code"] == "export-failed"


@pytest.mark.parametrize("text", ["=1+1", "+84901", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", '=cmd|"/c calc"!A1'])
def test_texts_a_spreadsheet_would_compute_are_made_harmless(text: str) -> None:
    assert guarded(text) == GUARD + text


@pytest.mark.parametrize("value", [-5, 0, None, "An", "a=b", "", "a@b.test"])
def test_other_cells_stay_as_they_are(value: object) -> None:
    assert guarded(value) == value
