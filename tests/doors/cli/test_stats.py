import csv
import io
from pathlib import Path

import pytest
import sqlalchemy as sa

from bocau.stats.tables import stat
from tests.doors.cli.terminal import Open, Terminal, fill
from tests.stats.plain import folded


@pytest.fixture
def run(terminal: Open) -> Terminal:
    return terminal("stats")


@pytest.fixture
def counted(run: Terminal) -> str:
    engine = run.engine()
    number = fill(engine)
    folded(engine)
    engine.dispose()
    return str(number)


def test_nothing_yet(run: Terminal) -> None:
    assert "Nothing has been counted" in run("show").out
    told = run("show", "--json").json
    assert told["days"] == {}
    assert set(told["totals"].values()) == {0}


def test_show_tells_totals_of_a_submission(run: Terminal, counted: str) -> None:
    totals = run("show", counted, "--json").json["totals"]
    assert {name: n for name, n in totals.items() if n} == {
        "queued": 6,
        "waiting": 2,
        "sent": 1,
        "deferred": 1,
        "failed": 1,
        "unknown": 1,
    }
    said = run("show", counted).out
    assert "waiting" in said
    assert "sent" in said


def test_show_without_a_submission_tells_days(run: Terminal, counted: str) -> None:
    told = run("show", "--json").json
    assert told["totals"]["queued"] == 6
    assert sum(day["sent"] for day in told["days"].values()) == 1


def test_show_divides(run: Terminal, counted: str) -> None:
    told = run("show", counted, "--by", "domain", "--json").json
    assert told["domain"]["x.test"]["queued"] == 6
    assert "x.test" in run("show", counted, "--by", "domain").out
    assert "Nothing has been counted" in run("show", counted, "--by", "link").out


def test_export_writes_every_figure(run: Terminal, counted: str, tmp_path: Path) -> None:
    rows = list(csv.reader(io.StringIO(run("export", counted).out.lstrip("\ufeff"))))
    assert rows[0] == ["dimension", "key", "measure", "count"]
    assert ["all", "", "queued", "6"] in rows
    file = tmp_path / "figures.json"
    assert run("export", counted, "-o", str(file), "--json").code == 0
    assert '"measure": "queued"' in file.read_text()
    assert run("export", counted, "-o", str(file)).code == 1


def test_rebuild_says_whether_anything_was_wrong(run: Terminal, counted: str) -> None:
    assert run("rebuild").code == 0
    engine = run.engine()
    with engine.begin() as connection:
        connection.execute(sa.update(stat).where(stat.c.submission == int(counted)).values(n=77))
    engine.dispose()
    said = run("rebuild", "--json")
    assert (said.code, said.json["different"]) == (4, [int(counted)])
    assert run("rebuild", "--json").json["different"] == []


def test_unknown_submission_is_told(run: Terminal) -> None:
    for verb in ("show", "export"):
        said = run(verb, "9", "--json")
        assert (said.code, said.fault["code"]) == (1, "submission-unknown")
