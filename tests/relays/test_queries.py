from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from bocau.base.config import Settings
from bocau.base.db import transaction
from bocau.base.secrets import SealBrokenError
from bocau.relays import Relay, active
from bocau.relays.queries import helo_name
from bocau.relays.requests import RelayChange
from bocau.relays.stored import NewRelay, add_relay, change_relay
from bocau.relays.tables import relay
from bocau.relays.url import RelayUrlWrongError
from bocau.wire.smtp import TlsPolicy

SECRET = b"s" * 32


def settings(home: Path, **more: Any) -> Settings:
    return Settings(home=home, **more)


def relays(engine: sa.Engine, wanted: Settings, secret: bytes = SECRET) -> list[Relay]:
    with transaction(engine) as connection:
        return active(connection, wanted, secret)


def store(engine: sa.Engine, name: str, **more: Any) -> None:
    values = {"host": "mail.vn", "port": 587, "tls": TlsPolicy.required} | more
    with transaction(engine) as connection:
        add_relay(connection, NewRelay(name=name, **values), SECRET, 0)


def test_with_nothing_set_mail_goes_to_the_sandbox(engine: sa.Engine, tmp_path: Path) -> None:
    (found,) = relays(engine, settings(tmp_path, sandbox_host="0.0.0.0", sandbox_port=4025))
    assert (found.id, found.kind, found.profile.host, found.profile.port) == (-1, "sandbox", "127.0.0.1", 4025)
    assert found.profile.tls == "off"
    assert found.loopback


def test_stored_relays_come_in_the_order_they_are_asked(engine: sa.Engine, tmp_path: Path) -> None:
    store(engine, "second", priority=20)
    store(engine, "first", priority=10, max_connections=3, rate=0.5, max_size=1000, weight=7)
    found = relays(engine, settings(tmp_path))
    assert [one.name for one in found] == ["first", "second"]
    assert (found[0].max_connections, found[0].rate, found[0].max_size, found[0].weight) == (3, 0.5, 1000, 7)


def test_url_setting_overrides_stored_relays(engine: sa.Engine, tmp_path: Path) -> None:
    store(engine, "stored")
    (found,) = relays(engine, settings(tmp_path, relay_url=SecretStr("smtp://u:p@mail.example:2525?connections=2")))
    assert (found.id, found.profile.host, found.profile.port, found.max_connections) == (0, "mail.example", 2525, 2)
    assert found.profile.password.get_secret_value() == "p"


def test_wrong_url_setting_is_told(engine: sa.Engine, tmp_path: Path) -> None:
    with pytest.raises(RelayUrlWrongError):
        relays(engine, settings(tmp_path, relay_url=SecretStr("http://mail.vn")))


def test_mail_waits_when_all_relays_are_disabled_and_never_falls_into_the_sandbox(
    engine: sa.Engine, tmp_path: Path
) -> None:
    store(engine, "only")
    with transaction(engine) as connection:
        change_relay(connection, "only", RelayChange(enabled=False), SECRET)
    assert relays(engine, settings(tmp_path)) == []


def test_password_is_sealed_in_the_database_and_open_in_the_profile(engine: sa.Engine, tmp_path: Path) -> None:
    store(engine, "gmail", username="hen@clinic.vn", password=SecretStr("hunter2 hunter2"))
    with transaction(engine) as connection:
        assert "hunter2" not in str(connection.execute(sa.select(relay)).all())
    (found,) = relays(engine, settings(tmp_path))
    assert found.profile.password.get_secret_value() == "hunter2 hunter2"
    assert "hunter2" not in repr(found)


def test_password_cannot_be_read_with_another_secret(engine: sa.Engine, tmp_path: Path) -> None:
    store(engine, "gmail", username="u", password=SecretStr("hunter2"))
    with pytest.raises(SealBrokenError):
        relays(engine, settings(tmp_path), b"x" * 32)


def test_password_does_not_follow_to_a_host_written_into_the_database(engine: sa.Engine, tmp_path: Path) -> None:
    store(engine, "gmail", username="u", password=SecretStr("hunter2"))
    with transaction(engine) as connection:
        connection.execute(sa.update(relay).values(host="evil.vn"))
    with pytest.raises(SealBrokenError):
        relays(engine, settings(tmp_path))


def test_identity_changes_with_the_password_and_not_with_limits(engine: sa.Engine, tmp_path: Path) -> None:
    def identity(url: str) -> str:
        return relays(engine, settings(tmp_path, relay_url=SecretStr(url)))[0].identity

    first = identity("smtp://u:p@mail.vn")
    assert first == identity("smtp://u:p@mail.vn?connections=3")
    others = {identity(url) for url in ("smtp://u:q@mail.vn", "smtp://v:p@mail.vn", "smtp://u:p@mail2.vn")}
    assert len(others | {first}) == 4


def test_secret_of_the_data_folder_is_used_when_none_is_given(engine: sa.Engine, tmp_path: Path) -> None:
    from bocau.base.secrets import make_or_read_secret

    secret = make_or_read_secret(tmp_path)
    with transaction(engine) as connection:
        new = NewRelay("a", "mail.vn", 587, TlsPolicy.required, "u", SecretStr("hunter2"))
        add_relay(connection, new, secret, 0)
        (found,) = active(connection, settings(tmp_path))
    assert found.profile.password.get_secret_value() == "hunter2"


@pytest.mark.parametrize(
    ("base_url", "name"),
    [
        ("https://mail.clinic.vn/x", "mail.clinic.vn"),
        ("http://127.0.0.1:8025", "[127.0.0.1]"),
        ("http://bồcâu.vn", "[127.0.0.1]"),
    ],
)
def test_we_call_ourselves_by_a_name_servers_accept(tmp_path: Path, base_url: str, name: str) -> None:
    assert helo_name(settings(tmp_path, base_url=base_url)) == name
