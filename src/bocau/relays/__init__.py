"""Through what mail goes and as whom: SMTP servers, limits over all processes, circuits, sender identities, DKIM keys.

Owns: relays, shares, circuits, senders and their keys. Never: sends a mail, changes a message. Talks to: wire, base.
Doors that keep the books use ``stored``, ``presets``, ``senders``, ``published``, ``records``, ``trial``, ``plan`` (bounds),
``requests`` (what a change may say) and ``view`` (what is shown).
"""

from bocau.relays.circuits import circuits, close_circuit, open_circuit, take_probe
from bocau.relays.learnt import learn_session_limit, session_limits
from bocau.relays.leases import LIFE, Limits, Share, lease_share, release_shares
from bocau.relays.names import is_reserved
from bocau.relays.queries import active, relay_names
from bocau.relays.relay import SANDBOX, URL_RELAY, Relay, may_take
from bocau.relays.rules import Backoff, Circuit, Trouble, Watch, candidates, lightest
from bocau.relays.senders import SenderIdentity, sender_for

__all__ = [
    "LIFE",
    "SANDBOX",
    "URL_RELAY",
    "Backoff",
    "Circuit",
    "Limits",
    "Relay",
    "SenderIdentity",
    "Share",
    "Trouble",
    "Watch",
    "active",
    "candidates",
    "circuits",
    "close_circuit",
    "is_reserved",
    "learn_session_limit",
    "lease_share",
    "lightest",
    "may_take",
    "open_circuit",
    "relay_names",
    "release_shares",
    "sender_for",
    "session_limits",
    "take_probe",
]
