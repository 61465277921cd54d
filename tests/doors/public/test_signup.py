"""Signing up by the form and confirming by the mail's link, as people, programs, scanners and strangers do it."""

import re
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient

from bocau import audience, content, ledger, signup, wiring
from bocau.audience import Consent, How, Reason, contacts, erasure, lists, subscriptions, suppressions
from bocau.audience.contacts import show
from bocau.audience.requests import ContactCreation, ListCreation
from bocau.base.clock import now_ms
from bocau.base.config import Settings
from bocau.base.db import reading, transaction
from bocau.bell import Doorbell
from bocau.doors.public import caller
from bocau.doors.public import signup as door
from bocau.doors.site import create_app
from bocau.signup import letter
from tests.doors.web.conftest import SECRET, on_both

FAR = {"REMOTE_ADDR": "203.0.113.9"}
AN = {"address": "An@mail.test", "name": "An", "website": ""}
EVIL = "<script>alert(1)</script>\r\nBcc: x@y.test {{ 7*7 }} {% raw %} ‮ \x00 https://spam.test"
PAUSE = 3_600_000


@pytest.fixture
def settings(home: Any, database_url: str) -> Settings:
    sender = "Tin <tin@clinic.test>"
    return Settings(
        home=home, database_url=database_url, secret_key=SECRET, signup_sender=sender, base_url="https://thu.test"
    )


@pytest.fixture
def rings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    heard: list[str] = []
    monkeypatch.setattr(Doorbell, "ring", lambda self, names: heard.extend(names))
    return heard


def made(parts: wiring.Parts, **given: Any) -> lists.MailingList:
    with transaction(parts.db) as connection:
        number = lists.create(connection, ListCreation(name=given.pop("name", "Bản tin"), **given), now_ms())
        found = lists.with_id(connection, number)
    assert found is not None
    return found


def form_of(parts: wiring.Parts, one: lists.MailingList) -> str:
    return signup.address_of(parts.settings, parts.secret, one).removeprefix(parts.settings.site)


def mails(parts: wiring.Parts) -> list[dict[str, Any]]:
    with reading(parts.db) as connection:
        found = [
            ledger.show_message(connection, one["id"]) for one in ledger.list_messages(connection, ledger.Filter())
        ]
    return [one for one in found if one is not None]


def link_of(mail: dict[str, Any]) -> str:
    link = str(orjson.loads(mail["data"])["confirm"] if isinstance(mail["data"], str) else mail["data"]["confirm"])
    assert link.startswith("https://thu.test/y/")
    return link.removeprefix("https://thu.test")


def person(parts: wiring.Parts, address: str = "an@mail.test") -> dict[str, Any]:
    with reading(parts.db) as connection:
        return show(connection, address)


def state(parts: wiring.Parts, address: str = "an@mail.test") -> str:
    return str(person(parts, address)["lists"][0]["state"])


def sign_up(client: FlaskClient, path: str, **more: Any) -> Any:
    return client.post(path, data=AN | more, environ_base=FAR, headers={"User-Agent": "Mozilla/5.0 (test)"})


def later(monkeypatch: pytest.MonkeyPatch, ms: int) -> None:
    monkeypatch.setattr(door, "now_ms", lambda: now_ms() + ms)


@on_both
def test_double_opt_in_from_the_form_to_the_list(client: FlaskClient, parts: wiring.Parts, rings: list[str]) -> None:
    path = form_of(parts, made(parts, label="Tin sức khỏe", about="Mỗi tháng một thư"))
    page = client.get(path, headers={"Accept-Language": "vi"}, environ_base=FAR)
    assert page.status_code == 200
    assert "Tin sức khỏe" in page.text and "Mỗi tháng một thư" in page.text and "Đăng ký" in page.text
    assert "<script" not in page.text and " style=" not in page.text and "Set-Cookie" not in page.headers
    assert sign_up(client, path + "?lang=vi").status_code == 200
    (mail,) = mails(parts)
    assert (mail["recipient"], mail["name"], mail["parent"]["stream"]) == ("an@mail.test", "", "transactional")
    assert rings == ["transactional"]
    assert state(parts) == "unconfirmed"
    link = link_of(mail)
    assert link.endswith("?lang=vi")
    for _ in range(3):  # scanners
        assert "Có, tôi muốn nhận" in client.get(link, environ_base=FAR).text
    client.head(link)
    assert state(parts) == "unconfirmed"
    done = [client.post(link, environ_base=FAR, headers={"User-Agent": "Mozilla/5.0 (phone)"}) for _ in range(2)]
    assert [one.status_code for one in done] == [200, 200]
    assert "Bạn đã có trong danh sách" in done[1].text == client.get(link).text
    assert state(parts) == "subscribed"
    created, asked, confirmed = person(parts)["history"]
    assert (created["what"], asked["what"], confirmed["what"]) == ("created", "asked", "confirmed")
    assert asked["how"] == "form" and confirmed["how"] == "link"
    assert asked["ip"] == confirmed["ip"] == "203.0.113.9"
    assert (asked["source"], confirmed["source"]) == ("/s Mozilla/5.0 (test)", "/y Mozilla/5.0 (phone)")
    assert "Bạn đề nghị nhận “Tin sức khỏe” qua thư." in asked["text"]
    assert confirmed["text"] == "Có, tôi muốn nhận “Tin sức khỏe”."
    assert len(mails(parts)) == 1


@on_both
def test_who_has_not_confirmed_gets_nothing_from_campaigns(client: FlaskClient, parts: wiring.Parts) -> None:
    one = made(parts)
    sign_up(client, form_of(parts, one))
    with reading(parts.db) as connection:
        for target in (audience.Target(lists=(one.id,)), audience.Target(everyone=True)):
            assert audience.slice_target(connection, target, 0, 10) == []
            assert audience.count_target(connection, target, None, now_ms()).mailable == 0
    client.post(link_of(mails(parts)[0]))
    with reading(parts.db) as connection:
        assert len(audience.slice_target(connection, audience.Target(lists=(one.id,)), 0, 10)) == 1


def test_form_sent_twice_sends_one_mail_until_an_hour_is_over(
    client: FlaskClient, parts: wiring.Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = form_of(parts, made(parts))
    answers = {sign_up(client, path).text for _ in range(3)}
    later(monkeypatch, PAUSE - 10_000)
    answers.add(sign_up(client, path).text)
    assert (len(answers), len(mails(parts))) == (1, 1)
    later(monkeypatch, PAUSE + 10_000)
    sign_up(client, path)
    assert len(mails(parts)) == 2


def test_answer_is_the_same_for_every_address(client: FlaskClient, parts: wiring.Parts) -> None:
    one = made(parts)
    path, now = form_of(parts, one), now_ms()
    with transaction(parts.db) as connection:
        for address in ("known@x.test", "there@x.test", "bad@x.test", "erased@x.test"):
            contacts.add(connection, ContactCreation(address=address), now)
        subscriptions.put_on(connection, one.id, ["there@x.test"], Consent(How.command), now)
        suppressions.suppress(connection, "bad@x.test", Reason.complained, now)
        suppressions.suppress(connection, "shut.test", Reason.manual, now, scope="bulk")
        erasure.erase(connection, "erased@x.test", now)
    who = ("new@x.test", "known@x.test", "there@x.test", "bad@x.test", "erased@x.test", "any@shut.test")
    answers = {sign_up(client, path, address=address).text.replace(address, "…") for address in who}
    assert len(answers) == 1
    assert {one["recipient"] for one in mails(parts)} == {"new@x.test", "known@x.test", "erased@x.test"}
    with reading(parts.db) as connection:
        assert contacts.ids(connection, ["any@shut.test"]) == {}, "nothing is kept of who may get no mail"


def test_answer_comes_as_late_whatever_there_was_to_do(
    client: FlaskClient, parts: wiring.Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = form_of(parts, made(parts))
    slept: list[float] = []
    with transaction(parts.db) as connection:
        suppressions.suppress(connection, "shut.test", Reason.manual, now_ms(), scope="bulk")
    for took, address in ((0.02, "any@shut.test"), (0.05, "new@x.test"), (0.9, "other@x.test")):
        clock = SimpleNamespace(monotonic=iter((7.0, 7.0 + took)).__next__, sleep=slept.append)
        monkeypatch.setattr(door, "SOONEST", 0.2)
        monkeypatch.setattr(door, "time", clock)
        sign_up(client, path, address=address)
    assert slept == pytest.approx([0.18, 0.15, 0.0])


@on_both
def test_who_was_erased_comes_back_by_confirming_and_not_before(client: FlaskClient, parts: wiring.Parts) -> None:
    one = made(parts, opt_in="single")
    with transaction(parts.db) as connection:
        erasure.erase(connection, "an@mail.test", now_ms() - 1000)
    sign_up(client, form_of(parts, one))

    def blocked() -> dict[str, str]:
        with reading(parts.db) as connection:
            return audience.blocked(connection, ["an@mail.test"], [one.id], bulk=True, now=now_ms())

    assert state(parts) == "unconfirmed"
    assert blocked() == {"an@mail.test": "erased"}
    assert client.post(link_of(mails(parts)[0])).status_code == 200
    assert (state(parts), blocked()) == ("subscribed", {})


def test_single_opt_in_subscribes_at_once_and_asks_only_who_had_left(
    client: FlaskClient, parts: wiring.Parts, rings: list[str]
) -> None:
    one = made(parts, opt_in="single")
    path = form_of(parts, one)
    first = sign_up(client, path)
    assert (state(parts), mails(parts), rings) == ("subscribed", [], [])
    line = person(parts)["history"][-1]
    assert (line["what"], line["how"], line["ip"]) == ("subscribed", "form", "203.0.113.9")
    assert "You agree to get “Bản tin” by mail." in line["text"]
    with transaction(parts.db) as connection:
        audience.unsubscribe(connection, "an@mail.test", [one.id], Consent(How.link), now_ms())
    assert sign_up(client, path).text == first.text
    assert (state(parts), len(mails(parts))) == ("unsubscribed", 1)
    client.post(link_of(mails(parts)[0]))
    assert state(parts) == "subscribed"


def test_link_holds_no_more_when_it_is_old_or_the_person_left_since(
    client: FlaskClient, parts: wiring.Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = made(parts)
    path = form_of(parts, one)
    sign_up(client, path)
    link = link_of(mails(parts)[0]).replace("lang=en", "lang=vi")
    later(monkeypatch, signup.LIFE + 60_000)
    for answer in (client.get(link), client.post(link)):
        assert answer.status_code == 410
        assert "Liên kết này không còn hiệu lực" in answer.text
        assert path in answer.text
    assert "This link is no longer valid" in client.get(link.replace("lang=vi", "lang=en")).text
    assert state(parts) == "unconfirmed"
    monkeypatch.undo()
    client.post(link)
    with transaction(parts.db) as connection:
        audience.unsubscribe(connection, "an@mail.test", (), Consent(How.link), now_ms() + 5)
    assert client.post(link).status_code == 410
    with reading(parts.db) as connection:
        assert audience.blocked(connection, ["an@mail.test"], [one.id], bulk=True, now=now_ms())


def test_word_that_is_not_ours_or_of_who_is_gone_leads_nowhere(client: FlaskClient, parts: wiring.Parts) -> None:
    one = made(parts)
    hidden = made(parts, name="Nội bộ", hidden=True)
    words = signup.Words(parts.secret)
    sign_up(client, form_of(parts, one))
    link = link_of(mails(parts)[0])
    wrong = [
        f"/s/{one.id}",
        f"/s/{words.form(hidden.id)}",
        f"/s/{words.form(99)}",
        "/s/%00",
        "/y/x",
        "/y/" + "a" * 9000,
    ]
    wrong += [link.replace("/y/", "/s/"), "/y/" + words.form(one.id), link.replace("?", "A?")]
    for path in wrong:
        for answer in (client.get(path), client.post(path, data=AN)):
            assert answer.status_code == 404, path
            assert "This link does not work" in answer.text
    assert signup.address_of(parts.settings, parts.secret, hidden) == ""
    with transaction(parts.db) as connection:
        contacts.move(connection, "an@mail.test", "other@mail.test", now_ms())
    assert client.post(link).status_code == 404, "the new address was never asked"
    with transaction(parts.db) as connection:
        erasure.erase(connection, "other@mail.test", now_ms())
    assert client.post(link).status_code == 404


@pytest.mark.parametrize(
    "address", ["", "nobody", "a@b", "a@x.test,b@x.test", "An <an@x.test>", "a@x.test\r\nBcc: b@x.test"]
)
def test_wrong_address_is_said_and_what_was_written_stays(
    client: FlaskClient, parts: wiring.Parts, address: str
) -> None:
    path = form_of(parts, made(parts))
    answer = sign_up(client, path + "?lang=vi", address=address, name='"><b>An')
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "&#34;&gt;&lt;b&gt;An" in answer.text and "<b>An" not in answer.text
    assert mails(parts) == []


def test_hostile_texts_stay_texts(client: FlaskClient, parts: wiring.Parts) -> None:
    one = made(parts, name="x", label=EVIL[:100], about=EVIL)
    path = form_of(parts, one)
    answer = sign_up(client, path, name=EVIL)
    for page in (client.get(path), answer):
        assert page.status_code == 200
        assert "<script>alert" not in page.text and "49" not in page.text
    (mail,) = mails(parts)
    assert mail["name"] == "" and "Bcc" not in mail["parent"]["name"]
    assert "<script>alert" not in client.get(link_of(mail)).text
    kept = person(parts)["name"]
    assert "\r" not in kept and "\x00" not in kept
    rendered = content.compile(content.Version.unsaved(letter.source("en")), 200_000).render(
        orjson.loads(mail["data"]) if isinstance(mail["data"], str) else mail["data"]
    )
    assert "<script>alert" not in rendered.html and "{{ 7*7 }}" in rendered.html
    assert "spam.test" not in person(parts)["lists"][0]["name"]


def test_visitors_name_never_stands_in_the_mail(client: FlaskClient, parts: wiring.Parts) -> None:
    sign_up(client, form_of(parts, made(parts)), name="Win money at https://spam.test")
    assert "spam.test" not in str(mails(parts))


def test_form_on_a_page_elsewhere_may_post(client: FlaskClient, parts: wiring.Parts) -> None:
    headers = {"Origin": "https://congty.test", "Sec-Fetch-Site": "cross-site"}
    path = form_of(parts, made(parts))
    answer = client.post(path, data={"address": "an@mail.test"}, headers=headers, base_url="https://thu.test")
    assert (answer.status_code, len(mails(parts))) == (200, 1)


def test_program_that_fills_in_every_field_gets_the_same_answer_and_nothing_else(
    client: FlaskClient, parts: wiring.Parts
) -> None:
    path = form_of(parts, made(parts))
    fooled = sign_up(client, path, website="https://spam.test").text
    with reading(parts.db) as connection:
        assert contacts.count(connection) == 0
    assert fooled == sign_up(client, path).text


@on_both
def test_one_network_signs_up_so_many_and_others_go_on(client: FlaskClient, parts: wiring.Parts) -> None:
    path = form_of(parts, made(parts))

    def come(who: str, ip: str) -> int:
        data = AN | {"address": f"{who}@x.test"}
        return int(client.post(path, data=data, environ_base={"REMOTE_ADDR": ip}).status_code)

    codes = [come(f"a{n}", f"2001:db8:1:2::{n:x}") for n in range(21)]
    assert codes == [200] * 20 + [429]
    assert come("b", "2001:db8:1:3::1") == 200
    assert len(mails(parts)) == 21


def test_nobody_can_sign_up_while_no_sender_is_set(
    home: Any, database_url: str, parts: wiring.Parts, rings: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    double, single = made(parts), made(parts, name="Một", opt_in="single")
    for sender in ("", "not a sender"):
        silent = Settings(home=home, database_url=database_url, secret_key=SECRET, signup_sender=sender)
        with pytest.raises(signup.SignUpClosedError):
            signup.check(silent)
        client = create_app(replace(parts, settings=silent)).test_client()
        for answer in (client.get(form_of(parts, double) + "?lang=vi"), sign_up(client, form_of(parts, double))):
            assert answer.status_code == 503
        assert "BOCAU" not in answer.text
        assert "BOCAU_SIGNUP_SENDER" in "".join(capfd.readouterr())
    assert sign_up(client, form_of(parts, single)).status_code == 200
    assert state(parts) == "subscribed"
    with transaction(parts.db) as connection:
        audience.unsubscribe(connection, "an@mail.test", [single.id], Consent(How.link), now_ms())
    assert sign_up(client, form_of(parts, single)).status_code == 200
    assert (mails(parts), rings) == ([], [])


def test_languages_of_page_and_mail(client: FlaskClient, parts: wiring.Parts) -> None:
    path = form_of(parts, made(parts))
    assert 'href="?lang=en"' in client.get(path + "?lang=vi").text
    assert 'lang="en"' in client.get(path + "?lang=xx", headers={"Accept-Language": "en"}).text
    with transaction(parts.db) as connection:
        contacts.add(connection, ContactCreation(address="an@mail.test", language="vi"), now_ms())
    sign_up(client, path + "?lang=en")
    sign_up(client, path + "?lang=en", address="binh@mail.test")
    spoken = {one["recipient"]: link_of(one)[-2:] for one in mails(parts)}
    assert spoken == {"an@mail.test": "vi", "binh@mail.test": "en"}
    for language, word in (("vi", "Xin xác nhận: Tin"), ("en", "Please confirm: Tin")):
        made_of = content.compile(content.Version.unsaved(letter.source(language)), 200_000)
        told = made_of.render({"list": "Tin", "told": "", "confirm": "https://thu.test/y/x?lang=vi"})
        assert told.subject == word
        assert "https://thu.test/y/x?lang=vi" in told.text
        assert re.search(r'<html lang="(\w+)"', told.html)[1] == language  # type: ignore[index]


@pytest.mark.parametrize(
    ("near", "told", "address"),
    [
        ("203.0.113.9", "1.2.3.4", "203.0.113.9"),
        ("127.0.0.1", "1.2.3.4, 198.51.100.7", "198.51.100.7"),
        ("10.0.0.2", "junk", "10.0.0.2"),
        ("::1", "", "::1"),
        ("127.0.0.1", "2001:db8::1", "2001:db8::1"),
        ("::ffff:127.0.0.1", "::ffff:198.51.100.7", "198.51.100.7"),
        ("", "1.2.3.4", ""),
    ],
)
def test_visitors_address_is_what_our_own_proxy_says(app: Flask, near: str, told: str, address: str) -> None:
    with app.test_request_context(environ_base={"REMOTE_ADDR": near}, headers={"X-Forwarded-For": told}):
        assert caller.address() == address
