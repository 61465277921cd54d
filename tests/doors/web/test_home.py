import dataclasses
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr

from bocau import wiring
from bocau.base import presence
from bocau.doors.site import create_app
from bocau.ledger.states import MessageState
from tests.doors.web.conftest import on_both
from tests.doors.web.seeds import settle, submission

PEOPLE = [(f"Người {number}", f"nguoi{number}@clinic.test") for number in range(10)]


def test_empty_page_says_what_to_do_next(client: FlaskClient) -> None:
    page = client.get("/").text
    assert "./bocau send --from &#34;Phòng khám &lt;hen@clinic.test&gt;&#34; --csv examples/contacts-10k.csv" in page
    assert "{{ name }}" in page
    assert 'href="/sandbox"' in page


@on_both
def test_page_tells_what_waits_and_what_became_of_the_rest(client: FlaskClient, parts: wiring.Parts) -> None:
    submission(parts.db, people=PEOPLE)
    settle(
        parts.db,
        {
            0: (MessageState.deferred, 451, "4.7.1", "later"),
            1: (MessageState.failed, 550, "5.1.1", "unknown user"),
            2: (None, None, "", ""),
        },
    )
    page = client.get("/live/home").text
    assert "Nhắc lịch khám" in page
    for told in ("7 sent", "1 queued", "1 deferred", "1 failed"):
        assert told in page
    assert "1 mail" in page  # waiting in queue bulk


def test_hostile_names_are_shown_and_do_nothing(client: FlaskClient, parts: wiring.Parts) -> None:
    submission(parts.db, name='<script>alert(1)</script>" onload="x', people=PEOPLE[:1])
    page = client.get("/").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_stopped_parts_are_told_with_the_way_to_start_them(client: FlaskClient, parts: wiring.Parts) -> None:
    page = client.get("/").text
    assert "No worker is running" in page
    assert "./bocau up" in page


def test_running_parts_are_told(client: FlaskClient, parts: wiring.Parts, broker_socket: Path) -> None:
    (parts.settings.home / "broker.url").write_text(f"redis+socket://{broker_socket}")
    leaves = [presence.announce(parts.settings.home, name) for name in ("worker", "worker", "beat", "sandbox")]
    page = client.get("/").text
    for leave in leaves:
        leave()
    assert "./bocau up" not in page
    assert "2 running" in page
    assert "Stopped" not in page


@pytest.mark.own_database
@on_both
def test_broken_database_gives_a_page_with_a_hint(client: FlaskClient, parts: wiring.Parts) -> None:
    with parts.db.begin() as connection:
        connection.execute(sa.text("DROP TABLE submission"))
    answer = client.get("/", headers={"Accept-Language": "vi"})
    assert answer.status_code == 503
    assert "./bocau doctor" in answer.text
    assert "SELECT" not in answer.text


def test_sample_is_not_offered_when_mails_would_go_to_people(parts: wiring.Parts, app: Flask) -> None:
    settings = parts.settings.model_copy(update={"relay_url": SecretStr("smtp://mail.example:587")})
    client = create_app(dataclasses.replace(parts, settings=settings)).test_client()
    for path in ("/", "/submissions"):
        page = client.get(path).text
        assert "contacts-10k.csv" not in page
        assert "real people" in page
