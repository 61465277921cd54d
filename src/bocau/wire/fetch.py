"""HTTP to others: bounded in time and size, and not into networks inside, wherever names and redirects lead."""

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Iterable, Sequence
from contextlib import closing, suppress
from queue import Empty, SimpleQueue
from threading import Thread, Timer
from time import monotonic
from typing import Any, ClassVar
from urllib.parse import SplitResult, urljoin, urlsplit

from bocau.base.errors import BocauError
from bocau.base.words import N_, Phrase

MOST_REDIRECTS = 3
MOST_LETTERS = 2000
REDIRECTS = (301, 302, 303, 307, 308)
PORTS = {"http": 80, "https": 443}
NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class FetchRefusedError(BocauError):
    code: ClassVar[str] = "fetch-refused"
    sentence: ClassVar[str] = N_("{host} is not fetched from: {reason}.")
    hint: ClassVar[str] = N_("Internal networks must be allowed one by one in the setting fetch_networks.")


class FetchFailedError(BocauError):
    code: ClassVar[str] = "fetch-failed"
    sentence: ClassVar[str] = N_("Nothing could be fetched from {host}: {reason}.")
    hint: ClassVar[str] = N_("Check that the address answers, then try again.")


def status(host: str, port: int, path: str, patience: float = 2.0) -> int | None:
    """The status a server answers a GET with; None when it does not answer within ``patience`` seconds."""
    line = http.client.HTTPConnection(host, port, timeout=patience)
    try:
        line.request("GET", path)
        return line.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        line.close()


def check(url: str) -> None:
    """Whether it is written as an address that ``get`` takes; nobody is asked. Raises FetchRefusedError."""
    _checked(url)


def get(url: str, *, allowed: Sequence[str] = (), max_bytes: int = 20 << 20, seconds: float = 60.0) -> bytes:
    """What ``url`` (http or https) answers. ``allowed``: networks inside that may be asked. Redirects are checked alike.

    ``seconds``: for all of it together, names looked up and redirects followed. Raises FetchRefusedError, FetchFailedError.
    """
    networks = [ipaddress.ip_network(one, strict=False) for one in allowed]
    ends = monotonic() + seconds
    for _ in range(MOST_REDIRECTS + 1):
        parts = _checked(url)
        address = _public(parts, networks, ends - monotonic())
        left = max(0.01, ends - monotonic())
        line = _Pinned(parts, address, left)
        timer = Timer(left, line.cut)
        timer.daemon = True
        timer.start()
        try:
            body, location = _ask(line, parts, max_bytes)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise FetchFailedError(host=parts.hostname, reason=type(error).__name__) from None
        finally:
            timer.cancel()
            line.close()
        if location is None:
            return body
        url = urljoin(url, location)
    raise FetchFailedError(host=parts.hostname, reason=Phrase(N_("it redirects too often")))


class _Pinned(http.client.HTTPConnection):
    """A connection to an address that was looked at, so that the name cannot mean another one a moment later."""

    def __init__(self, parts: SplitResult, address: str, seconds: float) -> None:
        super().__init__(str(parts.hostname), parts.port or PORTS[parts.scheme], timeout=seconds)
        self.address, self.secure = address, parts.scheme == "https"
        self.default_port = PORTS[parts.scheme]
        self.held: Any = None  # http.client forgets its socket once an answer that ends the connection has begun

    def connect(self) -> None:
        sock: Any = socket.create_connection((self.address, self.port), self.timeout)
        self.sock = self.held = sock
        if self.secure:
            self.sock = self.held = ssl.create_default_context().wrap_socket(sock, server_hostname=self.host)

    def cut(self) -> None:
        """End it, whatever it waits for: the time is over."""
        if self.held is not None:
            with suppress(OSError):
                self.held.shutdown(socket.SHUT_RDWR)


def _checked(url: str) -> SplitResult:
    """Raises FetchRefusedError."""
    try:
        parts = urlsplit(url)
        fine = parts.scheme in PORTS and parts.hostname and parts.port != 0
    except ValueError:
        raise FetchRefusedError(host=url[:80], reason=Phrase(N_("it is not a web address"))) from None
    if not fine or len(url) > MOST_LETTERS or not url.isascii() or not url.isprintable() or " " in url:
        raise FetchRefusedError(host=url[:80], reason=Phrase(N_("it is not a web address")))
    if parts.username is not None:
        raise FetchRefusedError(host=parts.hostname, reason=Phrase(N_("it has a user's name in it")))
    return parts


def _public(parts: SplitResult, networks: Iterable[Network], seconds: float) -> str:
    """An address of the host that may be asked. Raises FetchRefusedError, FetchFailedError."""
    found = _looked_up(str(parts.hostname), parts.port or PORTS[parts.scheme], seconds)
    for entry in found:
        address = ipaddress.ip_address(str(entry[4][0]).partition("%")[0])
        if not _may(address, networks):
            raise FetchRefusedError(host=parts.hostname, reason=Phrase(N_("it is in an internal network")))
    return str(found[0][4][0])


def _looked_up(host: str, port: int, seconds: float) -> list[Any]:
    """Its addresses. The resolver knows no limit of ours: it is asked in a thread, which is left behind when time is over.

    Raises FetchFailedError.
    """
    answer: SimpleQueue[list[Any] | Exception] = SimpleQueue()

    def ask() -> None:
        try:
            answer.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answer.put(error)

    Thread(target=ask, name="look-up", daemon=True).start()
    try:
        found = answer.get(timeout=max(0.0, seconds))
    except Empty:
        raise FetchFailedError(host=host, reason=Phrase(N_("its name was not looked up in time"))) from None
    if isinstance(found, Exception):
        raise FetchFailedError(host=host, reason=Phrase(N_("there is no such host")))
    return found


def _may(address: Address, networks: Iterable[Network]) -> bool:
    inner = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None) or address
    if address.version == NAT64.version and address in NAT64:
        inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if any(one.version == address.version and address in one for one in networks):
        return True
    return inner.is_global and address.is_global and not inner.is_multicast and not address.is_multicast


def _ask(line: http.client.HTTPConnection, parts: SplitResult, max_bytes: int) -> tuple[bytes, str | None]:
    """The body, or where it lies instead. Raises FetchFailedError, OSError, HTTPException."""
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    line.request("GET", path, headers={"Accept-Encoding": "identity", "User-Agent": "bocau"})
    with closing(line.getresponse()) as answer:
        location = answer.getheader("Location")
        if answer.status in REDIRECTS and location:
            return b"", location
        return _body(answer, str(parts.hostname), max_bytes), None


def _body(answer: http.client.HTTPResponse, host: str, max_bytes: int) -> bytes:
    if answer.status != 200:
        raise FetchFailedError(host=host, reason=Phrase(N_("it answered {status}"), status=answer.status))
    body = answer.read(max_bytes + 1)
    if len(body) > max_bytes:
        raise FetchFailedError(host=host, reason=Phrase(N_("it returns more than {size} bytes"), size=max_bytes))
    if answer.length:
        raise FetchFailedError(host=host, reason=Phrase(N_("it stopped in the middle")))
    return body
