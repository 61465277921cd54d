from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from bocau.base.config import Settings
from bocau.base.db import transaction
from bocau.relays import Relay, circuits, open_circuit
from bocau.relays.requests import RelayChange
from bocau.relays.stored import (
    NewRelay,
    RelayExistsError,
    RelayNameWrongError,
    RelayPasswordBareError,
    RelayUnknownError,
    add_relay,
    change_relay,
    remove_relay,
    stored,
)
from bocau.wire.smtp import TlsPolicy

SECRET = b"s" * 32
GMAIL = NewRelay("gmail", "smtp.gmail.com", 587, TlsPolicy.required, "hen@clinic.vn", SecretStr("hunter2"))


def add(engine: sa.Engine, new: NewRelay, *, replace: bool = False) -> int:
    with transaction(engine) as connection:
        return add_relay(connection, new, SECRET, 1, replace=replace)


def listed(engine: sa.Engine, home: Path) -> list[Relay]:
    with transaction(engine) as connection:
        return stored(connection, Settings(home=home), SECRET)


def test_relay_is_stored_whole(engine: sa.Engine, tmp_path: Path) -> None:
    number = add(
        engine, replace(GMAIL, ca_file="/ca.pem", verify=False, chunking=False, auth="LOGIN", helo_name="me.vn")
    )
    (found,) = listed(engine, tmp_path)
    profile = found.profile
    assert (found.id, found.name, profile.host, profile.port, profile.tls) == (
        number,
        "gmail",
        "smtp.gmail.com",
        587,
        "required",
    )
    assert (profile.ca_file, profile.verify, profile.chunking, profile.auth, profile.helo_name) == (
        "/ca.pem",
        False,
        False,
        "LOGIN",
        "me.vn",
    )


def test_second_relay_of_a_name_is_refused_and_the_first_stays(engine: sa.Engine, tmp_path: Path) -> None:
    add(engine, GMAIL)
    with pytest.raises(RelayExistsError):
        add(engine, replace(GMAIL, port=25))
    assert listed(engine, tmp_path)[0].profile.port == 587


def test_replaced_relay_keeps_its_id_and_its_password_when_none_is_given(engine: sa.Engine, tmp_path: Path) -> None:
    number = add(engine, GMAIL)
    assert add(engine, replace(GMAIL, port=465, tls=TlsPolicy.implicit, password=None), replace=True) == number
    (found,) = listed(engine, tmp_path)
    assert found.profile.port == 465
    assert found.profile.password.get_secret_value() == "hunter2"


def test_password_is_not_kept_for_another_host_or_user(engine: sa.Engine, tmp_path: Path) -> None:
    add(engine, GMAIL)
    add(engine, replace(GMAIL, host="mail.vn", password=None), replace=True)
    assert listed(engine, tmp_path)[0].profile.password.get_secret_value() == ""


def test_changing_or_enabling_a_relay_closes_its_circuit(engine: sa.Engine) -> None:
    number = add(engine, GMAIL)
    for change in (lambda: add(engine, GMAIL, replace=True), lambda: enable(engine, True)):
        with transaction(engine) as connection:
            open_circuit(connection, number, "auth")
        change()
        with transaction(engine) as connection:
            assert circuits(connection) == {}


def enable(engine: sa.Engine, enabled: bool) -> None:
    with transaction(engine) as connection:
        change_relay(connection, "gmail", RelayChange(enabled=enabled), SECRET)


def test_disabled_relay_is_listed_as_such(engine: sa.Engine, tmp_path: Path) -> None:
    add(engine, GMAIL)
    enable(engine, False)
    assert not listed(engine, tmp_path)[0].enabled
    enable(engine, True)
    assert listed(engine, tmp_path)[0].enabled


def test_removed_relay_is_gone_and_its_id_is_not_given_to_another(engine: sa.Engine, tmp_path: Path) -> None:
    first = add(engine, GMAIL)
    with transaction(engine) as connection:
        open_circuit(connection, first, "auth")
        remove_relay(connection, "gmail")
    assert listed(engine, tmp_path) == []
    assert add(engine, GMAIL) != first
    with transaction(engine) as connection:
        assert circuits(connection) == {}


@pytest.mark.parametrize("verb", [remove_relay, lambda *given: change_relay(*given, RelayChange(), SECRET)])
def test_unknown_relay_is_told(engine: sa.Engine, verb: object) -> None:
    with pytest.raises(RelayUnknownError), transaction(engine) as connection:
        verb(connection, "nobody")  # type: ignore[operator]


@pytest.mark.parametrize("name", ["", "Gmail", "a b", "-a", "é", "a" * 81, "a\n"])
def test_names_one_cannot_type_are_refused(engine: sa.Engine, name: str) -> None:
    with pytest.raises(RelayNameWrongError):
        add(engine, replace(GMAIL, name=name))


def test_password_without_encryption_is_refused_but_on_this_machine(engine: sa.Engine) -> None:
    with pytest.raises(RelayPasswordBareError):
        add(engine, replace(GMAIL, tls=TlsPolicy.off))
    add(engine, replace(GMAIL, tls=TlsPolicy.off, host="127.0.0.1"))
