"""From a row to its letter: the same bytes always, headers by stream, one person's own files, hostile data harmless."""

import email
import email.policy
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from bocau import content
from bocau.attachments import Store
from bocau.delivery.compose import ComposeError, Composer, Row, preview
from bocau.ledger.options import Options
from bocau.wire.headers import one_line
from bocau.wire.smtp import Mail, address_is_safe, letter_fault

SECRET = b"k" * 32
DATE = 1_795_434_180_123
AN = Row(7, "an@mail.test", "Nguyễn Văn An", {"name": "Nguyễn Văn An", "city": "Hà Nội"})
HTML = "<p>Chào {{ name }} ở {{ city }}, <a href='https://clinic.test/?ma={{ city }}'>xem</a></p>"
BULK = {"unsubscribe_url": "https://clinic.test/u/{{ token }}?m={{ email }}"}


@dataclass
class Sender:
    domain: str = "clinic.test"
    selector: str = "s1"
    bounce_domain: str = ""
    private_key_pem: str = ""


def composer(
    source: content.Source | None = None,
    stream: str = "transactional",
    options: dict[str, Any] | None = None,
    sender: Sender | None = None,
    **more: Any,
) -> Composer:
    source = source or content.Source("Nhắc lịch khám, {{ name }}", html=HTML)
    author = more.pop("author", "Phòng khám <hen@clinic.test>")
    version = content.Version.unsaved(source)
    own = {"submission": 5, "secret": SECRET, **more}
    return Composer(version, sender, author, stream, Options.from_dict(options or {}), **own)


def read(mail: Mail) -> EmailMessage:
    """The letter as the standard library reads it, without a defect and with nothing the SMTP client would refuse."""
    assert letter_fault(mail.body) == ""
    assert mail.checked
    assert max(map(len, mail.body.split(b"\r\n"))) <= 998
    assert address_is_safe(mail.recipient, mail.smtputf8)
    message = email.message_from_bytes(mail.body, policy=email.policy.SMTPUTF8)
    assert isinstance(message, EmailMessage)
    for part in message.walk():
        assert part.defects == []
    return message


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_a_letter_is_rendered_for_its_person() -> None:
    mail = composer().compose(AN, DATE)
    message = read(mail)
    assert message["From"] == "Phòng khám <hen@clinic.test>"
    assert message["To"] == "Nguyễn Văn An <an@mail.test>"
    assert message["Subject"] == "Nhắc lịch khám, Nguyễn Văn An"
    assert message["Date"].datetime.timestamp() == DATE // 1000
    assert "Chào Nguyễn Văn An ở Hà Nội" in body(message, "html")
    assert "ma=H%C3%A0%20N%E1%BB%99i" in body(message, "html")
    assert "Chào Nguyễn Văn An ở Hà Nội, xem <https://clinic.test/?ma=" in body(message, "plain")
    assert (mail.sender, mail.recipient, mail.ref) == (b"hen@clinic.test", b"an@mail.test", 7)
    assert not mail.smtputf8


def test_the_preview_is_the_very_letter() -> None:
    assert preview(composer(), AN, DATE) == composer().compose(AN, DATE).body


def test_the_same_row_gives_the_same_bytes_in_another_process() -> None:
    key = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    given = {"key": key.decode(), "html": HTML * 20, "data": dict(AN.data)}
    code = """
import json, sys
from tests.delivery.test_compose import *
given = json.loads(sys.stdin.read())
made = composer(content.Source("Chào {{ name }}", html=given["html"]), "bulk", BULK, Sender(private_key_pem=given["key"]))
sys.stdout.write(made.compose(Row(7, AN.address, AN.name, given["data"]), DATE).body.hex())
"""
    told = [
        subprocess.run(
            [sys.executable, "-c", code],
            input=json.dumps(given),
            capture_output=True,
            text=True,
            check=True,
            cwd=Path(__file__).parents[2],
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]
    assert len(told[0]) > 1000
    assert told[0] == told[1]


def test_message_ids_differ_by_row_and_installation_and_not_by_try() -> None:
    made = composer()
    ids = {read(made.compose(AN._replace(id=i), DATE))["Message-ID"] for i in range(50)}
    assert len(ids) == 50
    assert read(made.compose(AN, DATE))["Message-ID"] in ids
    assert read(composer(secret=b"other").compose(AN, DATE))["Message-ID"] not in ids
    assert read(made.compose(AN, DATE))["Message-ID"].endswith("@clinic.test>")


def test_a_transactional_letter_says_it_comes_from_a_machine() -> None:
    message = read(composer().compose(AN, DATE))
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "OOF, AutoReply"
    assert message["Precedence"] is None
    assert message["List-Id"] is None


def test_a_bulk_letter_can_be_unsubscribed_with_one_click() -> None:
    options = {**BULK, "unsubscribe_mailto": "u@clinic.test", "list_id": "Bản tin <tin.clinic.test>"}
    message = read(composer(stream="bulk", options=options).compose(AN, DATE))
    link, _, mailto = str(message["List-Unsubscribe"]).partition(", ")
    assert link.startswith("<https://clinic.test/u/")
    assert link.endswith("?m=an%40mail.test>")
    assert mailto == "<mailto:u@clinic.test>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Id"] == "Bản tin <tin.clinic.test>"
    assert re.fullmatch(r"[0-9a-f]{12}:clinic\.test:bulk:bocau", message["Feedback-ID"])
    assert message["Precedence"] == "bulk"
    assert message["Auto-Submitted"] is None


def test_bulk_without_a_way_to_unsubscribe_is_refused() -> None:
    with pytest.raises(ComposeError, match="unsubscribe_url"):
        composer(stream="bulk").compose(AN, DATE)


@pytest.mark.parametrize(
    "url", ["http://clinic.test/u", "javascript:alert(1)", "https://x.test/a b", "https://x.test/>,<https://y"]
)
def test_an_unsubscribe_address_that_is_not_plain_https_is_refused(url: str) -> None:
    with pytest.raises(ComposeError):
        composer(stream="bulk", options={"unsubscribe_url": url}).compose(AN, DATE)


def test_data_in_the_unsubscribe_address_stays_in_its_place() -> None:
    hostile = AN._replace(data={**AN.data, "city": ">,<mailto:x@y.test>\r\nBcc: z&m=b #"})
    options = {"unsubscribe_url": "https://clinic.test/u?c={{ city }}"}
    message = read(composer(stream="bulk", options=options).compose(hostile, DATE))
    assert message["List-Unsubscribe"] == (
        "<https://clinic.test/u?c=%3E%2C%3Cmailto%3Ax%40y.test%3E%0D%0ABcc%3A%20z%26m%3Db%20%23>"
    )
    assert message["Bcc"] is None


def test_reply_to_and_further_headers_are_written() -> None:
    options = {"reply_to": "Lễ tân <le.tan@clinic.test>", "headers": {"X-Khoa": "Nội tổng quát", "X-Ref": "7"}}
    message = read(composer(options=options).compose(AN, DATE))
    assert message["Reply-To"] == "Lễ tân <le.tan@clinic.test>"
    assert (message["X-Khoa"], message["X-Ref"]) == ("Nội tổng quát", "7")


@pytest.mark.parametrize(
    "name", ["Bcc", "FROM", "content-type", "DKIM-Signature", "Resent-To", "X Y", "X:Y", "X\r\nBcc", ""]
)
def test_a_header_that_is_ours_or_is_none_is_refused(name: str) -> None:
    with pytest.raises(ComposeError):
        composer(options={"headers": {name: "x"}}).compose(AN, DATE)


@pytest.mark.parametrize(
    "options",
    [
        {"headers": {"X-A": "a\r\nBcc: x@y.test"}},
        {"reply_to": "a <a@b.test>\r\nBcc: x@y.test"},
        {"reply_to": "nobody"},
        {"message_id_domain": "a b\r\n"},
    ],
)
def test_options_cannot_smuggle_headers(options: dict[str, Any]) -> None:
    with pytest.raises(ComposeError):
        composer(options=options).compose(AN, DATE)


@pytest.mark.parametrize(
    "name", ["Lê\r\nBcc: x@y.test", "Lê\nBcc: x@y.test", "Lê \x00\tBcc: x@y.test", "Lê\u2028Bcc: x@y.test"]
)
def test_a_line_break_in_a_value_is_a_blank_in_every_header(name: str) -> None:
    message = read(composer().compose(AN._replace(name=name, data={**AN.data, "name": name}), DATE))
    assert message["Subject"] == "Nhắc lịch khám, Lê Bcc: x@y.test"
    assert message["To"].addresses[0].display_name == "Lê Bcc: x@y.test"
    assert message["Bcc"] is None


@given(st.dictionaries(st.sampled_from(["name", "city"]), st.text(max_size=80), min_size=2), st.text(max_size=80))
def test_any_data_gives_a_sound_letter_or_a_reason(data: dict[str, str], name: str) -> None:
    made = composer()
    try:
        mail = made.compose(AN._replace(data=data, name=name), DATE)
    except ComposeError as error:
        assert "control character" in str(error)
        return
    message = read(mail)
    assert len(message.keys()) == 9
    assert message["Subject"] == one_line(f"Nhắc lịch khám, {data['name']}")
    assert len(list(message.walk())) == 3


def test_an_address_outside_ascii_needs_smtputf8() -> None:
    mail = composer().compose(AN._replace(address="hà@mail.test"), DATE)
    assert mail.smtputf8
    assert mail.eightbit
    assert mail.recipient == "hà@mail.test".encode()
    assert "\r\nTo: =?utf-8?B?Tmd1eeG7hW4gVsSDbiBBbg==?= <hà@mail.test>\r\n".encode() in mail.body


def test_a_domain_outside_ascii_is_sent_as_a_labels() -> None:
    mail = composer(author="Thư <thư@thư.test>").compose(AN._replace(address="giang@thư.test"), DATE)
    assert mail.recipient == b"giang@xn--th-e0a.test"
    assert mail.sender == "thư@xn--th-e0a.test".encode()
    assert mail.smtputf8


def test_a_bounce_domain_makes_an_envelope_sender_of_its_own() -> None:
    mails = [composer(sender=Sender(bounce_domain="b.clinic.test")).compose(AN._replace(id=i), DATE) for i in (1, 2, 2)]
    assert mails[0].sender != mails[1].sender == mails[2].sender
    assert mails[0].sender.endswith(b"@b.clinic.test")
    assert address_is_safe(mails[0].sender)
    assert len(mails[0].sender.partition(b"@")[0]) <= 64


def test_each_person_gets_their_own_file_and_the_shared_one(tmp_path: Path) -> None:
    store = Store(tmp_path)
    shared = store.put(b"%PDF-1.4 rules", "quy định.pdf").as_dict()
    own = [store.put(f"%PDF-1.4 {who}".encode(), f"{who}.pdf").as_dict() for who in ("An", "Bình")]
    made = composer(content.Source("Lương", text="Chào {{ name }}", attachments=(shared,)), files=store)
    for i, who in enumerate(("An", "Bình")):
        message = read(made.compose(AN._replace(id=i, files=[own[i]]), DATE))
        found = {part.get_filename(): part.get_content() for part in message.iter_attachments()}
        assert found == {"quy định.pdf": b"%PDF-1.4 rules", f"{who}.pdf": f"%PDF-1.4 {who}".encode()}


def test_a_file_that_is_gone_fails_its_message_only(tmp_path: Path) -> None:
    store = Store(tmp_path)
    file = store.put(b"%PDF-1.4", "a.pdf")
    made = composer(files=store)
    gone = {**file.as_dict(), "digest": "0" * 64}
    with pytest.raises(ComposeError, match=r"a\.pdf"):
        made.compose(AN._replace(files=[gone]), DATE)
    made.compose(AN._replace(files=[file.as_dict()]), DATE)


def test_a_letter_over_the_limit_is_refused_before_files_are_read(tmp_path: Path) -> None:
    store = Store(tmp_path)
    file = store.put(b"%PDF-1.4" + b"x" * 9000, "a.pdf").as_dict()
    with pytest.raises(ComposeError, match="at most 10000"):
        composer(files=store, max_bytes=10_000).compose(AN._replace(files=[file]), DATE)
    huge = {**file, "digest": "0" * 64, "size": 1 << 30}
    with pytest.raises(ComposeError, match="at most 10000"):
        composer(files=store, max_bytes=10_000).compose(AN._replace(files=[huge]), DATE)


def test_a_static_text_repeated_too_often_fails_its_message_before_it_fills_the_memory() -> None:
    html = "{% for i in rows %}<p>" + "dài " * 2000 + "</p>{% endfor %}"
    made = composer(content.Source("x", html=html))
    with pytest.raises(ComposeError, match="at most 10485760"):
        made.compose(AN._replace(data={"rows": list(range(15_000))}), DATE)
    made.compose(AN._replace(data={"rows": [1]}), DATE)


def test_a_missing_field_fails_the_message_with_its_name() -> None:
    with pytest.raises(ComposeError, match="the field city is missing"):
        composer().compose(AN._replace(data={"name": "An"}), DATE)


def test_the_rows_name_and_address_are_fields_too() -> None:
    message = read(composer(content.Source("x", text="{{ name }} {{ email }}")).compose(AN._replace(data={}), DATE))
    assert message.get_content().strip() == "Nguyễn Văn An an@mail.test"


def test_a_default_is_used_when_the_row_has_no_name() -> None:
    made = composer(content.Source("x", text="{{ name | default('bạn') }}"))
    assert read(made.compose(AN._replace(data={}, name=""), DATE)).get_content().strip() == "bạn"


def test_what_is_wrong_with_the_submission_fails_each_message_with_the_reason() -> None:
    for made in (
        composer(content.Source("x", html="{{ a | nope }}")),
        composer(sender=Sender(private_key_pem="nonsense")),
        composer(author="nobody"),
    ):
        with pytest.raises(ComposeError):
            made.compose(AN, DATE)


def test_a_signed_letter_is_accepted_by_dkimpy() -> None:
    import base64

    import dkim

    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    raw = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(raw)
    made = composer(stream="bulk", options=BULK, sender=Sender(private_key_pem=pem))
    mail = made.compose(AN, DATE)
    assert dkim.verify(mail.body, dnsfunc=lambda name, timeout=5: record)
    signed = mail.body.partition(b"bh=")[0]
    for name in (b"list-unsubscribe", b"list-unsubscribe-post", b"feedback-id", b"list-id", b"subject", b"from"):
        assert name in signed


PICTURE = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
INVITE = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:1@clinic.test\r\nSUMMARY:Tái khám\r\n"
    "END:VEVENT\r\nEND:VCALENDAR\r\n"
).encode()


def kinds(message: EmailMessage) -> list[str]:
    return [part.get_content_type() for part in message.walk()]


def test_an_attached_picture_that_the_html_calls_is_shown_and_not_listed(tmp_path: Path) -> None:
    store = Store(tmp_path)
    files = tuple(store.put(raw, name).as_dict() for raw, name in ((PICTURE, "logo.png"), (b"%PDF-1", "giá.pdf")))
    html = '<p>a</p><img src="cid:logo.png">'
    message = read(composer(content.Source("s", html=html, attachments=files), files=store).compose(AN, DATE))
    assert kinds(message) == [
        "multipart/mixed",
        "multipart/related",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "image/png",
        "application/pdf",
    ]
    picture = next(part for part in message.walk() if part.get_content_type() == "image/png")
    assert (picture["Content-ID"], picture.get_content_disposition()) == ("<logo.png>", "inline")
    assert picture.get_content() == PICTURE
    assert [part.get_filename() for part in message.iter_attachments()] == ["giá.pdf"]
    plain = read(composer(content.Source("s", text="a", attachments=files), files=store).compose(AN, DATE))
    assert kinds(plain) == ["multipart/mixed", "text/plain", "image/png", "application/pdf"]


def test_each_persons_own_picture_is_shown_where_the_html_calls_it(tmp_path: Path) -> None:
    store = Store(tmp_path)
    made = composer(content.Source("s", html='<img src="cid:mã qr.png">'), files=store)
    mine = store.put(PICTURE, "Mã QR.png").as_dict()
    message = read(made.compose(AN._replace(files=[mine]), DATE))
    assert kinds(message) == ["multipart/related", "multipart/alternative", "text/plain", "text/html", "image/png"]
    picture = next(part for part in message.walk() if part.get_content_type() == "image/png")
    assert f'src="cid:{picture["Content-ID"].strip("<>")}"' in body(message, "html")
    assert kinds(read(made.compose(AN, DATE))) == ["multipart/alternative", "text/plain", "text/html"]


@pytest.mark.parametrize("own", [False, True])
def test_an_invitation_is_an_alternative_and_a_file(tmp_path: Path, own: bool) -> None:
    store = Store(tmp_path)
    files = (store.put(INVITE, "hẹn.ics").as_dict(),)
    source = content.Source("s", html="<p>a</p>", attachments=() if own else files)
    mail = composer(source, files=store).compose(AN._replace(files=files if own else None), DATE)
    message = read(mail)
    assert kinds(message) == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "text/calendar",
    ]
    for part in [part for part in message.walk() if part.get_content_type() == "text/calendar"]:
        assert dict(part["Content-Type"].params) | {"name": ""} == {"method": "REQUEST", "charset": "utf-8", "name": ""}
        assert part.get_payload(decode=True) == INVITE
    assert [part.get_filename() for part in message.iter_attachments()] == ["hẹn.ics"]


def test_a_calendar_without_a_method_is_a_file(tmp_path: Path) -> None:
    store = Store(tmp_path)
    files = (store.put(INVITE.replace(b"METHOD:REQUEST\r\n", b""), "lịch.ics").as_dict(),)
    message = read(composer(content.Source("s", text="a", attachments=files), files=store).compose(AN, DATE))
    assert kinds(message) == ["multipart/mixed", "text/plain", "text/calendar"]


def test_of_two_invitations_the_first_is_the_mails_own(tmp_path: Path) -> None:
    store = Store(tmp_path)
    second = INVITE.replace(b"UID:1", b"UID:2")
    files = tuple(store.put(raw, name).as_dict() for raw, name in ((INVITE, "1.ics"), (second, "2.ics")))
    message = read(composer(content.Source("s", text="a", attachments=files), files=store).compose(AN, DATE))
    assert kinds(message).count("text/calendar") == 3
    first = next(part for part in message.walk() if part.get_content_type() == "text/calendar")
    assert first.get_payload(decode=True) == INVITE
