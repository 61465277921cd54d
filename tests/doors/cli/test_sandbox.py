from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from bocau.doors.cli import call
from bocau.sandbox import Mailbox
from tests.sandbox.letters import caught, letter

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("BOCAU_HOME", str(tmp_path))
    monkeypatch.setenv("BOCAU_LANGUAGE", "en")

    def run(*arguments: str) -> tuple[int, str, str]:
        code = call(("sandbox", *arguments))
        out, err = capfd.readouterr()
        return code, out, err

    return run


@pytest.fixture
def mails(tmp_path: Path) -> list[bytes]:
    raws = [letter(subject=f"Nhắc lịch {number}", text=f"mã DH{number}\x1b[31m") for number in range(3)]
    with Mailbox(tmp_path) as mailbox:
        mailbox.add([caught(raw) for raw in raws])
    return raws


def test_list_shows_newest_first_for_people_and_programs(run: Run, mails: list[bytes]) -> None:
    code, out, _ = run("list", "--limit", "2")
    assert code == 0
    assert out.index("Nhắc lịch 2") < out.index("Nhắc lịch 1")
    assert "2 of 3 mails." in out
    found = orjson.loads(run("list", "--limit", "2", "--json")[1])
    assert [mail["subject"] for mail in found["mails"]] == ["Nhắc lịch 2", "Nhắc lịch 1"]
    assert (
        orjson.loads(run("list", "--before", str(found["next_before"]), "--json")[1])["mails"][0]["subject"]
        == "Nhắc lịch 0"
    )


def test_list_searches_the_text_of_mails_just_caught(run: Run, mails: list[bytes]) -> None:
    found = orjson.loads(run("list", "--search", "dh1", "--in", "text", "--json")[1])
    assert [mail["subject"] for mail in found["mails"]] == ["Nhắc lịch 1"]


def test_show_tells_one_mail_without_letting_it_write_to_the_terminal(run: Run, mails: list[bytes]) -> None:
    code, out, _ = run("show", "1")
    assert code == 0
    assert "Subject: Nhắc lịch 0" in out
    assert "mã DH0" in out
    assert "\x1b" not in out


def test_show_raw_is_the_mail_byte_for_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mails: list[bytes], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setenv("BOCAU_HOME", str(tmp_path))
    assert call(("sandbox", "show", "2", "--raw")) == 0
    assert capfdbinary.readouterr().out == mails[1]


def test_show_unknown_mail_is_an_error_with_a_sentence(run: Run, mails: list[bytes]) -> None:
    code, _, err = run("show", "99", "--json")
    assert code == 1
    assert orjson.loads(err)["error"]["code"] == "sandbox-mail-unknown"


def test_export_writes_files(run: Run, mails: list[bytes], tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    assert run("export", str(folder))[0] == 0
    assert sorted(path.read_bytes() for path in folder.iterdir()) == sorted(mails)
    assert run("export", str(folder / "one"), "--search", "dh2")[1].startswith("1 mails written")


def test_export_into_a_file_is_an_error_with_a_sentence(run: Run, mails: list[bytes], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    code, _, err = run("export", str(tmp_path / "file" / "below"), "--json")
    assert (code, orjson.loads(err)["error"]["code"]) == (1, "sandbox-export-failed")


def test_clear_asks_first(run: Run, mails: list[bytes], tmp_path: Path) -> None:
    assert run("clear", "--json")[0] == 1
    with Mailbox(tmp_path) as mailbox:
        assert mailbox.tally().mails == 3
    assert orjson.loads(run("clear", "--yes", "--json")[1]) == {"deleted": 3}
    assert orjson.loads(run("clear", "--json")[1]) == {"deleted": 0}
