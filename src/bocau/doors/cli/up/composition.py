"""Which processes `bocau up` runs, in which order they start and stop, and when each of them is ready."""

import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from bocau.base import embedded
from bocau.base.config import Settings
from bocau.base.log import PART
from bocau.base.presence import present
from bocau.base.supervise import Part
from bocau.wire import fetch

URGENT = "transactional,chores"
URGENT_CHILDREN = 2
AFTER_GRACE = 15.0
"""Seconds a worker gets after its own grace for replies, to settle and to end."""


def parts(settings: Settings, environ: Callable[[str], Mapping[str, str]]) -> list[Part]:
    """All parts. Writes down where the embedded broker is found, unless a broker is set."""
    ours = [
        _part(settings, "sandbox", ["sandbox", "serve"], environ, ready="sandbox", stop=3),
        _worker(settings, "urgent", URGENT, min(URGENT_CHILDREN, settings.worker_children), environ),
        _worker(settings, "bulk", "bulk", settings.worker_children, environ),
        _part(settings, "beat", ["beat"], environ, ready="beat", stop=1),
        Part("web", _ours("web"), lambda: site_ready(settings), start=1, stop=0, environ=_environ("web", environ)),
    ]
    if settings.broker_url.get_secret_value():
        forget_broker(settings)
        return ours
    return [_broker(settings), *ours]


def forget_broker(settings: Settings) -> None:
    """Nobody is told of an embedded broker any more, and nothing of it is left behind but its data."""
    with suppress(OSError):
        _told(settings).unlink()
        embedded.clear(settings.home)


def site_ready(settings: Settings) -> bool:
    """Whether the pages answer that all they need is there."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.web_host, settings.web_host)  # noqa: S104
    return fetch.status(host, settings.web_port, "/readyz") == 200


def _broker(settings: Settings) -> Part:
    command = embedded.command(settings.home)
    _told(settings).write_text(embedded.url(settings.home) + "\n", encoding="utf-8")
    path = str(embedded.socket(settings.home))
    return Part(
        "broker",
        command,
        lambda: _pongs(path),
        start=0,
        stop=4,
        environ={"LC_ALL": "C"},
        hush="overcommit|signal-handler|bye bye",
        remedy=lambda: embedded.set_aside(settings.home),
    )


def _worker(
    settings: Settings, name: str, queues: str, children: int, environ: Callable[[str], Mapping[str, str]]
) -> Part:
    arguments = ["worker", "--queues", queues, "--children", str(children), "--name", name]
    return Part(
        name,
        _ours(*arguments),
        lambda: _announced(settings, "worker", name),
        start=1,
        stop=2,
        grace=settings.stop_grace + AFTER_GRACE,
        hush="^$|superuser|Warm shutdown",
        environ=_environ(name, environ),
    )


def _part(
    settings: Settings,
    name: str,
    arguments: list[str],
    environ: Callable[[str], Mapping[str, str]],
    *,
    ready: str,
    stop: int,
) -> Part:
    return Part(
        name,
        _ours(*arguments),
        lambda: _announced(settings, ready),
        start=1,
        stop=stop,
        environ=_environ(name, environ),
    )


def _ours(*arguments: str) -> list[str]:
    return [sys.executable, "-P", "-m", "bocau", *arguments]


def _environ(name: str, environ: Callable[[str], Mapping[str, str]]) -> Mapping[str, str]:
    return {"PYTHONUNBUFFERED": "1", PART: name, **environ(name)}


def _announced(settings: Settings, part: str, name: str = "") -> bool:
    return any(seen.part == part and seen.facts.get("name", "") == name for seen in present(settings.home))


def _pongs(path: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(1)
        try:
            line.connect(path)
            line.sendall(b"PING\r\n")
            return line.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def _told(settings: Settings) -> Path:
    from bocau import bell

    return settings.home / bell.ADDRESS
