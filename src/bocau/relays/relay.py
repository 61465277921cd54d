"""A relay as the engine sees it."""

from dataclasses import dataclass

from bocau.relays.names import is_loopback, is_reserved
from bocau.wire.smtp import Profile

URL_RELAY = 0
"""Id of the relay of BOCAU_RELAY_URL."""
SANDBOX = -1
"""Id of the built-in sandbox."""


@dataclass(frozen=True)
class Relay:
    """An SMTP server we hand mail to. ``rate`` in mails a second over all processes, ``max_size`` in bytes on the wire.

    Relays of a lower ``priority`` are asked first; ``weight`` is the share among relays of one priority.
    ``identity`` changes when server, user or password do, and gives none of them away.
    """

    id: int
    name: str
    kind: str
    profile: Profile
    priority: int = 10
    weight: int = 100
    max_connections: int = 20
    rate: float | None = None
    max_size: int | None = None
    enabled: bool = True
    identity: str = ""

    @property
    def loopback(self) -> bool:
        return is_loopback(self.profile.host)


def may_take(relay: Relay, domain: str) -> bool:
    """Whether mail for ``domain`` may go to ``relay``: names reserved for tests and examples never leave this machine."""
    return relay.kind == "sandbox" or relay.loopback or not is_reserved(domain)
