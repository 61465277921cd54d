"""The relays in use: from the settings, from the database, or the built-in sandbox."""

import hashlib
import hmac
import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from pydantic import SecretStr

from bocau.base.config import Settings
from bocau.base.db import Connection
from bocau.base.secrets import SecretBox, derive, make_or_read_secret
from bocau.relays import tables as t
from bocau.relays.relay import SANDBOX, URL_RELAY, Relay
from bocau.relays.url import Endpoint, parse
from bocau.wire.smtp import Profile, TlsPolicy

URL_NAME = "BOCAU_RELAY_URL"
CONNECTIONS = 20
"""Connections to a relay of which nothing else is known."""
SANDBOX_CONNECTIONS = 50
MAILS_PER_CONNECTION = 1000


def active(connection: Connection, settings: Settings, secret: bytes | None = None) -> list[Relay]:
    """The relays mail may go through now, the first to be asked first.

    BOCAU_RELAY_URL alone where it is set; else the stored ones that are enabled (none, when all are disabled: mail
    waits); else, with none stored, the sandbox. ``secret`` None: read as at start. Raises RelayUrlWrongError,
    SealBrokenError.
    """
    if secret is None:
        secret = make_or_read_secret(settings.home, settings.secret_key.get_secret_value())
    url = settings.relay_url.get_secret_value()
    if url:
        return [known(from_endpoint(parse(url), settings), secret)]
    found = stored(connection, settings, secret)
    if not found:
        return [known(sandbox(settings), secret)]
    return [one for one in found if one.enabled]


def stored(connection: Connection, settings: Settings, secret: bytes) -> list[Relay]:
    """All stored relays, disabled ones too, in the order they are asked."""
    box = SecretBox(secret)
    rows = connection.execute(sa.select(t.relay).order_by(t.relay.c.priority, t.relay.c.id)).mappings()
    return [known(from_row(row, settings, box), secret) for row in rows]


def relay_names(connection: Connection) -> dict[int, str]:
    """Id → name of every relay a message's row may tell of and that still exists."""
    names = {URL_RELAY: URL_NAME, SANDBOX: "sandbox"}
    return names | {row.id: row.name for row in connection.execute(sa.select(t.relay.c.id, t.relay.c.name))}


def sandbox(settings: Settings) -> Relay:
    """The built-in mailbox that catches everything."""
    host = settings.sandbox_host
    profile = Profile(
        host="127.0.0.1" if host in ("", "0.0.0.0", "::") else host,  # noqa: S104 - turned into loopback here
        port=settings.sandbox_port,
        tls=TlsPolicy.off,
        helo_name=helo_name(settings),
        timeouts=settings.smtp_timeouts,
        reuse_seconds=settings.smtp_reuse_seconds,
        mails_per_connection=100 * MAILS_PER_CONNECTION,
    )
    return Relay(SANDBOX, "sandbox", "sandbox", profile, max_connections=SANDBOX_CONNECTIONS)


def from_endpoint(endpoint: Endpoint, settings: Settings) -> Relay:
    """The one relay of BOCAU_RELAY_URL."""
    profile = Profile(
        host=endpoint.host,
        port=endpoint.port,
        tls=endpoint.tls,
        username=endpoint.username,
        password=endpoint.password,
        auth=endpoint.auth,
        helo_name=endpoint.helo_name or helo_name(settings),
        timeouts=settings.smtp_timeouts,
        reuse_seconds=settings.smtp_reuse_seconds,
        mails_per_connection=endpoint.mails_per_connection or MAILS_PER_CONNECTION,
        ca_file=endpoint.ca_file,
        verify=endpoint.verify,
        chunking=endpoint.chunking,
    )
    return Relay(
        URL_RELAY,
        URL_NAME,
        "smtp",
        profile,
        max_connections=endpoint.connections or CONNECTIONS,
        rate=endpoint.rate,
        max_size=endpoint.max_size,
    )


def from_row(row: Mapping[Any, Any], settings: Settings, box: SecretBox) -> Relay:
    password = box.decrypt(row["password"], password_context(row["name"], row["host"])) if row["password"] else ""
    profile = Profile(
        host=row["host"],
        port=row["port"],
        tls=TlsPolicy(row["tls"]),
        username=row["username"],
        password=SecretStr(password),
        auth=row["auth"],
        helo_name=row["helo_name"] or helo_name(settings),
        timeouts=settings.smtp_timeouts,
        reuse_seconds=settings.smtp_reuse_seconds,
        mails_per_connection=row["mails_per_connection"],
        ca_file=row["ca_file"],
        verify=row["verify"],
        chunking=row["chunking"],
    )
    return Relay(
        row["id"],
        row["name"],
        row["kind"],
        profile,
        priority=row["priority"],
        weight=row["weight"],
        max_connections=row["max_connections"],
        max_size=row["max_size"],
        enabled=row["enabled"],
        rate=None if row["rate_milli"] is None else row["rate_milli"] / 1000,
    )


def password_context(name: str, host: str) -> str:
    """What a sealed password is bound to: whoever can write to the database cannot send it to another host."""
    return f"relay.password/{name}/{host}"


def known(one: Relay, secret: bytes) -> Relay:
    """With its identity: keyed, so that a stored identity does not let anybody try passwords."""
    profile = one.profile
    told = (
        profile.host,
        profile.port,
        profile.tls,
        profile.username,
        profile.password.get_secret_value(),
        profile.auth,
        profile.ca_file,
        profile.verify,
    )
    key = derive(secret, "relay identity")
    return replace(one, identity=hmac.new(key, repr(told).encode(), hashlib.sha256).hexdigest()[:32])


def helo_name(settings: Settings) -> str:
    """What we call ourselves: the site's host, else this machine's full name, else an address literal (RFC 5321 4.1.3)."""
    host = urlsplit(settings.base_url).hostname or socket.gethostname()
    try:
        ipaddress.ip_address(host)
    except ValueError:
        if "." in host and host.isascii() and all(letter.isalnum() or letter in "-." for letter in host):
            return host
    return "[127.0.0.1]"
