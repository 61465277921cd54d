from email import message_from_bytes, policy
from pathlib import Path

import pytest

from bocau import ledger
from bocau.attachments import Store
from bocau.base import config
from bocau.base.clock import now_ms
from bocau.base.db import reading
from bocau.schedules import make_reports
from tests.doors.cli.terminal import Open, Terminal

FROM = "Công ty <tin@congty.test>"
DAY = 86_400_000


@pytest.fixture
def run(terminal: Open) -> Terminal:
    return terminal("schedules")


@pytest.fixture
def sales(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Data in the reports' folder."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "sales.csv").write_text("city,amount\nHuế,5\n=1+1,7\n", encoding="utf-8")
    monkeypatch.setenv("BOCAU_REPORT_FOLDER", str(folder))
    return "sales.csv"


def made(run: Terminal, sales: str, *more: str) -> str:
    given = (
        "create",
        "Doanh số",
        "--when",
        "every Monday 08:00 Asia/Ho_Chi_Minh",
        "--data-file",
        sales,
        "--from",
        FROM,
    )
    return str(run(*given, "--to", "sep@congty.test", *more, "--json").json["id"])


def test_the_next_times_are_shown_without_a_database(run: Terminal) -> None:
    found = run("next", "every Monday 08:00 Asia/Ho_Chi_Minh", "--json").json
    assert found["rule"] == {"kind": "cron", "text": "0 8 * * 1", "zone": "Asia/Ho_Chi_Minh"}
    assert len(found["next"]) == 5
    assert all(at.endswith("T08:00:00+07:00") for at in found["next"])
    said = run("next", "thứ hai hằng tuần 08:00", "--zone", "Europe/Berlin").out
    assert said.count("(Europe/Berlin)") == 5
    assert len(run("next", "FREQ=MONTHLY;BYDAY=-1FR", "--rrule", "--zone", "UTC", "--json").json["next"]) == 5


def test_what_is_not_a_time_is_refused_with_examples(run: Terminal) -> None:
    for words in (("every Mundi 08:00",), ("FREQ=SECONDLY", "--rrule"), ("* * *", "--cron")):
        found = run("next", *words, "--json")
        assert found.code == 1
        assert "when-wrong" in found.err
    assert "zone-unknown" in run("next", "every day 08:00", "--zone", "Mars/Base", "--json").err


def test_no_schedules_says_how_to_make_one(run: Terminal) -> None:
    assert "bocau schedules create" in run("list").out
    assert run("list", "--json").json == {"schedules": []}


def test_a_schedule_is_made_shown_paused_resumed_and_removed(run: Terminal, sales: str) -> None:
    number = made(run, sales)
    (one,) = run("list", "--json").json["schedules"]
    assert (one["name"], one["does"], one["report"]["to"]) == ("Doanh số", "report", ["sep@congty.test"])
    assert len(run("show", "Doanh số", "--json").json["next"]) == 5
    assert run("pause", number, "--json").json["paused"] is True
    assert "paused" in run("list").out
    assert run("resume", number, "--json").json["paused"] is False
    assert "schedule-removal-unconfirmed" in run("remove", number, "--json").err
    assert run("remove", number, "--yes", "--json").json == {"removed": int(number)}
    assert "schedule-unknown" in run("show", number, "--json").err


def test_a_schedule_is_changed(run: Terminal, sales: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOCAU_REPORT_DATABASES", '{"shop": "sqlite:///shop.db"}')
    number = made(run, sales)
    one = run("change", number, "--rename", "Báo cáo", "--cron", "30 9 * * 1", "--zone", "Europe/Berlin", "--json").json
    assert (one["name"], one["rule"]) == ("Báo cáo", {"kind": "cron", "text": "30 9 * * 1", "zone": "Europe/Berlin"})
    assert "T09:30:00" in one["next"][0]
    one = run(
        "change", "Báo cáo", "--zone", "UTC", "--data-url", "https://x.test/a.csv", "--to", "a@x.test", "--json"
    ).json
    assert (one["rule"]["zone"], one["rule"]["text"]) == ("UTC", "30 9 * * 1")
    assert one["report"]["source"] == {"kind": "url", "place": "https://x.test/a.csv", "query": ""}
    assert (one["report"]["to"], one["report"]["from"]) == (["a@x.test"], FROM)
    one = run("change", number, "--database", "shop", "--query", "SELECT 1", "--grace", "5", "--json").json
    assert (one["report"]["source"]["query"], one["grace_minutes"]) == ("SELECT 1", 5)
    one = run("change", number, "--query", "SELECT 2", "--json").json
    assert one["report"]["source"] == {"kind": "sql", "place": "shop", "query": "SELECT 2"}
    for wrong in (
        ("--launch", "1"),
        ("--cron", "0 8 * * 1", "--when", "every day 8:00"),
        ("--data-file", sales, "--query", "x"),
    ):
        assert run("change", number, *wrong).code == 2, wrong


def test_a_report_can_be_looked_at_before_anybody_gets_it(run: Terminal, sales: str, tmp_path: Path) -> None:
    number = made(run, sales, "--attach", "xlsx", "--chart", "bar", "--chart-x", "city", "--chart-y", "amount")
    folder = tmp_path / "look"
    (one,) = run("report", number, "--to-folder", str(folder), "--json").json["written"]
    mail = message_from_bytes(Path(one["file"]).read_bytes(), policy=policy.default)
    assert mail["Subject"] == "Doanh số"
    assert {part.get_filename() for part in mail.walk()} == {None, "Doanh số.xlsx", "chart.png"}
    assert run("history", number, "--json").json == {"history": []}


def test_an_empty_report_that_is_skipped_leaves_nothing_to_look_at(run: Terminal, sales: str, tmp_path: Path) -> None:
    (tmp_path / "data" / sales).write_text("city,amount\n", encoding="utf-8")
    number, folder = made(run, sales, "--skip-empty"), tmp_path / "look"
    told = run("report", number, "--to-folder", str(folder), "--json").json
    assert told == {"submission": None, "rows": 0, "state": "empty"}
    assert not folder.exists()


def test_a_report_is_sent_by_hand(run: Terminal, sales: str) -> None:
    number = made(run, sales)
    found = run("report", number, "--json").json
    assert (found["rows"], found["state"]) == (2, "done")
    (one,) = run("history", number, "--json").json["history"]
    assert (one["state"], one["submission"]) == ("done", found["submission"])
    engine = run.engine()
    with reading(engine) as connection:
        assert ledger.progress(connection, found["submission"]).total == 1
    engine.dispose()


def test_its_history_tells_what_went_wrong_in_the_readers_language(
    run: Terminal, sales: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = made(run, sales)
    (tmp_path / "data" / sales).unlink()
    assert "report-data-unreadable" in run("report", number, "--json").err
    assert run("run", number, "--json").json["state"] == "making"
    assert "waiting to be made" in run("history", number).out
    settings, engine = config.load(), run.engine()
    now = now_ms()
    while make_reports(engine, settings, Store(settings), now):
        said = " ".join(run("history", number).out.split())
        assert "no such file" in said
        assert ("failed; will be tried again at 20" in said) or (" failed " in said and "being made" not in said)
        now += DAY
    engine.dispose()
    assert "tried again" not in said
    (one,) = run("history", number, "--json").json["history"]
    assert (one["state"], one["code"], one["attempts"]) == ("failed", "report-data-unreadable", 5)
    assert one["error"].endswith("there is no such file. Nothing was sent.") and "sentence" not in one
    monkeypatch.setenv("BOCAU_LANGUAGE", "vi")
    said = run("history", number).out
    assert "không có tệp này" in " ".join(said.split()) and "Nothing was sent" not in said


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--data-file", "none.csv"), "report-source-wrong"),
        (("--data-file", "."), "report-source-wrong"),
        (("--data-file", "../home.csv"), "report-source-wrong"),
        (("--data-file", "book.csv"), "report-source-wrong"),
        (("--data-file", "broken.json"), "report-source-wrong"),
        (("--data-url", "ftp://x.test/a.csv"), "report-source-wrong"),
        (("--data-url", "sales.csv"), "report-source-wrong"),
        (("--data-url", "https:///a.csv"), "report-source-wrong"),
        (("--database", "shop", "--query", "SELECT 1"), "report-database-unknown"),
    ],
)
def test_a_source_that_cannot_be_right_is_refused_at_once(
    run: Terminal, sales: str, tmp_path: Path, words: tuple[str, ...], code: str
) -> None:
    (tmp_path / "data" / "book.csv").write_bytes(b"PK\x03\x04\0\0")
    (tmp_path / "data" / "broken.json").write_text("[{")
    (tmp_path / "home.csv").write_text("a\n1\n")
    common = ("--when", "every day 08:00", "--from", FROM, "--to", "a@x.test", "--json")
    assert run("create", "Một", *words, *common).fault["code"] == code
    number = made(run, sales)
    assert run("change", number, *words, "--json").fault["code"] == code
    (one,) = run("list", "--json").json["schedules"]
    assert one["report"]["source"]["place"] == sales


def test_what_stays_as_it_is_is_not_looked_at_again(run: Terminal, sales: str, tmp_path: Path) -> None:
    number = made(run, sales)
    (tmp_path / "data" / sales).unlink()
    assert run("change", number, "--rename", "Báo cáo", "--json").json["name"] == "Báo cáo"


@pytest.mark.parametrize(
    "words",
    [
        ("--when", "every day 08:00"),
        ("--data-file", "a.csv", "--from", FROM, "--to", "a@x.test"),
        (
            "--when",
            "every day 08:00",
            "--cron",
            "0 8 * * *",
            "--data-file",
            "a.csv",
            "--from",
            FROM,
            "--to",
            "a@x.test",
        ),
        ("--when", "every day 08:00", "--data-file", "a.csv"),
        ("--when", "every day 08:00", "--database", "b", "--from", FROM, "--to", "a@x.test"),
        ("--when", "every day 08:00", "--data-file", "a", "--from", FROM, "--to", "a@x.test", "--chart", "bar"),
    ],
)
def test_options_that_do_not_go_together_are_refused(run: Terminal, words: tuple[str, ...]) -> None:
    assert run("create", "Một", *words).code == 2


def test_what_could_never_be_sent_is_refused_at_once(run: Terminal, sales: str, tmp_path: Path) -> None:
    broken = tmp_path / "broken.html"
    broken.write_text("<p>{% for %}</p>")
    common = ("create", "Một", "--when", "every day 08:00", "--data-file", sales)
    assert "template-wrong" in run(*common, "--from", FROM, "--to", "a@x.test", "--html", str(broken), "--json").err
    assert "address-wrong" in run(*common, "--from", FROM, "--to", "nobody", "--json").err
    assert "campaign-unknown" in run("create", "Hai", "--when", "every day 08:00", "--copy", "99", "--json").err
    assert run("list", "--json").json == {"schedules": []}
