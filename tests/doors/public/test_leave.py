"""Unsubscribing and preferences: pages, buttons of mail programs, and campaigns that are under way."""

import pytest
from flask.testing import FlaskClient

from bocau import audience, wiring
from bocau.audience import contacts, lists
from bocau.audience.requests import ContactCreation, ListCreation
from bocau.base.clock import now_ms
from bocau.base.db import reading, transaction
from tests.doors.public.conftest import LAN, Sent, mail, row, word_of
from tests.doors.web.conftest import on_both

FAR = {"REMOTE_ADDR": "203.0.113.9"}
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def kinds(parts: wiring.Parts, message: int) -> list[str]:
    return [one["kind"] for one in row(parts, message)["events"]]


def blocked(parts: wiring.Parts, sent: Sent) -> dict[str, str]:
    with reading(parts.db) as connection:
        return audience.blocked(connection, [LAN], [sent.list], bulk=True, now=now_ms())


@on_both
def test_button_of_a_mail_program_acts_and_holds_running_campaigns_back(
    client: FlaskClient, parts: wiring.Parts, sent: Sent
) -> None:
    other = mail(parts, "two", sent.list)
    answer = client.post(
        f"/u/{sent.word}",
        data=ONE_CLICK,
        base_url="https://thu.test",
        environ_base=FAR,
        headers={"Origin": "https://mail.test", "Sec-Fetch-Site": "cross-site"},
    )
    assert (answer.status_code, answer.text) == (200, "OK\n")
    assert "Set-Cookie" not in answer.headers
    assert blocked(parts, sent) == {LAN: "list-unsubscribed"}
    for one in (sent, other):
        assert row(parts, one.message)["state"] == "suppressed"
    assert "unsubscribed" in kinds(parts, sent.message)
    assert "unsubscribed" not in kinds(parts, other.message)
    assert client.post(f"/u/{sent.word}", data=ONE_CLICK).status_code == 200
    assert kinds(parts, sent.message).count("unsubscribed") == 1


@on_both
def test_who_moved_leaves_by_an_old_mail_too(client: FlaskClient, parts: wiring.Parts, sent: Sent) -> None:
    new = "lan.moi@clinic.test"
    with transaction(parts.db) as connection:
        contacts.move(connection, LAN, "lan.tam@clinic.test", now_ms())
        contacts.move(connection, "lan.tam@clinic.test", new, now_ms())
    assert client.post(f"/u/{sent.word}", data=ONE_CLICK, environ_base=FAR).status_code == 200
    with reading(parts.db) as connection:
        kept = audience.blocked(connection, [new, LAN], [sent.list], bulk=True, now=now_ms())
    assert kept.keys() == {new, LAN}
    assert row(parts, sent.message)["state"] == "suppressed"


@on_both
def test_an_address_that_another_has_now_says_nothing_about_who_had_it(
    client: FlaskClient, parts: wiring.Parts, sent: Sent
) -> None:
    new = "lan.moi@clinic.test"
    with transaction(parts.db) as connection:
        contacts.move(connection, LAN, new, now_ms())
        contacts.add(connection, ContactCreation(address=LAN, name="Another"), now_ms())
    client.post(f"/u/{sent.word}", data=ONE_CLICK, environ_base=FAR)
    with reading(parts.db) as connection:
        assert audience.blocked(connection, [new], [sent.list], bulk=True, now=now_ms()) == {}


@pytest.mark.parametrize("path", ["/u/", "/p/"])
def test_looking_changes_nothing(client: FlaskClient, parts: wiring.Parts, sent: Sent, path: str) -> None:
    for _ in range(2):
        answer = client.get(path + sent.word, environ_base=FAR)
        assert answer.status_code == 200
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "Set-Cookie" not in answer.headers
        assert "<script" not in answer.text
        assert " style=" not in answer.text
    client.head(path + sent.word)
    assert blocked(parts, sent) == {}
    assert row(parts, sent.message)["state"] == "queued"


@pytest.mark.parametrize(
    ("language", "asks", "says"),
    [("vi", "Bạn không muốn nhận", "Bạn đã hủy nhận thư"), ("en", "Do you want to stop", "You are unsubscribed")],
)
def test_page_with_a_button(
    client: FlaskClient, parts: wiring.Parts, sent: Sent, language: str, asks: str, says: str
) -> None:
    head = {"Accept-Language": language}
    assert asks in client.get(f"/u/{sent.word}", headers=head).text
    answer = client.post(f"/u/{sent.word}", data={"page": "1"}, headers=head, environ_base=FAR)
    assert answer.status_code == 200
    assert says in answer.text
    assert blocked(parts, sent) != {}


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("path", ["/u/", "/p/"])
def test_words_that_are_not_ours(client: FlaskClient, parts: wiring.Parts, sent: Sent, method: str, path: str) -> None:
    strange = ("x", sent.word[:-1], word_of(parts, sent.message, "link"), word_of(parts, 999_999), "A" * 9000, "%00")
    for word in strange:
        if word == strange[3] and (method, path) == ("get", "/u/"):
            continue  # ours, of a mail that is gone: only the button finds out
        assert getattr(client, method)(path + word, environ_base=FAR).status_code == 404
    assert blocked(parts, sent) == {}


def test_preferences_are_kept_and_campaigns_held_back(client: FlaskClient, parts: wiring.Parts, sent: Sent) -> None:
    with transaction(parts.db) as connection:
        other = lists.create(connection, ListCreation(name="Khuyến mãi", opt_in="single"), now_ms())
    page = client.get(f"/p/{sent.word}", headers={"Accept-Language": "vi"}, environ_base=FAR).text
    assert "Tin tháng" in page
    assert page.count(" checked") == 1
    answer = client.post(f"/p/{sent.word}", data={"list": [str(other), "x", "9" * 30]}, environ_base=FAR)
    assert answer.status_code == 200
    with reading(parts.db) as connection:
        chosen = audience.preferences(connection, LAN)
    assert {one.id for one in chosen.choices if one.subscribed} == {other}
    assert row(parts, sent.message)["state"] == "suppressed"


def test_no_more_newsletters_at_all_and_back_again(client: FlaskClient, parts: wiring.Parts, sent: Sent) -> None:
    client.post(f"/p/{sent.word}", data={"stop": "1", "list": str(sent.list)}, environ_base=FAR)
    assert blocked(parts, sent) == {LAN: "unsubscribed"}
    assert kinds(parts, sent.message).count("unsubscribed") == 1
    assert row(parts, sent.message)["state"] == "suppressed"
    client.post(f"/p/{sent.word}", data={"list": str(sent.list)}, environ_base=FAR)
    assert blocked(parts, sent) == {}
