"""The sandbox's SMTP server: what comes in one turn of the loop is stored in one transaction, then answered with 250."""

import asyncio
import ipaddress
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import structlog

from bocau.base import locks, metrics, presence
from bocau.base.clock import now_ms
from bocau.base.config import Settings
from bocau.base.errors import BocauError
from bocau.base.words import N_
from bocau.sandbox.mailbox import Caught, Mailbox, MailboxBrokenError
from bocau.wire.smtp.receiver import Limits, Peer, Receiver

log = structlog.get_logger()
GROUP = 500
LETTER_MAX = 40 << 20
QUIET = 0.3  # seconds without a mail, after which the waiting ones are made searchable at full speed
PAUSE = 0.05
STEP = 8
Reply = Callable[[bytes], None]


class SandboxRunningError(BocauError):
    code = "sandbox-running"
    sentence = N_("The sandbox of the data folder {home} is already running. Nothing was changed.")
    hint = N_("Use the one that is running, or give this one another data folder: BOCAU_HOME=… .")


class SandboxPortTakenError(BocauError):
    code = "sandbox-port-taken"
    sentence = N_("The sandbox cannot listen on {host}, port {port}: {reason}. No mail is lost.")
    hint = N_(
        "Another program is using the port, perhaps another Bồ Câu. Choose another port: "
        "BOCAU_SANDBOX_PORT=1026 ./bocau up"
    )


class Sandbox:
    """Takes mails from any number of connections; one turn of the loop, one transaction."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox
        self._loop = asyncio.get_running_loop()
        self._waiting: list[tuple[Caught, Reply]] = []
        self._planned = False
        self._last_mail = 0.0
        self._looked_through = False

    def mail(self, sender: bytes, recipients: list[bytes], body: bytes, reply: Reply, peer: Peer) -> None:
        """See wire.smtp.receiver.Handler."""
        to = tuple(address.decode("utf-8", "replace") for address in recipients)
        self._waiting.append((Caught(sender.decode("utf-8", "replace"), to, body, now_ms()), reply))
        if len(self._waiting) >= GROUP:
            self.store()
        elif not self._planned:
            self._planned = True
            self._loop.call_soon(self.store)

    def store(self) -> None:
        """Commit what waits; only then say so."""
        group, self._waiting, self._planned = self._waiting, [], False
        if not group:
            return
        try:
            self.mailbox.add([mail for mail, _ in group])
        except MailboxBrokenError as error:
            log.error("sandbox_store_failed", mails=len(group), reason=str(error.fields["reason"]))
            answer = b"451 4.3.0 The sandbox cannot store mails now"
        else:
            metrics.caught(len(group), sum(len(mail.raw) for mail, _ in group))
            answer = b"250 2.0.0 Kept in the sandbox"
        for _, reply in group:
            reply(answer)
        self._last_mail, self._looked_through = self._loop.time(), False

    async def make_searchable(self) -> None:
        """For ever: read new mails for search, a few at a time while mails come in, faster when none does."""
        while True:
            quiet = self._loop.time() - self._last_mail > QUIET
            done = 0
            if not self._looked_through:
                with suppress(MailboxBrokenError):
                    done = self.mailbox.look_through(STEP if quiet else 1)
                self._looked_through = done == 0 and quiet
            await asyncio.sleep(0 if quiet and done else PAUSE)


def serve(settings: Settings, started: Callable[[int], None] = lambda port: None) -> None:
    """Catch mails until SIGTERM or SIGINT. ``started`` is told the port once the server listens.

    Raises SandboxRunningError, SandboxPortTakenError, MailboxBrokenError.
    """
    import uvloop

    metrics.keep_in(settings.home / "metrics")
    keep = {"keep_mails": settings.sandbox_keep_mails, "keep_bytes": settings.sandbox_keep_bytes}
    with _alone(settings.home), Mailbox(settings.home, **keep) as mailbox:
        uvloop.run(_serve(settings, mailbox, started))
    metrics.close()


async def _serve(settings: Settings, mailbox: Mailbox, started: Callable[[int], None]) -> None:
    loop = asyncio.get_running_loop()
    sandbox, stop = Sandbox(mailbox), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    host, port = settings.sandbox_host, settings.sandbox_port
    limits = Limits(name="sandbox.bocau", size=LETTER_MAX, recipients=1000, strict=False)
    receivers: set[Receiver] = set()
    try:
        server = await loop.create_server(lambda: _kept(Receiver(sandbox, limits), receivers), host, port, backlog=1024)
    except OSError as error:
        raise SandboxPortTakenError(host=host, port=port, reason=error.strerror or error) from error
    if not _is_loopback(host):
        log.warning("sandbox_open_to_others", host=host)
    port = server.sockets[0].getsockname()[1]
    leave = presence.announce(settings.home, "sandbox", port=port)
    reading = asyncio.create_task(sandbox.make_searchable())
    log.info("sandbox_started", host=host, port=port)
    started(port)
    await stop.wait()
    server.close()
    reading.cancel()
    sandbox.store()
    for receiver in list(receivers):
        receiver.close()
    leave()
    log.info("sandbox_stopped")


def _kept(receiver: Receiver, receivers: set[Receiver]) -> Receiver:
    """Remember living connections, so that they are told good-bye at the end."""
    for gone in [other for other in receivers if other.closing]:
        receivers.discard(gone)
    receivers.add(receiver)
    return receiver


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Hold the mailbox's lock; two servers would race for one file's limits."""
    folder = home / "sandbox"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "lock").open("ab") as handle:
        if not locks.try_lock(handle):
            raise SandboxRunningError(home=home)
        yield
