"""The real application, and a campaign whose one mail is not sent yet."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from bocau import ledger, tracking, wiring
from bocau.audience import contacts, lists, subscriptions
from bocau.audience.requests import ContactCreation, ListCreation
from bocau.audience.shapes import Consent
from bocau.audience.states import How
from bocau.base.clock import now_ms
from bocau.base.config import Settings
from bocau.base.db import reading, transaction
from bocau.base.seals import Seal, number_payload
from bocau.doors.public import signup
from tests.doors.web.conftest import app, database_url, home, parts, settings

__all__ = ["app", "database_url", "home", "parts", "settings"]
LAN = "lan@clinic.test"
FORM = Consent(How.form)


class Sent(NamedTuple):
    """A campaign to one list: ids, and the word of Lan's copy."""

    submission: int
    message: int
    list: int
    word: str


@pytest.fixture
def client(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    app.config["TAKE_HITS"] = False
    monkeypatch.setattr(signup, "SOONEST", 0.0)
    yield app.test_client()


@pytest.fixture
def sent(parts: wiring.Parts) -> Sent:
    with transaction(parts.db) as connection:
        here = lists.create(connection, ListCreation(name="Tin tháng", opt_in="single"), now_ms())
        contacts.add(connection, ContactCreation(address=LAN, name="Lan"), now_ms())
        subscriptions.put_on(connection, here, [LAN], FORM, now_ms())
    return mail(parts, "one", here)


def mail(parts: wiring.Parts, key: str, here: int) -> Sent:
    """One more campaign to the list, unclaimed."""
    options = orjson.dumps({"lists": [here]}).decode()
    draft = ledger.Draft(key, key, "bulk", "bulk", 1, "Tin <tin@clinic.test>", options, 86400.0)
    with transaction(parts.db) as connection:
        number = ledger.open_submission(connection, draft, now_ms()).id
        ledger.add_messages(connection, number, [ledger.NewMessage(LAN, LAN, "Lan", 1, "{}")])
        ledger.close_submission(connection, number, 0)
    with reading(parts.db) as connection:
        message = ledger.list_messages(connection, ledger.Filter(submission=number))[0]["id"]
    return Sent(number, message, here, word_of(parts, message))


def word_of(parts: wiring.Parts, message: int, purpose: str = "message") -> str:
    return Seal(parts.secret, purpose).seal(number_payload(message))


def link_of(parts: wiring.Parts, url: str, number: int = 1) -> str:
    return Seal(parts.secret, "link").seal(number.to_bytes(2, "big") + url.encode())


def take(db: sa.Engine, settings: Settings, secret: bytes) -> int:
    with transaction(db) as connection:
        return tracking.ingest(connection, settings, secret)


def row(parts: wiring.Parts, message: int) -> dict[str, Any]:
    with reading(parts.db) as connection:
        found = ledger.show_message(connection, message)
    assert found is not None
    return found
