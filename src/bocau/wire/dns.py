"""DNS questions about mail: few, within a limit of time, and a sentence when nobody answers.

Answers are other people's text: what is returned has no control characters, and nothing more is promised of it.
"""

from dataclasses import dataclass
from typing import Any

import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver

from bocau.base.errors import BocauError
from bocau.base.words import N_, Phrase

PATIENCE = 5.0
"""Seconds for one question, over all servers and repetitions."""
MAX_TEXT = 4096
"""Characters of a TXT record that are kept; a 4096-bit DKIM key needs some 750."""


class DnsError(BocauError):
    """A question that got no answer, neither yes nor no. Nothing was lost; it may be asked again."""

    code = "dns-failed"
    sentence = N_("DNS could not resolve {name}: {reason}.")
    hint = N_("Try again later.")


class DnsAwayError(DnsError):
    code = "dns-away"
    sentence = N_("DNS does not answer questions about {name}: {reason}.")
    hint = N_("Check this machine's network and resolver.")


class DnsNameWrongError(DnsError):
    code = "dns-name-wrong"
    sentence = N_("{name} cannot be a name in DNS: {reason}.")
    hint = N_("A name is made of parts of at most 63 letters, digits and hyphens, with dots between them.")


@dataclass(frozen=True, slots=True, order=True)
class MailHost:
    """A server that takes mail for a domain; lower preferences are tried first (RFC 5321 section 5.1)."""

    preference: int
    name: str


def texts(name: str, patience: float = PATIENCE, *, resolver: dns.resolver.Resolver | None = None) -> list[str]:
    """The TXT records of ``name``, each with its strings joined (RFC 7208 section 3.3); none when it has none.

    ``name`` in A-labels or in Unicode; ``patience`` in seconds. Raises DnsAwayError, DnsNameWrongError.
    """
    found = _ask(name, dns.rdatatype.TXT, patience, resolver)
    return [_printable(b"".join(record.strings)) for record in found]


def mail_hosts(
    name: str, patience: float = PATIENCE, *, resolver: dns.resolver.Resolver | None = None
) -> list[MailHost]:
    """Who takes mail for the domain ``name``, best first; empty when nobody does.

    A domain without MX takes its mail itself when it has an address (RFC 5321 section 5.1); one whose only MX is
    the root takes none (RFC 7505). Raises DnsAwayError, DnsNameWrongError.
    """
    found = _ask(name, dns.rdatatype.MX, patience, resolver)
    if found:
        hosts = [MailHost(mx.preference, mx.exchange.to_text(omit_final_dot=True).lower()) for mx in found]
        return sorted(host for host in hosts if host.name != ".")
    for kind in (dns.rdatatype.A, dns.rdatatype.AAAA):
        if _ask(name, kind, patience, resolver):
            return [MailHost(0, _parsed(name).to_text(omit_final_dot=True).lower())]
    return []


def _ask(
    name: str, kind: dns.rdatatype.RdataType, patience: float, resolver: dns.resolver.Resolver | None
) -> list[Any]:
    """The records; none when the name or that kind of record does not exist."""
    question = _parsed(name)
    try:
        asked = resolver or dns.resolver.get_default_resolver()
        return list(asked.resolve(question, kind, lifetime=patience, search=False))
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, OSError, EOFError) as error:
        raise DnsAwayError(name=name, reason=_reason(error, patience)) from None


def _parsed(name: str) -> dns.name.Name:
    try:
        parsed = dns.name.from_text(name.strip(), idna_codec=dns.name.IDNA_2008_Practical)
    except (dns.exception.DNSException, UnicodeError) as error:
        raise DnsNameWrongError(name=name[:80], reason=str(error).rstrip(".")) from None
    if parsed == dns.name.root:
        raise DnsNameWrongError(name=name[:80] or "''", reason=Phrase(N_("the name is empty")))
    return parsed


def _reason(error: Exception, patience: float) -> Phrase | str:
    if isinstance(error, dns.exception.Timeout):
        return Phrase(N_("no answer within {seconds} s"), seconds=f"{patience:g}")
    if isinstance(error, dns.resolver.NoNameservers):
        return Phrase(N_("all name servers failed"))
    if isinstance(error, dns.resolver.NoResolverConfiguration):
        return Phrase(N_("no name server is set on this machine"))
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")


def _printable(text: bytes) -> str:
    kept = text.decode("utf-8", "replace")[:MAX_TEXT]
    return kept if kept.isprintable() else "".join(char if char.isprintable() else " " for char in kept)
