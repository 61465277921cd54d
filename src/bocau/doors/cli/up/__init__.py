"""`bocau up`: everything on one machine under one supervisor, in the foreground, until Ctrl-C."""

import asyncio
import os
import shlex
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click
import structlog

from bocau.base import log, supervise
from bocau.base.config import Settings
from bocau.base.errors import BocauError, reason_of
from bocau.base.locks import try_lock
from bocau.base.words import N_, say
from bocau.doors.cli.terminal.frame import Verb, option, pass_settings, show
from bocau.doors.cli.up import composition
from bocau.doors.cli.up.ports import require_free
from bocau.doors.cli.up.prefix import Writer

events = structlog.get_logger()
PORT = click.IntRange(1, 65535)
SETTINGS = ("BOCAU_HOME", "BOCAU_WEB_HOST", "BOCAU_WEB_PORT", "BOCAU_SANDBOX_PORT")
"""What the options set, in their order."""


class AlreadyUpError(BocauError):
    code = "already-up"
    sentence = N_("Bồ Câu is already running on the data folder {home} (process {pid}). Nothing was started.")
    hint = N_("Its page: {site}. To run a second one: bocau up --home FOLDER --port PORT --sandbox-port PORT")


class HomeUnwritableError(BocauError):
    code = "home-unwritable"
    sentence = N_("The data folder {home} cannot be written to: {reason}. Nothing was started.")
    hint = N_("Choose another one: bocau up --home FOLDER, or BOCAU_HOME=…")


@click.command(cls=Verb, help=N_("Start everything on this machine; Ctrl-C stops it cleanly."))
@option("--home", type=click.Path(path_type=Path, resolve_path=True), help=N_("The data folder, as BOCAU_HOME."))
@option("--host", help=N_("The address the pages listen on, as BOCAU_WEB_HOST."))
@option("--port", type=PORT, help=N_("The port the pages listen on, as BOCAU_WEB_PORT."))
@option("--sandbox-port", type=PORT, help=N_("The sandbox mailbox's SMTP port, as BOCAU_SANDBOX_PORT."))
def command(home: Path | None, host: str | None, port: int | None, sandbox_port: int | None) -> None:
    """Options are settings, for this installation's processes too: they read them where they read all others."""
    given = dict(zip(SETTINGS, (home, host, port, sandbox_port), strict=True))
    chosen = {name: str(value) for name, value in given.items() if value is not None}
    os.environ.update(chosen)
    _up(chosen)


@pass_settings
def _up(settings: Settings, chosen: Mapping[str, str]) -> None:
    """Run the supervisor."""
    log.configure(settings.log_level, settings.log_format)
    with alone(settings):
        require_free(settings.web_host, settings.web_port, "BOCAU_WEB_PORT")
        require_free(settings.sandbox_host, settings.sandbox_port, "BOCAU_SANDBOX_PORT")
        prepare(settings)
        try:
            asyncio.run(_run(settings, chosen))
        finally:
            composition.forget_broker(settings)


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Hold the data folder for this supervisor. Raises AlreadyUpError, HomeUnwritableError."""
    path = settings.home / "up.lock"
    try:
        settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = path.open("a+")
    except OSError as error:
        raise HomeUnwritableError(home=settings.home, reason=reason_of(error)) from None
    with handle:
        if not try_lock(handle):
            raise _already(settings, path)
        handle.truncate(0)
        handle.write(f"{os.getpid()} {settings.site}\n")
        handle.flush()
        yield
        handle.truncate(0)


def _already(settings: Settings, path: Path) -> AlreadyUpError:
    pid, _, site = path.read_text(encoding="utf-8").strip().partition(" ")
    return AlreadyUpError(home=settings.home, pid=pid or "?", site=site or settings.site)


def prepare(settings: Settings) -> None:
    """Bring the database up to date, make the secret key, refuse what is not ours."""
    from bocau import migrations, wiring

    parts = wiring.parts(settings)
    try:
        for step in migrations.upgrade(parts.db):
            events.info("database_upgraded", step=step)
        wiring.check(parts)
    finally:
        parts.db.dispose()


async def _run(settings: Settings, chosen: Mapping[str, str]) -> None:
    writer = Writer(settings.log_format, sys.stderr)
    supervisor = supervise.Supervisor(composition.parts(settings, writer.environ), writer.write)
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(name, _stop, supervisor)
    await supervisor.run(lambda late: _greet(settings, chosen, late))


def _stop(supervisor: supervise.Supervisor) -> None:
    events.info("supervisor_stopping")
    supervisor.stop()


def _greet(settings: Settings, chosen: Mapping[str, str], late: list[str]) -> None:
    for name in late:
        events.warning("part_not_ready", part=name)
    data = {"site": settings.site, "sandbox_port": settings.sandbox_port, "home": str(settings.home), "late": late}
    show(data, lambda: _greet_people(settings, chosen))
    sys.stdout.flush()


def _greet_people(settings: Settings, chosen: Mapping[str, str]) -> None:
    lines = [
        say(N_("Bồ Câu is up: {site}"), site=click.style(settings.site, bold=True, underline=True)),
        say(N_("Sandbox mailbox: SMTP {host}:{port}"), host=settings.sandbox_host, port=settings.sandbox_port),
        say(N_("Data folder: {home}. Ctrl-C stops everything cleanly."), home=settings.home),
    ]
    if chosen:
        same = shlex.join(f"{name}={value}" for name, value in chosen.items())
        lines.append(say(N_("In another terminal, first: export {settings}"), settings=same))
    click.echo("\n" + "\n".join(f"  {line}" for line in lines) + "\n")
