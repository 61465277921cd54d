"""What a request comes to: what a relay is stored from, or what it was stored from, changed. Nothing is stored here."""

from dataclasses import fields, replace
from typing import Any

from bocau.base.given import NOT_GIVEN
from bocau.relays.plan import NewRelay, RelayHostMissingError
from bocau.relays.presets import preset, presets
from bocau.relays.requests import Particulars, RelayChange, RelayCreation
from bocau.relays.url import default_port, default_tls
from bocau.wire.smtp import TlsPolicy

GIVEN = tuple(item.name for item in fields(Particulars))


def planned(creation: RelayCreation) -> NewRelay:
    """What was said, then what is known of the service, then what is usual.

    Raises PresetUnknownError, RelayHostMissingError.
    """
    said, known = _said(creation), _known(creation.preset, creation.region) if creation.preset else {}
    host = said.get("host") or known.get("host")
    if not host:
        raise RelayHostMissingError(known=", ".join(presets()))
    signs_in = bool(said.get("username"))
    tls = TlsPolicy(said.get("tls") or known.get("tls") or default_tls(host, signs_in=signs_in))
    if "tls" in said or "port" not in known:
        known["port"] = default_port(tls, signs_in=signs_in)
    return NewRelay(**{"name": creation.name, **known, **said, "host": host, "tls": tls})


def merged(known: NewRelay, change: RelayChange) -> NewRelay:
    """What it was stored from, with a change over it."""
    return replace(known, **_said(change))


def _said(request: Particulars) -> dict[str, Any]:
    return {name: value for name in GIVEN if (value := getattr(request, name)) is not NOT_GIVEN}


def _known(service: str, region: str) -> dict[str, Any]:
    """Raises PresetUnknownError."""
    one = preset(service)
    values: dict[str, Any] = {
        "host": one.address(region),
        "port": one.port,
        "tls": one.tls,
        "rate": one.rate,
        "max_connections": one.connections,
        "mails_per_connection": one.mails_per_connection,
        "max_size": one.max_size,
    }
    return {name: value for name, value in values.items() if value is not None}
