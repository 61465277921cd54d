import csv
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import click
import pytest
import sqlalchemy as sa

from bocau import sheets
from bocau.audience import imports
from bocau.audience.tables import contact
from bocau.base.db import transaction
from bocau.doors.cli.contacts.imports import import_command, imports_group
from bocau.doors.cli.terminal.frame import Noun
from bocau.doors.cli.terminal.questions import asking
from tests.doors.cli.terminal import Open, Terminal

LIST = "email,Họ tên,Thành phố\nan@a.test,An,Huế\nkhông phải,=1+1,Huế\nbinh@a.test,Bình,Hà Nội\n"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, terminal: Open) -> Terminal:
    """The verbs under their noun."""
    module = ModuleType("bocau.doors.cli.contacts")
    module.command = Noun("contacts", commands={"import": import_command, "imports": imports_group})  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return terminal("contacts")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made: Path = tmp_path / "khách.csv"
    made.write_text(LIST, encoding="utf-8")
    return made


def addresses(run: Terminal) -> list[str]:
    engine = run.engine()
    with transaction(engine) as connection:
        found = list(connection.execute(sa.select(contact.c.address).order_by(contact.c.address)).scalars())
    engine.dispose()
    return found


def test_import_and_its_undoing(run: Terminal, path: Path) -> None:
    said = run("import", str(path), "--tag", "vip", "--source", "hội chợ", "--json")
    assert said.code == 0, said.err
    (told,) = said.json["imports"]
    assert (told["made"], told["refused"], told["state"], told["source"]) == (2, 1, "finished", "hội chợ")
    with Path(told["report"]).open(encoding="utf-8-sig", newline="") as handle:
        lines = list(csv.reader(handle))
    assert lines[0][:5] == ["row", "column", "value", "reason", "imported"]
    assert lines[1] == ["3", "email", "không phải", "not an address", "no", "không phải", "'\u2060=1+1", "Huế"]
    assert run("imports", "list", "--json").json["imports"][0]["id"] == told["id"]
    assert "2" in run("imports", "show", "1").out
    assert run("imports", "undo", "1").code == 1
    assert addresses(run) == ["an@a.test", "binh@a.test"]
    assert run("imports", "undo", "1", "--yes", "--json").json["removed"] == 2
    assert addresses(run) == []


def test_people_read_what_columns_become(run: Terminal, path: Path) -> None:
    said = run("import", str(path), "--dry-run")
    assert said.code == 0
    assert "thanh_pho" in said.out
    assert addresses(run) == []
    told = run("import", str(path), "--map", "Thành phố=city", "--skip", "Họ tên", "--dry-run", "--json").json
    assert [one["becomes"] for one in told["columns"]] == ["email", None, "city"]
    assert "2 new" in run("import", str(path)).out


def test_archive_is_one_import_for_each_table(run: Terminal, tmp_path: Path) -> None:
    packed = tmp_path / "all.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.csv", "email\na@a.test\n")
        archive.writestr("b.tsv", "email\tname\nb@a.test\tB\n")
    assert [one["made"] for one in run("import", str(packed), "--json").json["imports"]] == [1, 1]


def test_what_is_no_table_of_people_in_an_archive_is_left_out_and_told(run: Terminal, tmp_path: Path) -> None:
    packed = tmp_path / "all.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.csv", "email\na@a.test\n")
        archive.writestr("readme.txt", "Xin chào\n")
        archive.writestr("z.csv", "email\nz@a.test\n")
    said = run("import", str(packed), "--json")
    assert said.code == 1
    assert [one["made"] for one in said.json["imports"]] == [1, 1]
    (left,) = said.json["left_out"]
    assert (left["file"], left["code"]) == ("readme.txt", "email-column-missing")
    assert addresses(run) == ["a@a.test", "z@a.test"]
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.txt", "Xin chào\n")
        archive.writestr("b.txt", "Chào\n")
    assert run("import", str(packed), "--json").fault["code"] == "email-column-missing"


def test_ctrl_c_stops_and_the_same_goes_on(run: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.csv"
    path.write_text("email\n" + "".join(f"p{number:05}@a.test\n" for number in range(15_000)), encoding="utf-8")
    store = imports.store
    calls: list[int] = []

    def interrupted(*arguments: object) -> imports.Stored:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return store(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(imports, "store", interrupted)
    assert run("import", str(path)).code == 130
    assert run("imports", "list", "--json").json["imports"][0]["state"] == "stopped"
    assert len(addresses(run)) == 9999
    other = tmp_path / "other.csv"
    other.write_text("email\na@a.test\n", encoding="utf-8")
    assert run("imports", "resume", "1", "--file", str(other), "--json").fault["code"] == "import-file-differs"
    assert run("imports", "resume", "1", "--file", str(path), "--json").json["made"] == 15_000
    assert len(addresses(run)) == 15_000
    assert run("imports", "stop", "1", "--json").fault["code"] == "import-over"


def reported(path: str) -> list[str]:
    with Path(path).open(encoding="utf-8-sig", newline="") as handle:
        return [line[0] for line in csv.reader(handle)][1:]


@pytest.mark.parametrize("dies", ["before its commit", "behind its commit"])
def test_import_that_was_killed_has_all_its_problems_in_the_end(
    run: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dies: str
) -> None:
    path = tmp_path / "x.csv"
    rows = [f"p{number:05}@a.test" for number in range(25_000)]
    for wrong in (1, 9_000, 12_000, 24_000):
        rows[wrong] = "không phải"
    path.write_text("email\n" + "\n".join(rows) + "\n", encoding="utf-8")
    store = imports.store
    calls: list[int] = []

    def killed(*arguments: object) -> imports.Stored:
        calls.append(1)
        if len(calls) == 3 and dies == "behind its commit":
            raise RuntimeError("killed")
        return store(*arguments)  # type: ignore[arg-type]

    def kept(report: sheets.Report) -> None:
        keep(report)
        if len(calls) == 2 and dies == "before its commit":
            raise RuntimeError("killed")

    def died(report: sheets.Report) -> None:
        """Nobody asks a process that is killed; only its files are closed."""
        if report._file is not None:
            report._file.close()

    keep = sheets.Report.keep
    with monkeypatch.context() as broken:
        broken.setattr(imports, "store", killed)
        broken.setattr(sheets.Report, "keep", kept)
        broken.setattr(sheets.Report, "pause", died)
        assert run("import", str(path)).code != 0
    told = run("import", str(path), "--json").json["imports"][0]
    assert (told["made"], told["refused"]) == (24_996, 4)
    assert reported(told["report"]) == ["3", "9002", "12002", "24002"]
    assert list((run.home / "reports").iterdir()) == []


def test_wrong_wishes_are_told(run: Terminal, path: Path) -> None:
    for wrong, code in (
        (("--map", "city"), "map-pair-wrong"),
        (("--map", "Nơi=city"), "column-unknown"),
        (("--map", "Thành phố=status"), "import-map-wrong"),
        (("--list", "không có"), "list-unknown"),
    ):
        said = run("import", str(path), *wrong, "--json")
        assert (said.code, said.fault["code"]) == (1, code)
    assert run("imports", "show", "7", "--json").fault["code"] == "import-unknown"
    assert click.unstyle(run("imports", "list").err + run("imports", "list").out).strip()


def test_its_progress_counts_people_and_neither_headings_nor_empty_rows(run: Terminal, path: Path) -> None:
    path.write_text(LIST + ",,\n", encoding="utf-8")
    assert "Importing ━" in (told := run("import", str(path)).err)
    assert [line.split()[2] for line in told.splitlines() if "Importing" in line][-1] == "3"


def test_what_the_file_was_taken_for_is_told_in_vietnamese(
    run: Terminal, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOCAU_LANGUAGE", "vi")
    assert "khách.csv: CSV, UTF-8, ngăn cột bằng dấu phẩy" in run("import", str(path), "--tag", "vip").out


DOUBTFUL = "email,Học phí\nan@a.test,500.000\nbinh@a.test,12.5\n"


def test_what_can_be_read_in_two_ways_ends_with_the_question_and_nothing_written(run: Terminal, path: Path) -> None:
    path.write_text(DOUBTFUL, encoding="utf-8")
    said = run("import", str(path), "--json")
    assert said.code == 2
    (question,) = said.fault["questions"]
    assert (question["column"], question["row"], question["cell"]) == ("Học phí", 2, "500.000")
    assert [(one["answer"], one["value"]) for one in question["answers"]] == [
        ("number:comma", "500000"),
        ("number:point", "500.0"),
        ("text", "500.000"),
    ]
    assert addresses(run) == []
    assert "--type=Học phí=number:comma" in run("import", str(path)).err
    (told,) = run("import", str(path), question["answers"][1]["option"], "--json").json["imports"]
    assert told["made"] == 2


def test_the_columns_their_meanings_and_an_example_are_data(run: Terminal, path: Path) -> None:
    path.write_text("email,Ngày sinh,Mã\nan@a.test,05/03/1990,007\n", encoding="utf-8")
    said = run("import", str(path), "--type", "Ngày sinh=date:dmy", "--dry-run", "--json")
    told = {one["column"]: (one["becomes"], one["kind"], one["cell"], one["value"]) for one in said.json["columns"]}
    assert told == {
        "email": ("email", None, "an@a.test", "an@a.test"),
        "Ngày sinh": ("ngay_sinh", "date", "05/03/1990", "1990-03-05"),
        "Mã": ("ma", "text", "007", "007"),
    }
    assert said.json["columns"][2]["meaning"] == "code, kept as text"


def test_a_person_at_a_terminal_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    question = {
        "column": "Học phí",
        "question": "Which?",
        "answers": [
            {"answer": "number:comma", "meaning": "number", "value": "500000"},
            {"answer": "text", "meaning": "text", "value": "500.000"},
        ],
    }

    def attempt(answers: dict[str, str]) -> str:
        if "Học phí" not in answers:
            error = imports.ImportUnknownError(id=1)
            error.questions = [question]
            raise error
        return answers["Học phí"]

    def prompt(text: str, **_: object) -> int:
        asked.append(text)
        return 2

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setattr(click, "prompt", prompt)
    with click.Context(click.Command("x")):
        assert asking(attempt) == "text"
    assert asked == ["Which one?"]
