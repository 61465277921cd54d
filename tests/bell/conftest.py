"""A real Valkey that holds the rings, since nobody takes them."""

import base64
from collections.abc import Iterator

import orjson
import pytest
from redis import Redis

from bocau.base import embedded
from bocau.bell import broker
from tests.journeys.broker import Broker


class Rings:
    """What lies in the broker's queues."""

    def __init__(self, server: Broker) -> None:
        self.server, self.url = server, server.url

    def tasks(self, queue: str) -> list[tuple[str, list[str]]]:
        """(task, arguments) of each ring in a queue."""
        with Redis(unix_socket_path=str(embedded.socket(self.server.home))) as client:
            found = client.lrange(queue, 0, -1)
        messages = [orjson.loads(one) for one in found]
        return [(one["headers"]["task"], orjson.loads(base64.b64decode(one["body"]))[0]) for one in messages]


@pytest.fixture
def lying() -> Iterator[Rings]:
    server = Broker()
    yield Rings(server)
    broker.app.close()
    server.close()
