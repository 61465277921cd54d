"""Owns SMTP: the client Session, its vocabulary, and the receiver. Never decides about retries.

Talks to base only. The receiver is imported from ``bocau.wire.smtp.receiver``.
"""

from bocau.wire.reply import Reply
from bocau.wire.smtp.capabilities import Capabilities
from bocau.wire.smtp.connect import connect
from bocau.wire.smtp.errors import RelayError
from bocau.wire.smtp.mail import Mail, Outcome, Stage
from bocau.wire.smtp.profile import Profile, TlsPolicy
from bocau.wire.smtp.safe import address_is_safe, letter_fault
from bocau.wire.smtp.session import Driver, Session

__all__ = [
    "Capabilities",
    "Driver",
    "Mail",
    "Outcome",
    "Profile",
    "RelayError",
    "Reply",
    "Session",
    "Stage",
    "TlsPolicy",
    "address_is_safe",
    "connect",
    "letter_fault",
]
