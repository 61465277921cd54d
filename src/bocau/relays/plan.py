"""What a relay is to be stored as: what was said, then what is known of the service, then what is usual."""

from collections.abc import Mapping
from typing import Any

from bocau.base.errors import BocauError
from bocau.base.words import N_
from bocau.relays.presets import Preset, presets
from bocau.relays.stored import NewRelay
from bocau.relays.url import default_port, default_tls
from bocau.wire.smtp import TlsPolicy


class RelayHostMissingError(BocauError):
    code = "relay-host-missing"
    sentence = N_("A relay needs a host. Nothing was changed.")
    hint = N_("Give --host, or --preset with one of: {known}.")


def plan(said: Mapping[str, Any], preset: Preset | None = None, region: str = "") -> NewRelay:
    """``said``: fields of NewRelay; None means not said. ``region``: for services with a host for each.

    Raises RelayHostMissingError.
    """
    told = {name: value for name, value in said.items() if value is not None}
    known = _known(preset, region) if preset else {}
    host = told.get("host") or known.get("host")
    if not host:
        raise RelayHostMissingError(known=", ".join(presets()))
    signs_in = bool(told.get("username"))
    tls = TlsPolicy(told.get("tls") or known.get("tls") or default_tls(host, signs_in=signs_in))
    if "tls" in told or "port" not in known:
        known["port"] = default_port(tls, signs_in=signs_in)
    return NewRelay(**{**known, **told, "host": host, "tls": tls})


def _known(preset: Preset, region: str) -> dict[str, Any]:
    values: dict[str, Any] = {
        "host": preset.address(region),
        "port": preset.port,
        "tls": preset.tls,
        "rate": preset.rate,
        "max_connections": preset.connections,
        "mails_per_connection": preset.mails_per_connection,
        "max_size": preset.max_size,
    }
    return {name: value for name, value in values.items() if value is not None}
