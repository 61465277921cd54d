"""Which parts live: those on this machine tell by their locks, the broker by answering."""

import socket
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote, urlsplit

from bocau import bell
from bocau.base.config import Settings
from bocau.base.presence import present
from bocau.base.words import N_

State = Literal["up", "down", "unseen"]
PARTS = ("web", "worker", "beat", "broker", "sandbox")
TITLES = {
    "web": N_("Web pages"),
    "worker": N_("Workers"),
    "beat": N_("Clock"),
    "broker": N_("Broker"),
    "sandbox": N_("Sandbox mailbox"),
}
DUTIES = {
    "web": N_("shows these pages"),
    "worker": N_("send the mails"),
    "beat": N_("wakes workers when work is due"),
    "broker": N_("carries the wake-up calls"),
    "sandbox": N_("catches mails so you can look at them"),
}
ANSWER_WITHIN = 1.0


@dataclass(frozen=True)
class Part:
    """``unseen``: not on this machine, so perhaps on another. ``count``: processes seen here."""

    name: str
    state: State
    count: int = 1


def parts_alive(settings: Settings) -> list[Part]:
    """Every part and whether it lives, in a fixed order."""
    seen = [found.part for found in present(settings.home)]
    clustered = bool(settings.broker_url.get_secret_value())
    found = [Part("web", "up")]
    for name in ("worker", "beat"):
        missing: State = "unseen" if clustered else "down"
        found.append(Part(name, "up" if name in seen else missing, seen.count(name)))
    found.append(Part("broker", "up" if broker_answers(settings) else "down"))
    found.append(Part("sandbox", "up" if "sandbox" in seen else "down", seen.count("sandbox")))
    return found


def broker_answers(settings: Settings) -> bool:
    """Whether somebody listens at the broker's address; a Redis must also answer a PING."""
    url = bell.broker_url(settings)
    return bool(url) and answers(url)


def answers(url: str) -> bool:
    """Whether the broker at ``url`` (redis, rediss, redis+socket, unix, amqp, amqps) answers within a second.

    Others, such as SQS, are taken to be there: asking them costs money.
    """
    try:
        parsed = urlsplit(url)
        kind = parsed.scheme.split("+")[0]
        if kind not in ("redis", "rediss", "valkey", "unix", "amqp", "amqps", "pyamqp"):
            return True
        local = parsed.scheme in ("redis+socket", "valkey+socket", "unix")
        with _connect(unquote(parsed.path) if local else None, parsed.hostname, parsed.port, kind) as line:
            return kind not in ("redis", "valkey", "unix") or _pongs(line)
    except (OSError, ValueError):
        return False


def _connect(path: str | None, host: str | None, port: int | None, kind: str) -> socket.socket:
    if path is None:
        usual = {"amqp": 5672, "pyamqp": 5672, "amqps": 5671}.get(kind, 6379)
        return socket.create_connection((host or "127.0.0.1", port or usual), timeout=ANSWER_WITHIN)
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        line.settimeout(ANSWER_WITHIN)
        line.connect(path)
    except OSError:
        line.close()
        raise
    return line


def _pongs(line: socket.socket) -> bool:
    """Any answer counts, also one that asks for a password."""
    line.sendall(b"PING\r\n")
    return line.recv(64)[:1] in (b"+", b"-")
