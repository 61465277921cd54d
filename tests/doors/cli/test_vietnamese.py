"""What a receptionist who reads Vietnamese sees, and that programs see what they always saw."""

from pathlib import Path

import click
import pytest

from bocau.base.words import catalogue
from bocau.doors.cli import NOUNS, command
from bocau.doors.cli.terminal.frame import PLACE
from tests.doors.cli.terminal import Open, Terminal
from tests.doors.cli.test_frame import verbs


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, terminal: Open) -> Terminal:
    """A Vietnamese terminal; set its ``noun`` before a command."""
    made = terminal("contacts")
    monkeypatch.setenv("BOCAU_LANGUAGE", "vi")
    return made


def of(run: Terminal, noun: str, *words: str) -> str:
    run.noun = noun
    said = run(*words)
    assert said.code == 0, said.err
    return said.out


def lines(out: str) -> list[str]:
    """Each with single spaces, so that widths do not matter."""
    return [" ".join(line.split()) for line in out.splitlines()]


def test_a_contact_is_shown_in_words(run: Terminal) -> None:
    of(run, "contacts", "attributes", "define", "amount", "number", "--label", "Doanh số")
    of(run, "contacts", "attributes", "define", "vip", "boolean", "--label", "Khách quý")
    of(run, "lists", "create", "Bản tin", "--opt-in", "single")
    of(run, "contacts", "add", "an@x.test", "--name", "Nguyễn Văn Ân", "--set", "amount=1500000.5", "--set", "vip=true")
    of(run, "lists", "add", "Bản tin", "an@x.test", "--source", "quầy")
    of(run, "suppressions", "add", "an@x.test", "--scope", "bulk", "--reason", "complained")
    said = lines(of(run, "contacts", "show", "an@x.test"))
    assert said[0] == "Liên hệ 1: an@x.test"
    for line in ("Tên: Nguyễn Văn Ân", "Trạng thái: đang hoạt động", "Doanh số: 1.500.000,5", "Khách quý: có"):
        assert line in said
    assert any(line.startswith("Bản tin đang nhận tin ") for line in said)
    assert "an@x.test chỉ thư hàng loạt đã báo thư rác" in said
    assert any(line.endswith("được đưa vào danh sách dòng lệnh Bản tin quầy") for line in said)
    whole = "\n".join(said)
    assert not [word for word in ("active", "subscribed", "created", "command", "bulk") if word in whole]
    run.noun = "contacts"
    told = run("show", "an@x.test", "--json").json
    assert (told["status"], told["lists"][0]["state"]) == ("active", "subscribed")
    assert (told["suppressions"][0]["scope"], told["suppressions"][0]["reason"]) == ("bulk", "complained")
    assert told["attributes"] == {"amount": 1500000.5, "vip": True}


def test_a_list_is_shown_in_words(run: Terminal) -> None:
    of(run, "lists", "create", "Bản tin", "--about", "Tin hằng tuần", "--hidden")
    said = lines(of(run, "lists", "show", "Bản tin"))
    assert said[0] == "Danh sách 1: Bản tin"
    for line in (
        "Nội dung: Tin hằng tuần",
        "Đang nhận: 0",
        "Người đăng ký qua biểu mẫu: được hỏi qua thư trước",
        "Hiện ở trang tùy chọn: không",
    ):
        assert line in said
    run.noun = "lists"
    told = run("show", "Bản tin", "--json").json
    assert (told["opt_in"], told["hidden"], told["subscribed"]) == ("double", True, 0)


def test_what_stops_mail_is_listed_in_words(run: Terminal) -> None:
    of(run, "suppressions", "add", "x.test", "--until", "2030-01-02")
    (line,) = [line for line in lines(of(run, "suppressions", "list")) if "x.test" in line]
    assert line.startswith("1 x.test mọi thư trong danh sách") and " 2030-01-02 " in line
    run.noun = "suppressions"
    (told,) = run("list", "--json").json["suppressions"]
    assert (told["scope"], told["reason"]) == ("all", "manual")
    assert told["expires_at"].startswith("2030-01-02T00:00:00")


def test_the_columns_of_an_import_are_told_in_words(run: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "khách.csv"
    file.write_text("email,Họ tên,Ghi chú,Doanh số\nan@x.test,Ân,x,10\n", encoding="utf-8")
    said = lines(of(run, "contacts", "import", str(file), "--skip", "Ghi chú", "--dry-run"))
    assert "email địa chỉ an@x.test" in said and "Họ tên tên Ân" in said
    assert "Doanh số doanh_so số 10 mới" in said


def test_what_stands_for_a_value_is_a_vietnamese_word_in_every_command() -> None:
    known, context = catalogue("vi"), click.Context(command)
    strange = {
        f"{noun} {verb.name}: {found}"
        for noun in NOUNS
        for verb in verbs(command.get_command(context, noun))  # type: ignore[attr-defined]
        for piece in [
            *verb.collect_usage_pieces(context),
            *(one.make_metavar(context) for one in verb.params if not getattr(one, "is_flag", False)),
        ]
        for found in PLACE.findall(piece)
        if found not in known
    }
    assert not strange
    assert {"OPTIONS", "COMMAND", "ARGS"} <= set(known)


def test_usage_is_told_in_vietnamese(run: Terminal) -> None:
    said = of(run, "contacts", "imports", "resume", "--help")
    assert "Cách dùng: bocau contacts imports resume [TÙY_CHỌN] SỐ" in said and "[bắt buộc]" in said
    run.noun = "contacts"
    assert "Thiếu tham số 'ĐỊA_CHỈ'" in run("show").err


def test_what_goes_wrong_is_told_without_the_systems_english(run: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "out.csv"
    file.touch()
    run.noun = "contacts"
    assert f"Không ghi được hết vào {file}: đã tồn tại." in run("export", "-o", str(file)).err
    assert "không có tệp hay thư mục này" in run("export", "-o", str(tmp_path / "none" / "out.csv")).err
    assert "--set: không hiểu được “abc”" in run("add", "an@x.test", "--set", "abc").err
    run.noun = "suppressions"
    assert "'ĐƯỜNG_DẪN': Không có 'none.csv'." in run("import", "none.csv").err
