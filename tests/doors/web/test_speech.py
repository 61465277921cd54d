from collections.abc import Iterator
from datetime import datetime

import pytest
from flask.testing import FlaskClient

from bocau.base.clock import now_ms
from bocau.base.words import language
from bocau.doors.web import speech


@pytest.fixture(params=["vi", "en"])
def spoken(request: pytest.FixtureRequest) -> Iterator[str]:
    before = language.set(request.param)
    yield str(request.param)
    language.reset(before)


@pytest.mark.parametrize(
    ("asked", "heading"),
    [
        ("vi", "Tổng quan"),
        ("vi-VN,vi;q=0.9,en;q=0.5", "Tổng quan"),
        ("en-GB", "Overview"),
        ("fr", "Overview"),
        ("fr,vi;q=0.1", "Tổng quan"),
        ("", "Overview"),
        ("\x7f;;q=x", "Overview"),
    ],
)
def test_page_speaks_what_the_browser_asks_for(client: FlaskClient, asked: str, heading: str) -> None:
    answer = client.get("/", headers={"Accept-Language": asked})
    assert f"<h1>{heading}</h1>" in answer.text
    assert answer.headers["Content-Language"] in answer.text.split("data-theme")[0]


def test_chosen_language_is_remembered_and_wins(client: FlaskClient) -> None:
    answer = client.get("/language/vi?back=/sandbox%3Fq%3Da", headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sandbox?q=a")
    assert "<h1>Tổng quan</h1>" in client.get("/", headers={"Accept-Language": "en"}).text


def test_chosen_theme_is_remembered(client: FlaskClient) -> None:
    assert 'data-theme="auto"' in client.get("/").text
    client.get("/theme/dark?back=/")
    assert 'data-theme="dark"' in client.get("/").text


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.test/",
        "//evil.test",
        "/\\evil.test",
        "\\\\evil.test",
        "javascript:alert(1)",
        "/a\r\nX: y",
        "",
        "/\t/evil.test",
    ],
)
def test_no_way_back_leads_elsewhere(client: FlaskClient, back: str) -> None:
    answer = client.get("/language/vi", query_string={"back": back})
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("path", ["/language/xx", "/theme/neon", "/language/../x"])
def test_unknown_choices_are_not_found(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("cookie", ["xx", "", "vi\x00", "../en"])
def test_nonsense_in_a_cookie_is_ignored(client: FlaskClient, cookie: str) -> None:
    client.set_cookie("bocau_language", cookie, domain="localhost")
    client.set_cookie("bocau_theme", "<script>", domain="localhost")
    assert "<h1>Overview</h1>" in client.get("/").text


def test_numbers_and_sizes_are_written_as_people_do(spoken: str) -> None:
    dot, comma = (".", ",") if spoken == "vi" else (",", ".")
    assert speech.number(1234567) == f"1{dot}234{dot}567"
    assert speech.number(2.5) == f"2{comma}5"
    assert speech.size(999) == "999 B"
    assert speech.size(1_500_000) == f"1{comma}5 MB"
    assert speech.size(1_000_000_000) == "1 GB"


def test_spans_are_in_their_largest_unit(spoken: str) -> None:
    expected = {
        "vi": ["0,5 giây", "1 giây", "12 giây", "1 phút", "2 giờ", "3 ngày"],
        "en": ["0.5 seconds", "1 second", "12 seconds", "1 minute", "2 hours", "3 days"],
    }
    spans = (480, 1000, 12_000, 61_000, 7_300_000, 3 * 86_400_000)
    assert [speech.span(ms) for ms in spans] == expected[spoken]


def test_moments_are_on_this_machines_clock(spoken: str) -> None:
    at = datetime(2025, 11, 3, 9, 5, 7)
    ms = int(at.timestamp() * 1000)
    assert speech.moment(ms) == {"vi": "09:05:07, 3/11/2025", "en": "3 Nov 2025, 09:05:07"}[spoken]
    assert speech.clock(ms) == {"vi": "3/11/2025", "en": "3 Nov 2025"}[spoken]
    assert speech.clock(now_ms()).count(":") == 1
    assert 'datetime="2025-11-03T09:05:07' in speech.time_tag(ms)
    assert speech.time_tag(None) == ""


def test_addresses_may_break_behind_signs_and_stay_escaped() -> None:
    assert speech.breakable("a.b@<x>") == "a.<wbr>b@<wbr>&lt;x&gt;"
