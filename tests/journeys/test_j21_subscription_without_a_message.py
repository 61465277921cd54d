"""What tells a worker's main process that there is something to read may be wrong: it must not wait for it."""

import threading

import pytest
from kombu import Connection, transport

from bocau.doors.worker import valkey
from tests.journeys.broker import Broker


def test_reading_a_silent_subscription_comes_back(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_transport_cache", {})
    for scheme in ("redis", "rediss"):  # and back when the test is over
        monkeypatch.setitem(transport.TRANSPORT_ALIASES, scheme, transport.TRANSPORT_ALIASES[scheme])
    valkey.use()
    with Connection(broker.url) as connection:
        channel = connection.channel()
        channel.subclient.subscribe("/0.silent")
        channel.subclient.parse_response()  # that it subscribed
        got: list[bool] = []
        reader = threading.Thread(target=lambda: got.append(channel._receive()), daemon=True)
        reader.start()
        reader.join(10)
        assert got == [False]
        channel.client.publish("/0.silent", b"not JSON")
        assert channel.subclient.connection.can_read(timeout=10)
        assert channel._receive() is False
        assert not channel.subclient.connection.can_read(timeout=0)
