"""DNS questions about mail: few, with a limit, and a sentence when nobody answers."""

import dns.exception
import dns.resolver

from bocau.base.errors import BocauError
from bocau.base.words import N_

PATIENCE = 5.0


class DnsAwayError(BocauError):
    code = "dns-away"
    sentence = N_("DNS does not answer questions about {name}: {reason}")
    hint = N_("Check this machine's network and resolver.")


def texts(name: str, patience: float = PATIENCE) -> list[str]:
    """The TXT records of ``name``, each joined (RFC 7208 section 3.3); none when it has none. Raises DnsAwayError."""
    try:
        found = dns.resolver.resolve(name, "TXT", lifetime=patience, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, OSError) as error:
        raise DnsAwayError(name=name, reason=str(error).splitlines()[0]) from None
    return [b"".join(record.strings).decode("utf-8", "replace") for record in found]
