import re
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from bocau.base.config import Settings
from bocau.sandbox import Mailbox
from tests.doors.web.conftest import token_of
from tests.sandbox.letters import caught, letter

EVIL = (Path(__file__).parent / "evil.eml").read_bytes().replace(b"\n", b"\r\n")


@pytest.fixture
def mailbox(settings: Settings) -> Iterator[Mailbox]:
    with Mailbox(settings.home) as made:
        yield made


def put(mailbox: Mailbox, *raws: bytes) -> None:
    mailbox.add([caught(raw) for raw in raws])


def policy(client: FlaskClient, path: str) -> str:
    return client.get(path).headers["Content-Security-Policy"]


def test_empty_mailbox_says_what_to_do_next(client: FlaskClient) -> None:
    page = client.get("/sandbox").text
    assert "./bocau send --from" in page
    assert "127.0.0.1, port 1025" in page
    assert "token" not in page


def test_list_shows_newest_first_in_pages(client: FlaskClient, mailbox: Mailbox) -> None:
    put(mailbox, *(letter(subject=f"Thư {number:03}") for number in range(120)))
    page = client.get("/sandbox").text
    assert page.index("Thư 119") < page.index("Thư 070")
    assert "Thư 069" not in page
    assert "120 mails" in page
    older = re.search(r'href="([^"]+)">Older', page)
    assert older is not None
    second = client.get(older[1]).text
    assert "Thư 069" in second
    newer = re.search(r'href="(/sandbox\?after[^"]+)"', second)
    assert newer is not None
    assert "Thư 119" in client.get(newer[1]).text


def test_search_finds_mails_just_caught_and_keeps_the_search_in_links(client: FlaskClient, mailbox: Mailbox) -> None:
    put(mailbox, letter(subject="một", text="mã DH565529"), letter(subject="hai"))
    page = client.get("/sandbox?q=dh565529&in=text").text
    assert "1 mail found" in page
    assert 'href="/sandbox/1?q=dh565529&amp;in=text"' in page
    assert "No mail matches" in client.get("/sandbox?q=zzz").text


def test_search_words_are_shown_escaped(client: FlaskClient, mailbox: Mailbox) -> None:
    put(mailbox, letter())
    page = client.get("/sandbox", query_string={"q": '"><script>alert(1)</script>', "in": "nonsense"}).text
    assert "<script>alert" not in page


@pytest.mark.parametrize("view", ["html", "text", "headers", "files", "source", "nonsense", ""])
@pytest.mark.parametrize(
    "raw",
    [EVIL, b"", b"\xff\x00\r\n\r\n", letter(text="<b>x</b>"), b"Subject: x"],
    ids=["evil", "empty", "bytes", "text", "head"],
)
def test_every_view_of_any_mail_is_a_page_without_its_markup(
    client: FlaskClient, mailbox: Mailbox, raw: bytes, view: str
) -> None:
    put(mailbox, raw)
    answer = client.get(f"/sandbox/1?view={view}")
    assert answer.status_code == 200
    for wicked in ("<script>", "<img src=x", "onerror=alert(1)>", "<b>x</b>", 'http-equiv="refresh'):
        assert wicked not in answer.text
    assert "script-src 'self';" in answer.headers["Content-Security-Policy"]


def test_html_is_shown_in_a_frame_that_may_run_nothing(client: FlaskClient, mailbox: Mailbox) -> None:
    put(mailbox, EVIL)
    frame = re.search(r"<iframe[^>]*>", client.get("/sandbox/1").text)
    assert frame is not None
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in frame[0]
    assert 'src="/sandbox/1/frame"' in frame[0]


def test_frame_has_its_own_policy_and_origin(client: FlaskClient, mailbox: Mailbox) -> None:
    put(mailbox, EVIL)
    answer = client.get("/sandbox/1/frame")
    directives = dict(part.strip().partition(" ")[::2] for part in answer.headers["Content-Security-Policy"].split(";"))
    assert "allow-scripts" not in directives["sandbox"]
    assert "allow-same-origin" not in directives["sandbox"]
    assert directives["default-src"] == "'none'"
    assert directives["img-src"] == "data:"
    assert directives["form-action"] == "'none'"
    assert directives["frame-ancestors"] == "'self'"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.text.startswith('<!doctype html><html><head><base target="_blank">')


def test_pictures_from_the_net_are_loaded_only_when_asked(client: FlaskClient, mailbox: Mailbox) -> None:
    put(mailbox, EVIL)
    assert "https:" not in policy(client, "/sandbox/1/frame")
    assert "img-src data: https: http:" in policy(client, "/sandbox/1/frame?remote=1")
    assert "script-src" not in policy(client, "/sandbox/1/frame?remote=1")
    assert "Load them" in client.get("/sandbox/1").text
    put(mailbox, letter(html="<p>plain</p>"))
    assert "Load them" not in client.get("/sandbox/2").text


def test_pictures_inside_the_mail_are_shown_without_a_request(client: FlaskClient, mailbox: Mailbox) -> None:
    message = EmailMessage()
    message.set_content('<img src="cid:logo@x"><img src="cid:other@x">', subtype="html")
    message.add_related(b"\x89PNG", "image", "png", cid="<logo@x>")
    put(mailbox, message.as_bytes())
    page = client.get("/sandbox/1/frame").text
    assert '<img src="data:image/png;base64,iVBORw=="><img src="cid:other@x">' in page


def test_picture_named_a_thousand_times_does_not_fill_the_memory(client: FlaskClient, mailbox: Mailbox) -> None:
    message = EmailMessage()
    message.set_content('<img src="cid:a@x">' * 1000, subtype="html")
    message.add_related(b"\x89" * 1_000_000, "image", "png", cid="<a@x>")
    put(mailbox, message.as_bytes())
    assert len(client.get("/sandbox/1/frame").data) < 25_000_000


def test_attachments_are_downloads_whatever_they_claim(client: FlaskClient, mailbox: Mailbox) -> None:
    put(mailbox, EVIL)
    link = re.search(r'href="(/sandbox/1/files/\d+)"', client.get("/sandbox/1?view=files").text)
    assert link is not None
    answer = client.get(link[1])
    assert answer.data.strip() == b"<script>alert(8)</script>"
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment; filename=")
    assert "filename*=UTF-8''h%C3%B3a%20%C4%91%C6%A1n.html" in disposition
    assert client.get("/sandbox/1/files/99").status_code == 404


@pytest.mark.parametrize("name", ['a"; filename="b.exe', "a\r\nSet-Cookie: x=1", "ă\u202e.pdf", "x" * 5000, "a/b\\c"])
def test_hostile_file_names_cannot_break_the_header(client: FlaskClient, mailbox: Mailbox, name: str) -> None:
    raw = b"Content-Type: application/pdf\r\nContent-Disposition: attachment;\r\n filename*=UTF-8''"
    raw += "".join(f"%{byte:02X}" for byte in name.encode()).encode() + b"\r\n\r\nx"
    put(mailbox, raw)
    answer = client.get("/sandbox/1/files/0")
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    disposition = answer.headers["Content-Disposition"]
    assert disposition.count("filename=") == 1
    assert len(disposition) < 2000


def test_letter_is_downloaded_byte_for_byte(client: FlaskClient, mailbox: Mailbox) -> None:
    put(mailbox, EVIL)
    answer = client.get("/sandbox/1.eml")
    assert answer.data == EVIL
    assert answer.headers["Content-Disposition"] == "attachment; filename=mail-1.eml"


def test_clear_deletes_all_and_goes_back(client: FlaskClient, mailbox: Mailbox) -> None:
    put(mailbox, letter(), letter())
    answer = client.post("/sandbox/clear", data={"token": token_of(client.get("/sandbox").text)})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sandbox")
    assert mailbox.tally().mails == 0
    assert client.get("/sandbox/clear").status_code == 405


@pytest.mark.parametrize(
    "path", ["/sandbox/9", "/sandbox/9/frame", "/sandbox/9.eml", "/sandbox/9/files/0", "/sandbox/99999999999999999999"]
)
def test_mails_that_are_gone_are_not_found(client: FlaskClient, mailbox: Mailbox, path: str) -> None:
    put(mailbox, letter())
    assert client.get(path).status_code == 404


def test_neighbours_lead_through_a_search(client: FlaskClient, mailbox: Mailbox) -> None:
    put(mailbox, letter(subject="cam 1"), letter(subject="quýt"), letter(subject="cam 2"))
    page = client.get("/sandbox/3?q=cam&in=subject").text
    assert 'href="/sandbox/1?q=cam&amp;in=subject" title="Older mail"' in page
    assert "Newer mail" not in page


def test_unusable_mailbox_gives_a_page_with_a_hint(client: FlaskClient, settings: Settings) -> None:
    (settings.home / "sandbox").mkdir(parents=True)
    (settings.home / "sandbox" / "mailbox.db").write_bytes(b"nonsense" * 500)
    answer = client.get("/sandbox")
    assert answer.status_code == 503
    assert "may delete" in answer.text
