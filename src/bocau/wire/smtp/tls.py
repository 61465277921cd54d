"""TLS as a client: contexts by policy, and failures in words."""

import ssl
from functools import lru_cache

from bocau.base.words import N_, Phrase
from bocau.wire.smtp.errors import (
    RelayError,
    RelayGoneError,
    TlsCertificateWrongError,
    TlsFailedError,
    TlsTrustUnreadableError,
)
from bocau.wire.smtp.profile import Profile


def client_context(profile: Profile) -> ssl.SSLContext:
    """The context for this profile; making one reads all trusted certificates, so they are kept.

    Raises TlsTrustUnreadableError when the profile's ``ca_file`` cannot be read.
    """
    try:
        return _context(profile.ca_file, profile.verifies)
    except (OSError, ValueError) as error:
        relay = f"{profile.host}:{profile.port}"
        reason = getattr(error, "strerror", None) or Phrase(N_("there is no certificate in it"))
        raise TlsTrustUnreadableError(relay=relay, file=profile.ca_file, reason=reason) from None


@lru_cache(maxsize=32)
def _context(ca_file: str, verify: bool) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca_file or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def tls_problem(relay: str, error: BaseException) -> RelayError:
    """A failed handshake as a sentence."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return TlsCertificateWrongError(relay=relay, reason=_said(error, "verify_message").rstrip("."))
    if isinstance(error, ssl.SSLError):
        reason: object = _said(error, "reason")
        if reason == "WRONG_VERSION_NUMBER":
            reason = Phrase(N_("the server does not speak TLS here"))
        return TlsFailedError(relay=relay, reason=reason)
    if isinstance(error, TimeoutError) or "longer than" in str(error):
        # Both loops call a handshake's timeout a ConnectionAbortedError.
        return TlsFailedError(relay=relay, reason=Phrase(N_("no answer in time")))
    if isinstance(error, ConnectionError):
        return RelayGoneError(relay=relay, stage="starttls")
    return TlsFailedError(relay=relay, reason=str(error))


def _said(error: ssl.SSLError, name: str) -> str:
    """What OpenSSL said; errors that were not made by it lack these fields."""
    return str(getattr(error, name, None) or error)
