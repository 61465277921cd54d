"""Tracked letters: links lead by way of us, nothing else changes, and nothing but our key reads or makes a word."""

import json
import os
import re
import subprocess
import sys
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from bocau import content
from bocau.base.seals import Seal, number_of
from bocau.content.links import open_link, with_utm
from bocau.delivery.compose import ComposeError, Composer, Row
from tests.delivery.test_compose import AN, DATE, SECRET, Sender, body, composer, read

BASE = "https://thu.clinic.test"
TRACK = {"mode": "person", "base": BASE}
UTM = {"source": "bo-cau", "medium": "email", "campaign": "Tết 2027"}
CLICK = re.compile(rf"{BASE}/c/([\w-]+)/([\w-]+)")
PIXEL = re.compile(rf'<img src="{BASE}/o/([\w-]+)\.gif" [^>]*>')
PAGE = (
    "<html><body><p>Chào {{ name }}</p>"
    '<a href="https://clinic.test/gia?a=1&amp;b=2#muc">Bảng giá</a> '
    '<a href="https://clinic.test/hen?ma={{ city }}">Lịch hẹn</a> '
    '<a href="mailto:hen@clinic.test">Thư</a> <a href="tel:+8428">Gọi</a> <a href="#top">Lên</a> '
    '<a href="https://clinic.test/rieng" data-bocau-track="off">Riêng</a>'
    '<map><area href="http://clinic.test/ban-do" alt="Bản đồ"></map></body></html>'
)
RSA_KEY = rsa.generate_private_key(65537, 2048)
PEM = RSA_KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()


def tracked(html: str = PAGE, options: dict[str, Any] | None = None, **track: Any) -> Composer:
    given = {"track": {**TRACK, **track}, **(options or {})}
    return composer(content.Source("Thư tháng", html=html), options=given, submission=5)


def page(made: Composer, row: Row = AN) -> str:
    return body(read(made.compose(row, DATE)), "html")


def targets(html: str) -> list[tuple[int, str]]:
    """Number and address behind every followed link."""
    found = [open_link(Seal(SECRET, "link"), word) for _, word in CLICK.findall(html)]
    assert None not in found
    return [one for one in found if one]


def person(word: str) -> int | None:
    return number_of(Seal(SECRET, "message").open(word))


def test_links_lead_by_way_of_us_to_where_they_led() -> None:
    html = page(tracked())
    assert targets(html) == [
        (1, "https://clinic.test/gia?a=1&b=2#muc"),
        (2, "https://clinic.test/hen?ma=H%C3%A0%20N%E1%BB%99i"),
        (3, "http://clinic.test/ban-do"),
    ]
    assert {person(word) for word, _ in CLICK.findall(html)} == {AN.id}


def test_other_links_stay_and_the_mark_never_leaves_the_house() -> None:
    for made in (tracked(), composer(content.Source("x", html=PAGE))):
        html = page(made)
        for address in ("mailto:hen@clinic.test", "tel:+8428", "#top", "https://clinic.test/rieng"):
            assert f'href="{address}"' in html
        assert "data-bocau-track" not in html


def test_no_address_can_be_read_from_a_followed_link() -> None:
    html = page(tracked())
    assert "clinic.test/gia" not in html
    assert "clinic.test/hen" not in html


def test_picture_that_tells_of_the_opening_is_the_last_of_the_body() -> None:
    html = page(tracked())
    (word,) = PIXEL.findall(html)
    assert person(word) == AN.id
    assert PIXEL.sub("", html).rstrip().endswith("</map></body></html>")
    assert 'alt=""' in PIXEL.search(html)[0]  # type: ignore[index]


def test_page_without_a_body_has_the_picture_at_its_end() -> None:
    assert PIXEL.search(page(tracked("<p>Chào</p>")))


def test_opens_and_clicks_are_followed_each_by_itself() -> None:
    only_opens, only_clicks = page(tracked(clicks=False)), page(tracked(opens=False))
    assert PIXEL.search(only_opens)
    assert not CLICK.search(only_opens)
    assert not PIXEL.search(only_clicks)
    assert len(targets(only_clicks)) == 3


def test_aggregate_mode_names_the_submission_and_nobody() -> None:
    words = [word for word, _ in CLICK.findall(page(tracked(mode="aggregate")))]
    words += PIXEL.findall(page(tracked(mode="aggregate"), AN._replace(id=8)))
    assert len(set(words)) == 1
    assert person(words[0]) is None
    assert number_of(Seal(SECRET, "submission").open(words[0])) == 5


def test_mode_off_changes_no_byte() -> None:
    plain = composer(content.Source("Thư tháng", html=PAGE)).compose(AN, DATE).body
    assert tracked(mode="off").compose(AN, DATE).body == plain
    assert tracked(opens=False, clicks=False).compose(AN, DATE).body == plain


def test_text_part_keeps_its_links() -> None:
    assert "https://clinic.test/gia?a=1&b=2#muc" in body(read(tracked().compose(AN, DATE)), "plain")


def test_mail_of_text_only_is_not_changed() -> None:
    source = content.Source("x", text="Xem https://clinic.test")
    plain = composer(source).compose(AN, DATE).body
    assert composer(source, options={"track": TRACK}).compose(AN, DATE).body == plain


def test_link_numbers_are_the_versions_whatever_is_asked() -> None:
    links = [
        (1, "https://clinic.test/gia?a=1&b=2#muc", "Bảng giá"),
        (2, "https://clinic.test/hen?ma={{ city }}", "Lịch hẹn"),
    ]
    for made in (tracked(), tracked(mode="off"), tracked(utm=UTM)):
        assert [(link.number, link.url, link.text) for link in made.content.page.links][:2] == links
        assert len(made.content.page.links) == 3


def test_same_row_gives_the_same_bytes_in_another_process() -> None:
    code = (
        "import sys, json\n"
        "from tests.delivery.test_compose_tracked import tracked, AN, DATE, UTM\n"
        "sys.stdout.buffer.write(tracked(utm=UTM, options={'unsubscribe': 'own'}).compose(AN, DATE).body)"
    )
    other = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, env={**os.environ, "PYTHONHASHSEED": "7"}
    ).stdout
    assert tracked(utm=UTM, options={"unsubscribe": "own"}).compose(AN, DATE).body == other


# -- UTM parameters
def test_utm_parameters_are_added_and_those_there_are_kept() -> None:
    html = '<a href="https://x.test/a?utm_source=cu&q=1#dau">x</a><a href="https://x.test/b">y</a>'
    first, second = (url for _, url in targets(page(tracked(html, utm=UTM))))
    assert first == "https://x.test/a?utm_source=cu&q=1&utm_campaign=T%E1%BA%BFt%202027&utm_medium=email#dau"
    assert second == "https://x.test/b?utm_campaign=T%E1%BA%BFt%202027&utm_medium=email&utm_source=bo-cau"


def test_utm_parameters_come_to_links_with_data_too() -> None:
    ((_, url),) = targets(page(tracked('<a href="https://x.test/?m={{ city }}">x</a>', utm={"source": "s"})))
    assert url == "https://x.test/?m=H%C3%A0%20N%E1%BB%99i&utm_source=s"


def test_utm_parameters_need_no_followed_clicks() -> None:
    html = page(
        tracked('<a href="https://x.test/?a=1&amp;b={{ city }}">x</a>', clicks=False, opens=False, utm={"source": "s"})
    )
    assert unescape(html).count("https://x.test/?a=1&b=H%C3%A0%20N%E1%BB%99i&utm_source=s") == 1


@given(st.from_regex(r"https://x\.test(/[a-z%]{0,5})?(\?[a-z=&+%]{0,12})?(#[a-z?&=]{0,5})?", fullmatch=True))
def test_utm_changes_nothing_but_its_own_parameters(url: str) -> None:
    made = with_utm(url, [("source", "a b"), ("medium", "é&=")])
    before, after = urlsplit(url), urlsplit(made)
    assert (after.scheme, after.netloc, after.path, after.fragment) == (
        before.scheme,
        before.netloc,
        before.path,
        before.fragment,
    )
    old = parse_qsl(before.query, keep_blank_values=True)
    new = parse_qsl(after.query, keep_blank_values=True)
    assert new == [*old, ("utm_source", "a b"), ("utm_medium", "é&=")] or url.rstrip("&") != url
    assert with_utm(made, [("source", "other")]) == made


# -- addresses with data
@pytest.mark.parametrize(
    ("html", "data", "url"),
    [
        ('<a href="{{ u }}">x</a>', {"u": "https://x.test/a b?q=1&r=é"}, "https://x.test/a%20b?q=1&r=%C3%A9"),
        ('<a href="https://x.test/{{ u }}">x</a>', {"u": "a&b\"'<>"}, "https://x.test/a&b%22'%3C%3E"),
        ('<a href="https://x.test/?q={{ u }}&amp;z=1">x</a>', {"u": "a&b#c"}, "https://x.test/?q=a%26b%23c&z=1"),
        ("<a href=https://x.test/{{u}}/{{ v }}>x</a>", {"u": "1", "v": None}, "https://x.test/1/"),
        (
            '<a href="https://x.test/{% if u %}vip{% else %}new{% endif %}?a=1&amp;b=2">x</a>',
            {"u": 1},
            "https://x.test/vip?a=1&b=2",
        ),
        (
            '<a href="{% for w in u %}{{ w }}{% endfor %}">x</a>',
            {"u": ["https://x.test", "/a&b"]},
            "https://x.test/a&b",
        ),
        ('<a href="https://x.test/{{- u -}}/">x</a>', {"u": 7}, "https://x.test/7/"),
        ('<a href=" https://x.test/{{ u | default("nobody") }}">x</a>', {}, "https://x.test/nobody"),
    ],
)
def test_address_with_data_is_sealed_whole(html: str, data: dict[str, Any], url: str) -> None:
    shown = page(tracked(html), AN._replace(data=data))
    assert targets(shown) == [(1, url)]


@pytest.mark.parametrize(
    "address", ["mailto:a@x.test", "tel:1", "/relative", "#a", "", f"{BASE}/u/abc", "https://x.test/" + "a" * 2100]
)
def test_address_of_data_that_cannot_be_followed_stays(address: str) -> None:
    shown = page(tracked('<a href="{{ u }}">x</a>'), AN._replace(data={"u": address}))
    assert not CLICK.search(shown)
    assert f'href="{address}"' in unescape(shown)


@pytest.mark.parametrize("address", ["javascript:alert(1)", "JAVA\tSCRIPT:x", "data:text/html,x", "vbscript:x"])
def test_guard_of_addresses_holds_in_followed_links(address: str) -> None:
    with pytest.raises(ComposeError) as caught:
        tracked('<p>a</p>\n<a href="{{ u }}">x</a>').compose(AN._replace(data={"u": address}), DATE)
    assert "html, line 2" in str(caught.value)


@given(st.text(max_size=80))
def test_data_cannot_leave_its_followed_link(text: str) -> None:
    made = tracked('<a href="https://x.test/?q={{ u }}">x</a><a href="https://x.test/p/{{ u }}">y</a>')
    shown = str(made.content.html.text({**AN._asdict(), "u": text, **dict.fromkeys(words(made), "W")}))  # type: ignore[union-attr]
    found = [open_link(Seal(SECRET, "link"), word) for word in re.findall(rf"{BASE}/c/W/([\w-]+)", shown)]
    assert len(found) == 2
    assert all(
        one and one[1].isascii() and one[1].startswith("https://x.test/") and one[1].isprintable() for one in found
    )


def words(made: Composer) -> list[str]:
    from bocau.content.links import TOKEN

    return [TOKEN]


def test_missing_field_in_a_followed_link_is_told_with_its_place() -> None:
    with pytest.raises(ComposeError) as caught:
        tracked('<p>a</p>\n\n<a href="https://x.test/?q={{ nobody }}">x</a>').compose(AN, DATE)
    assert "html, line 3: the field nobody is missing in {{ nobody }}" in str(caught.value)


@pytest.mark.parametrize("address", ["{{ nobody }}", "https://x.test/{{ nobody }}", "https://x.test/?q={{ nobody }}"])
def test_missing_field_in_any_address_fails_the_mail(address: str) -> None:
    html = f'<a href="{address}">x</a>'
    for made in (tracked(html), composer(content.Source("x", html=html))):
        with pytest.raises(ComposeError) as caught:
            made.compose(AN, DATE)
        assert "the field nobody is missing" in str(caught.value)


def test_blocks_that_cut_across_an_address_leave_it_as_it_is() -> None:
    html = '{% if name %}<a href="https://x.test/{% if city %}a">{% endif %}x</a>{% endif %}'
    made = composer(content.Source("x", html=html), options={"track": {**TRACK, "opens": False}})
    if made.broken is None:
        assert "/c/" not in page(made)


def test_buttons_that_only_outlook_draws_are_followed() -> None:
    html = '<!--[if mso]><v:roundrect href="https://x.test/nut">Nút</v:roundrect><![endif]--><a href="https://x.test/nut">Nút</a>'
    assert targets(page(tracked(html))) == [(1, "https://x.test/nut"), (2, "https://x.test/nut")]


def test_links_in_loops_have_one_number_and_each_its_address() -> None:
    html = '{% for p in ps %}<a href="https://x.test/{{ p }}">{{ p }}</a>{% endfor %}'
    assert targets(page(tracked(html), AN._replace(data={"ps": ["a", "b"]}))) == [
        (1, "https://x.test/a"),
        (1, "https://x.test/b"),
    ]


def test_markdown_and_mjml_are_followed() -> None:
    markdown = content.Source("x", markdown="[Xem](https://x.test/a?b=1&c=2)")
    button = '<mj-button href="https://x.test/{{ city }}">Xem</mj-button>'
    mjml = content.Source(
        "x", mjml=f"<mjml><mj-body><mj-section><mj-column>{button}</mj-column></mj-section></mj-body></mjml>"
    )
    for source, url in ((markdown, "https://x.test/a?b=1&c=2"), (mjml, "https://x.test/H%C3%A0%20N%E1%BB%99i")):
        made = composer(source, options={"track": TRACK})
        assert (1, url) in targets(page(made))


# -- our own unsubscribe pages
OWN: dict[str, Any] = {"unsubscribe": "own", "track": {"mode": "off", "base": BASE + "/"}}


def test_own_unsubscribe_link_stands_in_the_header_and_for_templates() -> None:
    html = '<a href="{{ unsubscribe_url }}">Thôi nhận</a> <a href="{{ preferences_url }}">Tùy chọn</a>'
    source = content.Source("x", html=html, text="Thôi nhận: {{ unsubscribe_url }}")
    for mode in ("off", "person", "aggregate"):
        options = {"unsubscribe": "own", "track": {"mode": mode, "base": BASE}}
        message = read(composer(source, "bulk", options, submission=5).compose(AN, DATE))
        link = re.fullmatch(rf"<({BASE}/u/([\w-]+))>", re.sub(r"\s", "", message["List-Unsubscribe"]))
        assert link is not None
        assert person(link[2]) == AN.id
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        shown = unescape(body(message, "html"))
        assert f'href="{link[1]}"' in shown
        assert f'href="{BASE}/p/{link[2]}"' in shown
        assert body(message, "plain").strip() == f"Thôi nhận: {link[1]}"
        assert not CLICK.search(shown)


def test_no_data_changes_where_the_unsubscribe_link_leads() -> None:
    source = content.Source("x", text="{{ unsubscribe_url }}")
    row = AN._replace(data={"unsubscribe_url": "https://evil.test/", "preferences_url": "https://evil.test/"})
    assert "evil" not in body(read(composer(source, "bulk", OWN).compose(row, DATE)), "plain")


def test_mailto_stands_beside_our_own_link() -> None:
    options = {**OWN, "unsubscribe_mailto": "thoi@clinic.test"}
    field = re.sub(r"\s", "", read(composer(None, "bulk", options).compose(AN, DATE))["List-Unsubscribe"])
    assert field.endswith(
        "/u/" + Seal(SECRET, "message").seal(AN.id.to_bytes(8, "big")) + ">,<mailto:thoi@clinic.test>"
    )


@pytest.mark.parametrize(
    "base",
    [
        "",
        "http://thu.test",
        "ftp://thu.test",
        "https://",
        "https://a b",
        "http://127.0.0.1.evil.test",
        "http://localhost.evil.test",
        "javascript:x",
        "https://x.test/\r\nBcc: a@b.test",
        "https://x.test/<",
        'https://x.test/"',
        "https://x.test?q",
    ],
)
def test_base_that_is_no_safe_address_is_refused(base: str) -> None:
    for options in ({"unsubscribe": "own", "track": {"base": base}}, {"track": {"mode": "person", "base": base}}):
        with pytest.raises(ComposeError) as caught:
            composer(options=options).compose(AN, DATE)
        assert "track.base" in str(caught.value)


@pytest.mark.parametrize(
    "base", ["http://127.0.0.1:8025", "http://localhost:8025", "http://[::1]:8025", "https://x.test/thu"]
)
def test_clear_text_is_for_this_machine_only(base: str) -> None:
    made = composer(None, "bulk", {"unsubscribe": "own", "track": {"mode": "person", "base": base}})
    assert f"{base}/u/" in re.sub(r"\s", "", read(made.compose(AN, DATE))["List-Unsubscribe"])


@pytest.mark.parametrize(
    "track", [{"mode": "all"}, {"mode": "person", "utm": {"a b": "c"}}, {"mode": "person", "utm": {"A": "c"}}]
)
def test_option_that_is_not_understood_is_refused(track: dict[str, Any]) -> None:
    with pytest.raises(ComposeError) as caught:
        composer(options={"track": {"base": BASE, **track}}).compose(AN, DATE)
    assert "track." in str(caught.value)


# -- signatures
@pytest.mark.parametrize("filler", ["Lorem ipsum dolor sit amet.  Two blanks\n", "Phòng khám xin nhắc lịch hẹn\n"])
def test_signature_of_a_tracked_letter_holds(filler: str) -> None:
    """Quoted-printable and base64, static parts with two blanks, words at every alignment."""
    html = f"<p>{filler * 30}</p>" + "".join(
        f"<p>{'x' * i}<a href='https://x.test/{i}'>a{filler}</a></p>" for i in range(6)
    )
    made = composer(
        content.Source("x", html=html + PAGE),
        "bulk",
        {"unsubscribe": "own", "track": {**TRACK, "utm": UTM}},
        Sender(private_key_pem=PEM),
    )
    public = RSA_KEY.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    import base64

    record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)
    for number in (1, 7, 2**40):
        letter = made.compose(AN._replace(id=number), DATE).body
        assert dkim.verify(letter, dnsfunc=lambda name, timeout=5: record)
        signature = letter.split(b"\r\n\r\n")[0].lower().partition(b"\r\n h=")[2].partition(b";")[0]
        assert b"list-unsubscribe" in signature.replace(b"\r\n", b"").replace(b" ", b"").split(b":")


def test_options_survive_json() -> None:
    options = json.loads(json.dumps({"track": {**TRACK, "utm": UTM, "opens": True}}))
    assert targets(page(composer(content.Source("x", html=PAGE), options=options)))
