"""Celery's way to Redis and Valkey with one hole closed: it never waits for a message that nothing announces.

kombu (5.7) reads a channel's subscription whenever its event loop says that the descriptor is readable, with a call that
waits for ever. After a broker died and came back, descriptors are used again for others and what was announced may be
read already; then a worker's main process stood still and took no ring any more.
"""

from typing import Any

from kombu.transport import TRANSPORT_ALIASES, redis


class Channel(redis.Channel):
    """Reads its subscription only when there is something to read."""

    def _receive(self) -> bool:
        connection: Any = self.subclient.connection
        if connection is None or not connection.can_read(timeout=0):
            return False
        return bool(super()._receive())


class Transport(redis.Transport):
    """For the schemes ``redis`` and ``rediss``."""

    Channel = Channel


def use() -> None:
    """From now on, in this process and those it forks."""
    here = f"{__name__}:{Transport.__name__}"
    TRANSPORT_ALIASES.update(redis=here, rediss=here)
