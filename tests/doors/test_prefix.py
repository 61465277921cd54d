"""A public address with a path: pages work below it whether a proxy takes the path off or leaves it there."""

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from bocau import wiring
from bocau.audience import lists
from bocau.audience.requests import ListCreation
from bocau.base import metrics
from bocau.base.clock import now_ms
from bocau.base.config import Settings
from bocau.base.db import transaction
from bocau.base.words import language
from bocau.doors.public import signup
from bocau.doors.site import create_app
from bocau.signup.words import Words
from tests.doors.public.conftest import Sent, sent
from tests.doors.web.conftest import database_url, home, parts

__all__ = ["database_url", "home", "parts", "sent"]
PREFIXES = ("/tin/thư", "/u")
ADDRESS = re.compile(r'(?:action|href|src)="(/[^"?]*|https?:[^"?]*)')


@pytest.fixture(params=PREFIXES)
def prefix(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def settings(home: object, database_url: str, prefix: str) -> Settings:
    given = {"home": home, "database_url": database_url, "secret_key": "0123456789abcdef0123456789abcdef"}
    return Settings(**given, base_url=f"https://mail.clinic.test{prefix}/")  # type: ignore[arg-type]  # as settings are read


@pytest.fixture
def client(parts: wiring.Parts, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    monkeypatch.setattr(signup, "SOONEST", 0.0)
    before = language.get()
    made = create_app(parts)
    made.config["TAKE_HITS"] = False
    yield made.test_client()
    metrics.keep_in(None)
    language.set(before)


def ways(prefix: str) -> tuple[str, str]:
    """What stands before a path when the proxy takes the prefix off, and when it does not."""
    return "", prefix


def works(client: FlaskClient, prefix: str, path: str, title: str) -> None:
    """The page, and every address in it, in both ways."""
    for way in ways(prefix):
        page = client.get(way + path)
        assert page.status_code == 200 and title in page.text, way
        addresses = set(ADDRESS.findall(page.text))
        assert addresses and all(one.startswith(prefix + "/") for one in addresses)
        for address in addresses:
            with client.get(way + address.removeprefix(prefix)) as answer:
                assert answer.status_code in (200, 302, 405), way + address


def pressed(client: FlaskClient, prefix: str, path: str, **form: str) -> list[int]:
    """The button of a page, as the browser sends it: what comes in both ways."""
    page = client.get(path)
    action = re.search(r'action="([^"]+)"', page.text)
    assert action is not None
    return [client.post(way + action[1].removeprefix(prefix), data=form).status_code for way in ways(prefix)]


def test_unsubscribing_and_preferences(client: FlaskClient, sent: Sent, prefix: str) -> None:
    works(client, prefix, f"/u/{sent.word}", "<form")
    works(client, prefix, f"/p/{sent.word}", "<form")
    assert pressed(client, prefix, f"/p/{sent.word}", list=str(sent.list)) == [200, 200]
    assert pressed(client, prefix, f"/u/{sent.word}", page="1") == [200, 200]
    for way in ways(prefix):
        assert client.post(f"{way}/u/{sent.word}", data={"List-Unsubscribe": "One-Click"}).text == "OK\n"


def test_signing_up(client: FlaskClient, parts: wiring.Parts, prefix: str) -> None:
    with transaction(parts.db) as connection:
        number = lists.create(connection, ListCreation(name="Tin", opt_in="single"), now_ms())
    word = Words(parts.secret).form(number)
    works(client, prefix, f"/s/{word}", "<form")
    assert pressed(client, prefix, f"/s/{word}", address="lan@clinic.test") == [200, 200]


def test_our_own_pages(client: FlaskClient, prefix: str) -> None:
    works(client, prefix, "/", "Bồ Câu")
    works(client, prefix, "/submissions", "Bồ Câu")
    chosen = client.get("/language/vi?back=/submissions")
    assert chosen.status_code == 302 and chosen.headers["Location"].endswith("/submissions")
    assert client.get(chosen.headers["Location"].removeprefix("http://localhost")).status_code == 200
    assert client.get("/healthz").text == client.get(f"{prefix}/healthz").text == "ok\n"


def test_what_only_begins_like_the_prefix_is_no_page(client: FlaskClient, prefix: str) -> None:
    for path in (f"{prefix}x/submissions", f"{prefix}/nowhere", f"{prefix}{prefix}{prefix}"):
        assert client.get(path).status_code == 404
