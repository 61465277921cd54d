"""How to reach one relay: everything a connection needs, nothing about what is sent through it."""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import SecretStr

from bocau.base.config import Timeouts


class TlsPolicy(StrEnum):
    """``required``: STARTTLS or nothing, certificate verified. ``opportunistic``: STARTTLS when offered. ``implicit``:
    TLS from the first byte (port 465), verified. ``off``: clear text, and never a password."""

    required = "required"
    opportunistic = "opportunistic"
    implicit = "implicit"
    off = "off"


@dataclass(frozen=True)
class Profile:
    """One relay as a connection sees it. Times in seconds.

    ``auth`` is ``PLAIN``, ``LOGIN``, ``XOAUTH2`` (the password is the access token) or empty for the best of PLAIN
    and LOGIN that is offered. ``ca_file`` names PEM certificates to trust instead of the system's. ``verify`` False
    accepts any certificate. ``pipelining`` and ``chunking`` allow the extensions where the server offers them.
    """

    host: str
    port: int
    tls: TlsPolicy | str = TlsPolicy.required
    username: str = ""
    password: SecretStr = field(default=SecretStr(""), repr=False)
    auth: str = ""
    helo_name: str = "localhost"
    timeouts: Timeouts = field(default_factory=Timeouts)
    reuse_seconds: float = 300.0
    mails_per_connection: int = 1000
    ca_file: str = ""
    verify: bool = True
    pipelining: bool = True
    chunking: bool = True

    def __post_init__(self) -> None:
        # It is sent as it is: nothing in it may end the line.
        if not re.fullmatch(r"[!-~]{1,255}", self.helo_name):
            raise ValueError(f"not a host name: {self.helo_name!r}")

    @property
    def verifies(self) -> bool:
        """Whether the server must prove its name. Opportunistic TLS asks for it only to protect a password."""
        return self.verify and (self.tls != TlsPolicy.opportunistic or bool(self.username))
