"""Domains that can never receive mail, and hosts that are this machine. Pure."""

import ipaddress
import string
from functools import lru_cache

HOST_LETTERS = frozenset(string.ascii_letters + string.digits + "-._:[]")
RESERVED_TOP = frozenset(("test", "example", "invalid", "localhost"))
"""RFC 2606 section 2, RFC 6761. Names like ``.local`` or ``.internal`` do receive mail inside companies."""
RESERVED = frozenset(("example.com", "example.net", "example.org"))
"""RFC 2606 section 3."""


@lru_cache(10_000)
def is_reserved(domain: str) -> bool:
    """Whether ``domain`` (A-labels or not, any case, with or without the root's dot) is set aside by an RFC."""
    labels = domain.strip().rstrip(".").lower().split(".")
    return labels[-1] in RESERVED_TOP or ".".join(labels[-2:]) in RESERVED


def is_loopback(host: str) -> bool:
    """Whether ``host`` is this machine, told by its spelling alone (RFC 6761 section 6.3, RFC 1122, RFC 4291)."""
    name = host.strip().strip("[]").rstrip(".").lower()
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def is_host(text: str) -> bool:
    """Whether ``text`` can be a host's name, an A-label name or an address; it says nothing about its existence."""
    return 0 < len(text) <= 255 and HOST_LETTERS.issuperset(text) and text[0] not in "-."
