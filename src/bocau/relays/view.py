"""What is shown of a relay and of a sender domain, the same to a page, a command and a program. No password, not even its
length, and no private key.

Times are ms since the epoch. ``as_dict`` is the JSON that programs get; its keys stay.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bocau.base.clock import exact
from bocau.base.config import Settings
from bocau.base.db import Connection
from bocau.base.words import say
from bocau.relays.circuits import circuits
from bocau.relays.learnt import session_limits
from bocau.relays.queries import active, stored
from bocau.relays.records import Record, records
from bocau.relays.relay import URL_RELAY, Relay
from bocau.relays.rules import Circuit, Trouble
from bocau.relays.senders import Key, Sender
from bocau.relays.stored import named
from bocau.wire.smtp import TlsPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitView:
    """Why a relay is left alone, and until when. ``detail``: the server's words; ``wait``: ms from the moment of asking."""

    until: int
    reason: str
    detail: str
    failures: int
    wait: int

    @property
    def sentence(self) -> str:
        """The reason in the current language."""
        return say(Trouble[self.reason].sentence) if self.reason in Trouble.__members__ else self.reason

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "until": exact(self.until),
            "reason": self.reason,
            "detail": self.detail,
            "failures": self.failures,
            "sentence": self.sentence,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayView:
    """``rate`` in mails a second, ``max_size`` in bytes; None: no limit. ``in_use``: whether mail goes through it; None:
    nobody looked. ``circuit`` None: it is not left alone. ``session_limit``: mails its server was seen to take on one connection;
    None: as many as it was sent."""

    id: int
    name: str
    kind: str
    enabled: bool
    host: str
    port: int
    tls: TlsPolicy
    username: str
    has_password: bool
    auth: str
    helo_name: str
    verify: bool
    ca_file: str
    chunking: bool
    priority: int
    weight: int
    max_connections: int
    rate: float | None
    mails_per_connection: int
    max_size: int | None
    session_limit: int | None = None
    circuit: CircuitView | None = None
    in_use: bool | None = None

    def as_dict(self) -> dict[str, Any]:
        """As JSON; ``in_use`` where it is known."""
        data = {
            "name": self.name,
            "kind": self.kind,
            "enabled": self.enabled,
            "host": self.host,
            "port": self.port,
            "tls": self.tls.value,
            "user": self.username,
            "has_password": self.has_password,
            "auth": self.auth,
            "helo": self.helo_name,
            "verify": self.verify,
            "ca_file": self.ca_file,
            "chunking": self.chunking,
            "priority": self.priority,
            "weight": self.weight,
            "connections": self.max_connections,
            "rate": self.rate,
            "mails_per_connection": self.mails_per_connection,
            "session_limit": self.session_limit,
            "max_size": self.max_size,
            "circuit": self.circuit.as_dict() if self.circuit else None,
        }
        return data if self.in_use is None else data | {"in_use": self.in_use}


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderView:
    """``bounce_domain`` empty: bounces go to the From address. ``keys`` newest first. ``records``: what to publish in DNS;
    None: nobody looked."""

    domain: str
    bounce_domain: str
    keys: tuple[Key, ...]
    records: tuple[Record, ...] | None = None

    @property
    def active(self) -> Key:
        return next(key for key in self.keys if key.state == "active")

    def as_dict(self) -> dict[str, Any]:
        """As JSON; ``records`` where they are known."""
        data: dict[str, Any] = {
            "domain": self.domain,
            "bounce_domain": self.bounce_domain or None,
            "keys": [_key(one) for one in self.keys],
        }
        return data if self.records is None else data | {"records": [_record(one) for one in self.records]}


def every(connection: Connection, settings: Settings, secret: bytes) -> list[RelayView]:
    """Those in use and those stored, in the order they are asked. Raises RelayUrlWrongError, SealBrokenError."""
    found, used = stored(connection, settings, secret), active(connection, settings, secret)
    using, troubles = {relay.id for relay in used}, circuits(connection)
    shown = [*(relay for relay in used if relay.id <= URL_RELAY), *found]
    limits = session_limits(connection)
    return [view_of(relay, troubles, limits, in_use=relay.id in using) for relay in shown]


def view(connection: Connection, settings: Settings, secret: bytes, name: str) -> RelayView:
    """One, in use or stored. Raises RelayUnknownError, RelayUrlWrongError, SealBrokenError."""
    relay, used = named(connection, settings, secret, name)
    return view_of(relay, circuits(connection), session_limits(connection), in_use=used)


def view_of(
    relay: Relay,
    troubles: Mapping[int, Circuit],
    limits: Mapping[int, int] | None = None,
    *,
    in_use: bool | None = None,
) -> RelayView:
    """A relay that was read already. ``troubles``: open circuits, ``limits``: mails on one connection, both by the relay's
    id."""
    profile, circuit = relay.profile, troubles.get(relay.id)
    return RelayView(
        id=relay.id,
        name=relay.name,
        kind=relay.kind,
        enabled=relay.enabled,
        host=profile.host,
        port=profile.port,
        tls=TlsPolicy(profile.tls),
        username=profile.username,
        has_password=bool(profile.password.get_secret_value()),
        auth=profile.auth,
        helo_name=profile.helo_name,
        verify=profile.verify,
        ca_file=profile.ca_file,
        chunking=profile.chunking,
        priority=relay.priority,
        weight=relay.weight,
        max_connections=relay.max_connections,
        rate=relay.rate,
        mails_per_connection=profile.mails_per_connection,
        max_size=relay.max_size,
        session_limit=(limits or {}).get(relay.id),
        circuit=_circuit(circuit) if circuit else None,
        in_use=in_use,
    )


def sender_view(sender: Sender, relays: Iterable[Relay] | None = None) -> SenderView:
    """A sender domain that was read already. ``relays``: those its mail goes through; None: its records are not shown."""
    told = None if relays is None else tuple(records(sender, relays))
    return SenderView(domain=sender.domain, bounce_domain=sender.bounce_domain, keys=sender.keys, records=told)


def _key(key: Key) -> dict[str, Any]:
    return {
        "selector": key.selector,
        "state": key.state,
        "created_at": exact(key.created_at),
        "active_at": exact(key.active_at),
        "retired_at": exact(key.retired_at),
    }


def _record(one: Record) -> dict[str, str]:
    return {"purpose": one.purpose, "name": one.name, "type": one.kind, "value": one.value}


def _circuit(circuit: Circuit) -> CircuitView:
    return CircuitView(
        until=circuit.until, reason=circuit.reason, detail=circuit.detail, failures=circuit.failures, wait=circuit.wait
    )
