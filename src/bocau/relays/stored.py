"""The stored relays: added, changed, switched off and on, removed."""

from typing import Any

import sqlalchemy as sa

from bocau.base.config import Settings
from bocau.base.db import Connection
from bocau.base.db.adding import add_row
from bocau.base.secrets import SecretBox
from bocau.relays import tables as t
from bocau.relays.circuits import CLOSED
from bocau.relays.merge import merged, planned
from bocau.relays.plan import (
    NewRelay,
    RelayExistsError,
    RelayHostWrongError,
    RelayNameWrongError,
    RelayPasswordBareError,
    RelayUnknownError,
    RelayWrongError,
    check,
)
from bocau.relays.queries import active, password_context, stored
from bocau.relays.relay import Relay
from bocau.relays.requests import RelayChange, RelayCreation
from bocau.wire.smtp import TlsPolicy

__all__ = [
    "NewRelay",
    "RelayExistsError",
    "RelayHostWrongError",
    "RelayNameWrongError",
    "RelayPasswordBareError",
    "RelayUnknownError",
    "RelayWrongError",
    "add_relay",
    "change_relay",
    "create_relay",
    "find",
    "named",
    "remove_relay",
    "stored",
]


def create_relay(
    connection: Connection, creation: RelayCreation, secret: bytes, now: int, *, replace: bool = False
) -> int:
    """Store a relay; its id. ``replace``: in the place of the one of that name, whose circuit closes.

    Raises PresetUnknownError, RelayHostMissingError and what ``add_relay`` raises.
    """
    return add_relay(connection, planned(creation), secret, now, replace=replace)


def change_relay(connection: Connection, name: str, change: RelayChange, secret: bytes) -> int:
    """Change a stored relay; its id. What is not given stays. Its circuit closes, unless it is only switched off.

    Raises RelayUnknownError, RelayHostWrongError, RelayPasswordBareError, RelayWrongError.
    """
    query = sa.select(t.relay).where(t.relay.c.name == name).with_for_update()
    known = connection.execute(query).one_or_none()
    if known is None:
        raise RelayUnknownError(name=name[:80])
    _put(connection, known, check(merged(_plan(known), change)), secret)
    if change != RelayChange(enabled=False):
        _close(connection, known.id)
    return int(known.id)


def add_relay(connection: Connection, new: NewRelay, secret: bytes, now: int, *, replace: bool = False) -> int:
    """Store what is ready to be; its id. ``replace`` changes the one of that name, whose circuit closes.

    Raises RelayNameWrongError, RelayHostWrongError, RelayExistsError, RelayPasswordBareError, RelayWrongError.
    """
    check(new)
    known = connection.execute(sa.select(t.relay).where(t.relay.c.name == new.name)).one_or_none()
    if known is None:
        return add_row(connection, t.relay, _values(new, secret, "") | {"created_at": now})
    if not replace:
        raise RelayExistsError(name=new.name)
    _put(connection, known, new, secret)
    _close(connection, known.id)
    return int(known.id)


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


def named(connection: Connection, settings: Settings, secret: bytes, name: str | None) -> tuple[Relay, bool]:
    """A relay in use or stored, and whether it is in use; None: the one asked first. Raises RelayUnknownError."""
    used = active(connection, settings, secret)
    for relay in (*used, *stored(connection, settings, secret)):
        if name is None or relay.name == name:
            return relay, relay in used
    raise RelayUnknownError(name=(name or "")[:80])


def _put(connection: Connection, known: Any, new: NewRelay, secret: bytes) -> None:
    """``known``: the row there is; its password stays where host and user do and no other is given."""
    kept = known.password if known.host == new.host and known.username == new.username else ""
    connection.execute(sa.update(t.relay).where(t.relay.c.id == known.id).values(**_values(new, secret, kept)))


def _close(connection: Connection, relay_id: int) -> None:
    connection.execute(sa.update(t.relay_health).where(t.relay_health.c.relay == relay_id).values(**CLOSED))


def _plan(row: Any) -> NewRelay:
    """What a row was stored from, but for its password."""
    return NewRelay(
        name=row.name,
        host=row.host,
        port=row.port,
        tls=TlsPolicy(row.tls),
        username=row.username,
        auth=row.auth,
        helo_name=row.helo_name,
        verify=row.verify,
        ca_file=row.ca_file,
        chunking=row.chunking,
        priority=row.priority,
        weight=row.weight,
        max_connections=row.max_connections,
        rate=None if row.rate_milli is None else row.rate_milli / 1000,
        mails_per_connection=row.mails_per_connection,
        max_size=row.max_size,
        enabled=row.enabled,
    )


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
