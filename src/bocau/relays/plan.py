"""What a relay is stored from, and what may not be of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import SecretStr

from bocau.base.errors import BocauError
from bocau.base.words import N_, Phrase
from bocau.relays.names import is_host, is_loopback
from bocau.relays.queries import CONNECTIONS, MAILS_PER_CONNECTION
from bocau.wire.smtp import TlsPolicy

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
MECHANISMS = ("PLAIN", "LOGIN", "XOAUTH2")
"""How one may sign in; empty: what the server offers."""
BOUNDS: Mapping[str, tuple[int, int]] = {
    "port": (1, 65_535),
    "priority": (0, 1000),
    "weight": (0, 1000),
    "max_connections": (1, 10_000),
    "mails_per_connection": (1, 10**6),
    "max_size": (1000, 10**9),
}
"""The least and the most of each that is a whole number."""
RATES = (0.001, 1e6)
"""The least and the most of ``rate``."""
PARTS = {
    "port": N_("Port"),
    "priority": N_("Order"),
    "weight": N_("Weight"),
    "max_connections": N_("Connections across all workers"),
    "rate": N_("Mails per second across all workers"),
    "mails_per_connection": N_("Mails per connection"),
    "max_size": N_("Largest mail in bytes"),
}
"""What people call them."""


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


class RelayHostMissingError(BocauError):
    code = "relay-host-missing"
    sentence = N_("A relay needs a host. Nothing was changed.")
    hint = N_("Give --host, or --preset with one of: {known}.")


class RelayHostWrongError(BocauError):
    code = "relay-host-wrong"
    sentence = N_("“{host}” is not the name of a host. Nothing was changed.")
    hint = N_("Give the name alone, like smtp.clinic.vn; port, user and encryption have options of their own.")


class RelayPasswordBareError(BocauError):
    code = "relay-password-bare"
    sentence = N_("The password of “{name}” would cross the network unencrypted. Nothing was changed.")
    hint = N_("Use --tls required (port 587) or --tls implicit (port 465).")


class RelayWrongError(BocauError):
    code = "relay-wrong"
    sentence = N_("The relay cannot be stored: {reason}. Nothing was changed.")
    hint = N_("Correct it and try again.")


@dataclass(frozen=True)
class NewRelay:
    """What a relay is stored from. ``rate`` in mails a second, ``max_size`` in bytes; None: no limit.

    ``password`` None keeps the known one when a relay is replaced and its host and user stay.
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


def check(new: NewRelay) -> NewRelay:
    """The same when it can be stored. Raises RelayNameWrongError, RelayHostWrongError, RelayPasswordBareError,
    RelayWrongError."""
    if not NAME.fullmatch(new.name):
        raise RelayNameWrongError(name=new.name[:80])
    if not is_host(new.host) or (new.helo_name and not is_host(new.helo_name)):
        raise RelayHostWrongError(host=(new.helo_name if is_host(new.host) else new.host)[:80])
    if new.username and new.tls is TlsPolicy.off and not is_loopback(new.host):
        raise RelayPasswordBareError(name=new.name)
    if new.auth not in ("", *MECHANISMS):
        text, allowed = N_("{name} is “{value}” and may be {allowed}"), ", ".join(MECHANISMS)
        raise RelayWrongError(reason=Phrase(text, name="auth", value=new.auth[:20], allowed=allowed))
    for name, (least, most) in {**BOUNDS, "rate": RATES}.items():
        value = getattr(new, name)
        if value is not None and not least <= value <= most:
            text = N_("{part} is {value} and must be from {least} to {most}")
            reason = Phrase(text, part=Phrase(PARTS[name]), value=value, least=f"{least:g}", most=f"{most:.0f}")
            raise RelayWrongError(reason=reason)
    return new
