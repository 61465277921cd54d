"""What a sender domain must publish in DNS. Pure.

DKIM: RFC 6376 section 3.6.1. SPF: RFC 7208. DMARC: RFC 9989, which dropped ``pct``, ``rf`` and ``ri``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bocau.relays.names import is_loopback
from bocau.relays.presets import spf_for
from bocau.relays.relay import Relay
from bocau.relays.senders import Key, Sender


@dataclass(frozen=True)
class Record:
    """One DNS record to publish: ``purpose`` is DKIM, SPF or DMARC, ``kind`` always TXT."""

    purpose: str
    name: str
    value: str
    kind: str = "TXT"

    @property
    def zone(self) -> str:
        """The value as a zone file wants it: strings of at most 255 bytes (RFC 1035 section 3.3)."""
        parts = [self.value[at : at + 250] for at in range(0, len(self.value), 250)]
        return " ".join(f'"{part}"' for part in parts)


def records(sender: Sender, relays: Iterable[Relay]) -> list[Record]:
    """What to publish for ``sender`` whose mail goes through ``relays``. A key that is to come is published first."""
    keys = [key for key in (sender.active, sender.next) if key is not None]
    found = [Record("DKIM", dkim_name(sender, key), dkim_value(key)) for key in keys]
    found.append(Record("SPF", envelope(sender), spf_value(mechanisms(relays))))
    policy = f"v=DMARC1; p=none; rua=mailto:postmaster@{sender.domain}"
    return [*found, Record("DMARC", f"_dmarc.{sender.domain}", policy)]


def dkim_name(sender: Sender, key: Key) -> str:
    return f"{key.selector}._domainkey.{sender.domain}"


def dkim_value(key: Key) -> str:
    return f"v=DKIM1; k=rsa; p={key.public_key}"


def envelope(sender: Sender) -> str:
    """The domain receivers look SPF up for."""
    return sender.bounce_domain or sender.domain


def mechanisms(relays: Iterable[Relay]) -> list[str]:
    """What SPF must say for these relays: a service's own record, else the relay's host, else this domain's MX."""
    found: list[str] = []
    for relay in relays:
        host = relay.profile.host
        if is_loopback(host):
            continue
        include = spf_for(host)
        term = f"include:{include}" if include else f"a:{host}"
        if term not in found:
            found.append(term)
    return found or ["mx"]


def spf_value(terms: Sequence[str]) -> str:
    return " ".join(["v=spf1", *terms, "~all"])
