"""Open a connection: every failure arrives through ``driver.closed``, none is raised."""

import asyncio
import socket
import ssl
from typing import Any

from bocau.base.errors import BocauError
from bocau.wire.smtp.errors import (
    RelayError,
    RelayNameUnknownError,
    RelayRefusedError,
    RelaySilentError,
    TlsCertificateWrongError,
    TlsFailedError,
    TlsTrustUnreadableError,
)
from bocau.wire.smtp.mail import Stage
from bocau.wire.smtp.negotiation import SHUTDOWN
from bocau.wire.smtp.profile import Profile, TlsPolicy
from bocau.wire.smtp.session import Driver, Session
from bocau.wire.smtp.tls import client_context, tls_problem

TLS_PROBLEMS = TlsFailedError, TlsCertificateWrongError, TlsTrustUnreadableError


async def connect(profile: Profile, driver: Driver, loop: asyncio.AbstractEventLoop | None = None) -> Session:
    """A session under way to ``profile``'s relay; ``driver.ready`` or ``driver.closed`` follows."""
    loop = loop or asyncio.get_running_loop()
    session = Session(profile, driver, loop)
    try:
        async with asyncio.timeout(profile.timeouts.connect):
            await _reach(session)
    except asyncio.CancelledError:
        session.abort()
        raise
    except (BocauError, OSError, ValueError, OverflowError) as error:
        problem = error if isinstance(error, BocauError) else _problem(session, error)
        if isinstance(problem, TLS_PROBLEMS):
            session.stage = Stage.starttls
        session.fail(problem)
    return session


async def _reach(session: Session) -> None:
    """One address of the relay's name after the other; one that is silent gets no more than its share of the time."""
    profile, loop = session.profile, session.loop
    implicit = profile.tls == TlsPolicy.implicit
    tls: dict[str, Any] = (
        {
            "ssl": client_context(profile),
            "server_hostname": profile.host,
            "ssl_shutdown_timeout": SHUTDOWN,
            "ssl_handshake_timeout": profile.timeouts.connect + SHUTDOWN,
        }
        if implicit
        else {}
    )
    session.handshaking = implicit
    end = loop.time() + profile.timeouts.connect
    found = await loop.getaddrinfo(profile.host, profile.port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(info[4][0]) for info in found))
    for left in range(len(addresses), 0, -1):
        try:
            async with asyncio.timeout((end - loop.time()) / left):
                await loop.create_connection(lambda: session, addresses[-left], profile.port, **tls)
            return
        except OSError as error:
            # A server that is there and whose TLS is wrong is not to be replaced by another.
            if left == 1 or isinstance(error, ssl.SSLError):
                raise


def _problem(session: Session, error: Exception) -> BocauError:
    relay = session.relay
    if isinstance(error, ssl.SSLError):
        return tls_problem(relay, error)
    if isinstance(error, TimeoutError):
        seconds = f"{session.timeouts.connect:g}"
        return RelaySilentError(relay=relay, seconds=seconds, stage=Stage.connect.value)
    if isinstance(error, socket.gaierror | ValueError | OverflowError):
        return RelayNameUnknownError(relay=relay)
    if isinstance(error, ConnectionRefusedError):
        return RelayRefusedError(relay=relay)
    if session.profile.tls == TlsPolicy.implicit and isinstance(error, ConnectionError):
        return tls_problem(relay, error)
    return RelayError(relay=relay, reason=error.strerror or str(error) if isinstance(error, OSError) else error)
