import pytest
from flask.testing import FlaskClient

from bocau import events, wiring
from bocau.base.db import transaction
from bocau.base.words import say
from bocau.flows.story import TITLES
from bocau.ledger.states import MessageState
from tests.doors.web.conftest import on_both
from tests.doors.web.seeds import settle, submission

EVIL = '<img src=x onerror=alert(1)> \u202egnp.exe "quoted"'


@pytest.fixture
def ids(parts: wiring.Parts) -> list[int]:
    people = [("Lan", "lan@clinic.test"), (EVIL, "hoa@clinic.test"), ("Mai", "mai@clinic.test")]
    submission(parts.db, people=people)
    return settle(
        parts.db, {1: (MessageState.failed, 550, "5.1.1", EVIL), 2: (MessageState.deferred, 451, "4.7.1", "Greylisted")}
    )


def test_timeline_tells_queued_and_sent_with_the_reply(client: FlaskClient, ids: list[int]) -> None:
    page = client.get(f"/messages/{ids[0]}").text
    assert page.index("<b>Queued</b>") < page.index("<b>Sent</b>")
    assert "250 2.0.0 Kept in the sandbox" in page
    assert "6233000" in page  # merge data


@on_both
def test_timeline_tells_attempts_between(client: FlaskClient, ids: list[int]) -> None:
    page = client.get(f"/messages/{ids[2]}").text
    assert page.index("<b>Deferred</b>") < page.index("<b>Next attempt</b>")
    assert "attempt 1" in page
    assert "451 4.7.1 Greylisted" in page


def test_failed_message_says_how_to_try_again(client: FlaskClient, ids: list[int]) -> None:
    assert f"./bocau messages retry {ids[1]}" in client.get(f"/messages/{ids[1]}").text


def test_hostile_replies_and_names_do_nothing(client: FlaskClient, ids: list[int]) -> None:
    for path in (f"/messages/{ids[1]}", "/submissions/1"):
        page = client.get(path).text
        assert "<img src=x" not in page
        assert "&lt;img src=x onerror=alert(1)&gt;" in page


def test_second_acceptance_comes_after_sent(client: FlaskClient, parts: wiring.Parts, ids: list[int]) -> None:
    with transaction(parts.db) as connection:
        events.append(connection, [events.Event(ids[0], events.Kind.again, 2, {"code": 250})])
    page = client.get(f"/messages/{ids[0]}").text
    assert page.index("<b>Sent</b>") < page.index("<b>Accepted again</b>")


def test_every_kind_of_event_has_a_title() -> None:
    assert {kind.value for kind in events.Kind} <= set(TITLES)
    assert all(say(title) for title in TITLES.values())


@pytest.mark.parametrize("path", ["/messages/99", "/messages/9999999999999999999999", "/messages/x"])
def test_unknown_messages_are_not_found(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_timeline_says_why_a_mail_was_asked_back(client: FlaskClient, parts: wiring.Parts, ids: list[int]) -> None:
    with transaction(parts.db) as connection:
        told = {"reason": "list-unsubscribed"}
        events.append(connection, [events.Event(ids[0], events.Kind.recalled, 0, told)])
    page = client.get(f"/messages/{ids[0]}").text
    assert "<b>Recalled</b>" in page
    assert "Reason: left the lists it goes to." in page
