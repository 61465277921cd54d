"""A broker's stand-in for the one question the pages ask it."""

import socketserver
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest


class Pong(socketserver.StreamRequestHandler):
    """Answers PING as a Redis does."""

    def handle(self) -> None:
        if self.rfile.readline() == b"PING\r\n":
            self.wfile.write(b"+PONG\r\n")


@pytest.fixture
def broker_socket() -> Iterator[Path]:
    """The path of a unix socket behind which something speaks like a Redis."""
    with tempfile.TemporaryDirectory(prefix="bocau-") as folder:
        path = Path(folder) / "broker.sock"
        with socketserver.ThreadingUnixStreamServer(str(path), Pong) as server:
            server.daemon_threads = True
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            yield path
            server.shutdown()
            thread.join()
