from html import unescape
from pathlib import Path

import pytest

from bocau import campaigns, content, ledger
from bocau.base.clock import now_ms
from bocau.base.db import transaction
from tests.campaigns.world import expand, fill, finish, send
from tests.doors.cli.terminal import Open, Terminal


@pytest.fixture
def run(tmp_path: Path, terminal: Open) -> Terminal:
    """A terminal with thirty contacts and a mail to send."""
    made = terminal("campaigns")
    engine = made.engine()
    with transaction(engine) as connection:
        fill(connection, 30)
    engine.dispose()
    (tmp_path / "tin.md").write_text("Chào {{ name }}\n\n[Thôi nhận tin]({{ unsubscribe_url }})", encoding="utf-8")
    return made


def create(run: Terminal, *more: str) -> str:
    body = str(run.home / "tin.md")
    said = run(
        "create", "--name", "Bản tin", "--from", "A <a@x.test>", "--subject", "Tin", "--markdown", body, *more, "--json"
    )
    assert said.code == 0, said.err
    return str(said.json["id"])


def test_from_draft_to_finished(run: Terminal) -> None:
    number = create(run, "--everyone")
    assert run("show", number, "--json").json["state"] == "draft"
    assert run("stats", number).out == "Nothing has been counted there yet.\n"
    said = run("launch", "Bản tin", "--json")
    assert (said.code, said.json["state"]) == (0, "running")
    engine = run.engine()
    expand(engine, int(number), now_ms())
    assert len(send(engine)) == 30
    assert finish(engine) == [int(number)]
    engine.dispose()
    told = run("stats", number, "--json").json
    assert told["variants"]["A"]["sent"] == 30
    assert "Bản tin" in run("list").out
    people = run("recipients", number, "--state", "sent", "--limit", "7", "--json").json
    assert len(people["recipients"]) == 7
    rest = run("recipients", number, "--after", str(people["next_after"]), "--json").json
    assert len(rest["recipients"]) == 23


def test_options_come_to_a_plan(run: Terminal) -> None:
    number = create(
        run,
        "--everyone",
        "--variant",
        "B:subject=Khác",
        "--variant",
        "B:from=B <b@x.test>",
        "--test-share",
        "20",
        "--test-by",
        "clicks",
        "--test-wait",
        "30m",
        "--per-hour",
        "100",
        "--window",
        "5/10m",
        "--per-domain",
        "gmail.com=7",
        "--quiet",
        "21:00-07:00@recipient",
        "--cap",
        "2/7d",
        "--utm",
        "source=tin",
        "--relay",
        "sandbox",
    )
    told = run("show", number, "--json").json
    assert told["test"] == {"share": 20, "by": "clicks", "wait_seconds": 1800}
    assert [(one["subject"], one["from"]) for one in told["variants"]] == [
        ("Tin", "A <a@x.test>"),
        ("Khác", "B <b@x.test>"),
    ]
    assert told["relay"] == "sandbox"
    assert told["options"] == {
        "track": {"utm": {"source": "tin"}},
        "limits": {
            "per_hour": 100,
            "window": {"most": 5, "seconds": 600},
            "per_domain": {"gmail.com": 7},
            "quiet": {"from": "21:00", "to": "07:00", "zone": "recipient"},
            "frequency": {"most": 2, "days": 7},
        },
    }


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--quiet", "21:00-21:00@recipient"), "campaign-wrong"),
        (("--quiet", "tối"), "option-text"),
        (("--window", "5"), "option-text"),
        (("--relay", "nobody"), "relay-nameless"),
        (("--list", "nobody"), "list-unknown"),
        (("--variant", "B"), "option-text"),
        (("--name", "12"), "campaign-wrong"),
    ],
)
def test_what_cannot_be_meant_is_refused(run: Terminal, options: tuple[str, ...], code: str) -> None:
    number = create(run, "--everyone")
    said = run("change", number, *options, "--json")
    assert (said.code, said.fault["code"]) == (1, code)


def test_change_replaces_what_is_given_and_keeps_the_rest(run: Terminal) -> None:
    number = create(run, "--everyone", "--per-hour", "5")
    told = run("change", number, "--subject", "Mới", "--no-opens", "--json").json
    assert (told["variants"][0]["subject"], told["name"], told["target"]["everyone"]) == ("Mới", "Bản tin", True)
    assert told["options"] == {"limits": {"per_hour": 5}, "track": {"opens": False}}
    assert run("change", number, "--no-limits", "--json").json["options"] == {"track": {"opens": False}}


def test_a_file_names_the_people(run: Terminal) -> None:
    people = run.home / "people.csv"
    people.write_text("Email,Tên,Mã\nan@x.test,An,1\nbinh@x.test,Bình,2\nAN@x.test,An,3\nnobody,,\n", encoding="utf-8")
    number = create(run, "--file", str(people))
    assert run("show", number, "--json").json["file"] == "people.csv"
    assert run("launch", number, "--json").code == 0
    engine = run.engine()
    expand(engine, int(number), now_ms())
    engine.dispose()
    told = run("recipients", number, "--json").json["recipients"]
    assert [one["address"] for one in told] == ["an@x.test", "binh@x.test"]


def test_launch_refuses_what_could_not_be_sent(run: Terminal) -> None:
    number = create(run, "--tag", "nobody")
    said = run("launch", number, "--json")
    assert (said.code, said.fault["code"]) == (1, "campaign-unready")
    assert run("show", number, "--json").json["state"] == "draft"


def test_scheduled_in_a_named_zone_and_taken_back(run: Terminal) -> None:
    number = create(run, "--everyone")
    told = run("schedule", number, "2031-12-01T08:00", "--zone", "Asia/Ho_Chi_Minh", "--json").json
    assert told["state"] == "scheduled"
    assert run("schedule", number, "--off", "--json").json["state"] == "draft"
    told = run("schedule", number, "2031-12-01T08:00", "--local", "--zone", "Asia/Ho_Chi_Minh", "--json").json
    assert (told["local_time"], told["start_at"]) == ("2031-12-01T08:00", None)
    for wrong in ("08:00", "0001-01-01T00:00", "9999-12-31T23:59"):
        assert run("schedule", number, wrong, "--json").fault["code"] == "option-text"


def test_times_are_meant_in_the_zone_of_the_installation(run: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOCAU_ZONE", "Asia/Ho_Chi_Minh")
    number = create(run, "--everyone", "--quiet", "21:00-07:00")
    told = run("schedule", number, "2031-12-01T08:00", "--json").json
    assert told["start_at"] == "2031-12-01T08:00:00.000+07:00"
    assert told["options"]["limits"]["quiet"]["zone"] == "Asia/Ho_Chi_Minh"
    told = run("schedule", number, "2031-12-01T08:00", "--local", "--json").json
    assert (told["local_time"], told["zone"]) == ("2031-12-01T08:00", "Asia/Ho_Chi_Minh")
    monkeypatch.setenv("BOCAU_ZONE", "Asia/Hue")
    assert run("show", number, "--json").fault["code"] == "zone-setting-wrong"
    monkeypatch.setenv("BOCAU_ZONE", "UTC")
    assert run("show", number).code == 0


def test_steps_that_are_not_possible_say_why(run: Terminal) -> None:
    number = create(run, "--everyone")
    assert run("pause", number, "--json").fault["code"] == "campaign-step-wrong"
    assert run("cancel", number, "--json").fault["code"] == "campaign-cancel-unconfirmed"
    assert run("cancel", number, "--yes", "--json").json["state"] == "cancelled"
    assert run("launch", number, "--json").fault["code"] == "campaign-step-wrong"
    assert run("launch", "nobody", "--json").fault["code"] == "campaign-unknown"


def test_a_copy_says_the_same(run: Terminal) -> None:
    number = create(run, "--everyone")
    told = run("copy", number, "--json").json
    assert (told["name"], told["state"], told["copy_of"]) == ("Bản tin (2)", "draft", int(number))
    assert run("delete", str(told["id"]), "--yes", "--json").json["deleted"] is True
    assert campaigns.State.draft.name == run("show", number, "--json").json["state"]


def test_preflight_tells_what_blocks_and_who_gets_it(run: Terminal) -> None:
    number = create(run, "--everyone")
    said = run("preflight", number, "--offline", "--json")
    assert (said.code, said.json["ready"], said.json["audience"]["mailable"]) == (0, True, 30)
    run("change", number, "--subject", "Chào {{ ten_khach }}")
    said = run("preflight", number, "--offline", "--json")
    assert (said.code, said.json["ready"]) == (1, False)
    assert "fields-missing" in {one["code"] for one in said.json["findings"] if one["level"] == "block"}
    assert "ten_khach" in run("preflight", number, "--offline").out


def test_preview_is_the_mail_one_person_would_get(run: Terminal) -> None:
    number = create(run, "--everyone", "--variant", "B:subject=Khác")
    folder = run.home / "xem"
    said = run("preview", number, "--for", "p0007@x.test", "--variant", "B", "-o", str(folder), "--json")
    assert said.code == 0, said.err
    texts = {Path(name).suffix: Path(name).read_text(encoding="utf-8") for name in said.json["files"]}
    assert set(texts) == {".eml", ".html", ".txt"}
    assert "p0007" in texts[".html"]
    assert "/u/" in unescape(texts[".html"])
    assert run("preview", number, "--for", "nobody@x.test", "--json").fault["code"] == "campaign-person-unknown"


def test_a_test_mail_is_marked_and_no_part_of_the_campaign(run: Terminal) -> None:
    number = create(run, "--everyone", "--variant", "B:subject=Khác", "--per-hour", "1")
    told = run("test", number, "toi@x.test", "--json").json["tests"]
    assert [one["variant"] for one in told] == ["A", "B"]
    engine = run.engine()
    with transaction(engine) as connection:
        row = ledger.show_submission(connection, told[0]["submission"])
        assert row is not None
        assert content.load(connection, row["content"]).source.subject == "[Test] Tin"
        assert campaigns.submissions(connection, int(number)) == {}
    engine.dispose()
    assert (row["stream"], row["queue"], "limits" in row["options"], "campaign" in row["options"]) == (
        "transactional",
        "transactional",
        False,
        False,
    )
    assert run("show", number, "--json").json["state"] == "draft"
    assert len(run("test", number, "toi@x.test", "--variant", "B", "--json").json["tests"]) == 1


def test_waiting_ends_with_the_campaign(run: Terminal) -> None:
    number = create(run, "--everyone")
    run("launch", number)
    engine = run.engine()
    expand(engine, int(number), now_ms())
    send(engine)
    finish(engine)
    engine.dispose()
    said = run("retry-failed", number, "--wait", "--json")
    assert (said.code, said.json["state"], said.json["messages"]["sent"]) == (0, "finished", 30)
    assert "30" in run("retry-failed", number, "--wait").out


def test_waiting_ends_when_nobody_works(run: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bocau.doors.cli.campaigns.watch.STILL", 0.0)
    number = create(run, "--everyone")
    said = run("launch", number, "--wait", "--json")
    assert said.code == 5
    assert "No worker" in said.err


def test_waiting_ends_when_a_person_must_decide(run: Terminal) -> None:
    number = create(run, "--everyone", "--variant", "B:subject=Hai", "--test-share", "50", "--test-by", "hand")
    run("launch", number)
    engine = run.engine()
    expand(engine, int(number), now_ms())
    send(engine)
    engine.dispose()
    said = run("retry-failed", number, "--wait")
    assert said.code == 0
    assert "bocau campaigns winner" in said.out
    assert run("winner", number, "B", "--json").json["state"] == "running"
    assert "A" in run("stats", number, "--by", "domain").out


def test_a_test_that_the_sandbox_catches_says_where_it_is_read(run: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    number = create(run, "--everyone")
    assert "Read them: http://127.0.0.1:8025/sandbox, or: bocau sandbox list" in run("test", number, "toi@x.test").out
    monkeypatch.setenv("BOCAU_RELAY_URL", "smtp://mx.x.test:25")
    assert "andbox" not in run("test", number, "toi@x.test").out


def test_a_site_without_https_is_named_with_what_to_set(run: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOCAU_BASE_URL", "http://tin.congty.test")
    number = create(run, "--everyone")
    said = run("preflight", number, "--offline")
    assert "http://tin.congty.test (BOCAU_BASE_URL)" in said.out
    assert "such as BOCAU_BASE_URL=https://" in said.out and said.code == 1
    refused = run("launch", number, "--json").fault
    assert refused["code"] == "campaign-unready"
    assert "BOCAU_BASE_URL" in refused["sentence"] and refused["sentence"].endswith("Nothing was sent.")
    monkeypatch.setenv("BOCAU_BASE_URL", "https://tin.congty.test")
    assert run("launch", number, "--json").json["state"] == "running"


def test_what_is_only_worth_a_look_in_a_file_is_no_row_without_a_mail(run: Terminal) -> None:
    people = run.home / "people.csv"
    people.write_text("Email,status\nmailto:an@x.test,active\nbinh@x.test,blocklisted\n", encoding="utf-8")
    body = str(run.home / "tin.md")
    named = ("create", "--name", "Tin", "--from", "A <a@x.test>", "--subject", "Tin", "--markdown", body)
    said = run(*named, "--file", str(people))
    assert said.code == 0, said.err
    told = said.out + said.err
    assert "read as an@x.test" in told
    assert "the file says “blocklisted”: no mail goes to this person" in told
    assert "1 rows of the file get no mail." in told
