"""`bocau web`: the pages, served by granian."""

import os
from typing import Any

import click

from bocau.base.words import N_
from bocau.doors.cli.terminal.frame import Verb, pass_parts
from bocau.wiring import Parts

THREADS = 8
"""Requests worked on at once; more would only wait for each other."""
STOP_WITHIN = 5


def application() -> Any:
    """The WSGI application, made in granian's worker process; that ends with granian's main process."""
    from bocau.base import log, tether
    from bocau.doors.cli.terminal.settings import read
    from bocau.doors.site import create_app
    from bocau.wiring import parts

    tether.end_with(os.getppid())
    settings = read()
    log.configure(settings.log_level, settings.log_format)
    return create_app(parts(settings))


@click.command(cls=Verb, help=N_("Run the web pages in the foreground. SIGTERM ends requests first."))
@pass_parts
def command(parts: Parts) -> None:
    """Run the web server."""
    from granian.constants import Interfaces
    from granian.server import Server

    from bocau.base import log, presence
    from bocau.doors.cli.up.ports import require_free

    settings = parts.settings
    require_free(settings.web_host, settings.web_port, "BOCAU_WEB_PORT")
    log.configure(settings.log_level, settings.log_format)
    parts.db.dispose()
    server = Server(
        f"{__name__}:application",
        settings.web_host,
        settings.web_port,
        interface=Interfaces.WSGI,
        factory=True,
        blocking_threads=THREADS,
        workers_kill_timeout=STOP_WITHIN,
        log_enabled=False,
        websockets=False,
    )
    presence.announce(settings.home, "web", port=settings.web_port)
    server.serve()
