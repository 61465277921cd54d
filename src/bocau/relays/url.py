"""``smtp://user:password@host:587`` → a relay. The settings' short way to say what goes through what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import SecretStr

from bocau.base.errors import BocauError
from bocau.base.words import N_, say
from bocau.relays.names import is_host, is_loopback
from bocau.wire.smtp import TlsPolicy

SCHEMES = ("smtp", "smtps")
OPTIONS = ("tls", "auth", "verify", "ca", "connections", "rate", "max_size", "mails_per_connection", "chunking", "helo")
MECHANISMS = ("", "PLAIN", "LOGIN", "XOAUTH2")


class RelayUrlWrongError(BocauError):
    code = "relay-url-wrong"
    sentence = N_("The relay's address cannot be used: {reason}. Nothing was sent.")
    hint = N_("Write smtp://user:password@host:587 or smtps://user:password@host:465.")


@dataclass(frozen=True)
class Endpoint:
    """What a relay's URL says. ``rate`` in mails a second, ``max_size`` in bytes; None: not said."""

    host: str
    port: int
    tls: TlsPolicy
    username: str = ""
    password: SecretStr = field(default=SecretStr(""), repr=False)
    auth: str = ""
    verify: bool = True
    ca_file: str = ""
    connections: int | None = None
    rate: float | None = None
    max_size: int | None = None
    mails_per_connection: int | None = None
    chunking: bool = True
    helo_name: str = ""


def parse(url: str) -> Endpoint:
    """Read a relay's URL. Raises RelayUrlWrongError, whose text never holds the password."""
    _screen(url)
    try:
        parts = urlsplit(url)
    except ValueError:  # its own text would show the address, password and all
        raise _wrong(N_("the host name is spelled in a way that cannot be read")) from None
    scheme = parts.scheme.lower()
    if scheme not in SCHEMES:
        raise _wrong(N_("it begins with {scheme}: where smtp: or smtps: is needed"), scheme=scheme[:20])
    options = _options(parts.query)
    username, password = _credentials(parts.username, parts.password)
    host = _host(parts.hostname)
    tls = _tls(options.get("tls", ""), scheme, host, signs_in=bool(username))
    return Endpoint(
        host=host,
        port=_port(parts.netloc, tls),
        tls=tls,
        username=username,
        password=SecretStr(password),
        auth=one_of("auth", options.get("auth", "").upper(), MECHANISMS),
        verify=_yes("verify", options),
        ca_file=options.get("ca", ""),
        connections=_whole("connections", options),
        rate=_rate(options),
        max_size=_whole("max_size", options),
        mails_per_connection=_whole("mails_per_connection", options),
        chunking=_yes("chunking", options),
        helo_name=_host(options.get("helo") or "-") if "helo" in options else "",
    )


def default_port(tls: TlsPolicy, *, signs_in: bool) -> int:
    """465 with TLS from the first byte, 587 where one signs in (RFC 6409), else 25."""
    if tls is TlsPolicy.implicit:
        return 465
    return 587 if signs_in else 25


def default_tls(host: str, *, signs_in: bool) -> TlsPolicy:
    """Nothing to encrypt on this machine, a password always behind TLS, else TLS when offered."""
    if signs_in:
        return TlsPolicy.required
    return TlsPolicy.off if is_loopback(host) else TlsPolicy.opportunistic


def one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        listed = ", ".join(filter(None, allowed))
        raise _wrong(N_("{name} is “{value}” and may be {allowed}"), name=name, value=value[:20], allowed=listed)
    return value


def _wrong(reason: str, **fields: object) -> RelayUrlWrongError:
    return RelayUrlWrongError(reason=say(reason, **fields))


def _screen(url: str) -> None:
    if any(ord(letter) < 33 or ord(letter) == 127 for letter in url):
        raise _wrong(N_("there is a space or a control character in it"))
    if "://" not in url:
        raise _wrong(N_("it does not begin with smtp:// or smtps://"))
    rest = url.split("://", 1)[1]
    stop = min((rest.index(mark) for mark in "/?#" if mark in rest), default=len(rest))
    if "@" in rest[stop:]:
        raise _wrong(N_("the password holds one of / ? #; write %2F for /, %3F for ?, %23 for #"))
    if rest[:stop].count("@") > 1:
        raise _wrong(N_("there is more than one @ in it; write %40 for an @ in the user name or password"))
    path = rest[stop:].split("?")[0].split("#")[0]
    if path.strip("/") or "#" in rest:
        raise _wrong(N_("nothing may follow the port except options like ?tls=required"))


def _credentials(username: str | None, password: str | None) -> tuple[str, str]:
    name, secret = unquote(username or ""), unquote(password or "")
    if secret and not name:
        raise _wrong(N_("it has a password and no user name"))
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in name + secret):
        raise _wrong(N_("there is a control character in the user name or password"))
    return name, secret


def _host(host: str | None) -> str:
    if not host:
        raise _wrong(N_("the host name is missing"))
    if host.isascii() and not is_host(host):
        raise _wrong(N_("“{host}” is not the name of a host"), host=host[:60])
    return host


def _port(netloc: str, tls: TlsPolicy) -> int:
    """Read by hand: the standard library's error would show the whole address, password and all."""
    place = netloc.rpartition("@")[2]
    text = place.rpartition("]")[2].partition(":")[2] if "]" in place else place.partition(":")[2]
    if not text:
        return default_port(tls, signs_in="@" in netloc)
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) < 65536):
        raise _wrong(N_("the port is “{port}” and must be a number from 1 to 65535"), port=text[:20])
    return int(text)


def _options(query: str) -> Mapping[str, str]:
    found = dict(parse_qsl(query, keep_blank_values=True))
    for name in found:
        one_of("option", name, OPTIONS)
    return found


def _tls(value: str, scheme: str, host: str, *, signs_in: bool) -> TlsPolicy:
    if scheme == "smtps":
        if value not in ("", "implicit"):
            raise _wrong(
                N_("smtps:// always means TLS from the first byte; tls={value} contradicts it"), value=value[:20]
            )
        return TlsPolicy.implicit
    chosen = TlsPolicy(one_of("tls", value, tuple(TlsPolicy))) if value else default_tls(host, signs_in=signs_in)
    if chosen is TlsPolicy.off and signs_in and not is_loopback(host):
        raise _wrong(N_("tls=off would send the password unencrypted"))
    return chosen


def _yes(name: str, options: Mapping[str, str]) -> bool:
    return one_of(name, options.get(name, "yes").lower(), ("yes", "no")) == "yes"


def _whole(name: str, options: Mapping[str, str]) -> int | None:
    value = options.get(name)
    if value is None:
        return None
    if not (value.isascii() and value.isdigit() and len(value) < 12 and int(value) > 0):
        raise _wrong(N_("{name} is “{value}” and must be a whole number above 0"), name=name, value=value[:20])
    return int(value)


def _rate(options: Mapping[str, str]) -> float | None:
    value = options.get("rate")
    try:
        rate = None if value is None else float(value)
    except ValueError:
        rate = -1.0
    if rate is not None and not 0.001 <= rate <= 1e6:
        raise _wrong(N_("rate is “{value}” and must be mails per second, like 0.5"), value=(value or "")[:20])
    return rate
