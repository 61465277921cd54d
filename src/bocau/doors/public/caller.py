"""Who asks, as far as it can be known: kept with a person's consent, and what limits are counted by."""

from ipaddress import ip_address, ip_network

from flask import request

MOST_AGENT = 300
OURS = tuple(map(ip_network, ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))
"""Where a proxy of our own stands: this machine and private networks (RFC 1918, RFC 4193)."""


def address() -> str:
    """The visitor's IP address; empty when nobody can tell.

    Behind a proxy of our own, which calls from this machine or network, it is the last entry of X-Forwarded-For: the one
    that this proxy added. Entries before it are whatever the visitor claimed.
    """
    near = _plain(request.remote_addr or "")
    told = _plain(request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip())
    return told if told and _is_ours(near) else near


def origin() -> str:
    """The page and the browser, as the record of consent keeps them."""
    agent = " ".join(request.headers.get("User-Agent", "").split())[:MOST_AGENT]
    return f"{request.path[:2]} {agent}".rstrip()


def _is_ours(text: str) -> bool:
    return bool(text) and any(ip_address(text) in network for network in OURS)


def _plain(text: str) -> str:
    """An IP address as it is written shortest, IPv4 not dressed up as IPv6 (RFC 4291 2.5.5.2); empty for anything else."""
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    return str(getattr(found, "ipv4_mapped", None) or found)
