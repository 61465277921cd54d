"""Reports: data from everywhere, made into a mail, sent once."""

import io
import math
from collections.abc import Iterator
from contextlib import suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import python_calamine
import sqlalchemy as sa
import xlsxwriter

from bocau import content, ledger, schedules
from bocau.attachments import Store
from bocau.base import clock
from bocau.base.config import Settings
from bocau.base.db import make_engine, reading, transaction
from bocau.base.errors import BocauError
from bocau.cells import Shown
from bocau.content import Source
from bocau.delivery.compose import Composer, Row
from bocau.ledger.options import Options
from bocau.schedules import Does, Report, State, chart, data, render, reports
from bocau.schedules.errors import DatabaseUnknownError, DataUnreadableError, QueryRefusedError, ReportWrongError
from bocau.sheets.errors import ColumnsUnclearError
from tests.schedules.world import FROM, NOW, fire_all, history, ms, scheduled

DUE = ms("2026-12-01T08:00")
CSV = "Thành phố,Số tiền\nHuế,1200.5\nĐà Nẵng,300\n=2+5,7\n"
HOSTILE = (
    '[{"name": "<script>alert(1)</script>", "note": "{{ secret }} {% for %}"}, {"name": "=HERLINK(1)", "note": null}]'
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(home=tmp_path / "home")
    made.report_data.mkdir(parents=True)
    (made.report_data / "sales.csv").write_text(CSV, encoding="utf-8")
    (made.report_data / "hostile.json").write_text(HOSTILE, encoding="utf-8")
    (made.report_data / "empty.csv").write_text("Thành phố,Số tiền\n", encoding="utf-8")
    (tmp_path / "outside.csv").write_text(CSV, encoding="utf-8")
    return made


@pytest.fixture
def files(settings: Settings) -> Store:
    return Store(settings.home / "files")


def report(place: str = "sales.csv", kind: str = "file", query: str = "", **more: Any) -> Report:
    body = more.pop("body", {"html": "<p>{{ count }} dòng lúc {{ time }}</p><p>{{ table }}</p>{{ chart }}"})
    text = Source(subject=more.pop("subject", "Báo cáo {{ report }}"), **body).to_json().decode()
    source = {"kind": kind, "place": place, "query": query}
    return Report(**{"source": source, "content": text, "sender": FROM, "to": ("sep@congty.test",), **more})


def made(wanted: Report, settings: Settings, files: Store) -> render.Made:
    return render.make(wanted, data.read(wanted, settings), files, "Doanh số", "2026-12-01 08:00")


def mail(source: Source, files: Store) -> EmailMessage:
    """As a receiver's program reads it."""
    composer = Composer(
        content.Version.unsaved(source),
        None,
        FROM,
        "transactional",
        Options(),
        submission=1,
        secret=b"x" * 32,
        files=files,
    )
    assert composer.broken is None, composer.broken
    raw = composer.compose(Row(1, "sep@congty.test", "", {}, ()), NOW).body
    found = message_from_bytes(raw, policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


def body(found: EmailMessage, kind: str) -> str:
    part = found.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def attached(found: EmailMessage) -> dict[str, EmailMessage]:
    return {str(part.get_filename()): part for part in found.walk() if part.get_filename()}


def test_rows_stand_in_the_mail_as_a_table(settings: Settings, files: Store) -> None:
    found = mail(made(report(), settings, files).source, files)
    assert found["Subject"] == "Báo cáo Doanh số"
    assert found["Auto-Submitted"] == "auto-generated"
    html = body(found, "html")
    assert "3 dòng lúc 2026-12-01 08:00" in html
    assert ">Thành phố</th>" in html
    assert ">1,200.5</td>" in html
    assert "Đà Nẵng    300" in body(found, "plain")


@pytest.mark.parametrize("kind", ["html", "text", "markdown", "mjml"])
def test_every_kind_of_template_may_have_rows_and_the_table(kind: str, settings: Settings, files: Store) -> None:
    said = "{% for row in rows %}{{ row.thanh_pho }}={{ row['Số tiền'] }};{% endfor %}"
    texts = {
        "html": f"<div>{said}</div>{{{{ table }}}}",
        "text": f"{said}\n{{{{ table }}}}",
        "markdown": f"{said}\n\n{{{{ table }}}}\n",
        "mjml": f"<mjml><mj-body><mj-section><mj-column><mj-text>{said}</mj-text><mj-text>{{{{ table }}}}</mj-text>"
        "</mj-column></mj-section></mj-body></mjml>",
    }
    found = mail(made(report(body={kind: texts[kind]}), settings, files).source, files)
    assert "Huế=1200.5;Đà Nẵng=300;" in body(found, "plain")
    assert "Thành phố  Số tiền" in body(found, "plain")
    if kind != "text":
        assert body(found, "html").count("<table") >= 1
        assert ">Đà Nẵng</td>" in body(found, "html")


def test_hostile_data_stay_text(settings: Settings, files: Store) -> None:
    said = "<p>{% for row in rows %}{{ row.name }}: {{ row.note }}{% endfor %}</p>{{ table }}"
    wanted = report("hostile.json", body={"html": said}, subject="{{ rows[0].note }}", attach=("csv", "xlsx"))
    found = mail(made(wanted, settings, files).source, files)
    assert found["Subject"] == "{{ secret }} {% for %}"
    assert "<script" not in body(found, "html")
    assert "&lt;script&gt;alert(1)" in body(found, "html")
    assert body(found, "html").replace("&#123;", "{").count("{{ secret }} {% for %}") == 2
    assert "{{ secret }} {% for %}" in body(found, "plain")


def test_attached_sheets_open_again_and_hold_no_formula(settings: Settings, files: Store) -> None:
    found = attached(mail(made(report(attach=("csv", "xlsx")), settings, files).source, files))
    assert set(found) == {"Doanh số.csv", "Doanh số.xlsx"}
    text = found["Doanh số.csv"].get_payload(decode=True).decode("utf-8-sig")
    assert text.splitlines() == ["Thành phố,Số tiền", "Huế,1200.5", "Đà Nẵng,300", "'\u2060=2+5,7"]
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(found["Doanh số.xlsx"].get_content()))
    sheet = book.get_sheet_by_index(0)
    assert sheet.to_python() == [["Thành phố", "Số tiền"], ["Huế", 1200.5], ["Đà Nẵng", 300.0], ["=2+5", 7.0]]


DOTTED = "Tháng;Doanh thu\n01/2026;1.250.000\n02/2026;900.000\n03/2026;2.000.000,5\n04/2026;chưa có\n"


def test_dotted_thousands_are_thousands_everywhere(settings: Settings, files: Store) -> None:
    (settings.report_data / "dotted.csv").write_text(DOTTED, encoding="utf-8")
    said = "{% for row in rows %}[{{ row.doanh_thu }}]{% endfor %}{{ table }}"
    wanted = report("dotted.csv", body={"html": f"<p>{said}</p>"}, attach=("csv", "xlsx"))
    found = mail(made(wanted, settings, files).source, files)
    assert "[1250000][900000][2000000.5]" in body(found, "html")
    assert ">900.000</td>" in body(found, "html") and ">01/2026</td>" in body(found, "html")
    sheets = attached(found)
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(sheets["Doanh số.xlsx"].get_content()))
    rows = book.get_sheet_by_index(0).to_python()
    assert [row[1] for row in rows] == ["Doanh thu", 1250000.0, 900000.0, 2000000.5, "chưa có"]
    assert "02/2026,900.000" in sheets["Doanh số.csv"].get_payload(decode=True).decode("utf-8-sig")


def test_what_is_no_number_is_not_drawn_as_nothing() -> None:
    assert [chart._number(one) for one in (Shown("900.000", 900000), 7, 1.5)] == [900000, 7, 1.5]
    assert all(math.isnan(chart._number(one)) for one in (None, "x", "900.000", True, math.inf))
    with pytest.raises(ReportWrongError, match="no numbers"):
        chart.draw(data.Data(["a", "b"], [["x", "y"]]), {"kind": "bar", "x": "a", "y": ["b"]})


def test_thousands_that_look_like_a_fraction_are_thousands_where_people_write_them_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    raw = b"Thu\n345.678\n412.339\n"
    for zone, values in (("Asia/Ho_Chi_Minh", [345678, 412339]), ("Europe/London", [345.678, 412.339])):
        monkeypatch.setattr(clock, "_zone", [ZoneInfo(zone)])
        assert [chart._number(row[0]) for row in data.parse("thu.csv", raw).rows] == values


def test_data_that_can_be_read_in_two_ways_are_asked_about() -> None:
    raw = "Tháng,Thu\n1,500.000\n2,12.5\n".encode()
    with pytest.raises(ColumnsUnclearError) as caught:
        data.parse("thu.csv", raw)
    assert caught.value.questions[0]["column"] == "Thu"
    assert [row[1] for row in data.parse("thu.csv", raw, {"Thu": "number:point"}).rows] == ["500.000", 12.5]
    assert data.parse("thu.json", b'[{"Thu": "500.000"}, {"Thu": "12.5"}]').rows == [["500.000"], ["12.5"]]


def test_a_spreadsheet_is_data_too(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Mã", "Ngày", "Thu"])
    for at, (value, form) in enumerate(((7, "000"), (46357, "dd/mm/yyyy"), (1250000, "#,##0"))):
        sheet.write_number(1, at, value, book.add_format({"num_format": form}))
    book.close()
    (row,) = data.parse("a.xlsx", path.read_bytes()).rows
    assert row[:2] == ["007", "01/12/2026"]
    assert row[2].value == 1250000


def test_a_charts_axis_shows_whole_numbers() -> None:
    shown = [chart._tick(one) for one in (0.0, 1e6, -2500000.0, 0.25, 12.5, 1e21)]
    assert shown == ["0", "1,000,000", "-2,500,000", "0.25", "12.5", "1e+21"]


@pytest.mark.parametrize("kind", ["bar", "line", "pie"])
def test_a_chart_is_shown_where_the_html_calls_it(kind: str, settings: Settings, files: Store) -> None:
    drawn = {"kind": kind, "x": "Thành phố", "y": ["Số tiền"], "title": "Doanh số $x^2$ 中文"}
    found = mail(made(report(chart=drawn), settings, files).source, files)
    picture = attached(found)["chart.png"]
    assert picture.get_content().startswith(b"\x89PNG")
    assert picture.get_content_disposition() == "inline"
    assert f'src="cid:{str(picture["Content-ID"]).strip("<>")}"' in body(found, "html")
    assert found.get_content_type() == "multipart/related"
    assert [part.get_content_type() for part in found.iter_parts()] == ["multipart/alternative", "image/png"]


def test_a_chart_of_a_column_that_is_not_there_is_refused(settings: Settings, files: Store) -> None:
    with pytest.raises(ReportWrongError):
        made(report(chart={"kind": "bar", "x": "Quận", "y": ["Số tiền"]}), settings, files)


@pytest.mark.parametrize(
    ("raw", "columns", "rows"),
    [
        (b"a;b\n1;x\n", ["a", "b"], [[1, "x"]]),
        ("\ufeffa\tb\n01\t2.5\n".encode(), ["a", "b"], [["01", 2.5]]),
        ("a,b\n1,2\n".encode("utf-16"), ["a", "b"], [[1, 2]]),
        (b'[{"a": 1}, {"b": [1]}]', ["a", "b"], [[1, None], [None, "[1]"]]),
        (b'{"ok": true, "rows": [["a"], [1]]}', ["a"], [[1]]),
        (b"[]", [], []),
        (b"", [], []),
    ],
)
def test_csv_and_json_are_read(raw: bytes, columns: list[str], rows: list[list[Any]]) -> None:
    assert data.parse("x", raw) == data.Data(columns, rows)


@pytest.mark.parametrize("raw", [b"\xff\x00\xd8", b"[1, 2]", b'{"a": ', b'a,b\n"1,2', ("a," * 200).encode()])
def test_what_is_no_table_is_refused(raw: bytes) -> None:
    with pytest.raises(DataUnreadableError):
        data.parse("x", raw)


def test_only_so_many_rows_are_read() -> None:
    found = data.parse("x", b"a\n" + b"1\n" * 20_000)
    assert (len(found.rows), found.more) == (data.MOST_ROWS, True)


def test_no_file_outside_the_folder_is_read(settings: Settings, tmp_path: Path) -> None:
    (settings.report_data / "link.csv").symlink_to(tmp_path / "outside.csv")
    for place in ("../../outside.csv", str(tmp_path / "outside.csv"), "link.csv", "missing.csv", ".", "a\0b"):
        with pytest.raises(DataUnreadableError):
            data.read(report(place), settings)
    free = settings.model_copy(update={"report_files_anywhere": True})
    assert len(data.read(report(str(tmp_path / "outside.csv")), free).rows) == 3


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/away":
            self.send_response(302)
            self.send_header("Location", "http://169.254.169.254/latest/meta-data")
            self.end_headers()
            return
        if self.path == "/round":
            self.send_response(302)
            self.send_header("Location", "/round")
            self.end_headers()
            return
        if self.path == "/slow":
            self.trickle()
            return
        found = {"/sales.csv": CSV.encode(), "/large": b"a\n" * 10_000}.get(self.path)
        self.send_response(200 if found else 404)
        self.send_header("Content-Length", str(len(found or b"")))
        self.end_headers()
        self.wfile.write(found or b"")

    def trickle(self) -> None:
        """A byte now and then, for ever, so that no single wait is long."""
        self.send_response(200)
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        with suppress(OSError):
            while True:
                self.wfile.write(b"a")
                Event().wait(0.02)

    def log_message(self, *arguments: object) -> None:
        """Silent."""


@pytest.fixture
def server() -> Iterator[str]:
    served = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = Thread(target=served.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{served.server_port}"
    served.shutdown()
    served.server_close()
    thread.join()


def test_an_address_inside_is_fetched_only_when_its_network_is_allowed(server: str, settings: Settings) -> None:
    wanted = report(f"{server}/sales.csv", "url")
    with pytest.raises(BocauError) as refused:
        data.read(wanted, settings)
    assert refused.value.code == "fetch-refused"
    allowed = settings.model_copy(update={"fetch_networks": ["127.0.0.1/32"], "fetch_max_bytes": 10_000})
    assert [row[0] for row in data.read(wanted, allowed).rows] == ["Huế", "Đà Nẵng", "=2+5"]
    for path, code in (
        ("/away", "fetch-refused"),
        ("/round", "fetch-failed"),
        ("/large", "fetch-failed"),
        ("/no", "fetch-failed"),
    ):
        with pytest.raises(BocauError) as found:
            data.read(report(server + path, "url"), allowed)
        assert found.value.code == code


def test_a_server_that_never_ends_is_left(server: str, settings: Settings) -> None:
    allowed = settings.model_copy(update={"fetch_networks": ["127.0.0.0/8"], "report_timeout": 0.5})
    with pytest.raises(BocauError) as found:
        data.read(report(f"{server}/slow", "url"), allowed)
    assert found.value.code == "fetch-failed"


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://x.test/",
        "http://u:p@1.1.1.1/",
        "http://10.0.0.1/",
        "http://[::1]/",
        "http://[::ffff:7f00:1]/",
        "http://2130706433/",
        "http://0/",
        "http://100.64.0.1/",
        "http://[64:ff9b::7f00:1]/",
        "http://1.1.1.1\r\nX: y/",
        "gopher:",
        "http://",
    ],
)
def test_hostile_addresses_are_refused(url: str, settings: Settings) -> None:
    with pytest.raises(BocauError) as found:
        data.read(report(url, "url"), settings)
    assert found.value.code in ("fetch-refused", "fetch-failed")


WRITES = (
    "INSERT INTO sale VALUES ('x', 1)",
    "DELETE FROM sale",
    "DROP TABLE sale",
    "UPDATE sale SET amount = 0",
    "",
    ";",
    "SELECT 1; DELETE FROM sale",
    "SELECT 1; COMMIT; DELETE FROM sale",
    "/* SELECT */ DELETE FROM sale",
    "-- SELECT\nDELETE FROM sale",
    "WITH x AS (SELECT 1) DELETE FROM sale",
    "COMMIT",
    "SELECT 1 INTO OUTFILE 'x'",
    "CREATE TABLE y (a int)",
    "ATTACH 'y' AS y",
    "PRAGMA query_only = OFF",
    "SELECT * FROM nothing",
    "SELECT 1 INTO sale2",
    "TABLE",
)


@pytest.fixture
def shop(empty_database_url: str) -> Iterator[sa.Engine]:
    """A database that is not ours."""
    made = make_engine(empty_database_url)
    with transaction(made) as connection:
        connection.execute(sa.text("CREATE TABLE sale (city varchar(40), amount int)"))
        connection.execute(sa.text("INSERT INTO sale VALUES ('Huế', 5), ('Vinh', 7)"))
    yield made
    made.dispose()


@pytest.fixture
def books(shop: sa.Engine, settings: Settings, empty_database_url: str) -> Settings:
    """Reports may read it."""
    return Settings(home=settings.home, report_databases={"sales": empty_database_url})


def test_a_query_reads(books: Settings) -> None:
    found = data.read(report("sales", "sql", " -- mine\nSELECT city, amount FROM sale ORDER BY amount;"), books)
    assert found == data.Data(["city", "amount"], [["Huế", 5], ["Vinh", 7]])
    with pytest.raises(DatabaseUnknownError):
        data.read(report("other", "sql", "SELECT 1"), books)


def test_a_query_that_would_write_is_refused_and_changes_nothing(books: Settings, shop: sa.Engine) -> None:
    for query in WRITES:
        with pytest.raises(QueryRefusedError):
            data.read(report("sales", "sql", query), books)
    with reading(shop) as connection:
        assert connection.execute(sa.text("SELECT count(*), sum(amount) FROM sale")).one() == (2, 12)


def test_the_database_itself_refuses_to_write(
    books: Settings, shop: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when a query would get past the look at its words."""
    monkeypatch.setattr(schedules.sql, "checked", lambda name, text: text)
    for query in ("INSERT INTO sale VALUES ('x', 1)", "DELETE FROM sale", "SELECT 1; COMMIT; DELETE FROM sale"):
        with pytest.raises(QueryRefusedError):
            data.read(report("sales", "sql", query), books)
    with reading(shop) as connection:
        assert connection.execute(sa.text("SELECT count(*), sum(amount) FROM sale")).one() == (2, 12)


def test_a_query_brings_only_so_many_rows(books: Settings) -> None:
    digits = "(SELECT 0 AS n" + "".join(f" UNION ALL SELECT {n}" for n in range(1, 10)) + ")"
    joined = ", ".join(f"{digits} t{at}" for at in range(5))
    found = data.read(report("sales", "sql", f"SELECT t0.n FROM {joined}"), books)
    assert (len(found.rows), found.more) == (data.MOST_ROWS, True)


def test_a_query_without_end_is_ended(books: Settings) -> None:
    short = books.model_copy(update={"report_timeout": 1.0})
    crossed = ", ".join(f"information_schema.columns c{number}" for number in range(5))
    query = f"SELECT count(*) FROM {crossed}"
    if short.report_databases["sales"].get_secret_value().startswith("sqlite"):
        query = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT sum(n) FROM t"
    with pytest.raises((QueryRefusedError, DataUnreadableError)):
        data.read(report("sales", "sql", query), short)


def test_sqlite_files_that_are_not_there_are_not_made(settings: Settings, tmp_path: Path) -> None:
    missing = tmp_path / "missing.db"
    books = Settings(home=settings.home, report_databases={"sales": f"sqlite:///{missing}"})
    with pytest.raises((DataUnreadableError, QueryRefusedError)):
        data.read(report("sales", "sql", "SELECT 1"), books)
    assert not missing.exists()


def due(engine: sa.Engine, wanted: Report) -> int:
    number = scheduled(engine, "every day 08:00", name="Doanh số", does=Does.report, report=wanted)
    assert [one.state for one in fire_all(engine, DUE)] == [State.making]
    return number


def sent(engine: sa.Engine) -> list[tuple[str, int]]:
    with reading(engine) as connection:
        return [
            (row["name"], ledger.progress(connection, row["id"]).total)
            for row in ledger.list_submissions(connection, 100)
        ]


def test_a_report_is_sent_to_everybody_at_its_time(engine: sa.Engine, settings: Settings, files: Store) -> None:
    number = due(engine, report(to=("sep@congty.test", "Kế toán <ke@congty.test>")))
    assert sent(engine) == []
    with reading(engine) as connection:
        assert schedules.reports_due(connection, DUE) == 1
    assert schedules.make_reports(engine, settings, files, DUE)
    assert not schedules.make_reports(engine, settings, files, DUE)
    assert sent(engine) == [("Doanh số", 2)]
    (one,) = history(engine, number)
    assert (one.state, one.detail) == (State.done, {"rows": 3})
    assert one.submission


def test_an_empty_report_may_be_left_out(engine: sa.Engine, settings: Settings, files: Store) -> None:
    number = due(engine, report("empty.csv", skip_empty=True))
    schedules.make_reports(engine, settings, files, DUE)
    assert sent(engine) == []
    assert [one.state for one in history(engine, number)] == [State.empty]


def test_an_empty_report_is_sent_unless_it_is_left_out(engine: sa.Engine, settings: Settings, files: Store) -> None:
    due(engine, report("empty.csv", chart={"kind": "bar", "x": "a", "y": ["b"]}))
    schedules.make_reports(engine, settings, files, DUE)
    assert sent(engine) == [("Doanh số", 1)]


def test_a_report_that_cannot_be_made_is_tried_again_and_then_sent_once(
    engine: sa.Engine, settings: Settings, files: Store
) -> None:
    number = due(engine, report("late.csv"))
    assert schedules.make_reports(engine, settings, files, DUE)
    assert not schedules.make_reports(engine, settings, files, DUE)
    (one,) = history(engine, number)
    assert (one.state, one.detail["code"]) == (State.making, "report-data-unreadable")
    (settings.report_data / "late.csv").write_text(CSV, encoding="utf-8")
    assert schedules.make_reports(engine, settings, files, DUE + reports.WAITS[0])
    assert sent(engine) == [("Doanh số", 1)]


def test_a_report_that_can_never_be_made_fails_in_the_end(engine: sa.Engine, settings: Settings, files: Store) -> None:
    number = due(engine, report("never.csv"))
    now, tries = DUE, 0
    while tries < 100 and schedules.make_reports(engine, settings, files, now):
        now, tries = now + reports.WAITS[-1], tries + 1
    assert tries == len(reports.WAITS) + 1
    assert [one.state for one in history(engine, number)] == [State.failed]
    assert sent(engine) == [("Not sent: schedule “Doanh số”, 2026-12-01 08:00 +00:00 (UTC)", 1)]


def test_who_dies_while_making_a_report_is_followed_by_another_and_it_is_sent_once(
    engine: sa.Engine, settings: Settings, files: Store
) -> None:
    due(engine, report())
    with transaction(engine) as connection:
        dead = reports.take(connection, DUE)
    assert dead is not None
    assert not schedules.make_reports(engine, settings, files, DUE + 1000)
    assert schedules.make_reports(engine, settings, files, DUE + reports.LEASE)
    assert sent(engine) == [("Doanh số", 1)]
    late = reports.make(dead, settings, files)
    with transaction(engine) as connection:
        assert reports.send(connection, dead, late, DUE + reports.LEASE, settings) is None
    assert sent(engine) == [("Doanh số", 1)]


def test_who_dies_before_the_commit_of_the_sending_has_sent_nothing(
    engine: sa.Engine, settings: Settings, files: Store
) -> None:
    due(engine, report())
    with transaction(engine) as connection:
        job = reports.take(connection, DUE)
    assert job is not None
    ready = reports.make(job, settings, files)
    with engine.connect() as connection:
        begun = connection.begin()
        assert reports.send(connection, job, ready, DUE, settings) is not None
        begun.rollback()
    assert sent(engine) == []
    assert schedules.make_reports(engine, settings, files, DUE + reports.LEASE)
    assert sent(engine) == [("Doanh số", 1)]


def test_a_report_that_kills_its_makers_is_given_up(engine: sa.Engine, settings: Settings) -> None:
    number = due(engine, report())
    now = DUE
    for _ in range(len(reports.WAITS) + 1):
        with transaction(engine) as connection:
            assert reports.take(connection, now) is not None
        now += reports.LEASE
    with transaction(engine) as connection:
        assert reports.take(connection, now) is None
    assert [one.state for one in history(engine, number)] == [State.failed]


def test_reports_come_back_as_they_were_made(engine: sa.Engine) -> None:
    wanted = report(attach=("csv",), chart={"kind": "bar", "x": "a", "y": ["b"]}, skip_empty=True)
    number = scheduled(engine, "every day 08:00", does=Does.report, report=wanted)
    with reading(engine) as connection:
        assert schedules.show(connection, number).plan.report == wanted
