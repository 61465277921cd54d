import dataclasses

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bocau import wiring
from bocau.base.config import Settings
from bocau.doors.site import create_app
from bocau.sandbox import Mailbox
from tests.doors.web.conftest import token_of
from tests.sandbox.letters import caught

PAGES = ("/", "/submissions", "/sandbox", "/live/home", "/metrics", "/language/vi", "/nothing")


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8025", "127.0.0.1", "localhost:8025", "localhost", "[::1]:8025", "127.0.0.53:1"]
)
def test_own_names_are_answered(client: FlaskClient, host: str) -> None:
    assert client.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.test",
        "evil.test:8025",
        "localhost.evil.test",
        "127.0.0.1.evil.test",
        "10.0.0.5:8025",
        "",
        "::1",
        "@localhost",
        "evil.test#localhost",
        "localhost, evil.test",
        "2130706433",
        "[::ffff:10.0.0.1]",
    ],
)
def test_foreign_names_are_refused_on_every_page(client: FlaskClient, host: str) -> None:
    for path in PAGES:
        answer = client.get(path, headers={"Host": host}, base_url="http://127.0.0.1:8025")
        assert answer.status_code in (400, 403), path
        assert "Set-Cookie" not in answer.headers


def test_other_machines_are_refused_on_every_page(client: FlaskClient) -> None:
    for path in PAGES:
        assert client.get(path, environ_base={"REMOTE_ADDR": "192.168.1.7"}).status_code == 403, path


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip"])
def test_what_comes_through_a_proxy_is_refused(client: FlaskClient, header: str) -> None:
    assert client.get("/", headers={header: "for=1.2.3.4"}).status_code == 403


def test_refusal_explains_itself_and_shows_no_data(client: FlaskClient) -> None:
    answer = client.get("/", headers={"Host": "evil.test", "Accept-Language": "vi"})
    assert "chỉ xem được trên chính máy này" in answer.text
    assert "BOCAU_WEB_ALLOW_REMOTE" in answer.text


def opened(parts: wiring.Parts, settings: Settings) -> FlaskClient:
    return create_app(dataclasses.replace(parts, settings=settings)).test_client()


def test_base_url_adds_its_name(parts: wiring.Parts, app: Flask) -> None:
    client = opened(parts, parts.settings.model_copy(update={"base_url": "https://mail.clinic.test"}))
    assert client.get("/", headers={"Host": "mail.clinic.test"}).status_code == 200
    assert client.get("/", headers={"Host": "other.clinic.test"}).status_code == 403


def test_setting_lets_other_machines_in_but_no_foreign_name(parts: wiring.Parts, app: Flask) -> None:
    client = opened(parts, parts.settings.model_copy(update={"web_allow_remote": True}))
    far = {"REMOTE_ADDR": "10.0.0.7"}
    assert client.get("/", headers={"Host": "10.0.0.5:8025"}, environ_base=far).status_code == 200
    assert client.get("/", headers={"X-Forwarded-For": "10.0.0.7"}).status_code == 200
    assert client.get("/", headers={"Host": "evil.test"}, environ_base=far).status_code == 403


def test_every_answer_carries_safe_headers(client: FlaskClient) -> None:
    for path in (*PAGES, "/healthz", "/favicon.ico"):
        headers = client.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"


def clearing(client: FlaskClient, **headers: str) -> int:
    token = token_of(client.get("/sandbox").text)
    return client.post("/sandbox/clear", data={"token": token}, headers=headers).status_code


@pytest.fixture
def mailbox(settings: Settings) -> Mailbox:
    with Mailbox(settings.home) as made:
        made.add([caught()])
        return made


def test_form_of_our_own_page_is_obeyed(client: FlaskClient, mailbox: Mailbox) -> None:
    assert clearing(client, Origin="http://localhost") == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.test"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_form_sent_by_another_site_is_refused(client: FlaskClient, mailbox: Mailbox, headers: dict[str, str]) -> None:
    assert clearing(client, **headers) == 400


@pytest.mark.parametrize("token", ["", "0" * 64, "ă" * 64])
def test_form_with_a_wrong_token_is_refused(client: FlaskClient, mailbox: Mailbox, token: str) -> None:
    client.get("/sandbox")
    assert client.post("/sandbox/clear", data={"token": token}).status_code == 400


def test_token_of_another_visitor_is_refused(app: Flask, mailbox: Mailbox) -> None:
    token = token_of(app.test_client().get("/sandbox").text)
    other = app.test_client()
    assert other.post("/sandbox/clear", data={"token": token}).status_code == 400
    other.get("/sandbox")
    assert other.post("/sandbox/clear", data={"token": token}).status_code == 400


def test_visitor_cookie_is_out_of_reach_of_scripts_and_other_sites(client: FlaskClient, mailbox: Mailbox) -> None:
    cookie = client.get("/sandbox").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


def test_too_large_a_form_is_refused(client: FlaskClient, mailbox: Mailbox) -> None:
    client.get("/sandbox")
    assert client.post("/sandbox/clear", data={"token": "x" * 200_000}).status_code == 413
