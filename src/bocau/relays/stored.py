"""The stored relays: added, changed, switched off and on, removed."""

import re
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from pydantic import SecretStr

from bocau.base.db import Connection
from bocau.base.errors import BocauError
from bocau.base.secrets import SecretBox
from bocau.base.words import N_
from bocau.relays import tables as t
from bocau.relays.circuits import CLOSED
from bocau.relays.names import is_host, is_loopback
from bocau.relays.queries import CONNECTIONS, MAILS_PER_CONNECTION, password_context, stored
from bocau.wire.smtp import TlsPolicy

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")

__all__ = [
    "NewRelay",
    "RelayExistsError",
    "RelayHostWrongError",
    "RelayNameWrongError",
    "RelayPasswordBareError",
    "RelayUnknownError",
    "add_relay",
    "find",
    "remove_relay",
    "set_enabled",
    "stored",
]


class RelayUnknownError(BocauError):
    code = "relay-unknown"
    sentence = N_("There is no relay “{name}”. Nothing was changed.")
    hint = N_("`bocau relays list` shows all relays.")


class RelayExistsError(BocauError):
    code = "relay-exists"
    sentence = N_("There is a relay “{name}” already. It was not changed.")
    hint = N_("Choose another name, or add --replace to change it.")


class RelayNameWrongError(BocauError):
    code = "relay-name-wrong"
    sentence = N_("“{name}” cannot be the name of a relay. Nothing was changed.")
    hint = N_("Use lower-case letters a to z, digits, and . _ - between them, at most 80.")


class RelayHostWrongError(BocauError):
    code = "relay-host-wrong"
    sentence = N_("“{host}” is not the name of a host. Nothing was changed.")
    hint = N_("Give the name alone, like smtp.clinic.vn; port, user and encryption have options of their own.")


class RelayPasswordBareError(BocauError):
    code = "relay-password-bare"
    sentence = N_("The password of “{name}” would cross the network unencrypted. Nothing was changed.")
    hint = N_("Use --tls required (port 587) or --tls implicit (port 465).")


@dataclass(frozen=True)
class NewRelay:
    """What a relay is stored from. ``rate`` in mails a second, ``max_size`` in bytes; None: no limit.

    ``password`` None keeps the known one when a relay is replaced and its host stays.
    """

    name: str
    host: str
    port: int
    tls: TlsPolicy
    username: str = ""
    password: SecretStr | None = None
    auth: str = ""
    helo_name: str = ""
    verify: bool = True
    ca_file: str = ""
    chunking: bool = True
    priority: int = 10
    weight: int = 100
    max_connections: int = CONNECTIONS
    rate: float | None = None
    mails_per_connection: int = MAILS_PER_CONNECTION
    max_size: int | None = None
    enabled: bool = True


def add_relay(connection: Connection, new: NewRelay, secret: bytes, now: int, *, replace: bool = False) -> int:
    """Store a relay; its id. ``replace`` changes the one of that name, whose circuit closes.

    Raises RelayNameWrongError, RelayHostWrongError, RelayExistsError, RelayPasswordBareError.
    """
    _check(new)
    known = connection.execute(sa.select(t.relay).where(t.relay.c.name == new.name)).one_or_none()
    if known is None:
        made = connection.execute(sa.insert(t.relay).values(**_values(new, secret, ""), created_at=now))
        return int(made.inserted_primary_key[0])  # type: ignore[index]
    if not replace:
        raise RelayExistsError(name=new.name)
    kept = known.password if known.host == new.host and known.username == new.username else ""
    connection.execute(sa.update(t.relay).where(t.relay.c.id == known.id).values(**_values(new, secret, kept)))
    connection.execute(sa.update(t.relay_health).where(t.relay_health.c.relay == known.id).values(**CLOSED))
    return int(known.id)


def set_enabled(connection: Connection, name: str, enabled: bool) -> None:
    """Raises RelayUnknownError."""
    relay_id = find(connection, name)
    connection.execute(sa.update(t.relay).where(t.relay.c.id == relay_id).values(enabled=enabled))
    if enabled:
        connection.execute(sa.update(t.relay_health).where(t.relay_health.c.relay == relay_id).values(**CLOSED))


def remove_relay(connection: Connection, name: str) -> None:
    """Raises RelayUnknownError. Its id is never given to another: rows of messages name it for ever."""
    relay_id = find(connection, name)
    for table, column in (
        (t.relay_share, t.relay_share.c.relay),
        (t.relay_health, t.relay_health.c.relay),
        (t.relay, t.relay.c.id),
    ):
        connection.execute(sa.delete(table).where(column == relay_id))


def find(connection: Connection, name: str) -> int:
    """The id of a stored relay. Raises RelayUnknownError."""
    relay_id = connection.execute(sa.select(t.relay.c.id).where(t.relay.c.name == name)).scalar()
    if relay_id is None:
        raise RelayUnknownError(name=name[:80])
    return int(relay_id)


def _check(new: NewRelay) -> None:
    if not NAME.fullmatch(new.name):
        raise RelayNameWrongError(name=new.name[:80])
    for host in filter(None, (new.host, new.helo_name)):
        if not is_host(host):
            raise RelayHostWrongError(host=host[:80])
    if new.username and new.tls is TlsPolicy.off and not is_loopback(new.host):
        raise RelayPasswordBareError(name=new.name)


def _values(new: NewRelay, secret: bytes, kept: str) -> dict[str, Any]:
    password = kept
    if new.password is not None:
        told = new.password.get_secret_value()
        password = SecretBox(secret).encrypt(told, password_context(new.name, new.host)) if told else ""
    return {
        "name": new.name,
        "kind": "smtp",
        "host": new.host,
        "port": new.port,
        "tls": new.tls.value,
        "username": new.username,
        "password": password,
        "auth": new.auth,
        "helo_name": new.helo_name,
        "verify": new.verify,
        "ca_file": new.ca_file,
        "chunking": new.chunking,
        "priority": new.priority,
        "weight": new.weight,
        "max_connections": new.max_connections,
        "rate_milli": None if new.rate is None else max(1, round(new.rate * 1000)),
        "mails_per_connection": new.mails_per_connection,
        "max_size": new.max_size,
        "enabled": new.enabled,
    }
