"""What somebody asks of a relay or a sender domain: that it be stored, that it be changed. The same for a command, a page
and a program.

What is not given stays as it was, or is what is known of the service and else the product's own choice when a relay is
stored; an empty value is a value. What they come to says ``merge``.
"""

from dataclasses import dataclass

from pydantic import SecretStr

from bocau.base.given import NOT_GIVEN, Given
from bocau.wire.smtp import TlsPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Particulars:
    """What may be said of a relay when it is stored and when it is changed.

    ``username``, ``password``, ``auth``, ``helo_name``, ``ca_file``: empty takes them away. ``rate`` in mails a second,
    ``max_size`` in bytes; None: no limit. A password is never shown, nor is its length.
    """

    host: Given[str] = NOT_GIVEN
    port: Given[int] = NOT_GIVEN
    tls: Given[TlsPolicy] = NOT_GIVEN
    username: Given[str] = NOT_GIVEN
    password: Given[SecretStr] = NOT_GIVEN
    auth: Given[str] = NOT_GIVEN
    helo_name: Given[str] = NOT_GIVEN
    verify: Given[bool] = NOT_GIVEN
    ca_file: Given[str] = NOT_GIVEN
    chunking: Given[bool] = NOT_GIVEN
    priority: Given[int] = NOT_GIVEN
    weight: Given[int] = NOT_GIVEN
    max_connections: Given[int] = NOT_GIVEN
    rate: Given[float | None] = NOT_GIVEN
    mails_per_connection: Given[int] = NOT_GIVEN
    max_size: Given[int | None] = NOT_GIVEN
    enabled: Given[bool] = NOT_GIVEN


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayCreation(Particulars):
    """A relay that is to be. ``preset``: the name of a known service; empty: none. ``region``: where the service has one
    host for each; empty: its usual one. Without a port, the one that goes with ``tls``."""

    name: str
    preset: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayChange(Particulars):
    """A change of a stored relay. The password goes with host and user: with another of them it is given anew, or there
    is none. The port stays when ``tls`` alone is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderCreation:
    """A sender domain that is to be, as people write it. ``bounce_domain`` empty: bounces go to the From address.
    ``selector``: the name of its key in DNS; empty: the usual one."""

    domain: str
    bounce_domain: str = ""
    selector: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderChange:
    """A change of a sender domain. ``bounce_domain`` empty: bounces go to the From address."""

    bounce_domain: Given[str] = NOT_GIVEN
