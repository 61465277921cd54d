"""What is shown of a relay, and its JSON, whose keys stay; never its password."""

from dataclasses import asdict, replace
from pathlib import Path

import orjson
import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from bocau.base.config import Settings
from bocau.base.db import reading, transaction
from bocau.base.words import language
from bocau.relays import circuits, open_circuit
from bocau.relays.plan import RelayUnknownError
from bocau.relays.requests import RelayCreation, SenderCreation
from bocau.relays.senders import create_sender
from bocau.relays.stored import create_relay
from bocau.relays.view import CircuitView, RelayView, every, sender_view, view
from bocau.wire.smtp import TlsPolicy

SECRET = b"s" * 32
MAIL = RelayCreation(
    name="a", host="mail.vn", username="u", password=SecretStr("hunter2"), helo_name="me.vn", rate=0.5, max_size=5000
)
TOLD = {
    "name": "a",
    "kind": "smtp",
    "enabled": True,
    "host": "mail.vn",
    "port": 587,
    "tls": "required",
    "user": "u",
    "has_password": True,
    "auth": "",
    "helo": "me.vn",
    "verify": True,
    "ca_file": "",
    "chunking": True,
    "priority": 10,
    "weight": 100,
    "connections": 20,
    "rate": 0.5,
    "mails_per_connection": 1000,
    "session_limit": None,
    "max_size": 5000,
    "circuit": None,
    "in_use": True,
}


def store(engine: sa.Engine, *creations: RelayCreation) -> None:
    with transaction(engine) as connection:
        for one in creations:
            create_relay(connection, one, SECRET, 1)


def seen(engine: sa.Engine, home: Path, **more: object) -> list[RelayView]:
    with reading(engine) as connection:
        return every(connection, Settings(home=home, **more), SECRET)  # type: ignore[arg-type]


def test_a_relay_is_shown_whole(engine: sa.Engine, tmp_path: Path) -> None:
    store(engine, MAIL)
    (found,) = seen(engine, tmp_path)
    assert found.tls is TlsPolicy.required
    told = found.as_dict()
    assert list(told.items()) == list(TOLD.items())
    assert orjson.loads(orjson.dumps(told)) == told
    with reading(engine) as connection:
        assert view(connection, Settings(home=tmp_path), SECRET, "a") == found


def test_what_nobody_looked_at_is_not_told() -> None:
    fields = {name: TOLD.get(name, "") for name in RelayView.__slots__} | {"tls": TlsPolicy.off, "in_use": None}
    assert "in_use" not in RelayView(**fields | {"circuit": None}).as_dict()  # type: ignore[arg-type]


def test_no_password_is_in_a_view_nor_its_length(engine: sa.Engine, tmp_path: Path) -> None:
    store(engine, MAIL, replace(MAIL, name="b", password=SecretStr("longer than hunter2")))
    one, other = seen(engine, tmp_path)
    shown = repr(one) + str(asdict(one)) + orjson.dumps(one.as_dict()).decode()
    assert "hunter2" not in shown and "*" not in shown
    assert replace(one, id=other.id, name="b") == other


def test_those_that_are_not_stored_come_first_and_say_what_is_in_use(engine: sa.Engine, tmp_path: Path) -> None:
    assert [(one.name, one.id, one.in_use) for one in seen(engine, tmp_path)] == [("sandbox", -1, True)]
    store(engine, MAIL, replace(MAIL, name="b", priority=1, enabled=False))
    assert [(one.name, one.in_use) for one in seen(engine, tmp_path)] == [("b", False), ("a", True)]
    by_url = seen(engine, tmp_path, relay_url="smtp://u:hunter2@x.vn:587")
    assert [(one.name, one.in_use) for one in by_url] == [("BOCAU_RELAY_URL", True), ("b", False), ("a", False)]
    assert "hunter2" not in str(by_url)


def test_why_it_is_left_alone_is_said_in_words(engine: sa.Engine, tmp_path: Path) -> None:
    store(engine, MAIL)
    with transaction(engine) as connection:
        until = open_circuit(connection, 1, "auth", detail="535 no")
        assert circuits(connection)[1].until == until
    (found,) = seen(engine, tmp_path)
    assert found.circuit is not None and found.circuit.wait > 0
    told = found.circuit.as_dict()
    assert list(told) == ["until", "reason", "detail", "failures", "sentence"]
    assert (told["reason"], told["detail"], told["failures"]) == ("auth", "535 no", 1)
    assert told["sentence"] == "It refuses our user name or password."
    token = language.set("vi")
    assert found.circuit.sentence != told["sentence"]
    language.reset(token)


def test_reason_that_is_not_known_any_more_is_shown_as_it_is() -> None:
    assert CircuitView(until=0, reason="moon", detail="", failures=1, wait=0).sentence == "moon"


def test_who_is_unknown_is_said(engine: sa.Engine, tmp_path: Path) -> None:
    with reading(engine) as connection, pytest.raises(RelayUnknownError):
        view(connection, Settings(home=tmp_path), SECRET, "nobody")


def test_a_sender_domain_is_shown_with_its_keys_and_never_their_private_half(engine: sa.Engine) -> None:
    with transaction(engine) as connection:
        made = create_sender(connection, SenderCreation(domain="clinic.vn"), SECRET, 1)
    found = sender_view(made, ())
    told = found.as_dict()
    day = "1970-01-01T00:00:00.001+00:00"
    key = {"selector": "bocau1", "state": "active", "created_at": day, "active_at": day, "retired_at": None}
    assert list(told) == ["domain", "bounce_domain", "keys", "records"]
    assert (told["domain"], told["bounce_domain"], told["keys"]) == ("clinic.vn", None, [key])
    assert [one["purpose"] for one in told["records"]] == ["DKIM", "SPF", "DMARC"]
    assert list(told["records"][0]) == ["purpose", "name", "type", "value"]
    assert list(sender_view(made).as_dict()) == ["domain", "bounce_domain", "keys"]
    assert "PRIVATE" not in repr(found) + orjson.dumps(told).decode()
