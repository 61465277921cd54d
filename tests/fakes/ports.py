"""Ports nobody else takes: neither another test, nor another run beside this one, nor a connection that goes out."""

import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path

LOCKS = Path(tempfile.gettempdir()) / f"bocau-ports-{os.getuid()}"
BELOW = 32_768
"""Linux gives connections that go out their ports from here on (``ip_local_port_range``), so these are left alone."""
_held: list[int] = []


def free_port() -> int:
    """A port of 127.0.0.1 where nothing listens. It is this process's until that ends: a lock on a file tells others."""
    LOCKS.mkdir(exist_ok=True)
    for port in random.SystemRandom().sample(range(12_000, BELOW), 2000):
        lock = os.open(LOCKS / str(port), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if _locked(lock) and _listens_nobody(port):
            _held.append(lock)
            return port
        os.close(lock)
    raise RuntimeError("no free port between 12000 and 32767")


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _listens_nobody(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
