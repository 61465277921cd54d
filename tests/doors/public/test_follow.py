"""The pixel and the links, as browsers, proxies and strangers ask for them."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from bocau import wiring
from bocau.base import metrics
from bocau.base.config import Settings
from bocau.base.seals import Seal
from bocau.doors.public.keep import Keeper
from bocau.doors.site import create_app
from tests.doors.public.conftest import Sent, link_of, row, take, word_of
from tests.doors.web.conftest import SECRET, on_both

URL = "https://x.test/p?a=1&b=%C3%A1#c"
FAR = {"REMOTE_ADDR": "203.0.113.9"}


@on_both
def test_click_leads_on_and_stands_in_the_timeline(client: FlaskClient, parts: wiring.Parts, sent: Sent) -> None:
    answer = client.get(
        f"/c/{sent.word}/{link_of(parts, URL, 5)}",
        base_url="https://thu.test",
        environ_base=FAR,
        headers={"User-Agent": "Mozilla/5.0 (iPhone) Safari/605"},
    )
    assert (answer.status_code, answer.headers["Location"]) == (302, URL)
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in answer.headers
    assert take(parts.db, parts.settings, parts.secret) == 1
    (event,) = row(parts, sent.message)["events"]
    assert (event["kind"], event["detail"]["by"], event["detail"]["link"]) == ("clicked", "person", 5)


def test_pixel_is_a_picture_and_an_opening(client: FlaskClient, parts: wiring.Parts, sent: Sent) -> None:
    answer = client.get(f"/o/{sent.word}.gif", headers={"User-Agent": "x GoogleImageProxy"}, environ_base=FAR)
    assert (answer.status_code, answer.content_type) == (200, "image/gif")
    assert answer.data.startswith(b"GIF89a")
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert take(parts.db, parts.settings, parts.secret) == 1
    (event,) = row(parts, sent.message)["events"]
    assert (event["kind"], event["detail"]["by"]) == ("opened", "proxy")


def test_head_is_a_scanner(client: FlaskClient, parts: wiring.Parts, sent: Sent) -> None:
    assert client.head(f"/c/{sent.word}/{link_of(parts, URL)}").status_code == 302
    take(parts.db, parts.settings, parts.secret)
    assert row(parts, sent.message)["events"][0]["detail"]["by"] == "scanner"


@pytest.mark.parametrize(
    "link", ["https://evil.test", "https%3A%2F%2Fevil.test", "aHR0cHM6Ly9ldmlsLnRlc3Q", "x" * 9000, "%00", "..", "ü"]
)
def test_nobody_but_us_says_where_a_link_leads(client: FlaskClient, parts: wiring.Parts, sent: Sent, link: str) -> None:
    answer = client.get(f"/c/{sent.word}/{link}?url=https://evil.test", environ_base=FAR)
    assert answer.status_code in (403, 404)
    assert "Location" not in answer.headers
    assert take(parts.db, parts.settings, parts.secret) == 0


def test_word_of_another_purpose_or_house_leads_nowhere(client: FlaskClient, parts: wiring.Parts, sent: Sent) -> None:
    foreign = Seal(b"other" * 8, "link").seal(b"\x00\x01https://evil.test")
    crossed = Seal(parts.secret, "message").seal(b"\x00\x01https://evil.test")
    for path in (f"/c/{sent.word}/{foreign}", f"/c/{sent.word}/{crossed}", f"/c/nobody/{link_of(parts, URL)}"):
        answer = client.get(path, headers={"Accept-Language": "vi"}, environ_base=FAR)
        assert answer.status_code == 404
        assert "Liên kết này không dùng được" in answer.text
        assert 'href="/"' not in answer.text
    assert client.get("/o/nobody.gif").content_type == "image/gif"
    assert take(parts.db, parts.settings, parts.secret) == 0


def test_links_work_while_the_database_is_away_and_hits_come_in_later(
    parts: wiring.Parts, sent: Sent, home: Path
) -> None:
    away = wiring.parts(Settings(home=home, database_url="postgresql://nobody@127.0.0.1:9/x", secret_key=SECRET))
    app = create_app(away)
    app.config["TAKE_HITS"] = False
    client = app.test_client()
    assert client.get(f"/o/{sent.word}.gif").status_code == 200
    assert client.get(f"/c/{sent.word}/{link_of(parts, URL)}").headers["Location"] == URL
    assert client.get(f"/u/{sent.word}").status_code == 200
    late = client.post(f"/u/{sent.word}", data={"List-Unsubscribe": "One-Click"})
    assert (late.status_code, late.headers["Retry-After"]) == (503, "120")
    assert Keeper(away).take_in() is False
    assert Keeper(parts).take_in() is True
    assert [one["kind"] for one in row(parts, sent.message)["events"]] == ["opened", "clicked"]
    metrics.keep_in(None)
    away.db.dispose()


def test_full_disk_keeps_nobody_from_going_on(client: FlaskClient, parts: wiring.Parts, sent: Sent) -> None:
    (parts.settings.home / "spool").write_text("a file where a folder should be")
    assert client.get(f"/c/{sent.word}/{link_of(parts, URL)}").status_code == 302


def test_mail_of_nobody_names_its_submission(client: FlaskClient, parts: wiring.Parts, sent: Sent) -> None:
    word = word_of(parts, sent.submission, "submission")
    assert client.get(f"/c/{word}/{link_of(parts, URL)}").status_code == 302
    assert client.get(f"/u/{word}").status_code == 404
    assert take(parts.db, parts.settings, parts.secret) == 1
    assert row(parts, sent.message)["events"] == []


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "TRACE", "BREW"])
def test_a_link_is_only_looked_at(client: FlaskClient, parts: wiring.Parts, sent: Sent, method: str) -> None:
    asked = client.open(f"/c/{sent.word}/{link_of(parts, URL)}", method=method, environ_base=FAR)
    assert asked.status_code == 405


def test_other_pages_stay_closed_to_strangers(client: FlaskClient) -> None:
    assert client.get("/", environ_base=FAR).status_code == 403
    assert client.post("/language/vi", environ_base=FAR).status_code in (403, 405)
