"""What campaigns need to know of the installation they are sent from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bocau import relays
from bocau.base.config import Settings
from bocau.base.db import Connection
from bocau.campaigns.orders import TEST_STREAM
from bocau.relays import Relay

LOCAL = ("localhost", "127.", "[::1]")


@dataclass(frozen=True, slots=True)
class Installation:
    """``site``: where our public pages are; ``max_bytes``: a mail may have; ``relays``: tells those in use;
    ``test_time_to_live``: seconds a test mail is tried. ``notices_to``: mailboxes that are told what could not be sent, in
    ``language``; none: the sending's own."""

    site: str
    max_bytes: int
    relays: Callable[[Connection], Sequence[Relay]]
    test_time_to_live: float = 86_400.0
    notices_to: tuple[str, ...] = ()
    language: str = "en"

    @classmethod
    def of(cls, settings: Settings, secret: bytes | None = None) -> "Installation":
        """As it is set; relays are looked up when they are asked for."""
        return cls(
            settings.site.rstrip("/"),
            settings.mail_max_bytes,
            lambda connection: relays.active(connection, settings, secret),
            settings.streams[TEST_STREAM].time_to_live,
            tuple(settings.notices_to),
            settings.language or "en",
        )

    def catches(self, connection: Connection, relay_id: int | None) -> bool:
        """Whether the sandbox gets what goes to this relay, or to any for None, and nobody else."""
        used = [one for one in self.relays(connection) if relay_id in (None, one.id)]
        return bool(used) and all(one.kind == "sandbox" for one in used)


def sandboxed(used: Sequence[Relay]) -> bool:
    """Whether nothing leaves this machine."""
    return all(one.kind == "sandbox" or is_local(one.profile.host) for one in used)


def is_local(host: str) -> bool:
    return host.startswith(LOCAL)
