"""`bocau send`, everything up to the ledger: what goes in, what is refused, what is written."""

import csv
import email
import email.message
import email.policy
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from bocau.base.db import make_engine, reading
from bocau.doors.cli.terminal.frame import Exit
from bocau.ledger.tables import message, submission
from tests.doors.cli.conftest import Called, Cli

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
FROM = "Phòng khám <hen@clinic.test>"
Send = Callable[..., Called]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "work"
    made.mkdir()
    (made / "mail.html").write_text("<p>Chào {{ name }}</p>", encoding="utf-8")
    (made / "list.csv").write_text("email,name\na@mail.test,An\nb@mail.test,Bình\n", encoding="utf-8")
    return made


@pytest.fixture
def send(cli: Cli, home: Path, furnish: Callable[[Path], None], folder: Path, monkeypatch: pytest.MonkeyPatch) -> Send:
    """Send with a sender, a subject and a body, not waiting; options given later win."""
    furnish(home)
    monkeypatch.chdir(folder)

    def called(*arguments: str, body: bool = True) -> Called:
        usual = ["--from", FROM, "--subject", "Nhắc lịch", "--no-wait"]
        return cli("send", *usual, *(["--html", "mail.html"] if body else []), *arguments)

    return called


@pytest.fixture
def rows(home: Path) -> Callable[[], list[Any]]:
    """All messages, by id."""

    def read() -> list[Any]:
        engine = make_engine(f"sqlite:///{home / 'bocau.db'}")
        try:
            with reading(engine) as connection:
                return list(connection.execute(sa.select(message).order_by(message.c.id)))
        finally:
            engine.dispose()

    return read


def stored(home: Path) -> list[Any]:
    engine = make_engine(f"sqlite:///{home / 'bocau.db'}")
    try:
        with reading(engine) as connection:
            return list(connection.execute(sa.select(submission).order_by(submission.c.id)))
    finally:
        engine.dispose()


def test_list_goes_into_the_ledger(send: Send, rows: Callable[[], list[Any]], home: Path) -> None:
    called = send("--csv", "list.csv", "--json")
    assert called.code == 0
    assert called.data["queued"] == called.data["total"] == 2
    assert [(row.address, row.name, row.row) for row in rows()] == [
        ("a@mail.test", "An", 2),
        ("b@mail.test", "Bình", 3),
    ]
    (one,) = stored(home)
    assert (one.stream, one.queue, one.sender, one.name) == ("transactional", "bulk", FROM, "list.csv")
    assert one.expires_at - one.created_at == 24 * 3600 * 1000


@pytest.mark.parametrize(
    ("options", "queue"),
    [
        (("--to", "An <a@mail.test>"), "transactional"),
        (("--to", "An <a@mail.test>", "--stream", "bulk", "--unsubscribe-url", "https://clinic.test/u"), "bulk"),
        (("--to", "An <a@mail.test>", "--queue", "bulk.eu"), "bulk.eu"),
        (("--csv", "list.csv", "--test", "a@mail.test"), "transactional"),
        (("--csv", "list.csv", "--queue", "transactional"), "transactional"),
        (("--csv", "list.csv"), "bulk"),
    ],
)
def test_single_mail_does_not_wait_behind_a_file(send: Send, home: Path, options: tuple[str, ...], queue: str) -> None:
    assert send(*options, "--json").code == 0
    assert [one.queue for one in stored(home)] == [queue]


@pytest.mark.parametrize("queue", ["chores", "bulk.", "khác"])
def test_queue_that_nobody_serves_is_refused(send: Send, home: Path, queue: str) -> None:
    called = send("--to", "a@mail.test", "--queue", queue, "--json")
    assert called.code == Exit.usage
    assert stored(home) == []


def test_people_see_what_the_file_was_taken_for_and_a_table(send: Send) -> None:
    called = send("--csv", str(EXAMPLES / "messy-cp1258.csv"), "--report", "problems.csv", "--html", "mail.html")
    assert "CSV, Windows-1258, commas; 17 rows, 10 people" in called.out
    assert "To the sandbox" in called.out
    assert "Sent" in called.out and "Mails/s" in called.out
    assert "7 rows were not mailed." in called.out
    with Path("problems.csv").open(encoding="utf-8-sig", newline="") as handle:
        assert [row["row"] for row in csv.DictReader(handle)] == ["3", "4", "5", "6", "10", "11", "13", "16"]


def test_report_lies_beside_the_list_unless_told_otherwise(send: Send, folder: Path) -> None:
    shutil.copy(EXAMPLES / "messy-semicolon.csv", folder)
    called = send("--csv", "messy-semicolon.csv", "--json")
    assert called.data["report"] == "messy-semicolon-problems.csv"
    assert (folder / "messy-semicolon-problems.csv").exists()
    assert called.data["rejected"] == 7


def test_same_command_again_adds_nobody(send: Send, rows: Callable[[], list[Any]]) -> None:
    first = send("--csv", "list.csv", "--json")
    second = send("--csv", "list.csv", "--json")
    assert second.data["submission"] == first.data["submission"]
    assert len(rows()) == 2
    assert "This is already submission" in send("--csv", "list.csv").out


def test_again_sends_anew(send: Send, rows: Callable[[], list[Any]]) -> None:
    first = send("--csv", "list.csv", "--json")
    second = send("--csv", "list.csv", "--again", "--json")
    assert second.data["submission"] != first.data["submission"]
    assert len(rows()) == 4


@pytest.mark.parametrize(
    "option",
    [
        ["--subject", "Khác"],
        ["--from", "x@clinic.test"],
        ["--limit", "1"],
        ["--type", "name=text"],
        ["--reply-to", "r@clinic.test"],
    ],
)
def test_other_options_are_another_submission(send: Send, home: Path, option: list[str]) -> None:
    send("--csv", "list.csv")
    send("--csv", "list.csv", *option)
    assert len(stored(home)) == 2


def test_limit(send: Send, rows: Callable[[], list[Any]]) -> None:
    assert send("--csv", "list.csv", "--limit", "1", "--json").data["total"] == 1
    assert [row.address for row in rows()] == ["a@mail.test"]


def test_spreadsheet(send: Send, rows: Callable[[], list[Any]]) -> None:
    called = send("--xlsx", str(EXAMPLES / "contacts-1k.xlsx"), "--json")
    assert called.data["total"] == 1000
    assert orjson.loads(rows()[0].data)["so_tien"] == 6233000


def test_everybody_gets_their_own_attachment(send: Send, rows: Callable[[], list[Any]], home: Path) -> None:
    called = send(
        "--csv",
        str(EXAMPLES / "payroll-40.csv"),
        "--html",
        str(EXAMPLES / "payslip.html"),
        "--attach-column",
        "attachment",
        "--json",
    )
    assert called.data["total"] == 40
    for row in rows():
        (file,) = orjson.loads(row.files)
        wanted = EXAMPLES / orjson.loads(row.data)["attachment"]
        kept = home / "files" / file["digest"][:2] / file["digest"]
        assert kept.read_bytes() == wanted.read_bytes()


def test_missing_attachment_keeps_only_its_row_back(send: Send, folder: Path, rows: Callable[[], list[Any]]) -> None:
    (folder / "a.pdf").write_bytes(b"%PDF-1.4")
    (folder / "list.csv").write_text("email,name,file\na@mail.test,An,a.pdf\nb@mail.test,B,b.pdf\nc@mail.test,C,../x\n")
    called = send("--csv", "list.csv", "--attach-column", "file", "--json")
    assert called.data["rejected"] == 2
    assert [row.address for row in rows()] == ["a@mail.test"]


def test_single_people_with_data(send: Send, rows: Callable[[], list[Any]], folder: Path) -> None:
    (folder / "mail.html").write_text("<p>{{ name }} {{ ma_don }} {{ amount }}</p>")
    called = send(
        "--to",
        "An <An@mail.test>",
        "--to",
        "Bình <b@mail.test>",
        "--data",
        "Mã đơn=007",
        "--data",
        "amount=5",
        "--json",
    )
    assert called.data["total"] == 2
    assert [(row.address, row.name, row.row) for row in rows()] == [
        ("an@mail.test", "An", 0),
        ("b@mail.test", "Bình", 0),
    ]
    assert orjson.loads(rows()[0].data) == {"ma_don": "007", "amount": 5}


def test_test_mail_has_the_first_rows_data_and_goes_to_one_address(send: Send, rows: Callable[[], list[Any]]) -> None:
    for _ in range(2):
        called = send("--csv", "list.csv", "--test", "me@clinic.test", "--json")
        assert called.data["total"] == 1
    assert [row.address for row in rows()] == ["me@clinic.test"] * 2
    assert orjson.loads(rows()[0].data)["name"] == "An"
    assert rows()[0].submission != rows()[1].submission


def test_dry_run_writes_letters_and_sends_nothing(send: Send, rows: Callable[[], list[Any]], folder: Path) -> None:
    called = send("--csv", "list.csv", "--dry-run", "out", "--json", "--subject", "Chào {{ name }}")
    assert called.code == 0
    written = called.data["written"]
    assert isinstance(written, list)
    letters = [email.message_from_bytes(Path(one["file"]).read_bytes(), policy=email.policy.default) for one in written]
    assert [letter["To"] for letter in letters] == ["An <a@mail.test>", "Bình <b@mail.test>"]
    assert [letter["Subject"] for letter in letters] == ["Chào An", "Chào Bình"]
    assert "Chào An" in letters[0].get_body(("html",)).get_content()
    assert rows() == []


def test_dry_run_of_a_long_list_writes_the_first_five(send: Send, folder: Path) -> None:
    assert send("--csv", str(EXAMPLES / "contacts-10k.csv"), "--dry-run").code == 0
    assert len(list((folder / "dry-run").glob("*.eml"))) == 5


def test_dry_run_says_which_letter_cannot_be_made(send: Send, folder: Path) -> None:
    (folder / "list.csv").write_text('email,name\na@mail.test,"An\nBcc: all@mail.test"\nb@mail.test,7\n')
    called = send("--csv", "list.csv", "--dry-run", "out", "--subject", "Chào {{ name|number }}", "--json")
    assert called.code == 4
    first, second = called.data["written"]  # type: ignore[misc]
    assert "not a number" in first["error"] and not first["file"]
    assert second["file"] and not second["error"]
    assert all(b"\nBcc:" not in path.read_bytes() for path in (folder / "out").glob("*.eml"))


def test_strict_sends_nothing_and_lists_all(send: Send, rows: Callable[[], list[Any]], folder: Path) -> None:
    shutil.copy(EXAMPLES / "messy-comma-bom.csv", folder / "messy.csv")
    called = send("--csv", "messy.csv", "--strict", "--json")
    assert called.code == 1
    assert called.error["code"] == "rows-refused"
    assert (folder / "messy-problems.csv").exists()
    assert rows() == []


def refused(called: Called) -> dict[str, str]:
    assert called.code == 1, called
    assert called.out == ""
    assert called.error["hint"]
    assert "\x1b" not in called.error["sentence"]
    return called.error


def test_unknown_fields_are_told_before_anything_is_sent(
    send: Send, rows: Callable[[], list[Any]], folder: Path
) -> None:
    (folder / "mail.html").write_text("<p>{{ nmae }}</p>\n<p>{{ row['Tuổi'] }}</p>")
    error = refused(send("--csv", "list.csv", "--json"))
    assert error["code"] == "fields-missing"
    assert "nmae (html, 1), row['Tuổi'] (html, 2)" in error["sentence"]
    assert "email, name" in error["hint"]
    assert rows() == []
    assert send("--csv", "list.csv", "--allow-missing", "--json").code == 0
    assert len(rows()) == 2


def test_fields_of_single_mails_are_checked_too(send: Send) -> None:
    assert refused(send("--to", "a@mail.test", "--json"))["code"] == "fields-missing"
    assert send("--to", "An <a@mail.test>", "--json").code == 0
    assert send("--to", "a@mail.test", "--data", "name=An", "--json").code == 0


def test_broken_template_says_line_and_column(send: Send, folder: Path) -> None:
    (folder / "mail.html").write_text("<p>\n{{ name </p>")
    error = refused(send("--csv", "list.csv", "--json"))
    assert "line 2" in error["sentence"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--csv", "none.csv"], "file-unreadable"),
        (["--csv", "."], "file-unreadable"),
        (["--csv", "empty.csv"], "file-empty"),
        (["--csv", "nobody.csv"], "nobody-to-mail"),
        (["--csv", "phones.csv"], "email-column-missing"),
        (["--csv", "data.csv"], "headings-missing"),
        (["--csv", "list.csv", "--email-column", "mail"], "column-unknown"),
        (["--csv", "list.csv", "--attach-column", "pdf"], "column-unknown"),
        (["--csv", "list.csv", "--encoding", "klingon"], "encoding-unknown"),
        (["--csv", "bytes.csv"], "encoding-wrong"),
        (["--csv", "list.csv", "--delimiter", ";;"], "delimiter-wrong"),
        (["--csv", "quote.csv"], "quote-open"),
        (["--csv", "list.csv", "--type", "name"], "option-text"),
        (["--csv", "list.csv", "--type", "name=colour"], "option-text"),
        (["--csv", "list.csv", "--header", "X-A"], "option-text"),
        (["--csv", "list.csv", "--header", "X-A: b\r\nBcc: all@mail.test"], "header-wrong"),
        (["--csv", "list.csv", "--header", "Bcc: all@mail.test"], "header-wrong"),
        (["--csv", "list.csv", "--subject", "a\nBcc: all@mail.test"], "subject-wrong"),
        (["--csv", "list.csv", "--from", "a\nBcc: all@mail.test <a@b.test>"], "address-broken-line"),
        (["--csv", "list.csv", "--from", "nobody"], "address-wrong"),
        (["--csv", "list.csv", "--reply-to", "a@b.test\nBcc: all@mail.test"], "address-broken-line"),
        (["--csv", "list.csv", "--stream", "bulk"], "unsubscribe-missing"),
        (["--csv", "list.csv", "--stream", "bulk", "--unsubscribe-url", "http://x.test"], "unsubscribe-wrong"),
        (["--csv", "list.csv", "--stream", "slow"], "stream-unknown"),
        (["--csv", "list.csv", "--attach", "none.pdf"], "file-missing"),
        (["--csv", "list.csv", "--attach", "run.exe"], "file-refused"),
        (["--csv", "list.csv", "--html", "none.html"], "body-unreadable"),
        (["--csv", "list.csv", "--html", "empty.csv"], "body-unreadable"),
        (["--csv", "list.csv", "--html", "bytes.csv"], "body-unreadable"),
        (["--csv", "list.csv", "--test", "nobody"], "address-wrong"),
        (["--csv", "list.csv", "--dry-run", "list.csv"], "folder-unwritable"),
        (["--to", "a@b.test; c@d.test", "--data", "name=x"], "address-several"),
        (["--to", "An <a@b.test>\r\nBcc: x@y.test", "--data", "name=x"], "address-broken-line"),
        (["--to", "a@b.test", "--data", "name"], "option-text"),
        (["--to", "a@b.test", "--data", "=x"], "option-text"),
    ],
)
def test_wrong_input_gets_a_sentence_and_nothing_is_sent(
    send: Send, folder: Path, home: Path, arguments: list[str], code: str
) -> None:
    (folder / "empty.csv").write_bytes(b"\n")
    (folder / "nobody.csv").write_text("email,name\nwrong,An\n")
    (folder / "phones.csv").write_text("Họ tên,Điện thoại\nAn,0912345678\n", encoding="utf-8")
    (folder / "data.csv").write_text("a@mail.test,An\n")
    (folder / "bytes.csv").write_bytes(b"email,name\na@mail.test,\xff\x8d\x90\n")
    (folder / "quote.csv").write_text('email,name\na@mail.test,"An\nb@mail.test,B\n')
    (folder / "run.exe").write_bytes(b"MZ" + bytes(50))
    error = refused(send(*arguments, "--json"))
    assert error["code"].replace("_", "-") == code
    assert stored(home) == []


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--csv", "list.csv", "--to", "a@b.test"],
        ["--csv", "list.csv", "--data", "a=b"],
        ["--csv", "list.csv", "--markdown", "mail.html"],
        ["--to", "a@b.test", "--attach-column", "x"],
        ["--csv", "list.csv", "--limit", "0"],
    ],
)
def test_options_that_do_not_go_together_are_wrong_usage(send: Send, home: Path, arguments: list[str]) -> None:
    assert send(*arguments).code == 2
    assert stored(home) == []


def test_no_body_is_wrong_usage(send: Send) -> None:
    assert send("--csv", "list.csv", body=False).code == 2


def test_body_from_standard_input(send: Send, rows: Callable[[], list[Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    import io
    import sys

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("Chào {{ name }}".encode()), encoding="utf-8"))
    assert send("--csv", "list.csv", "--text", "-", body=False).code == 0
    assert len(rows()) == 2


def test_real_people_are_mailed_only_after_a_yes(
    send: Send, rows: Callable[[], list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOCAU_RELAY_URL", "smtp://relay.example.net:587?tls=off")
    error = refused(send("--csv", "list.csv", "--json"))
    assert error["code"] == "unconfirmed"
    assert "(2)" in error["sentence"] and "relay.example.net" in error["sentence"]
    assert "--yes" in error["hint"]
    assert rows() == []
    assert send("--csv", "list.csv", "--yes").code == 0
    assert len(rows()) == 2


def test_test_mail_asks_too(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOCAU_RELAY_URL", "smtp://relay.example.net:587?tls=off")
    assert "(1)" in refused(send("--csv", "list.csv", "--test", "me@clinic.test", "--json"))["sentence"]


def test_bulk_stream_with_a_way_to_unsubscribe(send: Send, home: Path) -> None:
    called = send("--csv", "list.csv", "--stream", "bulk", "--unsubscribe-url", "https://clinic.test/x", "--json")
    assert called.code == 0
    (one,) = stored(home)
    assert one.stream == "bulk"
    assert orjson.loads(one.options)["unsubscribe_url"] == "https://clinic.test/x"


def test_shared_attachment_is_part_of_the_content(send: Send, folder: Path) -> None:
    (folder / "a.pdf").write_bytes(b"%PDF-1.4 both")
    called = send("--csv", "list.csv", "--attach", "a.pdf", "--dry-run", "out", "--json")
    assert called.code == 0
    letter = email.message_from_bytes(next((folder / "out").glob("*.eml")).read_bytes(), policy=email.policy.default)
    assert [part.get_filename() for part in letter.iter_attachments()] == ["a.pdf"]


def test_cancelled_submission_is_not_sent_on(send: Send, cli: Cli) -> None:
    number = send("--csv", "list.csv", "--json").data["submission"]
    assert cli("submissions", "cancel", str(number), "--yes").code == 0
    assert refused(send("--csv", "list.csv", "--json"))["code"] == "submission-cancelled"


def test_order_that_can_make_no_letter_is_refused_before_ten_thousand_fail(
    send: Send, folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOCAU_MAIL_MAX_BYTES", "20000")
    (folder / "mail.html").write_text("<p>" + "x" * 30000 + "</p>")
    assert refused(send("--csv", "list.csv", "--json"))["code"].replace("_", "-") == "letter-too-large"
    assert stored(home) == []


def test_first_row_that_cannot_be_composed_does_not_hold_the_others(
    send: Send, folder: Path, rows: Callable[[], list[Any]]
) -> None:
    (folder / "list.csv").write_text('email,name\na@mail.test,"An\nx"\nb@mail.test,B\n')
    assert send("--csv", "list.csv", "--subject", "Chào {{ name }}", "--json").code == 0
    assert len(rows()) == 2


def test_broker_that_is_away_holds_nobody_up(
    send: Send, folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bocau.bell import broker

    rung: list[str] = []
    monkeypatch.setenv("BOCAU_BROKER_URL", f"redis+socket://{home}/none.sock")
    monkeypatch.setattr(broker.Line, "ring", lambda self, name: bool(rung.append(name)))
    people = "".join(f"p{number}@mail.test,P\n" for number in range(5000))
    (folder / "list.csv").write_text("email,name\n" + people)
    assert send("--csv", "list.csv", "--json").data["queued"] == 5000
    assert rung == ["bulk"]


def test_everything_is_said_in_vietnamese(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOCAU_LANGUAGE", "vi")
    called = send("--csv", "list.csv")
    assert "2 dòng, 2 người" in called.out
    assert "Đang chờ" in called.out
    assert "Không có tệp" in send("--csv", "none.csv").err or "không có tệp này" in send("--csv", "none.csv").err


PICTURE = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


def letter(folder: Path) -> email.message.EmailMessage:
    made = email.message_from_bytes(next((folder / "out").glob("*.eml")).read_bytes(), policy=email.policy.default)
    assert isinstance(made, email.message.EmailMessage)
    return made


def test_a_picture_that_the_html_calls_travels_with_it_and_broken_ones_are_told(send: Send, folder: Path) -> None:
    (folder / "logo.png").write_bytes(PICTURE)
    (folder / "mail.html").write_text("<p>a<img src='cid:logo.png' alt=''></p>", encoding="utf-8")
    told = send("--to", "a@mail.test", "--attach", "logo.png", "--dry-run", "out")
    assert (told.code, told.err) == (0, "")
    picture = next(part for part in letter(folder).walk() if part.get_content_type() == "image/png")
    assert (picture["Content-ID"], picture.get_content_disposition()) == ("<logo.png>", "inline")
    (folder / "mail.html").write_text("<p>a<img src='cid:x.png' alt=''><img src='file:///C:/a.png' alt=''></p>")
    told = send("--to", "a@mail.test", "--dry-run", "out")
    assert told.code == 0
    assert told.err.splitlines() == [
        "Note: the picture x.png is not attached",
        "Note: the image file:///C:/a.png is a file of your own machine: nobody else can see it",
    ]


def test_pages_of_other_encodings_are_sent_in_utf_8(send: Send, folder: Path) -> None:
    page = "<html><head><meta charset='windows-1258'></head><p>Ơn, {{ name }}</p>"
    for encoding in ("cp1258", "utf-16"):
        (folder / "mail.html").write_bytes(page.encode(encoding))
        assert send("--csv", "list.csv", "--dry-run", "out", "--limit", "1").code == 0
        html = letter(folder).get_body(("html",))
        assert html is not None
        assert html.get_content().strip() == "<html><head><meta charset='utf-8'></head><p>Ơn, An</p>"


def test_a_cell_of_two_lines_makes_one_subject(send: Send, folder: Path) -> None:
    (folder / "list.csv").write_text('email,name\na@mail.test,"Lê\nAn"\n', encoding="utf-8")
    assert send("--csv", "list.csv", "--subject", "Chào {{ name }}", "--dry-run", "out").code == 0
    assert letter(folder)["Subject"] == "Chào Lê An"


def test_values_are_written_as_people_do_and_what_cannot_be_is_told(send: Send, folder: Path) -> None:
    (folder / "mail.html").write_text("<p>{{ fee|money }} {{ day|date }} {{ paid|yesno }}</p>", encoding="utf-8")
    (folder / "list.csv").write_text('email,fee,day,paid\na@mail.test,"1.250.000,50",01/12/2026,x\nb@mail.test,?,,\n')
    told = send("--csv", "list.csv", "--dry-run", "out")
    assert told.code == Exit.failed
    assert "html, line 1: this is not a number in {{ fee|money }}. This mail was not sent." in " ".join(
        told.out.split()
    )
    text = letter(folder).get_body(("plain",))
    assert text is not None
    assert text.get_content().strip() == "1.250.000,50 01/12/2026 Có"
