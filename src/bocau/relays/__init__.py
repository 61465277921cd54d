"""Through what mail goes and as whom: SMTP servers, limits over all processes, circuits, sender identities, DKIM keys.

Owns: relays, shares, circuits, senders and their keys. Never: sends a mail, changes a message. Talks to: wire, base.
Doors that keep the books use ``bocau.relays.stored``, ``bocau.relays.presets`` and ``bocau.relays.senders``.
"""

from bocau.relays.circuits import circuits, close_circuit, open_circuit, take_probe
from bocau.relays.leases import LIFE, Limits, Share, lease_share, release_shares
from bocau.relays.queries import active
from bocau.relays.relay import SANDBOX, URL_RELAY, Relay, may_take
from bocau.relays.rules import Backoff, Circuit, Trouble, Watch, choose
from bocau.relays.senders import SenderIdentity, sender_for

__all__ = [
    "LIFE", "SANDBOX", "URL_RELAY", "Backoff", "Circuit", "Limits", "Relay", "SenderIdentity", "Share", "Trouble",
    "Watch", "active", "choose", "circuits", "close_circuit", "lease_share", "may_take", "open_circuit",
    "release_shares", "sender_for", "take_probe",
]  # fmt: skip
