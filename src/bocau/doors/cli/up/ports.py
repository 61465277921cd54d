"""Is a port free? Asked before anything is started, so that the answer is a sentence."""

import errno
import os
import socket

from bocau.base.errors import BocauError
from bocau.base.words import N_


class PortTakenError(BocauError):
    code = "port-taken"
    sentence = N_("Port {port} on {host} is taken by another program. Nothing was started.")
    hint = N_("End that program, or choose another port: {setting}=…; `bocau up` takes --port and --sandbox-port.")


class PortForbiddenError(BocauError):
    code = "port-forbidden"
    sentence = N_("Bồ Câu may not listen on {host}, port {port}: {reason}. Nothing was started.")
    hint = N_("Choose another address or a port above 1023: {setting}=…")


def require_free(host: str, port: int, setting: str) -> None:
    """``setting``: what chooses the port. Raises PortTakenError, PortForbiddenError."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTakenError(host=host, port=port, setting=setting) from None
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        raise PortForbiddenError(host=host, port=port, reason=reason, setting=setting) from None
