"""Open a connection: every failure arrives through ``driver.closed``, none is raised."""

import asyncio
import socket
import ssl
from typing import Any

from bocau.base.errors import BocauError
from bocau.wire.smtp.errors import RelayError, RelayNameUnknownError, RelayRefusedError, RelaySilentError
from bocau.wire.smtp.mail import Stage
from bocau.wire.smtp.negotiation import SHUTDOWN
from bocau.wire.smtp.profile import Profile, TlsPolicy
from bocau.wire.smtp.session import Driver, Session
from bocau.wire.smtp.tls import client_context, tls_problem


async def connect(profile: Profile, driver: Driver, loop: asyncio.AbstractEventLoop | None = None) -> Session:
    """A session under way to ``profile``'s relay; ``driver.ready`` or ``driver.closed`` follows."""
    loop = loop or asyncio.get_running_loop()
    session = Session(profile, driver, loop)
    implicit = profile.tls == TlsPolicy.implicit
    tls: dict[str, Any] = {
        "ssl": client_context(profile), "server_hostname": profile.host, "ssl_shutdown_timeout": SHUTDOWN,
        "ssl_handshake_timeout": profile.timeouts.connect,
    } if implicit else {}  # fmt: skip
    try:
        async with asyncio.timeout(profile.timeouts.connect):
            await loop.create_connection(lambda: session, profile.host, profile.port, **tls)
    except (OSError, ssl.SSLError, UnicodeError) as error:
        session.fail(_problem(session, error))
    return session


def _problem(session: Session, error: Exception) -> BocauError:
    relay = session.relay
    if isinstance(error, ssl.SSLError):
        return tls_problem(relay, error)
    if isinstance(error, TimeoutError):
        seconds = f"{session.timeouts.connect:g}"
        return RelaySilentError(relay=relay, seconds=seconds, stage=Stage.connect.value)
    if isinstance(error, socket.gaierror | UnicodeError):
        return RelayNameUnknownError(relay=relay)
    if isinstance(error, ConnectionRefusedError):
        return RelayRefusedError(relay=relay)
    if session.profile.tls == TlsPolicy.implicit and isinstance(error, ConnectionError):
        return tls_problem(relay, error)
    return RelayError(relay=relay, reason=str(error))
